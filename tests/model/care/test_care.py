"""Teams, boundaries and losses of every handover: what widens, narrows and leaves them alone."""

import numpy as np
import pytest

from model.care.routes import fill_routes, team_bodies
from model.population.pathways import PATHWAYS
from model.state.provision import NOBODY, add_network, add_slot, empty_tables

MSK = PATHWAYS.index("msk")
WITHIN_TEAM, WITHIN_BODY, BETWEEN = 0, 1, 2


@pytest.fixture
def state(after_burn_in):
    return after_burn_in.copy()


def routes_of(setup, state, losses=None):
    candidate = setup.geography.candidate
    tables = empty_tables(*candidate.shape, setup.journeys.edge.size)
    fill_routes(
        tables,
        state.provision,
        setup.journeys,
        candidate,
        state.referrals.default,
        state.bodies.owner,
        losses or setup.losses,
    )
    return tables


def edges_of(setup, tables):
    """Routes at steps that hand over, for candidates that exist."""
    known = setup.geography.candidate >= 0
    return tables.route[known][:, setup.journeys.edge == 1]


def homes_of(setup, state, teams):
    """The organisation in which each team grew up."""
    provision = state.provision
    slot = np.repeat(provision.slot_body, provision.employer.shape[1])
    return np.concatenate([provision.practice_body, slot])[teams]


def handing_over(setup, tables):
    """Teams on both sides of every handover of every route."""
    known, edge = setup.geography.candidate >= 0, setup.journeys.edge == 1
    team = tables.route["team"][known]
    after = np.roll(edge, 1)
    return team[:, edge], team[:, after]


def test_a_boundary_is_that_of_the_bodies_on_both_sides(shire, state):
    tables = routes_of(shire, state)
    left, right = handing_over(shire, tables)
    body = team_bodies(state.provision, state.bodies.owner)
    wanted = np.where(left == right, WITHIN_TEAM, np.where(body[left] == body[right], 1, 2))
    found = edges_of(shire, tables)["boundary"]
    np.testing.assert_array_equal(found, wanted)
    assert {0, 1, 2} >= set(np.unique(found)) >= {1, 2}


def test_losses_rank_as_boundaries_do(shire, state):
    edge, losses = edges_of(shire, routes_of(shire, state)), shire.losses
    by = [edge["loss"][edge["boundary"] == b] for b in (WITHIN_BODY, BETWEEN)]
    np.testing.assert_allclose(by[0], losses.between_teams, rtol=1e-6)
    assert by[1].min() < by[1].max() and by[1].mean() > by[0].mean()
    assert (edge["loss"] >= np.float32(losses.within_team)).all() and (edge["loss"] <= 1).all()


def test_the_ratio_between_bodies_reaches_only_handovers_between_homes(shire, state):
    wider = shire.losses._replace(between_bodies=1.5 * shire.losses.between_bodies)
    before, after = routes_of(shire, state), routes_of(shire, state, wider)
    left, right = handing_over(shire, before)
    apart = homes_of(shire, state, left) != homes_of(shire, state, right)
    ours, theirs = edges_of(shire, before)["loss"], edges_of(shire, after)["loss"]
    np.testing.assert_array_equal(ours[~apart], theirs[~apart])
    free = apart & (theirs < 1) & (ours > np.float32(wider.within_team))
    np.testing.assert_allclose(theirs[free], 1.5 * ours[free], rtol=1e-5)
    assert free.mean() > 0.3 and (~apart).mean() > 0.01


def test_a_ratio_of_one_makes_bodies_no_barrier_on_average(shire, state):
    equal = shire.losses._replace(between_bodies=shire.losses.between_teams)
    edge = edges_of(shire, routes_of(shire, state, equal))
    crossing = edge["loss"][edge["boundary"] == BETWEEN]
    assert crossing.mean() == pytest.approx(equal.between_teams, rel=0.25)


@pytest.mark.parametrize(
    "kinds", [("community",), ("community", "mental_health"), ("acute", "community")]
)
@pytest.mark.parametrize("network", [False, True])
def test_a_merger_moves_boundaries_and_no_loss(shire, state, kinds, network):
    if network:
        join_everyone(shire, state, ("community",), link=1.0, record=1.0)
    before = routes_of(shire, state)
    for body in state.bodies.of_kind(*kinds):
        state.bodies.merge(body, state.bodies.of_kind("acute")[0])
    after = routes_of(shire, state)
    np.testing.assert_array_equal(before.route["loss"], after.route["loss"])
    np.testing.assert_array_equal(before.route["team"], after.route["team"])
    np.testing.assert_array_equal(before.cross["loss"], after.cross["loss"])
    assert (after.route["boundary"] <= before.route["boundary"]).all()
    assert (after.route["boundary"] < before.route["boundary"]).any()


