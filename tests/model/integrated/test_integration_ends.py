"""How integrated organisations are led, compete, pay for their risk, and end."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.choice.learning import Belief
from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from model.commissioners.contract_payments import payers
from model.integrated import membership, plans, results
from model.integrated.organisations import main_hospital
from model.month.economy import BURN_IN_MONTHS
from model.payments.prices_ahead import Mean
from model.policies.policy import Policy, PopulationContract
from model.state.ledger import HEADINGS
from model.state.provision import NOBODY

LEADS = ("practices", "community", "acute", "outside")


def population(**terms):
    contract = PopulationContract(**terms)
    return Policy(name="tried", title="t", help="h", source="s", population_contracts=(contract,))


def joined(live_policy, months=0, mind="inert", **terms):
    """An economy in which every practice is a member of its commissioner's first organisation."""
    economy = live_policy(population(**terms), 1, mind)
    for g in np.flatnonzero(economy.state.practices.lists):
        k = economy.state.provision.practice_commissioner[g]
        code = next(o.code for o in economy.state.integrated.organisations if o.commissioner == k)
        membership.join(economy.minds, economy.setup, economy.state, economy.payment, int(g), code)
    return economy.run(months)


def paid(economy, heading):
    entries = economy.state.money.ledger.entries()
    return entries[entries["heading"] == HEADINGS.index(heading)]


def lose(economy, organisation, pence):
    """An organisation spends `pence` on nothing."""
    economy.state.money.ledger.post(
        economy.state.month, organisation.body, 1, "pay_and_supplies", pence
    )


def assert_everybody_is_cared_for(economy):
    """Every patient has an open practice, a payer and somewhere to go in an emergency."""
    state, setup = economy.state, economy.setup
    assert int(state.money.ledger.balance.sum()) == 0
    assert state.practices.lists.sum() == setup.list_sizes.sum()
    assert (state.practices.lists[state.residents.people["practice"]] > 0).all()
    planned, urgent, bodies = payers(economy.state)
    assert (planned >= 0).all() and (urgent >= 0).all() and planned.max() < bodies.size
    ended = {o.body for o in state.integrated.former}
    assert not ended & set(bodies.tolist())
    candidate = setup.geography.candidate[state.residents.people["practice"]]
    emergency = setup.geography.emergency[np.maximum(candidate, 0)] * (candidate >= 0)
    assert emergency.any(axis=1).all()
    assert not np.isin(state.provision.employer, list(ended)).any()


# The end


@pytest.mark.parametrize("reason", ["surrendered", "insolvent"])
def test_patients_teams_and_contracts_go_back(live_policy, reason):
    economy = joined(live_policy, 3, deficits="insolvency")
    state, provision = economy.state, economy.state.provision
    organisation = state.integrated.organisations[0]
    members = provision.network == organisation.network
    before = payers(economy.state).urgent[members]
    results.wind_up(
        economy.minds,
        economy.setup.parameters,
        economy.setup.losses,
        economy.state,
        organisation,
        reason,
    )
    row, bodies = payers(economy.state).urgent[members], payers(economy.state).bodies
    commissioner = economy.minds.commissioners[organisation.commissioner].body
    assert (bodies[row] == commissioner).all() and (row != before).all()
    assert not (provision.employer == organisation.body).any()
    assert (provision.clinic_slot[members] != organisation.slot).all()
    assert organisation.capitation_pence.sum() == 0
    assert organisation.body < len(state.bodies) and organisation.end == reason
    economy.run(3)
    capitation = paid(economy, "capitation")
    late = capitation[capitation["month"] >= state.month - 3]
    assert organisation.body not in set(late["payee"])
    assert_everybody_is_cared_for(economy)


