"""No table of a small run changes unless it is meant to; the record is renewed with a reason."""

import itertools

import numpy as np
import pandas as pd
import pytest

from experiments.reference.golden import differences, live_all, names, recorded, table_hash

FIRST = 4  # runs that are lived by default: all policies of one place and seed


def test_the_first_runs_are_those_on_record():
    lived = dict(itertools.islice(live_all(), FIRST))
    kept = {name: recorded()[name] for name in names()[:FIRST]}
    assert differences(kept, lived) == []


@pytest.mark.slow
def test_every_run_is_the_one_on_record():
    assert differences(recorded(), dict(live_all())) == []
    assert list(recorded()) == names()


def test_a_hash_sees_values_names_and_order_but_not_the_last_digits():
    table = pd.DataFrame({"a": [1, 2], "b": [0.1, np.nan], "c": ["x", "y"]})
    same = table.assign(b=[0.1 + 1e-16, np.nan])
    assert table_hash(table) == table_hash(same)
    others = [
        table.assign(a=[1, 3]), table.assign(b=[0.1 + 1e-9, np.nan]), table.assign(c=["x", "z"]),
        table[["b", "a", "c"]], table.iloc[::-1], table.rename(columns={"a": "d"}),
    ]  # fmt: skip
    assert len({table_hash(one) for one in [table, *others]}) == 1 + len(others)


def test_what_is_new_gone_or_other_is_named():
    kept = {"one": {"t": "1", "u": "2"}}
    assert differences(kept, {"one": {"t": "1", "u": "3"}, "two": {"t": "1"}}) == [
        "one: u", "two: t",
    ]  # fmt: skip
    assert differences(kept, kept) == []
