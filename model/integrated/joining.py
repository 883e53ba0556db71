"""What practices and leaders expect of integrated organisations, and how results change it.

A practice begins with a guess of its own. A member sees its organisation's accounts; who is none
hears of them from neighbours that are, the worse the fewer and the farther away they are. A year's
result tells little where few patients share the luck.
"""

import math

import numpy as np

from agents.choice.learning import Belief
from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal, keyed_normals
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.policies.gain_sharing import patient_spread
from model.policies.policy import PopulationContract
from model.state.integrated import Beliefs, Integrated, IntegratedCare, YearResult
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State

FIRST_GUESS, HEARSAY, LEADERS_GUESS = 92, 93, 94  # ordinals of keyed luck


def first_beliefs(minds: Minds, value: Parameters) -> Beliefs:
    """What every practice expects of an organisation before any experience [practices]."""
    guesses = [first_guess(minds, value, g) for g in range(len(minds.practices))]
    return Beliefs(np.array([b.mean for b in guesses]), np.array([b.spread for b in guesses]))


def first_guess(minds: Minds, value: Parameters, practice: int) -> Belief:
    """What `practice` expects of any organisation, as a share of its capitation."""
    agent = minds.practices[practice]
    spread = value["integrated.practices_belief_spread"]
    mean = agent.trait(value["integrated.practices_believed_result"], spread, FIRST_GUESS)
    return Belief(float(mean), float(spread))


def leaders_guess(value: Parameters, seed: int, code: str) -> Belief:
    """What the leader of organisation `code` expects of it, as a share of its capitation."""
    spread = float(value["integrated.leaders_belief_spread"])
    draw = keyed_normal(np.uint64(seed), STREAM_TRAIT, np.uint64(key_of(code)), 0, LEADERS_GUESS)
    return Belief(float(value["integrated.leaders_believed_result"] + spread * draw), spread)


def begin_anew(minds: Minds, value: Parameters, integrated: IntegratedCare, practice: int) -> None:
    """A new practice in row `practice` has its own guess of every organisation, and no
    experience.
    """
    guess = first_guess(minds, value, practice)
    for organisation in integrated.organisations:
        organisation.beliefs.mean[practice], organisation.beliefs.spread[practice] = (
            guess.mean,
            guess.spread,
        )


def luck_spread(value: Parameters, terms: PopulationContract, pool: int, head: float) -> float:
    """Spread by luck of a year's result, as a share of the capitation (standard deviation).

    pool: patients who share the luck; head: capitation of a patient, in pounds a year.
    """
    return patient_spread(value, terms) / (math.sqrt(max(pool, 1)) * head)


def year_result(
    value: Parameters,
    month: int,
    practices: Practices,
    organisation: Integrated,
    share: float,
    members: np.ndarray,
) -> YearResult:
    """The year that closes now: what `share` of the capitation was left, with these `members`."""
    terms = organisation.terms
    patients = int(practices.lists[members].sum())
    head = 12.0 * organisation.capitation_pence[members].sum() / PENCE_PER_POUND / patients
    spread = luck_spread(value, terms, patients, float(head))
    return YearResult(month, share, spread, members)


def leader_learns(value: Parameters, organisation: Integrated, seen: YearResult) -> None:
    """The leader's belief after a year's accounts.

    `seen`: the year that closes.
    """
    noise = math.hypot(seen.spread, value["integrated.result_error"])
    organisation.leaders_belief = organisation.leaders_belief.after(
        seen.share, noise, value["beliefs.most_seen_share"]
    )


def update_beliefs(minds: Minds, setup: Setup, state: State, seed: int) -> None:
    """Practices' beliefs after the results that became known this month, before they decide."""
    for one in (*state.integrated.organisations, *state.integrated.former):
        for seen in [result for result in one.results if result.month == state.month]:
            _spread_word(minds, setup, state, seed, one, seen)


def _spread_word(
    minds: Minds, setup: Setup, state: State, seed: int, told_of: Integrated, seen: YearResult
) -> None:
    """Who gets to know of a result believes more or less of that organisation, and of others."""
    error = report_error(setup.parameters, setup.neighbours, seen.members)
    rows = np.flatnonzero(np.isfinite(error) & (state.practices.lists > 0))
    error = error[rows]
    heard = seen.share + error * _hearsay(minds, state.month, seed, told_of, rows)
    most = setup.parameters["beliefs.most_seen_share"]
    for other in state.integrated.organisations:
        ratio = 1.0 if other is told_of else _other_ratio(setup.parameters)
        noise = ratio * np.hypot(error, seen.spread)
        for n in np.flatnonzero(other.invited[rows]).tolist():
            other.beliefs.update(int(rows[n]), float(heard[n]), float(noise[n]), most)


def _hearsay(
    minds: Minds, month: int, seed: int, told_of: Integrated, rows: np.ndarray
) -> np.ndarray:
    """By how much the practices in `rows` are told wrongly this month, in standard deviations."""
    agents = minds.practices
    keys = np.array([agents[g].key for g in rows.tolist()], dtype=np.uint64)
    keys ^= np.uint64(key_of(told_of.code))
    return keyed_normals(np.uint64(seed), STREAM_TRAIT, keys, month, HEARSAY)


def report_error(value: Parameters, neighbours: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Error of what each practice gets to know of an organisation with these members [practices].

    As a share of the capitation, standard deviation; not finite where nobody tells it anything.
    `neighbours` [practices, n]: rows of the nearest practices.
    """
    told = (members[neighbours] / (1.0 + np.arange(neighbours.shape[1]))).sum(axis=1)
    told *= value["integrated.neighbours_told"]
    with np.errstate(divide="ignore"):
        heard = value["integrated.neighbours_error_ratio"] / np.sqrt(told)
    error: np.ndarray = value["integrated.result_error"] * np.where(members, 1.0, heard)
    return error


def _other_ratio(value: Parameters) -> float:
    return float(value["integrated.other_organisations_ratio"])
