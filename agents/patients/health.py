"""A person's health: fixed liabilities, the conditions they bring with age, and leaving.

Every person has thirteen liabilities for life, correlated between conditions and each with a
standard logistic margin. A condition is present while the liability is above the threshold of the
person's age, lowered by the deprivation of the home and by the register shift of the practice:
a liability-threshold model (Falconer, Annals of Human Genetics 1965). So a person's whole history
is a function of the person, and no condition needs a draw of its own.

The rules are scalar and compiled; the monthly kernel and the patient agent call the same ones.
`tables` and `turnover` are the named tuples of arrays that the world prepares. `age` is in whole
years (105 stands for 105 and over), `sex` 0 male or 1 female, `deprivation_quintile` 1 (least) to
5 (most
deprived), `mask` a uint16 with bit c set if condition c of CONDITIONS is present, and
`register_shift` thirteen logits of the practice.
"""

import math

import numpy as np

from agents.numerics.compiled import hot, lean
from agents.numerics.random_streams import (
    STREAM_BORN,
    STREAM_LIABILITY,
    draw,
    keyed_uniform,
    uniform,
)
from agents.numerics.rule_types import Field, Row, Whole

CONDITIONS = (
    "hypertension",
    "chd",
    "heart_failure",
    "stroke",
    "diabetes",
    "copd",
    "asthma",
    "cancer",
    "msk",
    "depression",
    "smi",
    "dementia",
    "ckd",
)
N_CONDITIONS = len(CONDITIONS)
OLDEST = 105
DRAWS_AN_ATTEMPT = 4
MOST_ATTEMPTS = 4096
HALF_ROOT = math.sqrt(0.5)


@hot
def year_of(age: Whole) -> Whole:
    """The row of an age in the tables: 105 stands for everyone older."""
    return min(age, OLDEST)


@lean
def _logit_of_normal(z: float) -> float:
    """Turns a standard normal number into a standard logistic one of the same rank."""
    return math.log(math.erfc(-z * HALF_ROOT) / math.erfc(z * HALF_ROOT))


@lean
def _attempt(seed: Whole, who: Whole, attempt: int, tables: Row, out: np.ndarray) -> float:
    """Liabilities of one attempt into `out`; gives the uniform that accepts or rejects it."""
    spare = 0.5
    for block in range(DRAWS_AN_ATTEMPT):
        words = draw(seed, STREAM_LIABILITY, who, 0, attempt * DRAWS_AN_ATTEMPT + block)
        first = math.sqrt(-2.0 * math.log(uniform(words[0])))
        turn = 2.0 * math.pi * uniform(words[1])
        if block == DRAWS_AN_ATTEMPT - 1:
            out[4 * block] = first * math.cos(turn)
            spare = uniform(words[2])
        else:
            second = math.sqrt(-2.0 * math.log(uniform(words[2])))
            other_turn = 2.0 * math.pi * uniform(words[3])
            out[4 * block] = first * math.cos(turn)
            out[4 * block + 1] = first * math.sin(turn)
            out[4 * block + 2] = second * math.cos(other_turn)
            out[4 * block + 3] = second * math.sin(other_turn)
    _correlate(tables.cholesky, out)
    return spare


@lean
def _correlate(cholesky: np.ndarray, out: np.ndarray) -> None:
    """Correlates thirteen independent normals in place and gives them logistic margins."""
    for i in range(N_CONDITIONS - 1, -1, -1):
        total = 0.0
        for j in range(i + 1):
            total += cholesky[i, j] * out[j]
        out[i] = _logit_of_normal(total)


@lean
def liabilities(seed: Whole, who: Whole, tables: Row, out: np.ndarray) -> None:
    """Fills `out` (13 floats, logits) with the liabilities of the newborn person `who`."""
    _attempt(seed, who, 0, tables, out)


@lean
def reach(
    condition: int, deprivation_quintile: Whole, register_shift: np.ndarray, tables: Row
) -> Field:
    """Logits by which home and practice lower the threshold of a condition."""
    return tables.deprivation_shift[deprivation_quintile - 1, condition] + register_shift[condition]


@lean
def conditions_at(
    liability: np.ndarray,
    age: Whole,
    deprivation_quintile: Whole,
    register_shift: np.ndarray,
    tables: Row,
) -> np.uint16:
    """The conditions present at `age`: a uint16 mask."""
    mask = 0
    for c in range(N_CONDITIONS):
        level = liability[c] + reach(c, deprivation_quintile, register_shift, tables)
        if level > tables.threshold[year_of(age), c]:
            mask |= 1 << c
    return np.uint16(mask)


@lean
def next_change_age(
    liability: np.ndarray,
    age: Whole,
    deprivation_quintile: Whole,
    register_shift: np.ndarray,
    tables: Row,
) -> Whole:
    """The first later age, in whole years, at which the mask changes; 106 if it never does."""
    mask = conditions_at(liability, age, deprivation_quintile, register_shift, tables)
    for later in range(age + 1, OLDEST + 1):
        if conditions_at(liability, later, deprivation_quintile, register_shift, tables) != mask:
            return later
    return OLDEST + 1


@lean
def condition_count(mask: Whole) -> int:
    """How many conditions a mask holds."""
    count, rest = 0, int(mask)
    while rest:
        rest &= rest - 1
        count += 1
    return count


