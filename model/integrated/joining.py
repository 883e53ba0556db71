"""What practices and leaders expect of integrated organisations, and how results change it.

A practice begins with a guess of its own. A member sees its organisation's accounts; who is none
hears of them from neighbours that are, the worse the fewer and the farther away they are. A year's
result tells little where few patients share the luck.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from agents.choice.learning import Belief
from agents.numerics.chance import STREAM_TRAIT, key_of, keyed_normal, keyed_normals
from model.parameters import Parameters
from model.policies.gain_sharing import patient_spread
from model.policies.policy import PopulationContract
from model.state.integrated import Beliefs, Integrated, YearResult
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

FIRST_GUESS, HEARSAY, LEADERS_GUESS = 92, 93, 94  # ordinals of keyed luck


def first_beliefs(economy: "HealthEconomy") -> Beliefs:
    """What every practice expects of an organisation before any experience [practices]."""
    guesses = [first_guess(economy, g) for g in range(len(economy.minds.practices))]
    return Beliefs(np.array([b.mean for b in guesses]), np.array([b.spread for b in guesses]))


def first_guess(economy: "HealthEconomy", g: int) -> Belief:
    """What practice `g` expects of any organisation, as a share of its capitation."""
    value, agent = economy.setup.parameters, economy.minds.practices[g]
    spread = value["integrated.practices_belief_spread"]
    mean = agent.trait(value["integrated.practices_believed_result"], spread, FIRST_GUESS)
    return Belief(float(mean), float(spread))


def leaders_guess(economy: "HealthEconomy", code: str) -> Belief:
    """What the leader of organisation `code` expects of it, as a share of its capitation."""
    value = economy.setup.parameters
    spread = float(value["integrated.leaders_belief_spread"])
    luck = keyed_normal(
        np.uint64(economy.seed), STREAM_TRAIT, np.uint64(key_of(code)), 0, LEADERS_GUESS
    )
    return Belief(float(value["integrated.leaders_believed_result"] + spread * luck), spread)


def begin_anew(economy: "HealthEconomy", g: int) -> None:
    """A new practice in row `g` has its own guess of every organisation, and no experience."""
    guess = first_guess(economy, g)
    for organisation in economy.state.integrated.organisations:
        organisation.beliefs.mean[g], organisation.beliefs.spread[g] = guess.mean, guess.spread


def luck_spread(value: Parameters, terms: PopulationContract, pool: int, head: float) -> float:
    """Spread by luck of a year's result, as a share of the capitation (standard deviation).

    pool: patients who share the luck; head: capitation of a patient, in pounds a year.
    """
    return patient_spread(value, terms) / (math.sqrt(max(pool, 1)) * head)


def year_result(
    economy: "HealthEconomy", organisation: Integrated, share: float, members: np.ndarray
) -> YearResult:
    """The year that closes now: what `share` of the capitation was left, with these `members`."""
    value, terms = economy.setup.parameters, organisation.terms
    patients = int(economy.state.practices.lists[members].sum())
    head = 12.0 * organisation.capitation_pence[members].sum() / PENCE_PER_POUND / patients
    spread = luck_spread(value, terms, patients, float(head))
    return YearResult(economy.state.month, share, spread, members)


def leader_learns(economy: "HealthEconomy", organisation: Integrated, seen: YearResult) -> None:
    """The leader's belief after a year's accounts."""
    noise = math.hypot(seen.spread, economy.setup.parameters["integrated.result_error"])
    organisation.leaders_belief = organisation.leaders_belief.after(seen.share, noise)


def hear_results(economy: "HealthEconomy") -> None:
    """Practices' beliefs after the results that became known this month, before they decide."""
    state = economy.state
    for one in (*state.integrated.organisations, *state.integrated.former):
        for seen in [result for result in one.results if result.month == state.month]:
            _spread_word(economy, one, seen)


def _spread_word(economy: "HealthEconomy", told_of: Integrated, seen: YearResult) -> None:
    """Who gets to know of a result believes more or less of that organisation, and of others."""
    error = report_error(economy, seen.members)
    rows = np.flatnonzero(np.isfinite(error) & (economy.state.practices.lists > 0))
    error = error[rows]
    heard = seen.share + error * _hearsay(economy, told_of, rows)
    for other in economy.state.integrated.organisations:
        ratio = 1.0 if other is told_of else _other_ratio(economy)
        noise = ratio * np.hypot(error, seen.spread)
        for n in np.flatnonzero(other.invited[rows]).tolist():
            other.beliefs.update(int(rows[n]), float(heard[n]), float(noise[n]))


def _hearsay(economy: "HealthEconomy", told_of: Integrated, rows: np.ndarray) -> np.ndarray:
    """By how much the practices in `rows` are told wrongly this month, in standard deviations."""
    agents = economy.minds.practices
    keys = np.array([agents[g].key for g in rows.tolist()], dtype=np.uint64)
    keys ^= np.uint64(key_of(told_of.code))
    month = economy.state.month
    return keyed_normals(np.uint64(economy.seed), STREAM_TRAIT, keys, month, HEARSAY)


def report_error(economy: "HealthEconomy", members: np.ndarray) -> np.ndarray:
    """Error of what each practice gets to know of an organisation with these members [practices].

    As a share of the capitation, standard deviation; not finite where nobody tells it anything.
    """
    value, near = economy.setup.parameters, economy.setup.neighbours
    told = (members[near] / (1.0 + np.arange(near.shape[1]))).sum(axis=1)
    told *= value["integrated.neighbours_told"]
    with np.errstate(divide="ignore"):
        heard = value["integrated.neighbours_error_ratio"] / np.sqrt(told)
    error: np.ndarray = value["integrated.result_error"] * np.where(members, 1.0, heard)
    return error


def _other_ratio(economy: "HealthEconomy") -> float:
    return float(economy.setup.parameters["integrated.other_organisations_ratio"])
