"""Shares of regimes by sample size: everybody lived, and one in so many, with the same luck."""

from collections.abc import Sequence

from experiments.runs.options import STATUS_QUO
from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.outcomes.area_years import AreaYears, area_years
from model.outcomes.verdict import Criteria, Verdict, verdict
from model.parameters import load_parameters
from model.places.place import Place
from model.policies.finding import find_policy
from model.state.state import BURN_IN_MONTHS

RATIOS = (1, 3, 10, 30)
POLICIES = (STATUS_QUO, "carveouts_three", "population_ico", "teams_only", "population_ico_two")


def verdicts(
    place: Place, seed: int, years: int, policies: Sequence[str] = POLICIES,
    ratios: Sequence[int] = RATIOS,
) -> dict[tuple[int, str], Verdict]:  # fmt: skip
    """The verdict on every policy, the status quo first, at every one of `ratios` with one seed.

    Everyone decides freely at every size.
    """
    found: dict[tuple[int, str], Verdict] = {}
    parameters, people = load_parameters(), int(place.practices["list_size"].sum())
    criteria = Criteria.from_parameters(parameters)
    for ratio in ratios:
        setup, areas = prepare(place, parameters, people // ratio), dict[str, AreaYears]()
        begun = HealthEconomy(setup, find_policy(STATUS_QUO), seed).run(BURN_IN_MONTHS).state
        for policy in policies:
            economy = HealthEconomy(setup, find_policy(policy), seed, state=begun.copy())
            areas[policy] = area_years(economy.run(12 * years).record)
            found[ratio, policy] = verdict(areas[policy], areas[STATUS_QUO], criteria)
    return found
