"""Contracts through time: tenders, bundles, terms, members, gains, and who pays whom."""

import numpy as np
import pandas as pd
import pytest
from forced_options import Unasked
from hypothesis import given, settings
from hypothesis import strategies as st

from model.care.attraction import permitted
from model.deciding.effects import EFFECTS
from model.integrated import membership, results
from model.month.economy import BURN_IN_MONTHS
from model.policies.policy import PathwayContract, Policy, PopulationContract
from model.population.pathways import PATHWAYS
from model.state.ledger import HEADINGS
from model.state.provision import ANY, CLOSED, DO_THE_WORK, NETWORK, NOBODY, SUBCONTRACT

MSK = PATHWAYS.index("msk")


def invented(**terms):
    return Policy(name="invented", title="t", help="h", source="s", **terms)


def carve_out(**terms):
    return invented(pathway_contracts=(PathwayContract(**({"pathways": ("msk",)} | terms)),))


def population(**terms):
    return invented(population_contracts=(PopulationContract(**terms),))


def entries_of(economy, heading):
    entries = economy.state.money.ledger.entries()
    return entries[entries["heading"] == HEADINGS.index(heading)]


def policy_months(entries):
    return entries["month"] - BURN_IN_MONTHS


@pytest.fixture(scope="module")
def msk(live_policy):
    """A carve-out of a two-year term, tendered in month 0. Read only."""
    return live_policy(carve_out(term_years=2, delivery="do_the_work"), 48)


# Carve-outs


def test_a_tender_is_paid_for_by_the_commissioner_and_bids_by_bidders(msk):
    value, commissioners = msk.setup.parameters, [a.body for a in msk.minds.commissioners]
    tenders, bids = entries_of(msk, "tender_cost"), entries_of(msk, "bid_cost")
    assert set(tenders["payer"]) == set(commissioners)
    assert set(tenders["pence"]) == {value["minds.tender_cost_pence"]}
    made = [d for d in msk.decisions() if d.rule == "bid" and d.chosen != "no_bid"]
    assert len(bids) == len(made) > 0
    codes = {msk.state.bodies.codes[b] for b in bids["payer"]}
    assert codes == {d.agent for d in made}


def test_the_bundle_is_the_price_awarded_and_runs_for_the_term(msk):
    bundle, awards = entries_of(msk, "bundle"), [d for d in msk.decisions() if d.rule == "award"]
    first = [award for award in awards if award.month == BURN_IN_MONTHS]
    assert len(first) == len(msk.minds.commissioners)
    for award in first:
        payer = msk.state.bodies.number[award.agent]
        paid = bundle[(bundle["payer"] == payer) & (policy_months(bundle) < 8 + 24)]
        price = award.figures[f"price_{award.chosen}"]
        assert set(paid["payee"]) == {msk.state.bodies.number[award.chosen]}
        assert policy_months(paid).tolist() == list(range(8, 32))
        assert set(paid["pence"]) == {round(price * 100 / 12)}


def test_a_contract_is_tendered_again_before_it_ends_and_never_doubled(msk):
    awards = [d for d in msk.decisions() if d.rule == "award"]
    assert sorted({award.month - BURN_IN_MONTHS for award in awards}) == [0, 24]
    bundle = entries_of(msk, "bundle")
    per_month = bundle.groupby(["payer", "month"]).size()
    assert (per_month == 1).all()
    assert policy_months(bundle).min() == 8 and policy_months(bundle).max() == 47
    assert len(msk.state.contracts.primes) == len(msk.minds.commissioners)


def test_the_prime_provider_pays_hospitals_and_the_commissioner_no_longer_does(msk, status_quo):
    planned = entries_of(msk, "tariff_planned")
    in_force = planned[policy_months(planned) == 20]
    holders = {prime.holder for prime in msk.state.contracts.primes}
    assert holders & set(in_force["payer"])
    usual = entries_of(status_quo, "tariff_planned")
    usual = usual[policy_months(usual) == 20]
    for agent in msk.minds.commissioners:
        now = in_force[in_force["payer"] == agent.body]["pence"].sum()
        assert 0 < now < 0.97 * usual[usual["payer"] == agent.body]["pence"].sum()


