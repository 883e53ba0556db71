"""How regulators decide: mergers, failing trusts, next year's prices, care that councils pay for.

Where two bodies rule, each sees its own remit only: what it does not see is None in its view.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.choice.deciding import Decision, Option, declared, for_april
from agents.choice.numbers import Degrees, Numbers, Step
from agents.choice.organisation import Organisation
from agents.organisations.council import CareObservation, expected_shortfall

REVIEW = declared(
    "merger_review",
    "a merger above the thresholds in force",
    month_of_year=3,
    lag_of="trust_merger",
)
FAILURE = declared("trust_failure", "years of large deficits", month_of_year=4)
SUPPORT = declared(
    "merger_support",
    "a trust in deficit asks another to take it over",
    month_of_year=3,
    lag_of="trust_merger",
)
MERGER_DIRECTION = replace(  # what holds it back is a multiple of this pound
    declared(
        "merger_direction", "a board with years of deficit would rather stay alone",
        month_of_year=3, lag_of="trust_merger",
    ),
    status_quo_pounds=1,
)  # fmt: skip
TARIFF = for_april("tariff", "a new year's prices are due", month_of_year=9)
DIRECTION = declared(
    "care_direction", "councils have set their budgets, where a joint regulator may act",
    month_of_year=11,
)  # fmt: skip
DIRECTED = Step("directed_care", ("leave", "direct"))  # of places that a council pays for
#: Efficiency that prices ask for beyond the average cost of last year; prices may stay as they are.
EFFICIENCIES = Degrees(
    "efficiency", "at_cost", 0.0, ("at_cost_less_2_percent", "at_cost_less_4_percent")
)


@dataclass(frozen=True)
class ReviewObservation:
    """What a body that rules on a merger sees of it. Pounds a year, people."""

    claimed_saving: float
    deficit: float | None  # that the other's surplus would meet
    people_losing: float | None  # who would have too few real alternatives only after the merger


@dataclass(frozen=True)
class Taker:
    """A trust that has agreed to take a failing one over. Pounds a year, people."""

    support: float  # public money that it gets, spread over the years it is felt
    claimed_saving: float
    people_losing: float | None  # who would then have too few real alternatives


@dataclass(frozen=True)
class FailureObservation:
    """What the regulator sees of a trust that cannot go on as it is. Pounds a year, people."""

    income: float
    deficit: float
    takers: Mapping[str, Taker]  # whom it may be given to, by code


@dataclass(frozen=True)
class TariffObservation:
    """What the regulator sees of hospitals' money when it sets prices. Pounds a year."""

    incomes: tuple[float, ...]  # at this year's prices, of every trust and independent
    costs: tuple[float, ...]  # of last year
    usual_saving: float  # share of cost that is expected to be saved within the year

    @property
    def cost_share(self) -> float:
        """Average cost of a pound of care at this year's prices."""
        return sum(self.costs) / max(sum(self.incomes), 1.0)

    def price(self, option: str, numbers: Numbers) -> float:
        """Next year's prices, this year's being one; `numbers` are those of the run."""
        asked = EFFICIENCIES.of(numbers)
        return self.cost_share * (1.0 - asked[option]) if option in asked else 1.0