def join_everyone(setup, state, kinds, link, record):
    """All practices and bodies of some kinds in one network, fully grown."""
    provision = state.provision
    n = add_network(provision, len(state.bodies))
    members = [*state.bodies.of_kind(*kinds), *provision.practice_body]
    provision.network_member[n, members] = record > 0
    provision.network_team[n, members] = True
    provision.network_record[n, members] = record
    provision.network_link[n, members] = link
    return n, members


def test_a_shared_record_multiplies_losses_between_members_alone(shire, state):
    before = routes_of(shire, state)
    _, members = join_everyone(shire, state, ("community",), 0.0, 1.0)
    after = routes_of(shire, state)
    left, right = handing_over(shire, before)
    inside = np.isin(homes_of(shire, state, left), members)
    inside &= np.isin(homes_of(shire, state, right), members) & (left != right)
    ours, theirs = edges_of(shire, before)["loss"], edges_of(shire, after)["loss"]
    np.testing.assert_array_equal(ours[~inside], theirs[~inside])
    wanted = np.maximum(ours[inside] * shire.losses.shared_record, shire.losses.within_team)
    np.testing.assert_allclose(theirs[inside], wanted, rtol=1e-5)
    assert 0.05 < inside.mean() < 0.95


def test_a_full_link_takes_its_share_of_the_loss(shire, state):
    before, losses = routes_of(shire, state), shire.losses
    join_everyone(shire, state, ("acute", "community"), 1.0, 0.0)
    ratio = edges_of(shire, routes_of(shire, state))["loss"] / edges_of(shire, before)["loss"]
    full = (1 - losses.link_effect) / (1 - losses.link_effect * losses.established)
    assert ratio.min() == pytest.approx(full, rel=1e-4) and ratio.max() == pytest.approx(1)


def test_links_never_help_by_more_than_being_one_team(shire, state):
    join_everyone(shire, state, ("acute", "community", "mental_health"), 1.0, 1.0)
    tiny = shire.losses._replace(shared_record=0.0, link_effect=1.0)
    assert edges_of(shire, routes_of(shire, state, tiny))["loss"].min() == np.float32(
        tiny.within_team
    )


def prime_for_msk(setup, state, link, work):
    slot = int(state.provision.setting_slot[1, 0, MSK])
    state.provision.prime_slot[:, MSK] = slot
    state.provision.prime_link[:, MSK] = link
    state.provision.delivery[:, MSK] = work
    return slot


@pytest.mark.parametrize("work", [0, 1])
def test_a_prime_provider_with_a_new_link_loses_more(shire, state, work):
    established = shire.losses.established
    prime_for_msk(shire, state, established, work)
    known = routes_of(shire, state)
    prime_for_msk(shire, state, 0.3 * established, work)
    new = routes_of(shire, state)
    pathway = shire.journeys.step_pathway[shire.journeys.edge == 1]
    ours, theirs = edges_of(shire, known)["loss"], edges_of(shire, new)["loss"]
    np.testing.assert_array_equal(ours[:, pathway != MSK], theirs[:, pathway != MSK])
    assert (theirs >= ours).all() and (theirs[:, pathway == MSK] > ours[:, pathway == MSK]).any()


def test_doing_the_work_moves_only_the_work_that_can_move(shire, state):
    before = routes_of(shire, state).route["team"]
    slot = prime_for_msk(shire, state, 0.5, 1)
    after = routes_of(shire, state).route["team"]
    journeys = shire.journeys
    may = (journeys.step_transferable == 1) & (journeys.step_pathway == MSK)
    may |= (journeys.step_pathway == MSK) & (journeys.step_kind >= 4)  # clinics and access
    known = shire.geography.candidate >= 0
    np.testing.assert_array_equal(before[known][:, ~may], after[known][:, ~may])
    moved = after[known][:, (journeys.step_transferable == 1) & (journeys.step_pathway == MSK)]
    names = state.provision.employer.shape[1]
    assert ((moved - state.provision.practice_body.size) // names == slot).all() and moved.size


def test_employers_and_not_homes_decide_the_boundary(shire, state):
    """Community teams that go over to another body keep what they know and change the boundary."""
    before = routes_of(shire, state)
    state.provision.employer[:] = state.bodies.of_kind("acute")[0]
    after = routes_of(shire, state)
    np.testing.assert_array_equal(before.route["loss"], after.route["loss"])
    assert (before.route["boundary"] != after.route["boundary"]).any()


def test_new_slots_and_networks_begin_empty(state, shire):
    provision, slots = state.provision, state.provision.slot_body.size
    assert add_slot(provision, 5) == slots and provision.slot_body[slots] == 5
    assert provision.employer.shape[0] == slots + 1 and (provision.employer[slots] == NOBODY).all()
    n = add_network(provision, len(state.bodies) + 3)
    assert not provision.network_member[n].any() and not provision.network_team[n].any()
    assert provision.network_member.shape == (n + 1, len(state.bodies) + 3)
    assert not provision.network_record[n].any() and not provision.network_link[n].any()
    assert shire.losses.within_team < shire.losses.between_teams < shire.losses.between_bodies
