"""How an integrated organisation decides: make or buy, redesign, coordination, giving up."""

from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.choice.numbers import Degrees
from agents.choice.organisation import Organisation

MAKE_OR_BUY = declared("make_or_buy", "yearly planning")
COORDINATION = declared("coordination", "yearly planning")
REDESIGN = declared("redesign", "yearly planning")
GIVE_UP = declared("give_up", "each quarter's figures")
# Shares of patients with a case manager, and of clinics held outside hospital.
COVERAGE = Degrees(
    "coverage", "nobody", 0.0, ("top_half_percent", "top_2_percent", "top_5_percent")
)
CLINIC_SHARES = Degrees("clinics", "buy_all", 0.0, ("make_a_tenth", "make_a_quarter"))
WAYS = ("do_without", "make", "buy")  # of having a service


@dataclass(frozen=True)
class MakeOrBuyObservation:
    """What it sees of clinics that could be held outside hospital. Pounds a year."""

    current: str
    clinic_spend: float  # first and follow-up attendances that members' patients have
    own_cost_share: float  # of holding them outside, relative to the tariff
    setup_cost_share: float  # of the spend moved, in a year
    kept_share: float = 1.0  # of a result that is the leader's
    leader_stake: float = 0.0  # what the leader's own hospital loses of a pound moved
    spared: float = 1.0  # of a pound moved, to who pays for it: nothing if it pays in blocks
    skill: float = 1.0  # share of clinics planned that is held there, mean of the years ahead


@dataclass(frozen=True)
class CoordinationObservation:
    """What it sees of case management by risk score. Pounds a year."""

    current: str
    patients: int
    cost_per_patient: float  # of a case manager
    emergency_spend_per_head: float
    believed_effect: float  # share of the covered patients' emergency spend that is avoided
    concentration: dict[str, float]  # share of emergencies of those covered, by option
    kept_share: float  # of a result that is the leader's
    leader_stake: float = 0.0  # what the leader's own hospital loses of a pound avoided
    spared: float = 1.0  # of a pound avoided, to who pays for it: nothing if it pays in blocks
    apparent_effect: float = 0.0  # by which those covered were fewer than their scores foretold


@dataclass(frozen=True)
class RedesignObservation:
    """What it sees of a service that may keep patients out of hospital. Pounds a year."""

    current: str  # one of WAYS
    patients: int
    emergency_spend: float
    believed_effect: float  # share of it that is avoided at full skill
    skill: dict[str, float]  # by way, mean of the years looked ahead to, 0 to 1
    cost: dict[str, float]  # by way, setting up included
    kept_share: float  # of a result that is the leader's
    leader_stake: float = 0.0  # what the leader's own hospital loses of a pound avoided
    spared: float = 1.0  # of a pound avoided, to who pays for it: nothing if it pays in blocks


@dataclass(frozen=True)
class GiveUpObservation:
    """What its leader sees of going on with the contract. Pounds a year."""

    patients: int
    notice_months: int
    own_gain: float  # the leader's part of the result that is believed
    own_loss: float  # of its hospital's margin, by the care avoided and moved today
    wanted_return: float  # of an outside firm
    exit_cost: float


class IntegratedOrganisation(Organisation):
    """A body that holds a capitated contract for the lists of its member practices."""

    def set_motives(self, quality_pounds_per_patient: float, leadership: float) -> None:
        """Worth of coordinating one patient's care; leadership in standard deviations."""
        self.quality_pounds_per_patient = quality_pounds_per_patient
        self.leadership = self.trait(0.0, leadership, 3)

    def make_or_buy(
        self, observation: MakeOrBuyObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Share of outpatient clinics held outside hospital."""
        worth = {
            name: share
            * observation.skill
            * observation.clinic_spend
            * self.worth_of_moving(observation)
            for name, share in CLINIC_SHARES.of(self.numbers).items()
        }
        options = [Option(observation.current, worth.pop(observation.current))]
        options += [Option(name, pounds) for name, pounds in worth.items()]
        figures = {
            "clinic_spend": observation.clinic_spend,
            "own_cost_share": observation.own_cost_share,
        }
        rule = MAKE_OR_BUY.scaled(
            self.times_typical(max(observation.clinic_spend, 1.0), "clinic_pounds")
        )
        return self.decide(rule, options, month, figures, forced=forced)

    @staticmethod
    def worth_of_moving(observation: MakeOrBuyObservation) -> float:
        """What a pound of clinics moved outside hospital is worth to the leader."""
        gain = observation.spared - observation.own_cost_share - observation.setup_cost_share
        return observation.kept_share * gain - observation.leader_stake

    def coordinate(
        self, observation: CoordinationObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Share of patients with a case manager, highest risk first."""
        worth = {name: self.worth_of_coverage(name, observation) for name in COVERAGE.names}
        options = [Option(observation.current, worth.pop(observation.current))]
        options += [Option(name, pounds) for name, pounds in worth.items()]
        figures = {
            "patients": float(observation.patients),
            "believed_effect": observation.believed_effect,
            "emergency_spend_per_head": observation.emergency_spend_per_head,
            "apparent_effect": observation.apparent_effect,
        }
        rule = COORDINATION.scaled(
            self.times_typical(observation.patients, "organisation_patients")
        )
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_coverage(self, name: str, observation: CoordinationObservation) -> float:
        """The leader's part of what is saved and paid, less its hospital's loss; what it is worth.

        Managers are paid by the organisation, whose results are shared.
        """
        covered = COVERAGE.of(self.numbers)[name] * observation.patients
        spend = (
            observation.patients
            * observation.emergency_spend_per_head
            * observation.concentration[name]
        )
        saving = observation.believed_effect * spend
        result = observation.kept_share * (
            observation.spared * saving - covered * observation.cost_per_patient
        )
        benefit = covered * self.quality_pounds_per_patient
        return result - observation.leader_stake * saving + benefit

    def redesign(
        self,
        observation: RedesignObservation,
        month: int,
        forced: str | None = None,
        about: str = "",
    ) -> Decision:
        """Have a service done by a team of its own, buy it, or do without."""
        worth = {way: self.worth_of_service(way, observation) for way in WAYS}
        options = [Option(observation.current, worth.pop(observation.current))]
        options += [Option(way, pounds) for way, pounds in worth.items()]
        figures = {
            "emergency_spend": observation.emergency_spend,
            "believed_effect": observation.believed_effect,
            "own_skill": observation.skill["make"],
        }
        rule = REDESIGN.scaled(self.times_typical(observation.patients, "organisation_patients"))
        return self.decide(rule, options, month, figures, about, forced)

    @staticmethod
    def worth_of_service(way: str, observation: RedesignObservation) -> float:
        """The leader's part of what a service saves and costs, less its own hospital's loss."""
        saving = observation.believed_effect * observation.skill[way] * observation.emergency_spend
        result = observation.kept_share * (observation.spared * saving - observation.cost[way])
        return result - observation.leader_stake * saving

    def give_up(
        self, observation: GiveUpObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Keep the contract, or give notice."""
        keep = observation.own_gain - observation.own_loss - observation.wanted_return
        options = [Option("keep", keep), Option("give_notice", -observation.exit_cost)]
        figures = {
            "own_gain": observation.own_gain,
            "own_loss": observation.own_loss,
            "wanted_return": observation.wanted_return,
        }
        rule = GIVE_UP.scaled(self.times_typical(observation.patients, "organisation_patients"))
        return self.decide(
            rule.after(observation.notice_months), options, month, figures, forced=forced
        )