class Regulator(Organisation):
    """A body that rules on mergers, failures, prices and care, as far as it sees them."""

    def set_motives(
        self,
        alternative_pounds: float,
        claims_believed: float,
        public_money: float,
        harm: float,
        journey_pounds: float = 0.0,
        override_pounds: float = 0.0,
    ) -> None:
        """Worth of a real alternative to a person a year; share of claimed savings believed.

        `public_money` is the cost of a pound of public money, which deficits are in the end
        (`owed`), `harm` what a failing trust does to its patients, as a share of its income;
        `journey_pounds` a year what it is worth that a person's nearest emergency department is no
        minute further, `override_pounds` a year not to overrule the board of a trust of typical
        size.
        """
        self.override_pounds = override_pounds
        self.journey_pounds = journey_pounds
        self.alternative_pounds, self.claims_believed = alternative_pounds, claims_believed
        self.public_money, self.harm = public_money, harm

    def owed(self, deficit: float) -> float:
        """Return what a deficit (pounds a year) is worth to the public, which owes it in the end.

        Trusts that ran out of money for pay and creditors were lent it, whatever they had lost; of
        1.8 billion pounds since 2006/07 they repaid 160 million (National Audit Office 2014, HC
        722), and 13.4 billion were written off in 2020.
        """
        return self.public_money * deficit

    def eased(self, pounds: float, deficit: float) -> float:
        """Return the worth of money to a trust: as far as it eases a deficit, what is owed less."""
        return pounds + (self.public_money - 1.0) * min(pounds, deficit)

    def review_merger(
        self, observation: ReviewObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Prohibit or clear a merger."""
        saved = self.claims_believed * observation.claimed_saving
        ended = self.owed(observation.deficit or 0.0)
        lost = self.alternative_pounds * (observation.people_losing or 0.0)
        options = [Option("prohibit", 0.0), Option("clear", saved + ended - lost)]
        figures = _seen(
            people_losing=observation.people_losing,
            claimed_saving=observation.claimed_saving,
            deficit=observation.deficit,
        )
        rule = REVIEW.at_stake(options, self.noise_of_stakes, (saved, ended, lost))
        return self.decide(rule, options, month, figures, about, forced)

    def answer_failure(
        self, observation: FailureObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Leave a failing trust alone, rescue it with money, or give it to one that takes it.

        Its deficit is the public's whether it is left or rescued, large or small; left alone, its
        patients suffer, too. Whoever takes the trust over answers for it from then, with the
        support that it gets. Noise is of what sets the options apart.
        """
        owed = self.owed(observation.deficit)
        options = [Option("leave", -owed - self.harm * observation.income), Option("rescue", -owed)]
        options += [
            Option(code, self.worth_of_handing_over(t)) for code, t in observation.takers.items()
        ]
        losing = {f"losing_{code}": t.people_losing for code, t in observation.takers.items()}
        support = {f"support_{code}": t.support for code, t in observation.takers.items()}
        figures = _seen(deficit=observation.deficit, income=observation.income, **support, **losing)
        sums = [
            pounds for t in observation.takers.values() for pounds in self.sums_of_handing_over(t)
        ]
        rule = FAILURE.at_stake(beside_the_first(options), self.noise_of_stakes, sums)
        return self.decide(rule, options, month, figures, about, forced)

    def consider_support(
        self, observation: Taker, deficit: float, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Leave it to two trusts whether they merge, or pay whoever takes the other over.

        A deficit is owed by the public in the end (`owed`), unless somebody else answers for it.
        """
        options = [Option("no_support", 0.0)]
        options.append(
            Option("support", self.owed(deficit) + self.worth_of_handing_over(observation))
        )
        figures = _seen(
            deficit=deficit,
            support=observation.support,
            claimed_saving=observation.claimed_saving,
            people_losing=observation.people_losing,
        )
        sums = (self.owed(deficit), *self.sums_of_handing_over(observation))
        rule = SUPPORT.at_stake(options, self.noise_of_stakes, sums)
        return self.decide(rule, options, month, figures, about, forced)

    def direct_merger(
        self,
        observation: Taker,
        deficit: float,
        income: float,
        month: int,
        about: str,
        forced: str | None = None,
    ) -> Decision:
        """Leave a trust in deficit to its board, or have it merge, with support for the taker."""
        options = [Option("leave_to_board", 0.0)]
        options.append(
            Option("direct", self.owed(deficit) + self.worth_of_handing_over(observation))
        )
        figures = _seen(
            deficit=deficit,
            support=observation.support,
            claimed_saving=observation.claimed_saving,
            people_losing=observation.people_losing,
        )
        held_back = self.override_pounds * income / self.typical("trust_millions")
        rule, sums = (
            MERGER_DIRECTION.with_scaled_noise(held_back, 1.0),
            self.sums_of_handing_over(observation),
        )
        rule = rule.at_stake(options, self.noise_of_stakes, (self.owed(deficit), *sums))
        return self.decide(rule, options, month, figures, about, forced)

    def worth_of_handing_over(self, taker: Taker) -> float:
        """Savings as far as they are believed, less public money and alternatives lost."""
        saved, support, lost = self.sums_of_handing_over(taker)
        return saved - support - lost

    def sums_of_handing_over(self, taker: Taker) -> tuple[float, float, float]:
        """Savings as far as they are believed, public money at its cost, alternatives lost."""
        lost = self.alternative_pounds * (taker.people_losing or 0.0)
        saved = self.claims_believed * taker.claimed_saving
        return saved, self.public_money * taker.support, lost

    def set_tariff(
        self, observation: TariffObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Leave prices as they are, or set them at last year's average cost, less efficiency."""
        worth = {
            name: self.worth_of_tariff(name, observation)
            for name in ("as_now", *EFFICIENCIES.names)
        }
        options = [Option(name, pounds) for name, pounds in worth.items()]
        income = sum(observation.incomes)
        figures = {"income": income, "cost_share": observation.cost_share}
        rule = TARIFF.scaled(self.times_typical(income, "tariff_spend_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_tariff(self, option: str, observation: TariffObservation) -> float:
        """Public money saved, less deficits, which the public bears, and the harm done by them."""
        price, worth = observation.price(option, self.numbers), 0.0
        for income, cost in zip(observation.incomes, observation.costs, strict=True):
            deficit = cost * (1.0 - observation.usual_saving) - income * price
            worth += self.public_money * (1.0 - price) * income
            if deficit > 0.0:
                worth -= self.owed(deficit) + self.harm * income
        return worth

    def direct_care(
        self,
        observation: CareObservation,
        hospital_day: float,
        month: int,
        about: str,
        forced: str | None = None,
    ) -> Decision:
        """Leave a council (`about`) alone, or have it pay for a step more care in advance.

        `hospital_day`: pounds that a day of waiting for care costs the hospital.
        """
        gain = self.worth_of_direction(observation, hospital_day)
        options = [Option("leave", 0.0), Option("direct", gain)]
        figures = {
            "need": observation.need,
            "capacity": observation.capacity,
            "hospital_day": hospital_day,
            "worth_of_pound": observation.worth_of_pound,
        }
        rule = DIRECTION.scaled(
            self.times_typical(observation.price * observation.need, "social_care_pounds")
        )
        return self.decide(rule, options, month, figures, about, forced)

    def worth_of_direction(self, observation: CareObservation, hospital_day: float) -> float:
        """Days of waiting saved, at what they cost the hospital and are worth to residents as the
        council sees it, less care at what the council's pound is worth.
        """
        places = (DIRECTED.of(self.numbers)["direct"] - 1.0) * observation.capacity
        now, then = (
            expected_shortfall(observation.need, observation.spread, capacity)
            for capacity in (observation.capacity, observation.capacity + places)
        )
        care = observation.worth_of_pound * observation.price * (places - (now - then))
        return (hospital_day + observation.regard) * observation.wait_days * (now - then) - care


def beside_the_first(options: Sequence[Option]) -> list[Option]:
    """Options by what sets them apart from the first: what all of them share is not at stake."""
    return [Option(one.name, one.pounds - options[0].pounds) for one in options]


def _seen(**figures: float | None) -> dict[str, float]:
    """Figures without those that lie outside a body's remit."""
    return {name: figure for name, figure in figures.items() if figure is not None}
