"""How a trust or independent provider decides: quality, capacity, lines, bids, savings."""

import math
from dataclasses import dataclass

import numpy as np

from agents.choice.deciding import Decision, Option, declared
from agents.choice.numbers import Degrees, Step
from agents.choice.organisation import Organisation
from agents.numerics.chance import STREAM_TRAIT, key_of, keyed_normal

QUALITY = declared("quality", "yearly planning")
CAPACITY = declared("capacity", "a wait or idle capacity")
CAPACITIES = Step("capacity", ("hold", "expand", "shrink"))  # of a line
LINE = declared(
    "line",
    "two years of losses of a line or of its trust, sites of another trust, or a closed line",
)  # fmt: skip
BID = declared("bid", "an invitation to tender", lag_of="award")
BID_DISCOUNTS = Degrees(
    "discount", "bid_at_ceiling", 0.0, ("bid_2_percent_below", "bid_5_percent_below")
)
DELIVERY = declared("delivery", "a prime contract was won")
SAVINGS = declared("savings", "yearly planning")
SAVING_SHARES = Degrees("savings", "usual", 0.0, ("save_1_percent", "save_2_percent"))
TAKEOVER = declared("practice_takeover", "a policy that lets trusts run practices", month_of_year=6)


@dataclass(frozen=True)
class StepView:
    """What a step of quality brings a trust. Pounds a year; what it loses is less than nought."""

    drawn_income: float  # for patients whom the step draws from others
    drawn_cost: float  # of treating them
    readmissions: float  # income less cost of emergencies after operations
    goal_income: float  # where part of contracts is paid for quality
    step_cost: float  # on all its care

    @property
    def worth(self) -> float:
        """All of it."""
        gain = self.drawn_income - self.drawn_cost + self.readmissions + self.goal_income
        return gain - self.step_cost


@dataclass(frozen=True)
class QualityView:
    """What a trust sees when it sets quality. Pounds a year."""

    income: float  # of planned care
    more: StepView  # of one step more
    less: StepView  # of one step less
    net_then: float  # what a step was worth in money at the start, less its cost
    drawn_then: float  # of it, income for patients drawn
    quality: float  # steps above the mean
    steps_since: float  # more than at the start


@dataclass(frozen=True)
class CapacityView:
    """What a trust sees of one line's capacity. Volumes in operations a year, money in pounds."""

    line: str
    capacity: float
    arrivals: float
    wait_months: float
    price: float
    capacity_cost: float  # semi-fixed cost of capacity for one operation a year
    margin: dict[str, float]  # on all planned care of this kind in each option's first year


@dataclass(frozen=True)
class LineView:
    """What a trust sees of one line of service. Pounds a year."""

    line: str
    is_open: bool
    income: float
    avoidable_cost: float  # what would be saved within two years of closing
    years_of_loss: float
    entry_cost: float  # to open again, spread over the years it is felt
    patients: float  # a year, for whom the trust feels responsible
    kept_share: float = 0.0  # of them who go to its other sites if this line is shut
    kept_margin: float = 0.0  # on them, and on those who still wait when it shuts: income less cost
    entry_months: int = 12  # until a line that is opened can treat its first patient
    shed_later: float = 0.0  # further cost that leaves in the years after, if it is shut
    closing_cost: float = 0.0  # of shutting it, spread over the years it is felt
    deficit: float = 0.0  # of the whole trust; nought if it has none


@dataclass(frozen=True)
class BidView:
    """What a trust sees of an invitation to tender. Pounds a year."""

    line: str
    ceiling: float
    expected_cost: float  # of doing or buying the work, before the bidder's own error
    income_at_risk: float  # margin on present work that a rival's win would endanger
    bid_cost: float  # of preparing a bid, spread over the term
    expected_rivals: int
    is_incumbent: bool
    success: float = 1.0  # of its bids so far, as a factor on the odds it gives itself
    error_left: float = 1.0  # share of its error about cost that experience has not removed


@dataclass(frozen=True)
class DeliveryView:
    """What the holder of a prime contract sees of doing the work itself. Pounds a year."""

    line: str
    movable: float  # what the work that it could do itself costs at present prices
    gain: float  # what it is spared of that, less its own cost and what its own hospital loses


@dataclass(frozen=True)
class SavingsView:
    """What a trust sees when it plans its savings. Pounds a year."""

    income: float
    cost: float
    deficit: float  # nought if it has none
    saved_share: float  # of cost that it has saved before


@dataclass(frozen=True)
class TakeoverView:
    """What a trust sees of a practice that it could run. Pounds a year."""

    referral_income: float  # tariff of the practice's planned referrals to anybody
    margin: float  # what those of them leave to the trust that come to it now
    margin_then: float  # what they would leave if it ran the practice
    running_cost: float  # of managing a practice from a trust
    doctors_part: float  # of the gain of both, that it would have to offer