def test_links_fall_as_when_a_contract_moves_fade_and_grow_back_to_what_they_were(live_policy):
    economy = joined(live_policy, 24)
    provision, organisation = economy.state.provision, economy.state.integrated.organisations[0]
    k, n = organisation.commissioner, organisation.network
    members = np.flatnonzero(provision.network == n)
    economy.run(1)
    known = economy.setup.geography.candidate[members] >= 0
    together = economy.state.referrals.routes.route["loss"][members][known].mean()
    own = provision.practice_body[members[0]]
    grown = provision.network_link[n, own]
    results.surrender(
        economy.minds,
        economy.setup.parameters,
        economy.setup.losses,
        economy.state,
        organisation.code,
    )
    kept = economy.setup.parameters["handovers.link_kept_on_transfer"]
    assert grown > 0.1 and provision.network_link[n, own] == pytest.approx(kept * grown)
    established = economy.setup.losses.established
    assert provision.prime_link[k] == pytest.approx(established * kept)
    economy.run(1)
    alone = economy.state.referrals.routes.route["loss"][members][known].mean()
    economy.run(90)
    later = economy.state.referrals.routes.route["loss"][members][known].mean()
    assert provision.prime_link[k] == pytest.approx(established)
    assert provision.network_link[n, own] == 0.0
    assert together < later < alone
    transition = paid(economy, "transition")
    late = transition[transition["month"] > economy.state.month - 12]
    assert organisation.body not in set(late["payer"])


def test_notice_is_given_as_long_as_the_contract_says(live_policy):
    forced = {("east-integrated", "give_up", BURN_IN_MONTHS + 24): "give_notice"}
    economy = live_policy(population(notice_months=9), 33, forced=forced)
    codes = {o.code for o in economy.state.integrated.organisations}
    assert "east-integrated" in codes
    economy.run(1)
    assert "east-integrated" not in {o.code for o in economy.state.integrated.organisations}
    gone = economy.state.integrated.former[0]
    assert gone.end == "surrendered" and gone.ended_month == BURN_IN_MONTHS + 33
    asked = [d for d in economy.decisions() if d.agent == gone.code]
    assert max(d.month for d in asked) == BURN_IN_MONTHS + 24
    assert_everybody_is_cared_for(economy.run(6))


def test_who_believes_in_losses_gives_notice_and_who_gains_goes_on(live_policy):
    economy = joined(live_policy, mind="reasoned")
    organisation = economy.state.integrated.organisations[0]
    agent = economy.minds.organisations[organisation.code]
    for result, wanted in ((-0.07, "give_notice"), (0.035, "keep")):
        organisation.leaders_belief = Belief(result, 0.01)
        observation = plans.give_up_observation(
            economy.setup, economy.state, economy.in_force, organisation
        )
        decision = agent.give_up(observation, 36)
        best = decision.options[int(np.argmax(decision.probabilities))]
        assert best == wanted


def test_an_outside_firm_wants_a_return(live_policy):
    views = {}
    for lead in ("community", "outside"):
        economy = joined(live_policy, lead=lead)
        views[lead] = plans.give_up_observation(
            economy.setup,
            economy.state,
            economy.in_force,
            economy.state.integrated.organisations[0],
        )
    budget = 12.0 * economy.state.integrated.organisations[0].capitation_pence.sum() / 100.0
    assert views["community"].wanted_return == 0.0
    assert views["outside"].wanted_return == pytest.approx(0.01 * budget)


def test_a_leader_without_members_does_not_last(live_policy):
    economy = live_policy(population(), 24, "inert")
    assert economy.state.integrated.organisations and not economy.state.integrated.former
    economy.run(1)
    assert not economy.state.integrated.organisations
    assert {o.end for o in economy.state.integrated.former} == {"no_members"}


def test_the_last_member_to_leave_bears_its_share_of_the_year(live_policy):
    economy = live_policy(population(), 1, "inert")
    organisation, state = economy.state.integrated.organisations[0], economy.state
    g = int(np.flatnonzero(state.provision.practice_commissioner == 0)[0])
    membership.join(
        economy.minds, economy.setup, economy.state, economy.payment, g, organisation.code
    )
    lose(economy, organisation, 1_000_000)
    practice = int(state.provision.practice_body[g])
    before = state.money.ledger.balance_of(practice)
    membership.leave(economy.minds, economy.setup, economy.state, g, organisation.code)
    assert state.money.ledger.balance_of(practice) - before == pytest.approx(-630_000, abs=1)


# Reserves and deficits


@pytest.mark.parametrize("lead", LEADS)
def test_the_leader_puts_up_the_reserve(live_policy, lead):
    economy = joined(live_policy, lead=lead, reserve_share=0.02)
    reserve = paid(economy, "reserve")
    for organisation in economy.state.integrated.organisations:
        put_up = reserve[reserve["payee"] == organisation.body]
        yearly = 12.0 * organisation.capitation_pence.sum()
        assert put_up["pence"].sum() == pytest.approx(0.02 * yearly, rel=1e-6)
        assert organisation.reserve_pence.sum() == put_up["pence"].sum()
        practices = set(economy.state.provision.practice_body.tolist())
        payer = set(put_up["payer"])
        assert payer <= practices if lead == "practices" else payer == {organisation.leader}
        assert (
            economy.state.money.ledger.balance_of(organisation.body) == organisation.opening_balance
        )


