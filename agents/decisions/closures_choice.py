"""How a board decides to close one of its hospital sites, and who may forbid it."""

from dataclasses import dataclass, replace

from agents.choice.deciding import YEAR, Decision, Option, declared
from agents.organisations.regulator import Regulator
from agents.organisations.trust import Trust

CLOSING = replace(  # what holds a board back is its own: a multiple of this pound
    declared("site_closing", "years of deficit of a trust with several hospitals", month_of_year=2),
    status_quo_pounds=1,
)
CLOSING_AGAIN = declared(
    "site_closing_again", "a year has gone by since a hospital was to be closed", month_of_year=2
).after(YEAR)
CLOSING_REVIEW = declared(
    "site_review", "a trust would close a hospital", month_of_year=2, lag_of="site_closing"
)


@dataclass(frozen=True)
class ClosingObservation:
    """What is seen of closing a hospital site. Pounds a year."""

    income: float  # that would be lost with its patients
    avoidable_cost: float  # that would be saved in the first year
    shed_later: float  # further cost that leaves in the years after
    kept_margin: float  # income from patients who go to the owner's other sites, less their cost
    closing_cost: float  # of closing it, spread over the years it is felt
    patients: float  # referrals a year, for whom the trust feels responsible
    kept_share: float  # of them who go to its other sites
    deficit: float  # of the whole trust

    @property
    def gain(self) -> float:
        """Money a year by closing the site."""
        return self.kept_margin - self.closing_cost - self.contribution

    @property
    def contribution(self) -> float:
        """What the site leaves beyond cost that closing it would save."""
        return self.income - self.avoidable_cost - self.shed_later


@dataclass(frozen=True)
class ClosingReviewObservation:
    """What a regulator sees of closing a hospital site. Pounds a year, people."""

    gain: float  # money of its owner
    deficit: float  # of its owner, which the money would ease
    people_minutes: float  # minutes further to the nearest department, over people
    people_losing: float | None  # who would have too few real alternatives only then


def consider_closing(
    agent: Trust, observation: ClosingObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Keep a hospital site (`about`), or plan to close it and treat its patients elsewhere."""
    options = [Option("keep", 0.0), Option("close", worth_to_board(agent, observation))]
    rule = CLOSING.with_scaled_noise(_held_back(agent, observation), 1.0)
    rule = rule.at_stake(options, agent.noise_of_stakes, _sums_of_board(agent, observation))
    return agent.decide(rule, options, month, _figures(observation), about, forced)


def consider_again(
    agent: Trust, observation: ClosingObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Go on with closing a hospital (`about`), or keep it after all, as things have turned out."""
    kept = agent.inertia * _held_back(agent, observation) * CLOSING.status_quo_pounds
    options = [Option("go_on", worth_to_board(agent, observation)), Option("withdraw", kept)]
    rule = CLOSING_AGAIN.at_stake(
        options, agent.noise_of_stakes, _sums_of_board(agent, observation)
    )
    return agent.decide(rule, options, month, _figures(observation), about, forced)


def worth_to_board(agent: Trust, observation: ClosingObservation) -> float:
    """What closing a hospital takes off the deficit, less patients lost to the trust.

    Nobody closes a hospital to earn more than that.
    """
    eased = min(observation.gain, observation.deficit)
    return agent.felt(eased, observation.deficit) - _mission_lost(agent, observation)


def _mission_lost(agent: Trust, observation: ClosingObservation) -> float:
    return agent.mission_pounds * observation.patients * (1.0 - observation.kept_share)


def _held_back(agent: Trust, observation: ClosingObservation) -> float:
    """What holds a board back from closing a hospital, by its size, in pounds a year."""
    return agent.ties_to_sites * observation.income / agent.typical("trust_millions")


def _sums_of_board(agent: Trust, observation: ClosingObservation) -> tuple[float, ...]:
    """What is weighed, money as far as it eases the deficit."""
    counts = (
        observation.deficit / observation.gain
        if observation.gain > max(observation.deficit, 0.0)
        else 1.0
    )
    money = (observation.contribution, observation.kept_margin, observation.closing_cost)
    return *(counts * pounds for pounds in money), _mission_lost(agent, observation)


def review_closing(
    agent: Regulator,
    observation: ClosingReviewObservation,
    month: int,
    about: str,
    forced: str | None = None,
) -> Decision:
    """Refuse or permit that a site is closed."""
    options = [Option("refuse", 0.0), Option("permit", worth_of_closing(agent, observation))]
    figures = {"gain": observation.gain, "people_minutes": observation.people_minutes}
    if observation.people_losing is not None:
        figures["people_losing"] = observation.people_losing
    rule = CLOSING_REVIEW.at_stake(
        options, agent.noise_of_stakes, sums_of_closing(agent, observation)
    )
    return agent.decide(rule, options, month, figures, about, forced)


def worth_of_closing(agent: Regulator, observation: ClosingReviewObservation) -> float:
    """Money saved, less longer journeys in an emergency and alternatives lost."""
    gain, journeys, lost = sums_of_closing(agent, observation)
    return gain - journeys - lost


def sums_of_closing(
    agent: Regulator, observation: ClosingReviewObservation
) -> tuple[float, float, float]:
    """Worth of money saved, of longer journeys in an emergency and of alternatives lost."""
    lost = agent.alternative_pounds * (observation.people_losing or 0.0)
    return (
        agent.eased(observation.gain, observation.deficit),
        agent.journey_pounds * observation.people_minutes,
        lost,
    )


def _figures(observation: ClosingObservation) -> dict[str, float]:
    return {"income": observation.income, "avoidable_cost": observation.avoidable_cost,
            "shed_later": observation.shed_later, "kept_margin": observation.kept_margin,
            "closing_cost": observation.closing_cost, "kept_share": observation.kept_share,
            "patients": observation.patients, "deficit": observation.deficit}  # fmt: skip