def test_when_a_term_ends_without_another_award_the_status_quo_returns(live_policy):
    economy = live_policy(carve_out(term_years=1, delivery="do_the_work", choice="closed"), 12)
    provision = economy.state.provision
    assert (provision.prime_slot[:, MSK] >= 0).all() and (provision.hub[:, MSK] == 1).all()
    assert (provision.delivery[:, MSK] == DO_THE_WORK).all()
    economy.policy = invented()
    economy.run(9)
    assert (provision.prime_slot == NOBODY).all() and not provision.hub.any()
    assert (provision.delivery == SUBCONTRACT).all() and (provision.choice_rule == ANY).all()
    assert not economy.state.contracts.primes
    assert policy_months(entries_of(economy, "bundle")).max() == 19


def test_without_bidders_nothing_changes_hands(live_policy, shire):
    quiet = {(code, "bid", BURN_IN_MONTHS): "no_bid" for code in shire.place.trusts["trust"]}
    economy = live_policy(carve_out(), 12, forced=quiet)
    assert not economy.state.contracts.primes and not len(entries_of(economy, "bundle"))
    assert not len(entries_of(economy, "bid_cost")) and len(entries_of(economy, "tender_cost"))


def test_a_commissioner_that_may_choose_can_leave_contracts_alone(live_policy, shire):
    codes = list(shire.place.commissioners["commissioner"])
    keep = {(codes[0], "tender", BURN_IN_MONTHS): "keep_contracts"}
    economy = live_policy(carve_out(adoption="allowed"), 12, forced=keep | {
        (codes[1], "tender", BURN_IN_MONTHS): "tender"})  # fmt: skip
    assert {p.commissioner for p in economy.state.contracts.primes} == {1}
    assert {d.chosen for d in economy.decisions() if d.forced} == {"keep_contracts", "tender"}


@pytest.mark.parametrize("delivery", ["subcontract", "do_the_work"])
def test_who_does_the_work_is_as_the_contract_says(live_policy, delivery):
    economy = live_policy(carve_out(delivery=delivery), 10)
    wanted = DO_THE_WORK if delivery == "do_the_work" else SUBCONTRACT
    assert (economy.state.provision.delivery[:, MSK] == wanted).all()
    assert not any(d.rule == "delivery" for d in economy.decisions())


def test_a_forced_winner_holds_the_contract_with_a_link_as_good_as_it_is_known(live_policy, shire):
    links = {}
    for code in ("incumbent", "newcomer"):
        trusts = shire.place.trusts
        kind = "acute" if code == "incumbent" else "community"
        bidders = trusts[trusts["kind"].isin(["acute", "community", "independent"])]["trust"]
        forced = {(t, "bid", 36): "bid_at_ceiling" for t in bidders}
        winners = trusts[trusts["kind"] == kind]["trust"]
        for buyer in shire.place.commissioners["commissioner"]:
            forced[buyer, "award", 36] = winners.iloc[0]
        economy = live_policy(carve_out(), 9, forced=forced)
        assert {economy.state.bodies.codes[p.holder] for p in economy.state.contracts.primes} == {
            winners.iloc[0]
        }
        links[code] = economy.state.provision.prime_link[:, MSK]
    kept, established = 0.3, shire.losses.established
    assert (links["newcomer"] < links["incumbent"].max()).all()
    assert links["newcomer"][0] == pytest.approx(kept * established, rel=0.1)


def test_links_only_grow_and_end_at_their_cap(live_policy):
    # All contracts have begun, and nobody decides to end one early.
    economy = live_policy("carveouts_three+teams_only", 22, "inert", kind=Unasked)
    provision, teams = economy.state.provision, economy.state.provision.practice_body.copy()
    for _ in range(20):
        names = ("prime_link", "network_link", "network_record")
        before = [getattr(provision, name).copy() for name in names]
        economy.run(1)
        # Links of those who have gone fade; who has opened in their place has none yet.
        there = teams[(economy.state.practices.lists > 0) & (provision.practice_body == teams)]
        assert (provision.prime_link >= before[0] - 1e-12).all()
        for name, then in zip(names[1:], before[1:], strict=True):
            assert (getattr(provision, name)[:, there] >= then[:, there] - 1e-12).all()
    economy.run(34)
    assert provision.network_link.max() == provision.network_record.max() == 1.0
    assert provision.prime_link.max() <= economy.setup.losses.established


