"""How a trust or independent provider decides: quality, capacity, lines, bids, savings."""

import math
from dataclasses import dataclass

import numpy as np

from agents.choice.deciding import Decision, Option, declared
from agents.choice.numbers import Degrees, Step
from agents.choice.organisation import Organisation
from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal

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
class StepObservation:
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
class QualityObservation:
    """What a trust sees when it sets quality. Pounds a year."""

    income: float  # of planned care
    more: StepObservation  # of one step more
    less: StepObservation  # of one step less
    net_then: float  # what a step was worth in money at the start, less its cost
    drawn_then: float  # of it, income for patients drawn
    quality: float  # steps above the mean
    steps_since: float  # more than at the start


@dataclass(frozen=True)
class CapacityObservation:
    """What a trust sees of one line's capacity. Volumes in operations a year, money in pounds."""

    line: str
    capacity: float
    arrivals: float
    wait_months: float
    price: float
    capacity_cost: float  # semi-fixed cost of capacity for one operation a year
    margin: dict[str, float]  # on all planned care of this kind in each option's first year


@dataclass(frozen=True)
class LineObservation:
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
class BidObservation:
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
class DeliveryObservation:
    """What the holder of a prime contract sees of doing the work itself. Pounds a year."""

    line: str
    movable: float  # what the work that it could do itself costs at present prices
    gain: float  # what it is spared of that, less its own cost and what its own hospital loses


@dataclass(frozen=True)
class SavingsObservation:
    """What a trust sees when it plans its savings. Pounds a year."""

    income: float
    cost: float
    deficit: float  # nought if it has none
    saved_share: float  # of cost that it has saved before