def test_a_reserve_goes_back_to_who_leaves(live_policy):
    economy = joined(live_policy, reserve_share=0.02)
    state, organisation = economy.state, economy.state.integrated.organisations[0]
    g = int(np.flatnonzero(state.provision.network == organisation.network)[0])
    mine, body = int(organisation.reserve_pence[g]), int(state.provision.practice_body[g])
    before = state.money.ledger.balance_of(body)
    membership.leave(economy.minds, economy.setup, economy.state, g, organisation.code)
    assert state.money.ledger.balance_of(body) - before == mine > 0


def test_a_loss_beyond_the_reserve_is_the_end_if_nobody_covers_it(live_policy):
    economy = joined(live_policy, reserve_share=0.01, deficits="insolvency", lead="acute")
    state, (organisation, other) = economy.state, economy.state.integrated.organisations
    loss = round(0.2 * 12 * organisation.capitation_pence.sum())
    lose(economy, organisation, loss)
    results.close_organisations_year(economy.minds, economy.setup, economy.state)
    assert organisation.end == "insolvent" and state.integrated.organisations == [other]
    assert state.money.ledger.balance_of(organisation.body) < 0
    assert_everybody_is_cared_for(economy.run(2))
    left = state.money.ledger.balance_of(organisation.body)
    assert left == state.money.ledger.balance_of(organisation.body) < 0


def test_the_floor_leaves_the_rest_of_a_loss_to_the_commissioner(live_policy):
    economy = joined(live_policy, reserve_share=0.02, floor=0.02, deficits="insolvency")
    state, organisation = economy.state, economy.state.integrated.organisations[0]
    budget = 12.0 * organisation.capitation_pence.sum()
    organisation.received_pence = round(budget)  # a whole year's
    commissioner = economy.minds.commissioners[organisation.commissioner].body
    before = state.money.ledger.balance_of(commissioner)
    lose(economy, organisation, round(0.2 * budget))
    results.close_organisations_year(economy.minds, economy.setup, economy.state)
    assert state.money.ledger.balance_of(commissioner) - before == pytest.approx(
        -0.18 * budget, rel=0.01
    )
    assert not organisation.end


@pytest.mark.parametrize("lead", LEADS)
def test_a_leader_that_stands_for_deficits_covers_them(live_policy, lead):
    economy = joined(live_policy, deficits="leader", lead=lead)
    state, organisation = economy.state, economy.state.integrated.organisations[0]
    lose(economy, organisation, 10_000_000)
    results.close_organisations_year(economy.minds, economy.setup, economy.state)
    assert state.money.ledger.balance_of(organisation.body) == pytest.approx(0, abs=60)
    cover = paid(economy, "deficit_cover")
    payer = organisation.leader if lead != "practices" else None
    assert payer is None or set(cover["payee"]) | set(cover["payer"]) == {
        payer, organisation.body
    }  # fmt: skip
    assert not organisation.end


def test_larger_pools_are_insolvent_less_often_on_the_same_terms():
    """Three years of a pool's luck against a reserve of 1% of the budget, at 600 pounds a head."""
    draw = np.array(
        [
            [keyed_normal(s, STREAM_TRAIT, np.uint64(key_of("pool")), m, 70) for m in range(36)]
            for s in range(400)
        ]
    )
    shares = []
    for patients in (5_000, 20_000, 80_000, 320_000):
        deviation = 2_500.0 * (patients / 12.0) ** 0.5 * draw
        years = np.cumsum(deviation, axis=1)[:, 11::12]
        shares.append(float((years < -0.01 * 600.0 * patients).any(axis=1).mean()))
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[-1] + 0.2


def test_a_pools_luck_has_the_spread_of_its_patients(live_policy):
    economy = joined(live_policy)
    organisation = economy.state.integrated.organisations[0]
    members = economy.state.provision.network == organisation.network
    patients = economy.state.practices.lists[members].sum()
    for month in range(400):
        economy.state.month = 40 + month
        results.pay_high_cost_patients(
            economy.setup.parameters, economy.state, economy.seed, organisation
        )
    entries = paid(economy, "high_cost_patients")
    mine = entries[(entries["payer"] == organisation.body) & (entries["month"] >= 40)]
    wanted = 2_500.0 * 100.0 * (patients / 12.0) ** 0.5
    assert mine["pence"].std() == pytest.approx(wanted, rel=0.15)
    assert abs(mine["pence"].mean()) < 0.15 * wanted


