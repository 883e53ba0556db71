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
class MakeOrBuyView:
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
class CoordinationView:
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
class RedesignView:
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
class GiveUpView:
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

    def make_or_buy(self, view: MakeOrBuyView, month: int, forced: str | None = None) -> Decision:
        """Share of outpatient clinics held outside hospital."""
        worth = {
            name: share * view.skill * view.clinic_spend * self.worth_of_moving(view)
            for name, share in CLINIC_SHARES.of(self.numbers).items()
        }
        options = [Option(view.current, worth.pop(view.current))]
        options += [Option(name, pounds) for name, pounds in worth.items()]
        figures = {"clinic_spend": view.clinic_spend, "own_cost_share": view.own_cost_share}
        rule = MAKE_OR_BUY.scaled(self.times_typical(max(view.clinic_spend, 1.0), "clinic_pounds"))
        return self.decide(rule, options, month, figures, forced=forced)

    @staticmethod
    def worth_of_moving(view: MakeOrBuyView) -> float:
        """What a pound of clinics moved outside hospital is worth to the leader."""
        gain = view.spared - view.own_cost_share - view.setup_cost_share
        return view.kept_share * gain - view.leader_stake

    def coordinate(self, view: CoordinationView, month: int, forced: str | None = None) -> Decision:
        """Share of patients with a case manager, highest risk first."""
        worth = {name: self.worth_of_coverage(name, view) for name in COVERAGE.names}
        options = [Option(view.current, worth.pop(view.current))]
        options += [Option(name, pounds) for name, pounds in worth.items()]
        figures = {
            "patients": float(view.patients),
            "believed_effect": view.believed_effect,
            "emergency_spend_per_head": view.emergency_spend_per_head,
            "apparent_effect": view.apparent_effect,
        }
        rule = COORDINATION.scaled(self.times_typical(view.patients, "organisation_patients"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_coverage(self, name: str, view: CoordinationView) -> float:
        """The leader's part of what is saved and paid, less its hospital's loss; what it is worth.

        Managers are paid by the organisation, whose results are shared.
        """
        covered = COVERAGE.of(self.numbers)[name] * view.patients
        spend = view.patients * view.emergency_spend_per_head * view.concentration[name]
        saving = view.believed_effect * spend
        result = view.kept_share * (view.spared * saving - covered * view.cost_per_patient)
        benefit = covered * self.quality_pounds_per_patient
        return result - view.leader_stake * saving + benefit

    def redesign(
        self, view: RedesignView, month: int, forced: str | None = None, about: str = ""
    ) -> Decision:
        """Have a service done by a team of its own, buy it, or do without."""
        worth = {way: self.worth_of_service(way, view) for way in WAYS}
        options = [Option(view.current, worth.pop(view.current))]
        options += [Option(way, pounds) for way, pounds in worth.items()]
        figures = {
            "emergency_spend": view.emergency_spend,
            "believed_effect": view.believed_effect,
            "own_skill": view.skill["make"],
        }
        rule = REDESIGN.scaled(self.times_typical(view.patients, "organisation_patients"))
        return self.decide(rule, options, month, figures, about, forced)

    @staticmethod
    def worth_of_service(way: str, view: RedesignView) -> float:
        """The leader's part of what a service saves and costs, less its own hospital's loss."""
        saving = view.believed_effect * view.skill[way] * view.emergency_spend
        result = view.kept_share * (view.spared * saving - view.cost[way])
        return result - view.leader_stake * saving

    def give_up(self, view: GiveUpView, month: int, forced: str | None = None) -> Decision:
        """Keep the contract, or give notice."""
        keep = view.own_gain - view.own_loss - view.wanted_return
        options = [Option("keep", keep), Option("give_notice", -view.exit_cost)]
        figures = {
            "own_gain": view.own_gain,
            "own_loss": view.own_loss,
            "wanted_return": view.wanted_return,
        }
        rule = GIVE_UP.scaled(self.times_typical(view.patients, "organisation_patients"))
        return self.decide(rule.after(view.notice_months), options, month, figures, forced=forced)