class Trust(Organisation):
    """A provider with a surplus to protect, a motive for quality, and fixed costs to cover."""

    def set_motives(
        self,
        quality_pounds: float,
        mission_pounds: float,
        optimism: float,
        price_slope: float,
        waning: float,
    ) -> None:
        """Worth of a step of quality and of serving a patient; errors about cost; belief in price.

        `optimism` is the spread of errors about cost (share), `price_slope` the logits by which a
        discount of the whole price is believed to improve the chance to win; by the share `waning`
        each step of quality, or per cent saved, asks for more effort than the one before.
        """
        spread = self.numbers["traits.quality_pounds_spread"]
        self.quality_pounds = max(self.trait(quality_pounds, spread * quality_pounds, 0), 0.0)
        self.mission_pounds = mission_pounds
        self.optimism, self.price_slope, self.waning = optimism, price_slope, waning

    def set_ambition(self, deficit_pressure: float, growth: float, saving_effort: float) -> None:
        """What a pound of deficit weighs on a board; worth of a pound of income taken over.

        `saving_effort` is what a pound saved costs a board in conflict, for the first per cent.
        """
        self.deficit_pressure, self.growth = deficit_pressure, growth
        self.saving_effort = saving_effort

    def set_ties(
        self, independence: float, spread: float, distraction: float, to_sites: float
    ) -> None:
        """What holds a board of a trust of typical size back from great changes, in pounds a year.

        `independence` is what staying alone is worth to the mean board, `spread` how boards differ
        in it for good (standard deviation of its logarithm), `distraction` what it is worth not to
        be busy with taking another body over, `to_sites` not to close a hospital of that size.
        """
        self.ties_to_sites = to_sites
        self.independence = independence * math.exp(self.trait(-0.5 * spread**2, spread, 3))
        self.distraction = distraction

    def set_quality(self, view: QualityView, month: int, forced: str | None = None) -> Decision:
        """Keep, raise or lower quality effort."""
        # At the start care for patients and clinicians' effort made up for what money lacked.
        motive = self.quality_pounds * view.income / self.typical("planned_care_millions")
        strain = self.waning * (view.drawn_then + motive)
        up = view.more.worth - view.net_then - strain * (view.steps_since + 0.5)
        down = view.less.worth + view.net_then + strain * (view.steps_since - 0.5)
        options = [Option("keep", 0.0), Option("raise", up), Option("lower", down)]
        more, less = view.more, view.less
        figures = {"drawn_income": more.drawn_income, "drawn_cost": more.drawn_cost,
                   "readmissions": more.readmissions, "goal_income": more.goal_income,
                   "step_cost": more.step_cost, "beyond_money": up - more.worth,
                   "lost_income": -less.drawn_income, "lost_cost": -less.drawn_cost,
                   "more_readmissions": less.readmissions, "goals_lost": -less.goal_income,
                   "step_saving": -less.step_cost, "lost_beyond_money": less.worth - down,
                   "quality": view.quality}  # fmt: skip
        rule = QUALITY.scaled(self.times_typical(view.income, "planned_care_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def set_capacity(
        self, view: CapacityView, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Hold, expand or shrink the capacity of a line by a step."""
        step = self.numbers["options.capacity_step"] * view.capacity
        cost = {"hold": 0.0, "expand": step, "shrink": -step}
        options = [
            Option(name, view.margin[name] - view.margin["hold"] - cost[name] * view.capacity_cost)
            for name in cost
        ]  # fmt: skip
        figures = {"wait_months": view.wait_months, "arrivals": view.arrivals}
        rule = CAPACITY.scaled(self.times_typical(view.capacity * view.price, "line_pounds"))
        return self.decide(rule, options, month, figures, about, forced)

    def consider_line(
        self, view: LineView, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Keep or close a line that loses money; stay out of or open one that is closed."""
        contribution = view.income - view.avoidable_cost - view.shed_later
        mission = self.mission_pounds * view.patients
        if view.is_open:
            gain = view.kept_margin - view.closing_cost - contribution
            shut = contribution + self.felt(gain, view.deficit)
            options = [Option("keep", contribution + mission)]
            options.append(Option("close", shut + mission * view.kept_share))
        else:
            gain = contribution - view.kept_margin - view.entry_cost
            worth = self.felt(gain, view.deficit) + mission * (1.0 - view.kept_share)
            options = [Option("stay_closed", 0.0), Option("open", worth)]
        figures = {
            "income": view.income,
            "avoidable_cost": view.avoidable_cost,
            "patients": view.patients,
            "years_of_loss": view.years_of_loss,
            "shed_later": view.shed_later,
            "kept_margin": view.kept_margin,
            "kept_share": view.kept_share,
            "closing_cost": view.closing_cost,
            "deficit": view.deficit,
        }
        rule = LINE.scaled(self.times_typical(max(view.income, 1.0), "line_pounds"))
        sums = () if view.is_open else (contribution, view.kept_margin, view.entry_cost)
        rule = rule.at_stake(options, self.noise_of_stakes, sums)
        if not view.is_open:
            rule = rule.after(view.entry_months)
        return self.decide(rule, options, month, figures, about, forced)

    def felt(self, pounds: float, deficit: float) -> float:
        """What a change of money is worth to a board: more as far as it bears on a deficit."""
        if deficit <= 0.0:
            return pounds
        return pounds + self.deficit_pressure * min(pounds, deficit)

    def consider_bid(
        self, view: BidView, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Bid for a contract, and how far below the ceiling, or not at all."""
        belief = 1.0 + self.optimism * self.error_about(about) * view.error_left
        cost = view.expected_cost * belief
        options = [Option("no_bid", 0.0)]
        for name, discount in BID_DISCOUNTS.of(self.numbers).items():
            win = self.chance_to_win(discount, view)
            profit = view.ceiling * (1.0 - discount) - cost + view.income_at_risk
            options.append(Option(name, win * profit - view.bid_cost))
        figures = {
            "ceiling": view.ceiling,
            "believed_cost": cost,
            "income_at_risk": view.income_at_risk,
            "expected_rivals": float(view.expected_rivals),
            "success": view.success,
        }
        rule = BID.scaled(self.times_typical(max(view.ceiling, 1.0), "line_pounds"))
        return self.decide(rule, options, month, figures, about, forced)

    def error_about(self, about: str) -> float:
        """This bidder's error about one contract, in standard deviations."""
        matter = np.uint64(key_of(about))
        return float(keyed_normal(self.seed, STREAM_TRAIT, self.key ^ matter, 0, 7))

    def chance_to_win(self, discount: float, view: BidView) -> float:
        """Believed probability to win: a discount, incumbency and past success help."""
        known = self.numbers["beliefs.incumbency_logits"] if view.is_incumbent else 0.0
        strength = math.exp(self.price_slope * discount + known) * view.success
        rivals = max(view.expected_rivals, 0) * self.numbers["beliefs.strength_of_a_rival"]
        return strength / (strength + rivals)

    def consider_delivery(
        self, view: DeliveryView, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Subcontract the work to those who do it now, or do the clinics itself."""
        options = [Option("subcontract", 0.0), Option("do_the_work", view.gain)]
        rule = DELIVERY.scaled(self.times_typical(max(view.movable, 1.0), "line_pounds"))
        figures = {"movable": view.movable}
        return self.decide(rule, options, month, figures, about, forced)

    def plan_savings(self, view: SavingsView, month: int, forced: str | None = None) -> Decision:
        """Save nothing beyond what is usual, or a share of cost for good."""
        options = [Option(name, self.worth_of_savings(share, view))
                   for name, share in SAVING_SHARES.of(self.numbers).items()]  # fmt: skip
        figures = {"deficit": view.deficit, "cost": view.cost, "saved_share": view.saved_share}
        rule = SAVINGS.scaled(self.times_typical(view.income, "trust_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_savings(self, share: float, view: SavingsView) -> float:
        """A lighter deficit, less the effort, which grows with every per cent saved before."""
        pounds = share * view.cost
        hundredths = 100.0 * (view.saved_share + 0.5 * share)
        relief = self.deficit_pressure * min(pounds, view.deficit)
        return relief - self.saving_effort * pounds * (1.0 + self.waning * hundredths)

    def consider_takeover(
        self, view: TakeoverView, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Leave a practice (`about`) alone, or offer to run it with salaried doctors."""
        options = [Option("leave_alone", 0.0), Option("offer", self.worth_of_takeover(view))]
        figures = {"referral_income": view.referral_income, "margin": view.margin,
                   "margin_then": view.margin_then, "running_cost": view.running_cost}  # fmt: skip
        part = 1.0 - view.doctors_part
        sums = (part * pounds for pounds in (view.margin, view.margin_then, view.running_cost))
        rule = TAKEOVER.at_stake(options, self.noise_of_stakes, sums)
        return self.decide(rule, options, month, figures, about, forced)

    def worth_of_takeover(self, view: TakeoverView) -> float:
        """Its part of what both gain; salaries for profits are a mere exchange."""
        return (1.0 - view.doctors_part) * joint_gain(view)


def joint_gain(view: TakeoverView) -> float:
    """What a trust and a practice gain together: referrals won, less the cost of running it."""
    return view.margin_then - view.margin - view.running_cost