# Leaders

TODAY = Mean(price=1.0, cost=1.0)


def test_an_acute_leader_loses_its_own_margin_by_moving_care(live_policy):
    stakes = {}
    for lead in LEADS:
        economy = joined(live_policy, lead=lead)
        organisation = economy.state.integrated.organisations[0]
        members = economy.state.provision.network == organisation.network
        stakes[lead] = plans.hospital_stakes(
            economy.setup, economy.state, economy.in_force, organisation, members, TODAY
        )
    assert stakes["acute"][0] > 0.1 and stakes["acute"][1] > 0.1
    assert max(stakes["acute"]) < 1.0
    assert all(stakes[lead] == (0.0, 0.0) for lead in LEADS if lead != "acute")
    economy = joined(live_policy, lead="community")  # the same trust comes to own the leader
    organisation = economy.state.integrated.organisations[0]
    members = economy.state.provision.network == organisation.network
    economy.state.bodies.merge(organisation.leader, organisation.hospital)
    owned = plans.hospital_stakes(
        economy.setup, economy.state, economy.in_force, organisation, members, TODAY
    )
    assert owned == pytest.approx(stakes["acute"])


def test_the_leader_is_who_it_should_be(live_policy):
    for lead in LEADS:
        economy = joined(live_policy, lead=lead)
        bodies = economy.state.bodies
        for k, organisation in enumerate(economy.state.integrated.organisations):
            assert bodies.kinds[main_hospital(economy.setup.geography, economy.state, k)] == "acute"
            kind = {"community": "community", "acute": "acute", "outside": "firm"}.get(lead)
            if kind is None:
                assert organisation.leader == NOBODY
            elif lead != "community":  # community services may belong to another kind of trust
                assert bodies.kinds[organisation.leader] == kind


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("result", [5_000_000, -5_000_000])
def test_results_are_shared_with_the_leader_and_nothing_is_lost(live_policy, lead, result):
    economy = joined(live_policy, lead=lead)
    state, organisation = economy.state, economy.state.integrated.organisations[0]
    before = np.array([state.money.ledger.balance_of(body) for body in range(len(state.bodies))])
    state.money.ledger.post(state.month, 1, organisation.body, "capitation", result)
    results.settle_result(economy.minds, economy.setup.parameters, economy.state, organisation)
    after = np.array([state.money.ledger.balance_of(body) for body in range(len(state.bodies))])
    change = after - before
    assert change.sum() == 0
    practices = change[state.provision.practice_body].sum()
    assert np.sign(practices) == np.sign(result)
    if organisation.leader != NOBODY:
        assert np.sign(change[organisation.leader]) == np.sign(result)
    assert abs(practices) <= 0.63 * abs(result) + 100


# Competing organisations and choice


def test_practices_choose_between_organisations(live_policy):
    areas = [f"{k}-integrated" + n for k in ("east", "west") for n in ("", "-2")]
    going_on = {
        (code, "give_up", 36 + month): "keep" for code in areas for month in range(0, 40, 3)
    }
    economy = live_policy(population(rivals=("practices",)), 40, "random", forced=going_on)
    state = economy.state
    assert len(state.integrated.organisations) == 4
    sizes = [(state.provision.network == o.network).sum() for o in state.integrated.organisations]
    assert min(sizes) > 0
    chosen = {d.chosen.split()[0] for d in economy.decisions() if d.rule == "membership"}
    assert {"join", "stay_in", "leave", "stay_out"} <= chosen
    for organisation in state.integrated.organisations:
        inside = state.provision.network == organisation.network
        assert (organisation.capitation_pence[inside].sum(axis=1) > 0).all()
        assert organisation.capitation_pence[~inside].sum() == 0
    employed = state.provision.employer[state.provision.employer >= 0]
    assert set(employed.tolist()) <= {o.body for o in state.integrated.organisations}
    assert_everybody_is_cared_for(economy)


