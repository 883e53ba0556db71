"""The month of all patients: the rule interpreted and compiled, any order, threads, company."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from agents.patients.patient_tables import NOT_DUE, OPERATIONS_DUE, WAIT_MONTHS
from model.care.kernel import empty_tally, live
from model.month.tables import first_world
from model.policies.policy_finding import find_policy

FLOATS = ("consult_rate", "planned_rate", "yearly_rate", "death_factor", "risk_score")
# Each month of the interpreted rule costs about a millisecond a patient.
INTERPRETED_PATIENTS, INTERPRETED_MONTHS = 400, 5

SCRIPT = """
import pickle, sys
import numpy as np
from agents.numerics.compiled import compiled
from agents.patients.rules import live_month

assert not hasattr(compiled(lambda: 0), "signatures")  # compiled() gives back the function

class Row:
    # One row with its fields as attributes (np.record keeps the name "base" for itself).
    def __init__(self, row):
        object.__setattr__(self, "row", row)
    def __getattr__(self, name):
        return self.row[name]
    def __setattr__(self, name, value):
        self.row[name] = value

class Table:
    def __init__(self, array):
        self.array, self.size = array, array.size
    def __getitem__(self, place):
        return Row(self.array[place])

def readable(tables):
    kinds = {name: Table(table) for name, table in tables._asdict().items()
             if isinstance(table, np.ndarray) and table.dtype.names and name != "health"}
    return tables._replace(**kinds)

people, world, kept, seed, first, months = pickle.load(open(sys.argv[1], "rb"))
world = readable(world)._replace(health=world.health.view(np.recarray))
tally, totals = readable(kept), []
with np.errstate(over="ignore"):
    for month in range(first, first + months):
        for array in kept:
            array[:] = 0
        for i in range(people.size):
            live_month(Row(people[i]), world, tally, np.uint64(seed), month)
        totals.append([t.tobytes() for t in kept])
