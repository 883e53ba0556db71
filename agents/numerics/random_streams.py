"""Luck: every draw is a pure function of (seed, what it is for, who, when, which one).

The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC11), a counter-based generator with published known answers. It has no state, so
results are the same for any number of threads and any order, and two policies share the luck of
every patient (common random numbers).

A call gives four 32-bit words. `uniform` turns a word into a number strictly between 0 and 1.
"""

import numpy as np

from agents.numerics.compiled import compiled, hot, lean
from agents.numerics.rule_types import Field, Whole

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
LOW_32 = np.uint64(0xFFFFFFFF)
SHIFT_32 = np.uint64(32)

# What a draw is for. Numbers are part of the identity of a run: never reuse or renumber one.
STREAM_BORN = 1  # sex, age and home of the person who takes a home slot
STREAM_LIABILITY = 2  # thirteen correlated liabilities to the conditions
STREAM_MONTH = 3  # a month's events: consult, planned need, crisis, leave
STREAM_CONSULT = 4  # which clinician is seen
STREAM_PLANNED = 5  # pathway, provider and treatment of planned care
STREAM_CRISIS = 6  # pathway, length of stay and preventability of a crisis
STREAM_HANDOVER = 7  # which handovers of an episode are lost
STREAM_ROUTINE = 8  # the yearly cycle of care of a condition
STREAM_REGISTER = 9  # changing practice without moving house
STREAM_FLOW = 10  # noise of full-scale variance in what organisations see
STREAM_DECISION = 11  # which option an organisation takes
STREAM_PLACE = 12  # drawing a synthetic place
STREAM_TRAIT = 13  # motives and abilities of an organisation
STREAM_DUPLICATE = 14  # tests repeated because a handover was lost
STREAM_LAST_PHASE = 15  # care in the last ninety days of life
STREAM_PARTNER = 20  # ages of partners of practices, leaving, and the search for new ones
STREAM_SOMEONE = 21  # who of a group is looked at; moves nothing in a run
STREAM_IMAGINED = 22  # luck in futures that those who decide imagine
STREAM_ENROL = 23  # whether an offer of a programme is taken up, and for how long
STREAM_PROGRAMME = 24  # contacts with a programme, and what it does in the place of others


@hot
def philox(
    counter_0: np.uint64,
    counter_1: np.uint64,
    counter_2: np.uint64,
    counter_3: np.uint64,
    key_0: np.uint64,
    key_1: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Philox4x32-10: four 32-bit words (held in uint64) from a 128-bit counter and 64-bit key."""
    c0, c1, c2, c3, k0, k1 = counter_0, counter_1, counter_2, counter_3, key_0, key_1
    for _ in range(10):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = ((product_1 >> SHIFT_32) ^ c1 ^ k0) & LOW_32
        c1 = product_1 & LOW_32
        c2 = ((product_0 >> SHIFT_32) ^ c3 ^ k1) & LOW_32
        c3 = product_0 & LOW_32
        k0 = (k0 + WEYL_0) & LOW_32
        k1 = (k1 + WEYL_1) & LOW_32
    return c0, c1, c2, c3


@lean
def draw(
    seed: Whole, stream: Whole, who: Whole, when: Whole, ordinal: Whole
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Four words for `who` (64-bit key) at `when` (month) for the purpose `stream`.

    `ordinal` (below 65,536) tells apart the calls that one purpose needs in one month.
    """
    seed, who = np.uint64(seed), np.uint64(who)
    moment = (np.uint64(when) & LOW_32) ^ (np.uint64(ordinal) << np.uint64(16))
    return philox(
        who & LOW_32,
        who >> SHIFT_32,
        moment & LOW_32,
        np.uint64(stream),
        seed & LOW_32,
        seed >> SHIFT_32,
    )


@hot
def uniform(word: np.uint64) -> float:
    """A number in (0, 1) from a 32-bit word."""
    return (float(word) + 0.5) * 2.3283064365386963e-10


@lean
def keyed_uniform(seed: Whole, stream: Whole, who: Whole, when: Whole, ordinal: Whole) -> float:
    """One number in (0, 1) that depends on nothing but its key."""
    return uniform(draw(seed, stream, who, when, ordinal)[0])


@lean
def keyed_normal(seed: Whole, stream: Whole, who: Whole, when: Whole, ordinal: Whole) -> Field:
    """One standard normal number that depends on nothing but its key (Box-Muller)."""
    a, b, _, _ = draw(seed, stream, who, when, ordinal)
    return np.sqrt(-2.0 * np.log(uniform(a))) * np.cos(2.0 * np.pi * uniform(b))


@compiled
def keyed_uniforms(
    seed: Whole, stream: Whole, keys: np.ndarray, when: Whole, ordinal: Whole
) -> np.ndarray:
    """Numbers in (0, 1), one for each key of `keys` (uint64 array); shape of `keys`."""
    values = np.empty(keys.size, dtype=np.float64)
    for i in range(keys.size):
        values[i] = keyed_uniform(seed, stream, keys[i], when, ordinal)
    return values


@compiled
def keyed_normals(
    seed: Whole, stream: Whole, keys: np.ndarray, when: Whole, ordinal: Whole
) -> np.ndarray:
    """Standard normal numbers, one for each key of `keys` (uint64 array); shape of `keys`."""
    values = np.empty(keys.size, dtype=np.float64)
    for i in range(keys.size):
        values[i] = keyed_normal(seed, stream, keys[i], when, ordinal)
    return values


def key_of(name: str) -> int:
    """A stable 64-bit key of an organisation's name (FNV-1a), so that adding one moves no other."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value