@lean
def hazard_ratio(mask: Whole, tables: Row) -> float:
    """How many times as often people with these conditions die as people without any."""
    total, rest = 0.0, int(mask)
    for c in range(N_CONDITIONS):
        if (rest >> c) & 1:
            total += tables.log_hazard_ratio[c]
    return math.exp(total)


@lean
def mortality_annual(
    age: Whole, sex: Whole, deprivation_quintile: Whole, mask: Whole, tables: Row
) -> Field:
    """Hazard of death per year (a rate, not a probability)."""
    return tables.healthy_hazard[year_of(age), sex, deprivation_quintile - 1] * hazard_ratio(
        mask, tables
    )


@lean
def mortality_monthly(
    age: Whole, sex: Whole, deprivation_quintile: Whole, mask: Whole, tables: Row
) -> float:
    """Probability of death within a month."""
    return -math.expm1(-mortality_annual(age, sex, deprivation_quintile, mask, tables) / 12.0)


@lean
def leave_monthly(
    age: Whole,
    sex: Whole,
    deprivation_quintile: Whole,
    mask: Whole,
    place: Whole,
    tables: Row,
    turnover: Row,
) -> tuple[float, float]:
    """Probabilities (death, move away) within a month, for a resident of `place`.

    One uniform u decides: death if u < death, else a move away if u < death + move.
    """
    death = mortality_monthly(age, sex, deprivation_quintile, mask, tables)
    move = -math.expm1(
        -turnover.move_annual[place, deprivation_quintile - 1, year_of(age), sex] / 12.0
    )
    return death, (1.0 - death) * move


@lean
def _cell(u: float, cumulative: np.ndarray) -> tuple[Whole, float]:
    """The cell of a cumulative distribution in which u falls, and how far into it (0 to 1)."""
    cell: Field = min(np.searchsorted(cumulative, u, side="right"), cumulative.size - 1)
    below: Field = cumulative[cell - 1] if cell > 0 else 0.0
    width: float = cumulative[cell] - below
    return cell, (u - below) / width if width > 0.0 else 0.0


@lean
def entrant(
    seed: Whole, who: Whole, place: Whole, deprivation_quintile: Whole, turnover: Row
) -> tuple[Whole, Whole]:
    """Who takes a home slot of `place`: (age in months, sex); one keyed draw.

    Rows of the entry distribution: births, then entrants aged 0, 1, ... 105, each by sex.
    """
    u = keyed_uniform(seed, STREAM_BORN, who, 0, 0)
    cell, within = _cell(u, turnover.entry_cumulative[place, deprivation_quintile - 1])
    row, sex = cell // 2, cell % 2
    if row == 0:
        return 0, sex
    return 12 * (row - 1) + min(int(12.0 * within), 11), sex


@lean
def resident(seed: Whole, who: Whole, place: Whole, turnover: Row) -> tuple[Whole, Whole]:
    """One of the standing population of `place`: (age in months, sex); one keyed draw."""
    u = keyed_uniform(seed, STREAM_BORN, who, 0, 0)
    cell, within = _cell(u, turnover.resident_cumulative[place])
    return 12 * (cell // 2) + min(int(12.0 * within), 11), cell % 2


@lean
def _never_deadly(
    liability: np.ndarray,
    age: Whole,
    deprivation_quintile: Whole,
    register_shift: np.ndarray,
    tables: Row,
) -> bool:
    """Whether no condition that shortens life has been present up to `age`."""
    for c in range(N_CONDITIONS):
        level = liability[c] + reach(c, deprivation_quintile, register_shift, tables)
        if tables.log_hazard_ratio[c] > 0.0 and level > tables.lowest_threshold[age, c]:
            return False
    return True


@lean
def excess_hazard(
    liability: np.ndarray,
    age_months: Whole,
    sex: Whole,
    deprivation_quintile: Whole,
    register_shift: np.ndarray,
    tables: Row,
) -> float:
    """Cumulative hazard up to an age beyond that of a person of no conditions."""
    total = 0.0
    for age in range(year_of(age_months // 12) + 1):
        mask = conditions_at(liability, age, deprivation_quintile, register_shift, tables)
        years = min(age_months / 12.0 - age, 1.0)
        excess = hazard_ratio(mask, tables) - 1.0
        total += years * excess * tables.healthy_hazard[age, sex, deprivation_quintile - 1]
    return total


@lean
def survivor_liabilities(
    seed: Whole,
    who: Whole,
    age_months: Whole,
    sex: Whole,
    deprivation_quintile: Whole,
    register_shift: np.ndarray,
    tables: Row,
    out: np.ndarray,
) -> int:
    """Fills `out` with the liabilities of `who`, given that this person has reached an age.

    Keyed attempts are accepted with the person's survival relative to that of someone without
    conditions, so the ill are as rare among the old as early deaths make them. At birth the first
    attempt is taken: the same liabilities as from `liabilities`. Gives the number of attempts.
    """
    age = year_of(age_months // 12)
    for attempt in range(MOST_ATTEMPTS):
        u = _attempt(seed, who, attempt, tables, out)
        if age_months == 0 or _never_deadly(out, age, deprivation_quintile, register_shift, tables):
            return attempt + 1
        if u < math.exp(
            -excess_hazard(out, age_months, sex, deprivation_quintile, register_shift, tables)
        ):
            return attempt + 1
    return MOST_ATTEMPTS