@dataclass(frozen=True)
class TakeoverObservation:
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

    def set_quality(
        self, observation: QualityObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Keep, raise or lower quality effort."""
        # At the start care for patients and clinicians' effort made up for what money lacked.
        motive = self.quality_pounds * observation.income / self.typical("planned_care_millions")
        strain = self.waning * (observation.drawn_then + motive)
        up = (
            observation.more.worth - observation.net_then - strain * (observation.steps_since + 0.5)
        )
        down = (
            observation.less.worth + observation.net_then + strain * (observation.steps_since - 0.5)
        )
        options = [Option("keep", 0.0), Option("raise", up), Option("lower", down)]
        more, less = observation.more, observation.less
        figures = {"drawn_income": more.drawn_income, "drawn_cost": more.drawn_cost,
                   "readmissions": more.readmissions, "goal_income": more.goal_income,
                   "step_cost": more.step_cost, "beyond_money": up - more.worth,
                   "lost_income": -less.drawn_income, "lost_cost": -less.drawn_cost,
                   "more_readmissions": less.readmissions, "goals_lost": -less.goal_income,
                   "step_saving": -less.step_cost, "lost_beyond_money": less.worth - down,
                   "quality": observation.quality}  # fmt: skip
        rule = QUALITY.scaled(self.times_typical(observation.income, "planned_care_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def set_capacity(
        self, observation: CapacityObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Hold, expand or shrink the capacity of a line by a step."""
        step = self.numbers["options.capacity_step"] * observation.capacity
        cost = {"hold": 0.0, "expand": step, "shrink": -step}
        options = [
            Option(
                name,
                observation.margin[name]
                - observation.margin["hold"]
                - cost[name] * observation.capacity_cost,
            )
            for name in cost
        ]
        figures = {"wait_months": observation.wait_months, "arrivals": observation.arrivals}
        rule = CAPACITY.scaled(
            self.times_typical(observation.capacity * observation.price, "line_pounds")
        )
        return self.decide(rule, options, month, figures, about, forced)

    def consider_line(
        self, observation: LineObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Keep or close a line that loses money; stay out of or open one that is closed."""
        contribution = observation.income - observation.avoidable_cost - observation.shed_later
        mission = self.mission_pounds * observation.patients
        if observation.is_open:
            gain = observation.kept_margin - observation.closing_cost - contribution
            shut = contribution + self.felt(gain, observation.deficit)
            options = [Option("keep", contribution + mission)]
            options.append(Option("close", shut + mission * observation.kept_share))
        else:
            gain = contribution - observation.kept_margin - observation.entry_cost
            worth = self.felt(gain, observation.deficit) + mission * (1.0 - observation.kept_share)
            options = [Option("stay_closed", 0.0), Option("open", worth)]
        figures = {
            "income": observation.income,
            "avoidable_cost": observation.avoidable_cost,
            "patients": observation.patients,
            "years_of_loss": observation.years_of_loss,
            "shed_later": observation.shed_later,
            "kept_margin": observation.kept_margin,
            "kept_share": observation.kept_share,
            "closing_cost": observation.closing_cost,
            "deficit": observation.deficit,
        }
        rule = LINE.scaled(self.times_typical(max(observation.income, 1.0), "line_pounds"))
        sums = (
            ()
            if observation.is_open
            else (contribution, observation.kept_margin, observation.entry_cost)
        )
        rule = rule.at_stake(options, self.noise_of_stakes, sums)
        if not observation.is_open:
            rule = rule.after(observation.entry_months)
        return self.decide(rule, options, month, figures, about, forced)

    def felt(self, pounds: float, deficit: float) -> float:
        """What a change of money is worth to a board: more as far as it bears on a deficit."""
        if deficit <= 0.0:
            return pounds
        return pounds + self.deficit_pressure * min(pounds, deficit)

    def consider_bid(
        self, observation: BidObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Bid for a contract, and how far below the ceiling, or not at all."""
        belief = 1.0 + self.optimism * self.error_about(about) * observation.error_left
        cost = observation.expected_cost * belief
        options = [Option("no_bid", 0.0)]
        for name, discount in BID_DISCOUNTS.of(self.numbers).items():
            win = self.chance_to_win(discount, observation)
            profit = observation.ceiling * (1.0 - discount) - cost + observation.income_at_risk
            options.append(Option(name, win * profit - observation.bid_cost))
        figures = {
            "ceiling": observation.ceiling,
            "believed_cost": cost,
            "income_at_risk": observation.income_at_risk,
            "expected_rivals": float(observation.expected_rivals),
            "success": observation.success,
        }
        rule = BID.scaled(self.times_typical(max(observation.ceiling, 1.0), "line_pounds"))
        return self.decide(rule, options, month, figures, about, forced)

    def error_about(self, about: str) -> float:
        """This bidder's error about one contract, in standard deviations."""
        matter = np.uint64(key_of(about))
        return float(keyed_normal(self.seed, STREAM_TRAIT, self.key ^ matter, 0, 7))

    def chance_to_win(self, discount: float, observation: BidObservation) -> float:
        """Believed probability to win: a discount, incumbency and past success help."""
        known = self.numbers["beliefs.incumbency_logits"] if observation.is_incumbent else 0.0
        strength = math.exp(self.price_slope * discount + known) * observation.success
        rivals = max(observation.expected_rivals, 0) * self.numbers["beliefs.strength_of_a_rival"]
        return strength / (strength + rivals)

    def consider_delivery(
        self, observation: DeliveryObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Subcontract the work to those who do it now, or do the clinics itself."""
        options = [Option("subcontract", 0.0), Option("do_the_work", observation.gain)]
        rule = DELIVERY.scaled(self.times_typical(max(observation.movable, 1.0), "line_pounds"))
        figures = {"movable": observation.movable}
        return self.decide(rule, options, month, figures, about, forced)

    def plan_savings(
        self, observation: SavingsObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Save nothing beyond what is usual, or a share of cost for good."""
        options = [Option(name, self.worth_of_savings(share, observation))
                   for name, share in SAVING_SHARES.of(self.numbers).items()]  # fmt: skip
        figures = {
            "deficit": observation.deficit,
            "cost": observation.cost,
            "saved_share": observation.saved_share,
        }
        rule = SAVINGS.scaled(self.times_typical(observation.income, "trust_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_savings(self, share: float, observation: SavingsObservation) -> float:
        """A lighter deficit, less the effort, which grows with every per cent saved before."""
        pounds = share * observation.cost
        hundredths = 100.0 * (observation.saved_share + 0.5 * share)
        relief = self.deficit_pressure * min(pounds, observation.deficit)
        return relief - self.saving_effort * pounds * (1.0 + self.waning * hundredths)

    def consider_takeover(
        self, observation: TakeoverObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Leave a practice (`about`) alone, or offer to run it with salaried doctors."""
        options = [Option("leave_alone", 0.0), Option("offer", self.worth_of_takeover(observation))]
        figures = {
            "referral_income": observation.referral_income,
            "margin": observation.margin,
            "margin_then": observation.margin_then,
            "running_cost": observation.running_cost,
        }
        part = 1.0 - observation.doctors_part
        sums = (
            part * pounds
            for pounds in (observation.margin, observation.margin_then, observation.running_cost)
        )
        rule = TAKEOVER.at_stake(options, self.noise_of_stakes, sums)
        return self.decide(rule, options, month, figures, about, forced)

    def worth_of_takeover(self, observation: TakeoverObservation) -> float:
        """Its part of what both gain; salaries for profits are a mere exchange."""
        return (1.0 - observation.doctors_part) * joint_gain(observation)


def joint_gain(observation: TakeoverObservation) -> float:
    """What a trust and a practice gain together: referrals won, less the cost of running it."""
    return observation.margin_then - observation.margin - observation.running_cost