def test_a_forced_practice_joins_the_organisation_it_is_told_to(live_policy, shire):
    codes = list(shire.place.practices["practice"])
    forced = {(codes[0], "membership", 36): "join east-integrated-2"}
    forced |= {(codes[0], "membership", 48): "join east-integrated"}
    economy = live_policy(population(rivals=("acute",)), 7, "inert", forced=forced)
    of = {o.code: o.network for o in economy.state.integrated.organisations}
    assert economy.state.provision.network[0] == of["east-integrated-2"]
    economy.run(12)
    assert economy.state.provision.network[0] == of["east-integrated"]


def test_closed_choice_binds_members_and_nobody_else(live_policy):
    economy = live_policy(population(choice="closed"), 1, "inert")
    state, candidate = economy.state, economy.setup.geography.candidate
    organisation = state.integrated.organisations[0]
    here = np.flatnonzero(state.provision.practice_commissioner == organisation.commissioner)
    for g in here[::2]:
        membership.join(
            economy.minds, economy.setup, economy.state, economy.payment, int(g), organisation.code
        )
    before = state.referrals.shares.copy()
    economy.run(1)
    site = np.maximum(candidate, 0)
    body = state.bodies.owner[state.provision.slot_body[state.provision.site_slot[site]]]
    own = (body == organisation.hospital) & (candidate >= 0)
    reach = (own[:, :, None] & state.hospitals.lines.open[site]).any(axis=1)
    away = (state.referrals.shares * ~own[:, :, None]).sum(axis=1)
    assert away[here[::2]][reach[here[::2]]].max() < 1e-9
    assert (before * ~own[:, :, None]).sum(axis=1)[here[::2]].max() > 0.1
    assert away[here[1::2]].max() > 0.1
    np.testing.assert_allclose(state.referrals.shares.sum(axis=1)[state.practices.lists > 0], 1.0)


# Always


@pytest.mark.parametrize("examples", [3, pytest.param(24, marks=pytest.mark.slow)])
def test_founding_surrender_and_insolvency_lose_nobody_and_no_money(live_policy, examples):
    @settings(deadline=None, max_examples=examples, derandomize=True,
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(
        st.sampled_from(LEADS), st.sampled_from(["carried", "leader", "insolvency"]),
        st.sampled_from([0.0, 0.01]), st.lists(st.sampled_from(LEADS), max_size=2),
        st.integers(24, 60), st.sampled_from(["reasoned", "random"]),
    )  # fmt: skip
    def lived(lead, deficits, reserve, rivals, month, mind):
        lose_nobody_and_no_money(live_policy, lead, deficits, reserve, rivals, month, mind)

    lived()


def lose_nobody_and_no_money(live_policy, lead, deficits, reserve, rivals, month, mind):
    terms = {"lead": lead, "rivals": tuple(rivals), "deficits": deficits}
    notice = 3 * (month // 3) + BURN_IN_MONTHS
    forced = {("west-integrated", "give_up", notice): "give_notice"}
    economy = live_policy(population(reserve_share=reserve, **terms), 30, mind, forced=forced)
    for organisation in tuple(economy.state.integrated.organisations)[:1]:
        lose(economy, organisation, round(3 * organisation.capitation_pence.sum()) + 1)
    assert_everybody_is_cared_for(economy)
    economy.run(20)
    assert_everybody_is_cared_for(economy)
    for organisation in economy.state.integrated.former:
        entries = economy.state.money.ledger.entries()
        after = entries[entries["month"] > organisation.ended_month]
        touched = set(after["payer"]) | set(after["payee"])
        assert organisation.body not in touched


def test_an_end_and_what_came_before_survive_a_copy(live_policy):
    forced = {("east-integrated", "give_up", BURN_IN_MONTHS + 24): "give_notice"}
    for g in range(4):  # so that there is somebody left who can give notice
        practice = (f"anyshire_gp_{g + 1:03}", "membership")
        forced |= {(*practice, 36): "join east-integrated", (*practice, 48): "stay_in"}
    economy = live_policy(population(rivals=("acute",)), 26, forced=forced)
    again = live_policy(economy.policy, 0, state=economy.state.copy(), forced=forced)
    economy.run(12)
    again.run(12)
    pd.testing.assert_frame_equal(
        economy.state.money.ledger.entries(), again.state.money.ledger.entries()
    )
    ends = [(o.code, o.end, o.ended_month) for o in economy.state.integrated.former]
    assert ("east-integrated", "surrendered", BURN_IN_MONTHS + 30) in ends
    assert ends == [(o.code, o.end, o.ended_month) for o in again.state.integrated.former]
