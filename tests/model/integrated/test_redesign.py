"""Services of integrated organisations: what they cost, learn, do, and seem to do."""

from dataclasses import replace

import numpy as np
import pytest

from model.integrated import membership, redesign, results
from model.integrated.case_management import apparent_effect
from model.month.monthly_tables import set_monthly_tables
from model.policies.policy import Policy, PopulationContract
from model.state.integrated import Service
from model.state.ledger import HEADINGS
from model.state.state import EMERGENCIES

OFFERED = Policy(title="t", help="h", source="s", population_contracts=(PopulationContract(),))


@pytest.fixture
def economy(live_policy):
    """Every practice of the first commissioner is a member; nobody decides anything."""
    economy = live_policy(OFFERED, 1, "inert")
    for g in np.flatnonzero(economy.state.provision.practice_commissioner == 0).tolist():
        membership.join(
            economy.minds,
            economy.setup,
            economy.state,
            economy.payment,
            g,
            economy.state.integrated.organisations[0].code,
        )
    return economy


def with_service(economy, name, how):
    organisation = economy.state.integrated.organisations[0]
    redesign.take_up(economy.setup.parameters, economy.state, organisation, name, how)
    return organisation, economy.state.provision.network == organisation.network


def test_an_own_team_learns_over_years_and_forgets(economy):
    organisation, _ = with_service(economy, "admission_avoidance", "make")
    service, path = organisation.services["admission_avoidance"], []
    for _ in range(11):
        economy.run(3)
        path.append(service.skill)
    assert path == sorted(path) and path[3] < 0.4 < path[5] and path[-1] == 1.0
    redesign.take_up(
        economy.setup.parameters, economy.state, organisation, "admission_avoidance", "do_without"
    )
    economy.run(12)
    assert service.skill == pytest.approx(0.6, rel=1e-6)
    value = economy.setup.parameters
    assert redesign.skill_in_use(value, service) == 0.0
    assert redesign.skill_in_use(value, Service(0.1, "buy", 0.9)) == 0.5


def test_rapid_response_prevents_what_can_be_prevented_for_members(economy):
    organisation, members = with_service(economy, "admission_avoidance", "buy")
    before = economy.world.practices["prevention"].copy()
    organisation.ability = 2.0
    set_monthly_tables(economy.setup, economy.state, economy.world)
    after = economy.world.practices["prevention"]
    np.testing.assert_allclose(after[members] / before[members], 1.0 - 0.05 * 0.5 * 2.0)
    np.testing.assert_array_equal(after[~members], before[~members])


def test_support_at_discharge_reaches_only_handovers_on_leaving_a_ward(economy):
    organisation, members = with_service(economy, "discharge_support", "buy")
    before = economy.state.referrals.routes.route["loss"].copy()
    organisation.ability = 1.0
    set_monthly_tables(economy.setup, economy.state, economy.world)
    after, known = (
        economy.state.referrals.routes.route["loss"],
        economy.setup.geography.candidate >= 0,
    )
    leaving = economy.setup.journeys.edge_discharge == 1
    np.testing.assert_array_equal(after[:, :, ~leaving], before[:, :, ~leaving])
    np.testing.assert_array_equal(after[~members], before[~members])
    mine = known & members[:, None]
    least = economy.setup.losses.within_team
    wanted = np.maximum(before[mine][:, leaving] * (1.0 - 0.4 * 0.5), least)
    handed = economy.setup.journeys.edge[leaving] == 1
    np.testing.assert_allclose(after[mine][:, leaving][:, handed], wanted[:, handed], rtol=1e-5)


@pytest.mark.parametrize(("how", "factor", "setup"), [("make", 1.0, 0.5), ("buy", 1.15, 0.0)])
def test_services_are_paid_for(economy, how, factor, setup):
    organisation, members = with_service(economy, "discharge_support", how)
    economy.run(1)
    entries = economy.state.money.ledger.entries()
    paid = entries[entries["heading"] == HEADINGS.index("redesign")]
    yearly = 150 * factor * economy.state.practices.lists[members].sum()
    assert set(paid["payer"]) == {organisation.body}
    assert paid["pence"].sum() == pytest.approx(yearly * (setup + 1 / 12), abs=2)
    assert economy.state.money.ledger.balance.sum() == 0


def test_clinics_outside_hospital_fill_up(economy):
    organisation = economy.state.integrated.organisations[0]
    organisation.clinics = "make_a_quarter"
    shares = []
    for _ in range(7):
        economy.run(3)
        set_monthly_tables(economy.setup, economy.state, economy.world)
        members = economy.state.provision.network == organisation.network
        shares.append(float(economy.world.practices["shifted"][members].mean()))
    assert shares == sorted(shares) and shares[0] < 0.05
    assert shares[-1] == pytest.approx(0.25) and economy.state.integrated.organisations


def test_any_fall_of_emergencies_is_put_down_to_the_services(economy):
    organisation, members = with_service(economy, "discharge_support", "buy")
    service = organisation.services["discharge_support"]
    foreseen = 12.0 * organisation.capitation_pence[members, EMERGENCIES]
    for fall, believed in ((0.0, 0.01), (0.01, 0.02), (0.5, 0.04)):
        service.believed = 0.02
        economy.state.yearbooks.last_year.emergency_spend[members] = (1.0 - fall) * foreseen
        redesign.learn_from_emergencies(
            economy.setup.parameters, economy.state.provision, economy.state.yearbooks, organisation
        )
        assert service.believed == pytest.approx(believed, rel=1e-6)


def test_case_managers_seem_to_succeed_by_those_who_were_chosen_for_their_scores(economy):
    organisation = economy.state.integrated.organisations[0]
    members = economy.state.provision.network == organisation.network
    seen = apparent_effect(economy.setup.parameters, economy.state, members, 0.02)
    assert 0.15 < seen < 0.7  # although nobody has a case manager
    assert abs(apparent_effect(economy.setup.parameters, economy.state, members, 0.999)) < abs(seen)
    rows = np.flatnonzero(members[economy.state.residents.people["practice"]])
    rate = (
        12.0
        * economy.state.residents.strata["emergency_rate"][
            economy.state.residents.people["stratum"][rows]
        ]
    )
    draw = np.random.default_rng(1).normal(size=(400, rows.size))
    score = rate * np.exp(economy.setup.parameters["cycles.risk_score_noise"] * draw)
    top = score >= np.quantile(score, 0.98)
    drawn = 1.0 - np.broadcast_to(rate, score.shape)[top].sum() / score[top].sum()
    assert seen == pytest.approx(drawn, abs=0.01)
    organisation.coverage, organisation.effect = "top_2_percent", 0.08
    results._evaluate(economy.setup.parameters, economy.state, organisation)
    assert organisation.effect == pytest.approx(0.08 + 0.25 * (seen - 0.08))


def test_organisations_decide_on_services_and_the_mechanism_ends_that(live_policy, shire):
    economy = live_policy(OFFERED, 25, "random")
    asked = [d for d in economy.decisions() if d.rule == "redesign"]
    assert {d.about for d in asked} == set(redesign.SERVICES)
    assert {"do_without"} < {d.chosen for d in asked} <= {"do_without", "make", "buy"}
    off = shire.parameters.mechanisms()["redesign"]
    setup = replace(shire, parameters=shire.parameters.with_values(off))
    without = live_policy(OFFERED, 25, "random", setup=setup)
    assert not any(d.rule == "redesign" for d in without.decisions())
