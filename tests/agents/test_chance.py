"""The generator gives its published answers, and its draws are even and unrelated."""

import numpy as np
import pytest

from agents.numerics.compiled import compiled
from agents.numerics.random_streams import (
    STREAM_BORN,
    STREAM_MONTH,
    draw,
    key_of,
    keyed_normals,
    keyed_uniform,
    philox,
)

ONES = np.uint64(0xFFFFFFFF)
ZERO = np.uint64(0)


@compiled
def _raw(c0, c1, c2, c3, k0, k1):
    return philox(c0, c1, c2, c3, k0, k1)


@compiled
def _uniforms(seed, stream, first, people, months):
    values = np.empty((people, months))
    for i in range(people):
        for month in range(months):
            values[i, month] = keyed_uniform(seed, stream, first + i, month, 0)
    return values


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        (ZERO, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (ONES, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ],
)
def test_known_answers_of_salmon_et_al(word, answer):
    assert tuple(int(w) for w in _raw(word, word, word, word, word, word)) == answer


def test_known_answer_of_the_digits_of_pi():
    words = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0]
    answer = (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)
    assert tuple(int(w) for w in _raw(*(np.uint64(w) for w in words))) == answer


def test_draws_are_uniform():
    values = _uniforms(1, STREAM_MONTH, 0, 20_000, 10).ravel()
    counts = np.bincount((values * 100).astype(int), minlength=100)
    chi_square = ((counts - 2_000) ** 2 / 2_000).sum()
    assert values.min() > 0.0 and values.max() < 1.0
    assert 50 < chi_square < 160


@pytest.mark.parametrize(
    "other",
    [
        lambda: _uniforms(2, STREAM_MONTH, 0, 20_000, 4),
        lambda: _uniforms(1, STREAM_BORN, 0, 20_000, 4),
        lambda: _uniforms(1, STREAM_MONTH, 1, 20_000, 4),
        lambda: np.roll(_uniforms(1, STREAM_MONTH, 0, 20_000, 4), 1, axis=1),
    ],
    ids=["seed", "purpose", "person", "month"],
)
def test_draws_of_other_keys_are_unrelated(other):
    here = _uniforms(1, STREAM_MONTH, 0, 20_000, 4)
    assert abs(np.corrcoef(here.ravel(), other().ravel())[0, 1]) < 4 / np.sqrt(here.size)


def test_months_and_ordinals_do_not_meet_within_a_run():
    words = {tuple(draw(5, STREAM_MONTH, 9, m, o)) for m in range(300) for o in range(8)}
    assert len(words) == 2_400


def test_words_of_one_call_are_unrelated():
    words = np.array([draw(3, STREAM_MONTH, who, 0, 0) for who in range(5_000)], dtype=float)
    away = np.corrcoef(words.T)[np.triu_indices(4, 1)]
    assert np.abs(away).max() < 0.06


def test_normals_have_mean_zero_and_variance_one():
    values = keyed_normals(1, STREAM_MONTH, np.arange(50_000, dtype=np.uint64), 0, 0)
    assert abs(values.mean()) < 0.02
    assert abs(values.var() - 1.0) < 0.03


def test_a_name_has_one_key_for_ever():
    assert key_of("") == 0xCBF29CE484222325
    assert key_of("a") == 0xAF63DC4C8601EC8C
    assert key_of("anyshire") != key_of("anyshirf")