def test_routes_end_with_the_links_that_were_reached(live_policy):
    from model.care.routes import fill_routes
    from model.state.provision import empty_tables

    economy = live_policy("carveouts_three+teams_only", 84, "inert", kind=Unasked)
    setup, state = economy.setup, economy.state
    fresh = empty_tables(*setup.geography.candidate.shape, setup.journeys.edge.size)
    fill_routes(
        fresh, state.provision, setup.journeys, setup.geography.candidate, state.referrals.default,
        state.bodies.owner, setup.losses,
    )  # fmt: skip
    np.testing.assert_array_equal(fresh.route["loss"], state.referrals.routes.route["loss"])


def both_kinds(setup):
    trusts = setup.place.trusts
    return trusts[trusts["kind"].isin(["acute", "community"])]["trust"]


# Choice


def test_a_closed_contract_leaves_the_holders_own_sites(live_policy, shire):
    acute = shire.place.trusts[shire.place.trusts["kind"] == "acute"]["trust"].iloc[0]
    forced = {(acute, "bid", 36): "bid_5_percent_below"}
    forced |= {(c, "award", 36): acute for c in shire.place.commissioners["commissioner"]}
    economy = live_policy(carve_out(choice="closed"), 14, forced=forced)
    state, candidate = economy.state, shire.geography.candidate
    body = state.provision.slot_body[state.provision.site_slot[np.maximum(candidate, 0)]]
    holder = state.bodies.number[acute]
    own = (body == holder) & (candidate >= 0)
    reachable = (own & state.hospitals.lines.open[np.maximum(candidate, 0), MSK]).any(axis=1)
    assert reachable.any()
    shares = state.referrals.shares[:, :, MSK]
    np.testing.assert_allclose(shares[reachable][~own[reachable]], 0.0, atol=1e-12)
    np.testing.assert_allclose(shares.sum(axis=1)[state.practices.lists > 0], 1.0)
    other = PATHWAYS.index("other_planned")
    assert (state.referrals.shares[:, :, other][~own] > 0).any()


def test_a_closed_contract_binds_from_its_first_month(live_policy, shire):
    acute = shire.place.trusts[shire.place.trusts["kind"] == "acute"]["trust"].iloc[0]
    forced = {(acute, "bid", 36): "bid_5_percent_below"}
    forced |= {(c, "award", 36): acute for c in shire.place.commissioners["commissioner"]}
    economy = live_policy(carve_out(choice="closed"), 9, forced=forced)
    state, candidate = economy.state, shire.geography.candidate
    body = state.provision.slot_body[state.provision.site_slot[np.maximum(candidate, 0)]]
    own = (body == state.bodies.number[acute]) & (candidate >= 0)
    assert (state.provision.choice_rule[:, MSK] == CLOSED).all()
    assert state.referrals.shares[:, :, MSK][~own].max() == pytest.approx(0.0, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from([ANY, NETWORK, CLOSED]), min_size=2, max_size=2),
    st.lists(st.integers(0, 10**6), min_size=2, max_size=2),
    st.sets(st.tuples(st.integers(0, 8), st.integers(0, 12)), max_size=40),
)
def test_no_rule_of_choice_leaves_anybody_without_a_provider(
    after_burn_in, shire, rules, primes, shut
):
    state = after_burn_in.copy()
    provision, candidate = state.provision, shire.geography.candidate
    for k in range(2):
        provision.choice_rule[k] = rules[k]
        provision.prime_slot[k] = primes[k] % provision.slot_body.size
    for site, p in shut:
        state.hospitals.lines.open[site % len(state.hospitals.lines.open), p] = False
    k = provision.practice_commissioner.astype(np.int64)
    allowed = permitted(shire.parameters, state, k, candidate)
    offered = state.hospitals.lines.open[np.maximum(candidate, 0)] & (candidate >= 0)[:, :, None]
    someone = offered.any(axis=1)
    assert (allowed & offered).any(axis=1)[someone].all()
    free = np.array(rules)[k] == ANY
    assert allowed[free].all()


# Integrated organisations


