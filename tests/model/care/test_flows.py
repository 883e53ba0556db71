"""What organisations see: the same at any size of sample, and queues that lose nobody."""

import numpy as np
import pytest

from model.care.attraction import WEEKS_PER_MONTH, site_attraction
from model.care.flows import choice_shares, emergency_shares_of
from model.care.queues import move_queues, wait_months
from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS
from model.state.attribution import at_sites

SEEDS = range(100, 112)
CARDIAC = PATHWAYS.index("cardiac")
MONTHS = 6


@pytest.fixture(scope="module")
def shire_at():
    """The same place with one in `k` patients simulated."""
    place, parameters = find_place("anyshire", None), load_parameters()
    people = int(place.practices["list_size"].sum())
    return lambda k: prepare(place, parameters, people // k)


def flows_seen(setup, seeds, months=MONTHS):
    """Patients seen by every line [seeds, months, 2, sites, 13], planned and emergencies."""
    seen = []
    for seed in seeds:
        economy = HealthEconomy(setup, find_policy("status_quo"), seed, "inert").run(months)
        record = economy.record
        seen.append(np.stack([np.array(record.planned), np.array(record.emergency)], 1))
    return np.array(seen, dtype=np.float64)


def compare_flows(setups, seeds, months=MONTHS):
    seen = [flows_seen(setup, seeds, months) for setup in setups]
    whole = seen[0].mean(axis=(0, 1))
    busy = whole > 30  # patients a month
    assert busy.sum() > 40
    index = [s.var(axis=(0, 1), ddof=1)[busy] / s.mean(axis=(0, 1))[busy] for s in seen]
    for k in range(len(setups)):
        part = seen[k].mean(axis=(0, 1))
        assert part.sum() == pytest.approx(whole.sum(), rel=0.01)
        error = np.sqrt(2.0 / (whole[busy] * len(seeds) * months)) + 0.02
        assert (np.abs(part[busy] / whole[busy] - 1) / error).mean() < 2.0
        # Each flow has about the variance of a count of its size, whatever the sample: counts
        # times weight would have ten times as much.
        assert 0.8 < np.median(index[k]) < 1.4
        assert np.median(index[k]) == pytest.approx(np.median(index[0]), rel=0.25)


def test_hospitals_see_the_same_flows_in_smaller_samples(shire_at):
    compare_flows([shire_at(10), shire_at(30)], range(100, 105))


@pytest.mark.slow
def test_hospitals_see_the_same_flows_at_full_scale_and_in_samples(shire_at):
    compare_flows([shire_at(1), shire_at(3), shire_at(10)], SEEDS)


def test_what_is_seen_are_whole_numbers_of_patients(status_quo):
    for kept in (status_quo.record.planned, status_quo.record.emergency):
        seen = np.array(kept)
        assert (seen >= 0).all() and seen.dtype.kind == "i" and seen.sum() > 0
    flows = status_quo.flows
    np.testing.assert_allclose(flows.seen_planned, np.rint(flows.seen_planned), atol=1e-9)


def test_no_referral_and_no_emergency_is_lost_on_the_way(status_quo):
    """But for the noise of counts, which is the same for all lists of a line."""
    flows = status_quo.flows
    for lists, need in ((flows.needed, flows.planned), (flows.admitted.lists, flows.emergencies)):
        assert lists.sum() == pytest.approx(need.sum(), rel=4.0 / need.sum() ** 0.5)
    assert ((flows.needed.sum(axis=1) > 0) == (flows.planned > 0)).mean() > 0.99
    np.testing.assert_array_equal(flows.needed, flows.referred.lists)  # no clinics elsewhere
    every = flows.admitted.lists.sum() + flows.admitted.outside.sum()
    assert every == pytest.approx(flows.seen_emergency.sum())


def test_operations_are_asked_for_wherever_clinics_are_held(shire, after_burn_in):
    """Who is seen outside hospital first joins the list of a hospital, too."""
    state, share = after_burn_in.copy(), shire.activity.operation_share
    state.provision.hub[:] = 1
    economy = HealthEconomy(shire, find_policy("status_quo"), 1, "inert", state=state).run(1)
    flows = economy.flows
    asked = at_sites(flows.needed, shire.geography.candidate, len(shire.place.sites))
    asked = (asked + flows.referred.outside) * share
    np.testing.assert_allclose(economy.state.yearbooks.year.arrivals, asked)
    assert asked.sum() > 1.01 * (flows.seen_planned * share).sum()


def test_shares_of_choice_sum_to_one(shire, status_quo, busy):
    for economy in (status_quo, busy):
        for shares in choice_shares(
            shire.geography,
            shire.activity,
            economy.state.hospitals,
            economy.state.practices,
            economy.world,
        ):
            assert shares.min() >= 0
            np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    open_rows = economy.state.practices.lists > 0
    np.testing.assert_allclose(
        emergency_shares_of(shire.geography, economy.state.hospitals, economy.state.practices)[
            open_rows
        ].sum(axis=1),
        1.0,
    )


def test_queues_keep_every_operation_until_it_is_done(shire, after_burn_in):
    state = after_burn_in.copy()
    state.hospitals.lines.backlog[2] *= 20.0
    before = state.hospitals.lines.backlog.copy()
    seen = np.full(before.shape, 7.0)
    done = move_queues(shire.parameters, shire.activity, state.hospitals, seen)
    arrived = seen * shire.activity.operation_share
    np.testing.assert_allclose(state.hospitals.lines.backlog + done, before + arrived)
    assert (done >= 0).all() and (state.hospitals.lines.backlog >= 0).all()
    most = shire.parameters["minds.most_use"]
    opened = state.hospitals.lines.open
    assert (done[opened] <= most * state.hospitals.lines.capacity[opened] + 1e-9).all()


def test_a_long_wait_is_worked_down_and_a_short_one_grows(shire, after_burn_in):
    target = shire.parameters["minds.wait_target_months"]
    for factor, falls in ((3.0, True), (0.2, False)):
        state = after_burn_in.copy()
        lines = state.hospitals.lines
        big = lines.open & (lines.capacity > 20)
        lines.backlog = factor * target * lines.capacity
        before = wait_months(shire.parameters, state.hospitals)[big].mean()
        for _ in range(12):
            arrivals = lines.capacity / (1.0 + shire.parameters["minds.capacity_slack"])
            share = np.maximum(shire.activity.operation_share, 1e-9)
            move_queues(
                shire.parameters,
                shire.activity,
                state.hospitals,
                np.where(lines.open, arrivals / share, 0.0),
            )
        after = wait_months(shire.parameters, state.hospitals)[big].mean()
        assert (after < before) == falls


def test_the_economy_sees_full_scale_whatever_is_simulated(shire, inert_status_quo):
    """A tenth or a hundredth of the patients is simulated; hospitals see them all."""
    people = shire.list_sizes.sum()
    first = inert_status_quo.flows.planned.sum() * 12 / people * 1000
    simulated = inert_status_quo.record.total("first_outpatients", 36)
    months = inert_status_quo.record.total("person_months", 36)
    assert first == pytest.approx(12_000 * simulated / months, rel=0.08)
    assert isinstance(inert_status_quo, HealthEconomy)


def test_patients_see_and_answer_to_the_wait_that_they_would_live(status_quo):
    """However long: a line with a list of ten years draws fewer than one of two."""
    setup, state = status_quo.setup, status_quo.state
    line = np.unravel_index(
        state.hospitals.lines.capacity.argmax(), state.hospitals.lines.capacity.shape
    )
    lists, odds = state.hospitals.lines.backlog.copy(), []
    for months in (24.0, 120.0):
        most = setup.parameters["minds.most_use"] * state.hospitals.lines.capacity[line]
        state.hospitals.lines.backlog[line] = months * most
        waits = wait_months(setup.parameters, state.hospitals)
        assert waits[line] == pytest.approx(months)
        odds.append(site_attraction(setup, state.provision, state.hospitals, waits)[line])
    state.hospitals.lines.backlog[:] = lists
    felt = setup.parameters["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH
    assert np.log(odds[1] / odds[0]) == pytest.approx(96.0 * felt)
