"""How a GP practice decides: where effort goes, what to join, and whether to hold a budget."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from agents.choice.deciding import YEAR, Decision, Option, declared, for_april
from agents.choice.organisation import Organisation

EFFORT = declared("effort", "a new contract year")
MEMBERSHIP = declared(
    "membership", "an integrated organisation invites the practice, or it is a member",
)  # fmt: skip
FUTURE = declared(
    "future", "two years of too little income for the work, or a last partner who leaves",
)  # fmt: skip
HOLD_BUDGET = declared(  # from the next year but one, if neither policy nor rules say otherwise
    "hold_budget", "a policy that offers a budget for care of the list, or a budget held"
).after(YEAR)
FEDERATION = for_april(
    "federation", "a budget held where practices may pool theirs", month_of_year=2
)
OFFER = declared("merger_offer", "a neighbour who would merge", lag_of="future")
PATIENT_LIST = declared(
    "patient_list", "more patients for each partner than they are used to, or a closed list",
)  # fmt: skip
TAKEOVER_OFFER = declared(
    "practice_takeover_offer", "a trust that would employ the practice's doctors",
    month_of_year=6, lag_of="practice_takeover",
)  # fmt: skip
EXCEPTIONS = declared(
    "exceptions", "income for points within reach by more exceptions, or more of them made",
)  # fmt: skip
EFFORTS = (
    "usual",
    "more_incentivised_care",
    "less_incentivised_care",
    "managed_referrals",
    "more_incentivised_care_and_managed_referrals",
)
LIBERAL_EFFORTS = ("liberal_referrals", "more_incentivised_care_and_liberal_referrals")


@dataclass(frozen=True)
class EffortObservation:
    """What a practice sees when it sets its effort. Money in pounds a year."""

    list_size: int
    current: str
    qof_gain: float  # income from raising achievement, at most
    qof_loss: float  # income lost by letting achievement slip
    incentivised_cost: float  # partners' time for a whole step of incentivised care
    referral_cost: float  # time to manage referrals
    planned_saving: float  # spend avoided if referrals are managed, readmissions included
    crisis_saving: float  # spend avoided if incentivised care is better
    retained_share: float  # of such savings that reaches the practice
    patients_benefit: float  # health gain of a whole step, at its money value
    more_steps: float  # of incentivised care that can be gained; what can be lost is a whole one
    private_share: float = 1.0  # of what reaches the practice that serves the partners themselves
    referral_rise: float = 0.0  # spend added if referrals are let rise for a year
    coming_share: float = 0.0  # of it that comes back: it raises a budget that is to be held


@dataclass(frozen=True)
class BudgetObservation:
    """What a practice sees of a budget for care of its list. Pounds a year."""

    holds: bool
    notice_months: int  # from announcing that it will hold the budget to its first day
    list_size: int
    spend: float  # on the care that is charged to the budget
    believed_saving: float  # share of it that could be saved, as believed; negative: overspent
    retained_share: float  # of a saving that reaches the practice, as believed
    private_share: float  # of what reaches the practice that serves the partners themselves
    downside_share: float  # of an overspend that the practice bears
    pool_size: int  # patients who share the risk
    cost_spread_per_patient: float  # standard deviation of a patient's yearly charge
    allowance: float
    management_cost: float
    referral_cost: float  # time to manage referrals


@dataclass(frozen=True)
class FederationObservation:
    """What a holder of a budget sees of pooling it with others. Pounds a year."""

    is_member: bool
    leads: bool  # or would have to
    alone: BudgetObservation
    pooled: BudgetObservation
    others_saving: float  # share of the others' budgets, as believed
    own_part: float  # of what it saves itself that it counts as its own in the pool
    peers_share: float  # share of neighbouring holders that are members
    leading_cost: float  # time


@dataclass(frozen=True)
class MembershipObservation:
    """What a practice sees when it thinks about an integrated organisation. Pounds a year."""

    is_member: bool
    list_size: int
    support: float  # paid to a member for taking part
    expected_gain: float  # share of the organisation's gain or loss, as believed
    downside_share: float  # of an overspend that members carry
    pool_size: int  # patients who share the risk, this practice included
    cost_spread_per_patient: float  # standard deviation of a patient's yearly cost
    joining_cost: float  # time to take part
    peers_share: float  # share of neighbouring practices that are members
    believed_result: float = 0.0  # share of the capitation left, before it is shared
    reserve_cost: float = 0.0  # of money that the practice itself puts up
    budget: BudgetObservation | None = None  # that it holds, and would hand back


@dataclass(frozen=True)
class FutureObservation:
    """What partners see when they think about the future of their practice. Pounds a year."""

    partners: int
    profit: float  # of each partner
    workload_cost: float  # to each, of more work than usual
    elsewhere: float  # what a partner earns as a salaried GP
    retiring: int  # partners who would leave, and leave nobody behind
    successor_cost: float  # of each of them: to find and bind a new partner
    successor_chance: float  # that one is found within the year
    postponed_cost: float  # of each, if none is found: another year of work
    merger_gain: float  # to all partners, their part of what one practice saves against two
    merger_cost: float  # time and fees, spread over the years they are felt
    patients_benefit: float  # worth to its patients of a practice that stays


@dataclass(frozen=True)
class ExceptionObservation:
    """What a practice sees when it thinks of excepting more patients than care needs."""

    list_size: int
    more_now: bool
    gain: float  # pounds a year for the points that it brings
    patients: float  # more who would be excepted
    conscience: float  # pounds a year that each of them is felt to cost


@dataclass(frozen=True)
class ListObservation:
    """What partners see when they think of closing their list to new patients. Pounds a year."""

    is_open: bool
    list_size: int
    newcomers: float  # who would register in a year
    margin: float  # what one of them pays, less the expenses that follow
    workload: float  # patients for a doctor, against what the practice is used to
    supply_elasticity: float  # of doctors' work with respect to what an hour of it pays
    turned_away: float  # worth to a newcomer of this practice rather than the next
    closing_cost: float  # of a closed list: consent of the commissioner, services not offered


class Practice(Organisation):
    """A GP practice: partners who earn what is left over, and care about patients too."""

    ties = 1.0

    def set_motives(self, altruism: float, risk_aversion: float, peer_pounds: float) -> None:
        """Weight of patients' benefit, risk aversion per pound, worth of peers' company."""
        spread = self.numbers["traits.altruism_spread"] * altruism
        self.altruism = max(self.trait(altruism, spread, 0), 0.0)
        spread = self.numbers["traits.risk_aversion_spread"] * risk_aversion
        self.risk_aversion = max(self.trait(risk_aversion, spread, 1), 0.0)
        self.peer_pounds = peer_pounds

    def set_ties(self, spread: float) -> None:
        """What staying a practice of its own is worth to the partners, against the mean practice.

        `spread` is how practices differ in it, for good (standard deviation of its logarithm).
        """
        self.ties = math.exp(self.trait(-0.5 * spread**2, spread, 2))

    def _size(self, list_size: int) -> float:
        """A list against that of the practice for which pounds are written."""
        return self.times_typical(list_size, "practice_patients")

    def _worth_of_company(self, list_size: int, peers_share: float) -> float:
        """Pounds a year of doing what this share of the peers does rather than what the rest do."""
        peers = self.peer_pounds * list_size / self.typical("practice_patients")
        return peers * (2.0 * peers_share - 1.0)

    def set_effort(
        self, observation: EffortObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Effort on incentivised care and on managing referrals."""
        rule = EFFORT.scaled(self._size(observation.list_size))
        worth = {name: self.worth_of_effort(name, observation) for name in EFFORTS}
        if (
            observation.coming_share > 0.0 or observation.current in LIBERAL_EFFORTS
        ):  # else nobody has reason to
            worth |= {name: self.worth_of_effort(name, observation) for name in LIBERAL_EFFORTS}
        options = [Option(observation.current, worth.pop(observation.current))]
        options += [Option(name, pounds) for name, pounds in worth.items()]
        figures = {
            "qof_gain": observation.qof_gain,
            "retained_share": observation.retained_share,
            "planned_saving": observation.planned_saving,
            "patients_benefit": observation.patients_benefit,
        }
        if observation.coming_share > 0.0:
            figures |= {
                "referral_rise": observation.referral_rise,
                "coming_share": observation.coming_share,
            }
        return self.decide(rule, options, month, figures, forced=forced)

    def consider_exceptions(
        self, observation: ExceptionObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Report as exceptions those patients whom care does not suit, or more to earn points."""
        cost = self.altruism * observation.conscience * observation.patients
        more, needed = Option("except_more", observation.gain - cost), Option("except_needed", 0.0)
        options = [more, needed] if observation.more_now else [needed, more]
        figures = {"points_gain": observation.gain, "excepted": observation.patients}
        rule = EXCEPTIONS.scaled(self._size(observation.list_size))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_effort(self, name: str, observation: EffortObservation) -> float:
        """Pounds a year of an effort: income kept, less partners' time, plus patients' benefit."""
        pounds, felt = 0.0, self.worth_of_restricted(observation.private_share)
        if name.startswith("more"):
            pounds += observation.qof_gain - observation.more_steps * observation.incentivised_cost
            pounds += felt * observation.retained_share * observation.crisis_saving
            pounds += self.altruism * observation.more_steps * observation.patients_benefit
        if name.startswith("less"):
            pounds += observation.incentivised_cost - observation.qof_loss
            pounds -= self.altruism * observation.patients_benefit
        if name.endswith("managed_referrals"):
            pounds += (
                felt * observation.retained_share * observation.planned_saving
                - observation.referral_cost
            )
        if name.endswith("liberal_referrals"):
            pounds += (
                felt
                * (observation.coming_share - observation.retained_share)
                * observation.referral_rise
            )
        return pounds

    def worth_of_restricted(self, private_share: float) -> float:
        """What a pound is worth of which only a share serves partners; the rest, patients."""
        return private_share + self.altruism * (1.0 - private_share)

    def consider_budget(
        self, observation: BudgetObservation, month: int, forced: str | None = None, about: str = ""
    ) -> Decision:
        """Keep, give up, take or do without a budget for care of its list."""
        rule = HOLD_BUDGET.scaled(self._size(observation.list_size)).after(
            observation.notice_months
        )
        holding = Option(
            "keep_budget" if observation.holds else "take_budget", self.worth_of_budget(observation)
        )
        without = Option("give_up_budget" if observation.holds else "no_budget", 0.0)
        options = [holding, without] if observation.holds else [without, holding]
        figures = {
            "spend": observation.spend,
            "believed_saving": observation.believed_saving,
            "retained_share": observation.retained_share,
            "allowance": observation.allowance,
            "risk_premium": self.budget_premium(observation),
        }
        return self.decide(rule, options, month, figures, about, forced)

    def worth_of_budget(self, observation: BudgetObservation) -> float:
        """Pounds a year of holding a budget: saving and allowance, less time, managers and risk."""
        result = observation.believed_saving * observation.spend
        felt = self.worth_of_restricted(observation.private_share) * observation.retained_share
        saving = max(felt * result - observation.referral_cost, 0.0)  # it need not manage referrals
        overspend = observation.downside_share * max(-result, 0.0)
        pounds = saving - overspend + observation.allowance - observation.management_cost
        return pounds - self.budget_premium(observation)

    def budget_premium(self, observation: BudgetObservation) -> float:
        """The risk premium of a budget; more partners share the risk of a larger practice.

        Risk tolerances of those who share a risk add up (Wilson 1968, Econometrica).
        """
        return (
            self.risk_premium(observation)
            * self.typical("practice_patients")
            / observation.list_size
        )

    def consider_federation(
        self, observation: FederationObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Join, lead, stay in or leave a federation of a commissioner's (`about`) practices."""
        rule = FEDERATION.scaled(self._size(observation.alone.list_size))
        outside = Option("leave" if observation.is_member else "stay_alone", 0.0)
        name = "stay_in" if observation.is_member else "lead" if observation.leads else "join"
        inside = Option(name, self.worth_of_federation(observation))
        options = [inside, outside] if observation.is_member else [outside, inside]
        figures = {
            "risk_premium": self.budget_premium(observation.pooled),
            "risk_premium_alone": self.budget_premium(observation.alone),
            "others_saving": observation.others_saving,
            "own_part": observation.own_part,
            "peers_share": observation.peers_share,
        }
        return self.decide(rule, options, month, figures, about, forced)

    def worth_of_federation(self, observation: FederationObservation) -> float:
        """Pounds a year of a budget in the pool, less its worth alone; time to lead; company."""
        seen, list_size = observation.pooled, observation.alone.list_size
        share = list_size / seen.pool_size
        felt = self.worth_of_restricted(seen.private_share) * seen.retained_share
        mine = seen.believed_saving * seen.spend
        theirs = (1.0 - share) * observation.others_saving * seen.spend
        own = max(felt * observation.own_part * max(mine, 0.0) - seen.referral_cost, 0.0)
        owed = seen.downside_share * (max(-share * mine, 0.0) + max(-theirs, 0.0))
        pounds = own + felt * max(theirs, 0.0) - owed + seen.allowance - seen.management_cost
        peers = self._worth_of_company(list_size, observation.peers_share)
        leading = observation.leading_cost if observation.leads else 0.0
        gain = pounds - self.budget_premium(seen) - self.worth_of_budget(observation.alone)
        return gain + peers - leading

    def consider_membership(
        self,
        observation: MembershipObservation,
        month: int,
        forced: str | None = None,
        about: str = "",
    ) -> Decision:
        """Join, stay in, stay out of or leave an integrated organisation."""
        rule = MEMBERSHIP.scaled(self._size(observation.list_size))
        inside = Option(
            "stay_in" if observation.is_member else "join", self.worth_of_membership(observation)
        )
        outside = Option("leave" if observation.is_member else "stay_out", 0.0)
        options = [inside, outside] if observation.is_member else [outside, inside]
        figures = {
            "believed_result": observation.believed_result,
            "expected_gain": observation.expected_gain,
            "risk_premium": self.risk_premium(observation),
            "support": observation.support,
            "peers_share": observation.peers_share,
            "pool_size": float(observation.pool_size),
        }
        return self.decide(rule, options, month, figures, about, forced)

    def choose_organisation(
        self, views: Mapping[str, MembershipObservation], month: int, forced: str | None = None
    ) -> Decision:
        """Stay out, join one of several organisations; as a member stay, leave or move.

        `views` has what is seen of each organisation, by its code.
        """
        worth = {code: self.worth_of_membership(observation) for code, observation in views.items()}
        inside = [code for code, observation in views.items() if observation.is_member]
        options = [Option("stay_in", worth.pop(code)) for code in inside]
        options.append(Option("leave" if inside else "stay_out", 0.0))
        options += [Option(f"join {code}", pounds) for code, pounds in worth.items()]
        figures = {
            f"expected_gain {code}": observation.expected_gain
            for code, observation in views.items()
        }
        figures |= {
            f"peers_share {code}": observation.peers_share for code, observation in views.items()
        }
        list_size = next(iter(views.values())).list_size
        rule = MEMBERSHIP.scaled(self._size(list_size))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_membership(self, observation: MembershipObservation) -> float:
        """Pounds a year of being a member: gain and support, less time, risk; peers' company.

        Who would hand back a budget gives up what that is worth.
        """
        peers = self._worth_of_company(observation.list_size, observation.peers_share)
        gains = observation.expected_gain + observation.support + peers
        alone = self.worth_of_budget(observation.budget) if observation.budget is not None else 0.0
        return (
            gains
            - observation.joining_cost
            - observation.reserve_cost
            - self.risk_premium(observation)
            - alone
        )

    def risk_premium(self, observation: MembershipObservation | BudgetObservation) -> float:
        """What the chance of a loss costs: half of risk aversion times the variance of the share.

        The practice carries its patients' part of a pool's deviation, so the premium falls with
        the size of the pool (constant absolute risk aversion; Pratt 1964, Econometrica).
        """
        spread: float = (
            observation.cost_spread_per_patient
            * observation.list_size
            / max(observation.pool_size, 1) ** 0.5
        )
        return 0.5 * self.risk_aversion * (observation.downside_share * spread) ** 2

    def consider_future(
        self, observation: FutureObservation, month: int, forced: str | None = None, about: str = ""
    ) -> Decision:
        """Carry on, close, or merge with the neighbour that suits best (`about`), if there is one.

        What those who stay would gain counts, and in part the patients' loss.
        """
        options = [Option("carry_on", self.worth_of_carrying_on(observation))]
        options.append(Option("close", self.worth_of_closing(observation)))
        if about:
            share = (observation.partners - observation.retiring) / observation.partners
            options.append(
                Option("merge", share * observation.merger_gain - observation.merger_cost)
            )
        figures = {
            "profit": observation.profit,
            "workload_cost": observation.workload_cost,
            "elsewhere": observation.elsewhere,
            "merger_gain": observation.merger_gain,
            "retiring": float(observation.retiring),
            "successor_chance": observation.successor_chance,
        }
        rule = FUTURE.with_scaled_noise(self.ties, 1.0)
        rule = rule.at_stake(options, self.noise_of_stakes, self._sums_of_future(observation))
        return self.decide(rule, options, month, figures, about, forced)

    def _sums_of_future(self, observation: FutureObservation) -> tuple[float, ...]:
        """What is weighed: income here and elsewhere, patients' loss, a merger's saving, cost."""
        staying = observation.partners - observation.retiring
        income = (
            staying * (observation.profit - observation.workload_cost),
            staying * observation.elsewhere,
        )
        merger = (observation.merger_gain * staying / observation.partners, observation.merger_cost)
        return *income, self.altruism * observation.patients_benefit, *merger

    def worth_of_carrying_on(self, observation: FutureObservation) -> float:
        """Pounds a year of carrying on: those who would leave find a successor, or work on."""
        search = observation.successor_chance * observation.successor_cost
        return -observation.retiring * (
            search + (1.0 - observation.successor_chance) * observation.postponed_cost
        )

    def worth_of_closing(self, observation: FutureObservation) -> float:
        """Pounds a year of closing: pay elsewhere for those who stay, less the patients' loss."""
        better = observation.elsewhere - (observation.profit - observation.workload_cost)
        return (
            observation.partners - observation.retiring
        ) * better - self.altruism * observation.patients_benefit

    def consider_list(
        self, observation: ListObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Keep the list open or close it to new patients; keep it closed or open it again."""
        rule = PATIENT_LIST.scaled(self._size(observation.list_size))
        closed = Option(
            "close_list" if observation.is_open else "keep_closed",
            self.worth_of_closed(observation),
        )
        opened = Option("keep_open" if observation.is_open else "reopen", 0.0)
        options = [opened, closed] if observation.is_open else [closed, opened]
        figures = {
            "workload": observation.workload,
            "newcomers": observation.newcomers,
            "margin": observation.margin,
        }
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_closed(self, observation: ListObservation) -> float:
        """Pounds a year of a closed list: work saved, less income lost and newcomers turned away.

        At their usual work partners find an hour worth what it brings; beyond it, an hour is worth
        more as work grows, with a constant elasticity of supply.
        """
        work: float = observation.margin * observation.workload ** (
            1.0 / observation.supply_elasticity
        )
        saved = work - observation.margin - self.altruism * observation.turned_away
        return observation.newcomers * saved - observation.closing_cost

    def answer_offer(
        self, saving: float, cost: float, month: int, forced: str | None = None, about: str = ""
    ) -> Decision:
        """Refuse or accept a merger: partners' part of what it saves a year, less its cost.

        `saving` and `cost` in pounds a year, for the partners of this practice together.
        """
        options = [Option("refuse", 0.0), Option("accept", saving - cost)]
        rule = OFFER.with_scaled_noise(self.ties, 1.0)
        rule = rule.at_stake(options, self.noise_of_stakes, (saving, cost))
        figures = {"saving": saving, "cost": cost}
        return self.decide(rule, options, month, figures, about, forced)

    def answer_takeover(
        self, gain: float, profit: float, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Stay independent, or work for a trust (`about`) that pays partners' `profit` and more.

        `gain` is what all partners would have more, in pounds a year.
        """
        options = [Option("refuse", 0.0), Option("accept", gain)]
        figures = {"profit": profit, "gain": gain}
        rule = TAKEOVER_OFFER.at_stake(options, self.noise_of_stakes, (profit, profit + gain))
        return self.decide(rule, options, month, figures, about, forced)