def join_all(economy, practices):
    """Make practices members of their commissioner's organisation."""
    for g in practices:
        k = economy.state.provision.practice_commissioner[g]
        code = next(o.code for o in economy.state.integrated.organisations if o.commissioner == k)
        membership.join(economy.minds, economy.setup, economy.state, economy.payment, int(g), code)


def test_capitation_is_last_years_spend_of_the_members_lists(live_policy):
    economy = live_policy(population(), 1)
    join_all(economy, [0, 1, 2])
    year = economy.state.yearbooks.last_year
    spend = (year.planned_spend.sum(axis=1), year.emergency_spend, year.test_spend.sum(axis=1))
    wanted = sum(part[[0, 1, 2]].sum() for part in spend) / 12
    economy.run(1)
    capitation = entries_of(economy, "capitation")
    assert capitation["pence"].sum() == pytest.approx(wanted, abs=2)
    membership.leave(
        economy.minds,
        economy.setup,
        economy.state,
        0,
        economy.state.integrated.organisations[0].code
        if economy.state.provision.practice_commissioner[0] == 0
        else economy.state.integrated.organisations[1].code,
    )
    economy.run(1)
    after = entries_of(economy, "capitation")
    last = after[after["month"] == economy.state.month - 1]["pence"].sum()
    assert last < capitation["pence"].sum()


def test_an_organisation_pays_for_its_members_patients(live_policy, status_quo):
    economy = live_policy(population(), 1, "inert")
    join_all(economy, range(len(economy.state.practices.effort)))
    economy.run(1)
    bodies = {o.body for o in economy.state.integrated.organisations}
    for heading in ("tariff_planned", "tariff_emergency"):
        paid = entries_of(economy, heading)
        assert set(paid[paid["month"] == economy.state.month - 1]["payer"]) == bodies


def test_a_pathway_held_by_a_prime_provider_is_not_paid_for_twice(live_policy, shire):
    """Capitation leaves out what a prime provider is paid a bundle for, whichever came first."""
    winner = both_kinds(shire).iloc[0]
    forced = {(winner, "bid", 36): "bid_at_ceiling"}
    forced |= {(code, "award", 36): winner for code in shire.place.commissioners["commissioner"]}
    policy = carve_out(start_month=0) + population(start_month=0)
    both = live_policy(policy, 2, "inert", forced=forced)
    join_all(both, range(len(both.state.practices.effort)))
    both.run(5)
    before = entries_of(both, "capitation")
    both.run(3)
    after = entries_of(both, "capitation")
    first = before[before["month"] == before["month"].max()]["pence"].sum()
    last = after[after["month"] == after["month"].max()]["pence"].sum()
    msk = both.state.yearbooks.last_year.planned_spend[:, MSK].sum() / 12
    assert both.state.contracts.primes and first - last == pytest.approx(msk, rel=0.02)


def test_community_teams_go_over_only_past_half_of_the_patients(live_policy, shire):
    economy = live_policy(population(), 1, "inert")
    provision, lists = economy.state.provision, shire.list_sizes
    here = np.flatnonzero(provision.practice_commissioner == 0)
    organisation, total, inside = economy.state.integrated.organisations[0], lists[here].sum(), 0
    seen = set()
    for g in here:
        membership.join(
            economy.minds, economy.setup, economy.state, economy.payment, int(g), organisation.code
        )
        inside += lists[g]
        taken = bool((provision.employer == organisation.body).any())
        assert taken == (2 * inside > total)
        seen.add(taken)
    assert seen == {True, False}
    for g in here:
        membership.leave(economy.minds, economy.setup, economy.state, int(g), organisation.code)
    assert (provision.employer == NOBODY).all() and (provision.network == NOBODY).all()


def test_community_services_kept_apart_never_go_over(live_policy):
    economy = live_policy(population(community="separate"), 1, "inert")
    join_all(economy, range(len(economy.state.practices.effort)))
    assert (economy.state.provision.employer == NOBODY).all()


