"""Partners of practices: how old they are, who leaves, who is found, and how much work there is.

Who leaves and whether a search succeeds is a matter of keyed luck; what a practice makes of it is
decided in `model/practice_decisions/futures.py`. Salaried doctors of a practice that a trust runs
leave and are replaced in the same way.
"""

import numpy as np

from agents.numerics.random_streams import STREAM_PARTNER, key_of, keyed_uniform
from model.parameters import Parameters
from model.places.place import Place
from model.practices.income import partners
from model.state.practices import Workforce

AGE, LEAVE, SEARCH, ENTRY_AGE = range(4)  # ordinals of draws
OLDEST = 85  # years


def first_workforce(place: Place, parameters: Parameters, seed: int) -> Workforce:
    """As many partners as lists need, of ages that last; all have the work they are used to."""
    lists = place.practices["list_size"].to_numpy(np.float64)
    count = partners(parameters, lists).astype(np.int64)
    codes = place.practices["practice"]
    keys = [
        np.uint64(key_of(f"{code} partner {k}"))
        for code, n in zip(codes, count, strict=True)
        for k in range(n)
    ]
    reached = standing_ages(parameters)
    ages = [_first_age(reached, seed, key) for key in keys]
    return Workforce(
        practice=np.repeat(np.arange(lists.size, dtype=np.int32), count),
        born=-np.rint(12.0 * np.array(ages)).astype(np.int32),
        key=np.array(keys, dtype=np.uint64),
        leaving=np.zeros(len(keys), dtype=bool),
        usual_list=lists / count,
    )


def standing_ages(parameters: Parameters) -> np.ndarray:
    """Cumulative share of partners by single year of age [OLDEST], of a profile that lasts.

    It is what entry and leaving by age come to in the long run.
    """
    ages = np.arange(OLDEST)
    youngest, oldest = parameters["practices.new_partner_ages"]
    stays = 1.0 - leaving_share(parameters, ages, usual=True)
    lived = np.zeros(OLDEST)
    for age in ages[1:]:
        lived[age] = lived[age - 1] * stays[age - 1] + float(youngest <= age < oldest)
    return np.cumsum(lived) / lived.sum()


def _first_age(reached: np.ndarray, seed: int, key: np.uint64) -> float:
    """The age in years that a partner's luck points to."""
    draw = keyed_uniform(seed, STREAM_PARTNER, key, 0, AGE)
    age = int(np.searchsorted(reached, draw, side="right"))
    return age + float((draw - reached[age - 1]) / (reached[age] - reached[age - 1]))


def leaving_share(parameters: Parameters, ages: np.ndarray, usual: bool = False) -> np.ndarray:
    """Share of partners of each age in years who leave within a year, now or as is `usual`.

    `ages`: years; `usual`: whether in usual years.
    """
    table = parameters["practices.partner_leaving"]
    starts, by_age = np.array([int(age) for age in table]), np.array(list(table.values()))
    band = np.maximum(np.searchsorted(starts, ages, side="right") - 1, 0)
    factor = 1.0 if usual else parameters["practices.partner_leaving_factor"]
    return np.minimum(factor * by_age[band], 1.0)


def partners_leave(workforce: Workforce, parameters: Parameters, seed: int, month: int) -> None:
    """A year's partners leave; the last of a practice only wish to (`leaving`) and stay so far.

    `workforce`: all partners, a row each.
    """
    share = leaving_share(parameters, (month - workforce.born) / 12.0)
    draw = np.array(
        [keyed_uniform(seed, STREAM_PARTNER, key, month, LEAVE) for key in workforce.key]
    )
    goes = workforce.leaving | (draw < share)
    left = np.bincount(workforce.practice, ~goes, minlength=workforce.usual_list.size)
    youngest = _youngest(workforce)
    last = goes & (left[workforce.practice] == 0) & youngest
    workforce.leaving = last
    workforce.keep(~goes | last)


def _youngest(workforce: Workforce) -> np.ndarray:
    """Whether each partner is the youngest of the practice [partners]; one in each."""
    order = np.lexsort((-workforce.born, workforce.practice))
    first = np.unique(workforce.practice[order], return_index=True)[1]
    found = np.zeros(order.size, dtype=bool)
    found[order[first]] = True
    return found


def find_partner(
    workforce: Workforce,
    parameters: Parameters,
    practice: int,
    chance: float,
    vacancy: tuple[np.uint64, int, int],
    seed: int,
) -> bool:
    """Search for a partner of `practice`; `vacancy` is its key, the month and the post's number.

    Whether one was found; whoever was is there at once.
    """
    key, month, post = vacancy
    post_key = np.uint64(key) ^ np.uint64(key_of(f"post {post}"))
    if keyed_uniform(seed, STREAM_PARTNER, post_key, month, SEARCH) >= chance:
        return False
    youngest, oldest = parameters["practices.new_partner_ages"]
    draw = keyed_uniform(seed, STREAM_PARTNER, post_key, month, ENTRY_AGE)
    age = youngest + draw * (oldest - youngest)
    workforce.add(practice, month - round(12.0 * age), int(post_key ^ np.uint64(month)))
    return True


def posts(workforce: Workforce, lists: np.ndarray) -> np.ndarray:
    """Partners whom the work of every practice needs, at least one for each that is open."""
    posts: np.ndarray = np.maximum(np.rint(lists / workforce.usual_list), lists > 0).astype(
        np.int64
    )
    return posts


def locums(workforce: Workforce, parameters: Parameters, lists: np.ndarray) -> np.ndarray:
    """Work done by locums, in partners' posts [practices].

    `workforce`: all partners, a row each.
    """
    missing = np.maximum(posts(workforce, lists) - workforce.count(), 0)
    locums: np.ndarray = parameters["practices.locum_cover"] * missing
    return locums


def workload(workforce: Workforce, parameters: Parameters, lists: np.ndarray) -> np.ndarray:
    """Patients for each doctor against what the practice is used to [practices]; 1 if closed.

    At usual hours: `model/practices/access.py` has a factor for others. `workforce`: all partners,
    a row each.
    """
    doctors = workforce.count() + locums(workforce, parameters, lists)
    needed = lists / workforce.usual_list
    workload: np.ndarray = np.divide(
        needed, doctors, out=np.ones(lists.size), where=(lists > 0) & (doctors > 0)
    )
    return workload


def workload_cost(parameters: Parameters, load: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """What more work than usual costs a partner, in the unit of `margin`; less work, a gain.

    `margin` is what a partner's usual work brings. The last hour of it is worth what it pays; the
    worth of further ones grows with a constant elasticity of supply. `load`: patients for a doctor
    against what is usual.
    """
    power = 1.0 + 1.0 / parameters["practices.work_supply_elasticity"]
    cost: np.ndarray = margin * (load**power - 1.0) / power
    return cost
