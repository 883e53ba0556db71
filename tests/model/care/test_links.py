"""Links: learnt along a curve, held for each network, faded by neglect."""

from dataclasses import replace

import numpy as np
import pytest

from model.care import links
from model.integrated import membership
from model.policies.policy import Policy, PopulationContract

OFFERED = Policy(title="t", help="h", source="s", population_contracts=(PopulationContract(),))


def tie(economy, n, g):
    """What practice `g` has learnt in network `n`."""
    provision = economy.state.provision
    return provision.network_link[n, provision.practice_body[g]]


def losses(economy):
    known = economy.setup.geography.candidate >= 0
    return economy.state.referrals.routes.route["loss"][known].astype(np.float64)


@pytest.mark.parametrize("steepness", [0.0, 6.0, 10.0])
def test_a_curve_leads_from_nothing_to_everything_in_its_time(steepness):
    strength, path = np.zeros(1), []
    for _ in range(10):
        strength = links.learnt(strength, 3.0, 30.0, steepness)
        path.append(float(strength[0]))
    assert path[4] == pytest.approx(0.5) and path[-1] == 1.0 and path == sorted(path)
    assert path[0] == pytest.approx(0.1, abs=1e-4) if steepness == 0.0 else path[0] < 0.06
    assert links.learnt(1.0, 3.0, 30.0, steepness) == 1.0
    assert links.learnt(0.3, 0.0, 30.0, steepness) == pytest.approx(0.3)


def test_joint_teams_and_an_organisation_are_held_side_by_side(live_policy):
    economy = live_policy("teams_only+population_ico", 13, "inert")
    organisation = economy.state.integrated.organisations[0]
    g = int(np.flatnonzero(economy.state.provision.practice_commissioner == 0)[0])
    teams = 0 if organisation.network else 1
    economy.run(12)
    before = tie(economy, teams, g)
    membership.join(
        economy.minds, economy.setup, economy.state, economy.payment, g, organisation.code
    )
    assert tie(economy, teams, g) == before > 0.1 and tie(economy, organisation.network, g) == 0.0
    alone = losses(economy)
    economy.run(24)
    assert tie(economy, teams, g) == 1.0 > tie(economy, organisation.network, g) > 0.5
    assert (losses(economy) <= alone + 1e-9).all() and (losses(economy) < alone - 1e-6).any()


def test_a_late_joiner_begins_at_the_beginning(live_policy):
    economy = live_policy(OFFERED, 1, "inert")
    organisation = economy.state.integrated.organisations[0]
    here = np.flatnonzero(economy.state.provision.practice_commissioner == 0).tolist()
    membership.join(
        economy.minds, economy.setup, economy.state, economy.payment, here[0], organisation.code
    )
    economy.run(18)
    membership.join(
        economy.minds, economy.setup, economy.state, economy.payment, here[1], organisation.code
    )
    economy.run(6)
    n = organisation.network
    assert 0.0 < tie(economy, n, here[1]) < 0.15 < tie(economy, n, here[0])
    assert tie(economy, n, here[2]) == 0.0


@pytest.mark.parametrize("fades", [True, False])
def test_who_leaves_forgets_what_was_learnt(live_policy, shire, fades):
    name = "links.kept_after_a_year_of_neglect"
    values = shire.parameters if fades else shire.parameters.with_values({name: 1.0})
    economy = live_policy(OFFERED, 1, "inert", setup=replace(shire, parameters=values))
    organisation = economy.state.integrated.organisations[0]
    here = np.flatnonzero(economy.state.provision.practice_commissioner == 0).tolist()
    for g in here[:2]:
        membership.join(
            economy.minds, economy.setup, economy.state, economy.payment, g, organisation.code
        )
    economy.run(24)
    n, before = organisation.network, tie(economy, organisation.network, here[0])
    membership.leave(economy.minds, economy.setup, economy.state, here[0], organisation.code)
    own = economy.state.provision.practice_body[here[0]]
    assert economy.state.provision.network_record[n, own] == 0.0
    economy.run(12)
    assert tie(economy, n, here[0]) == pytest.approx(before * (0.6 if fades else 1.0), rel=1e-6)
    assert tie(economy, n, here[1]) > before


def test_a_new_holder_settles_in_within_the_time_and_no_further(live_policy):
    economy = live_policy("status_quo", 1, "inert")
    link, established = economy.state.provision.prime_link, economy.setup.losses.established
    links.start_anew(economy.setup.parameters, economy.setup.losses, economy.state.provision, 0, 3)
    start = economy.state.provision.prime_link[0, 3]
    assert start == pytest.approx(0.3 * established)
    economy.run(15)
    halfway = economy.state.provision.prime_link[0, 3]
    assert halfway == pytest.approx(0.65 * established, rel=0.1)
    economy.run(18)
    assert economy.state.provision.prime_link[0, 3] == pytest.approx(established)
    assert (economy.state.provision.prime_link <= established + 1e-12).all()
    assert link.shape == economy.state.provision.prime_link.shape