@pytest.mark.parametrize(("up", "down"), [(1.0, 1.0), (0.5, 0.25), (0.0, 0.0)])
@pytest.mark.parametrize("result", [1_000_003, -1_000_003])
def test_gains_and_losses_are_shared_as_the_contract_says(live_policy, up, down, result):
    economy = live_policy(population(risk_up=up, risk_down=down), 1, "inert")
    join_all(economy, [3, 4])
    state = economy.state
    organisation = next(
        o for o in state.integrated.organisations if (state.provision.network == o.network).any()
    )
    lists = economy.state.practices.lists
    mine = [g for g in (3, 4) if state.provision.network[g] == organisation.network]
    state.money.ledger.post(state.month, 1, organisation.body, "capitation",
                      result - state.money.ledger.balance_of(organisation.body))  # fmt: skip
    before = state.money.ledger.balance.copy()
    organisation.opening_balance = 0
    results.settle_result(economy.minds, economy.setup.parameters, economy.state, organisation)
    change = state.money.ledger.balance - before
    kept = (up if result > 0 else down) * result
    buyer = economy.minds.commissioners[organisation.commissioner].body
    assert change[buyer] == pytest.approx(result - kept, abs=1)
    gain = economy.setup.parameters["minds.member_gain_share"] * kept
    for g in mine:
        share = lists[g] / lists[mine].sum()
        assert change[state.provision.practice_body[g]] == pytest.approx(gain * share, abs=2)
    assert change.sum() == 0


def test_members_are_asked_every_year_and_only_those_invited(live_policy):
    half = live_policy("population_ico_half", 60)
    made = [d for d in half.decisions() if d.rule == "membership"]
    asked, joined = {d.agent for d in made}, {d.agent for d in made if d.chosen == "join"}
    founded = (*half.state.integrated.organisations, *half.state.integrated.former)
    founded = sorted(founded, key=lambda o: o.commissioner)
    code = np.array([agent.code for agent in half.minds.practices])
    invited = {str(one) for o in founded for one in code[o.invited]}
    still_open = {str(one) for one in code[half.state.practices.lists > 0]}
    assert asked <= invited and invited - asked <= invited - still_open
    per_commissioner = [o.invited.sum() for o in founded]
    of = np.bincount(half.state.provision.practice_commissioner)
    assert all(abs(a - b / 2) <= 2.0 for a, b in zip(per_commissioner, of, strict=True))
    inside = half.state.provision.network >= 0
    assert joined and not (inside & ~np.any([o.invited for o in founded], 0)).any()
    months = {d.month % 12 for d in half.decisions() if d.rule == "membership"}
    assert months == {0}


def test_the_agenda_is_carried_out_when_it_is_due(live_policy):
    economy = live_policy("status_quo", 1, "inert")
    state, site = economy.state, largest_line(economy)
    state.docket.scheduled_effects.append((state.month + 2, "close_line", (site, MSK)))
    economy.run(2)
    assert state.hospitals.lines.open[site, MSK] and len(state.docket.scheduled_effects) == 1
    economy.run(1)
    assert not state.hospitals.lines.open[site, MSK] and not state.docket.scheduled_effects


def largest_line(economy):
    """The site with the most operations of joints and bones."""
    return int(economy.state.hospitals.lines.capacity[:, MSK].argmax())


def test_a_closed_line_loses_its_patients_and_keeps_some_of_its_cost(live_policy):
    closed = live_policy("status_quo", 1, "inert")
    site = largest_line(closed)
    EFFECTS["close_line"].apply(closed, (site, MSK))
    closed.run(13)
    usual = live_policy("status_quo", 14, "inert")
    assert closed.flows.seen_planned[site, MSK] == 0
    assert usual.flows.seen_planned[site, MSK] > 50
    total = [e.flows.referred.lists[:, :, MSK].sum() for e in (closed, usual)]
    assert total[0] == pytest.approx(total[1], rel=0.1)
    assert (
        closed.state.yearbooks.last_year.line_cost[site, MSK]
        > 0.1 * usual.state.yearbooks.last_year.line_cost[site, MSK]
    )
    assert (
        closed.state.yearbooks.last_year.line_cost[site, MSK]
        < 0.9 * usual.state.yearbooks.last_year.line_cost[site, MSK]
    )


def test_policies_that_say_nothing_new_pay_nothing_new(status_quo):
    entries = status_quo.state.money.ledger.entries()
    assert isinstance(entries, pd.DataFrame)
    new = {"tender_cost", "bid_cost", "transition", "bundle", "capitation", "gain_share"}
    new |= {"high_cost_patients", "reserve", "deficit_cover"}
    assert not set(entries["heading"]) & {HEADINGS.index(name) for name in new}