pickle.dump((people, totals), open(sys.argv[2], "wb"))
"""


def world_of(economy):
    """The tables a patient meets this month, as a run has them."""
    return economy.world


def tally_for(setup):
    place = setup.place
    return empty_tally(len(place.areas), len(place.practices), len(place.sites))


def months_of(people, world, setup, first, months, seed=1, threads=1):
    """Live months in an unchanging world; the tallies of each month as bytes."""
    tallies = [tally_for(setup) for _ in range(threads)]
    totals = []
    for month in range(first, first + months):
        tally = live(people, world, tallies, seed, month)
        totals.append([t.tobytes() for t in tally])
    return totals


def assert_same(ours, theirs):
    for name in ours.dtype.names:
        np.testing.assert_array_equal(ours[name], theirs[name], name)


@pytest.fixture(scope="module")
def lively(live_policy):
    """A world with hubs, clinics outside hospital, case managers and waits."""
    return live_policy("carveouts_three+population_ico", 30)


def test_the_rule_interpreted_agrees_with_the_kernel(lively, shire, tmp_path):
    economy, first = lively, lively.state.month
    rows = np.linspace(0, economy.state.residents.people.size - 1, INTERPRETED_PATIENTS).astype(int)
    people = economy.state.residents.people[rows].copy()
    task = (people, world_of(economy), tally_for(shire), 1, first, INTERPRETED_MONTHS)
    (tmp_path / "task").write_bytes(pickle.dumps(task))
    subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "task", tmp_path / "done"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=True,
    )  # fmt: skip
    interpreted, their_totals = pickle.loads((tmp_path / "done").read_bytes())
    our_totals = months_of(people, economy.world, shire, first, INTERPRETED_MONTHS)
    for name in people.dtype.names:
        if name in FLOATS:  # exp, log and erfc of two libraries may differ in the last bit
            np.testing.assert_allclose(people[name], interpreted[name], rtol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(people[name], interpreted[name], name)
    for ours, theirs in zip(our_totals, their_totals, strict=True):
        assert_same_tallies(ours, theirs, shire)
    assert (people["entered"] >= first).any() and (people["due_month"] >= first).any()


def assert_same_tallies(ours, theirs, setup):
    """Counts exactly; sums of probabilities, in units of 2**-32, to a part in a million."""
    for name, kind, one, two in zip(
        *zip(*((n, t.dtype) for n, t in tally_for(setup)._asdict().items()), strict=True),
        ours, theirs, strict=True,
    ):  # fmt: skip
        if name == "liability":
            continue
        one, two = np.frombuffer(one, kind), np.frombuffer(two, kind)
        for field in kind.names:
            tolerance = 0 if field in ("counts", "referred", "admitted") else 1e-6
            np.testing.assert_allclose(one[field], two[field], rtol=tolerance, err_msg=field)


def test_the_number_of_threads_does_not_matter(lively, shire):
    one, four = lively.state.residents.people.copy(), lively.state.residents.people.copy()
    first = lively.state.month
    ours = months_of(one, lively.world, shire, first, 6)
    theirs = months_of(four, lively.world, shire, first, 6, threads=4)
    assert_same(one, four)
    assert [t[:-1] for t in ours] == [t[:-1] for t in theirs]  # the last is room to work


def test_the_order_of_rows_does_not_matter(lively, shire):
    forward, backward = (
        lively.state.residents.people.copy(),
        lively.state.residents.people[::-1].copy(),
    )
    first = lively.state.month
    months_of(forward, lively.world, shire, first, 6)
    months_of(backward, lively.world, shire, first, 6)
    assert_same(forward, backward[::-1])


@pytest.mark.parametrize("gone", [0, 777, -1])
def test_removing_one_patient_changes_nobody_else(lively, shire, gone):
    everyone = lively.state.residents.people.copy()
    others = np.delete(everyone, gone)
    first = lively.state.month
    months_of(everyone, lively.world, shire, first, 24)
    months_of(others, lively.world, shire, first, 24)
    assert_same(np.delete(everyone, gone), others)
    assert (others["entered"] >= first).sum() > 20  # newcomers among them


def test_another_seed_is_another_life(lively, shire):
    one, two = lively.state.residents.people.copy(), lively.state.residents.people.copy()
    months_of(one, lively.world, shire, lively.state.month, 3, seed=1)
    months_of(two, lively.world, shire, lively.state.month, 3, seed=2)
    assert (one["ring_newest"] != two["ring_newest"]).mean() > 0.1


def test_whoever_takes_a_home_has_a_key_of_home_and_month(live_policy, after_burn_in):
    before, after = (
        after_burn_in.residents.people,
        live_policy("status_quo", 36, "inert").state.residents.people,
    )
    np.testing.assert_array_equal(before["slot"], after["slot"])
    new = before["entered"] != after["entered"]
    assert 0.05 < new.mean() < 0.4
    assert (after["entered"][new] >= after_burn_in.month).all()
    np.testing.assert_array_equal(before["born"][~new], after["born"][~new])
    assert (after["born"] <= np.maximum(after["entered"], 0)).all()
    assert (before["entered"] >= -1).all()
    moment = (after["entered"].astype(np.int64) + 1).astype(np.uint64)
    keys = after["slot"].astype(np.uint64) | (moment << np.uint64(32))
    assert np.unique(keys).size == keys.size


def test_a_newcomer_does_not_depend_on_how_many_came_before(lively, shire):
    """The same home, left in the same month, goes to the same person after any other past."""
    alone, crowd = lively.state.residents.people[:1].copy(), lively.state.residents.people.copy()
    first = lively.state.month
    for month in range(first, first + 300, 50):
        months_of(alone, lively.world, shire, month, 50)
        months_of(crowd, lively.world, shire, month, 50)
    assert_same(alone, crowd[:1])


def test_a_month_in_which_nobody_leaves_keeps_everyone(shire, after_burn_in):
    state = after_burn_in.copy()
    world = first_world(shire, state)
    assert world.routes is state.referrals.routes.route and world.strata is state.residents.strata
    tally = live(state.residents.people, world, [tally_for(shire)], 1, state.month)
    counts = tally.groups["counts"].sum(axis=0)
    assert counts[0] == state.residents.people.size
    np.testing.assert_array_equal(tally.areas["counts"].sum(axis=0), counts)
    np.testing.assert_array_equal(tally.practices["counts"].sum(axis=0), counts)
    assert find_policy("status_quo").name == "status_quo"


def test_patients_wait_as_long_as_lines_say(lively, shire):
    """In whole months, some more and some less, so that the mean is what is told."""
    for told in (1.3, 1.6, 2.5):
        world = copy.deepcopy(world_of(lively))
        world.sites["wait_months"] = told
        people = lively.state.residents.people.copy()
        people["due_month"] = NOT_DUE
        waits = due = 0
        for month in range(lively.state.month, lively.state.month + 6):
            tally = live(people, world, [tally_for(shire)], 1, month)
            waits += tally.areas["counts"][:, WAIT_MONTHS].sum()
            due += tally.areas["counts"][:, OPERATIONS_DUE].sum()
        assert due > 50
        assert waits / due == pytest.approx(told, abs=3 * 0.5 / due**0.5)
