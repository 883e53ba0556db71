"""Trusts that fail again: who is put into administration, and what becomes of their hospitals."""

import numpy as np
import pytest
from forced_options import force_options, without_motives

from agents.decisions.administration_choice import ADMINISTRATION, SITE_FATE
from agents.organisations.regulator import FAILURE
from model.mergers.administration import REGIME, administer, hand_over_site, site_money
from model.mergers.trust_failures import regulator_answers_failures
from model.month.economy import HealthEconomy
from model.payments.solvency import is_solvent
from model.policies.policy_finding import find_policy
from model.rules import load_rules
from model.state.bodies import TREASURY
from model.state.state import BURN_IN_MONTHS

STATUS_QUO = find_policy("status_quo")
FAILING, SITE, TAKER = "eastbury_hospitals", "eastbury_infirmary", "anytown_hospitals"
GROUP, SMALL = "anytown_hospitals", "westford_hospitals"
YEARS = 4
START = BURN_IN_MONTHS + 12 * YEARS
FAILS = START + FAILURE.month_of_year
SETTLED = FAILS + ADMINISTRATION.lag_months
EFFECT = SETTLED + SITE_FATE.lag_months
CLOSE = 0.05
TRUE = {"trusts.merger_saving_share": 0.02, "trusts.believed_merger_saving_share": 0.02,
        "trusts.claims_believed": 1.0, "trusts.journey_pounds": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def place(shire):
    return without_motives(shire, TRUE)


def row_of(place, code):
    return list(place.place.trusts["trust"]).index(code)


def site_row(place, code=SITE):
    return list(place.place.sites["site"]).index(code)


@pytest.fixture(scope="module")
def hopeless(place, after_burn_in):
    """A trust that costs a fifth more than it earns, and has failed before."""
    state = after_burn_in.copy()
    body = state.bodies.number[FAILING]
    state.hospitals.lines.unit_cost *= 0.95
    state.hospitals.lines.unit_cost[state.provision.site_owner(state.bodies) == body] *= 1.30
    state = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state).run(1).state
    state.hospitals.deficit_years[:], state.hospitals.deficits[:] = 0, 0.0
    state = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state).run(12 * YEARS - 1).state
    state.hospitals.failures[row_of(place, FAILING)] = 1
    return state


def appointed(fate, offer="accept"):
    about = f"{FAILING} {SITE}"
    return {
        ("regulator", f"administration {FAILING}", FAILS): "appoint",
        (TAKER, f"site_offer {about}", SETTLED): offer,
        ("regulator", f"site_fate {about}", SETTLED): fate,
    }


def live(place, state, fate, offer="accept"):
    months = EFFECT - START + 14
    return force_options(place, state, STATUS_QUO, appointed(fate, offer), months)


@pytest.fixture(scope="module")
def handed(place, hopeless):
    return live(place, hopeless, TAKER)


@pytest.fixture(scope="module")
def shut(place, hopeless):
    return live(place, hopeless, "close", "refuse")


def decided(futures, rule):
    (decision,) = [d for d in futures.second.decisions() if d.rule == rule and d.forced]
    return decision, dict(zip(decision.options, decision.pounds, strict=True))


def year_from(month):
    return range(month, month + 12)


@pytest.mark.decision("administration")
def test_an_administrator_costs_what_was_shown_for_what_could_become(place, handed):
    decision, worth = decided(handed, "administration")
    years = place.parameters["trusts.regulator_years"]
    paid = handed.booked(TREASURY, [SETTLED], ["administration"])
    assert paid == pytest.approx(-years * decision.figures["cost"], rel=CLOSE)
    fates = decided(handed, "site_fate")[1]
    gain = max(fates.values()) - fates["keep"]
    assert worth["appoint"] == pytest.approx(gain + paid / years, rel=CLOSE)


@pytest.mark.decision("site_fate")
def test_a_hospital_costs_the_public_what_was_shown_in_other_hands_or_closed(place, handed, shut):
    worth, body = decided(handed, "site_fate")[1], handed.first.state.bodies.number[FAILING]
    lost = [_hospital_result(handed.first, site_row(place))]
    assert worth["keep"] == pytest.approx(lost[0], rel=CLOSE)
    years, support = place.parameters["trusts.regulator_years"], ["merger_support"]
    paid = handed.booked(TREASURY, year_from(EFFECT), support) / years
    both = [body, handed.first.state.bodies.number[TAKER]]
    saved = handed.booked(both, year_from(EFFECT))
    # Old debt is paid whatever becomes of the hospital.
    saved -= handed.booked(both, year_from(EFFECT), ["merger_cost", "rescue", *support])
    assert worth[TAKER] == pytest.approx(paid + saved, rel=CLOSE)
    figures, closing = decided(shut, "site_fate")
    saved = closing["close"] - closing["keep"]
    assert saved == pytest.approx(figures.figures["gain"], rel=1e-6)  # as the owner's books say


def _hospital_result(economy, site):
    income, cost = site_money(economy.state.yearbooks, site)
    return income - cost


@pytest.mark.decision("site_offer")
def test_whoever_runs_a_hospital_gets_its_loss_and_support(place, handed):
    decision, worth = decided(handed, "site_offer")
    taker, years = handed.first.state.bodies.number[TAKER], place.parameters["trusts.felt_years"]
    once = ["merger_cost", "merger_support"]
    single = handed.booked(taker, year_from(EFFECT), once)
    booked = handed.booked(taker, year_from(EFFECT)) - single + single / years
    shown = worth["accept"] - decision.figures["rivalry"]
    assert booked == pytest.approx(shown, abs=CLOSE * decision.figures["deficit"])


def test_a_hopeless_hospital_closes_and_its_patients_go_elsewhere(place, shut):
    site, (first, second) = site_row(place), (shut.first, shut.second)
    assert second.state.hospitals.closed_sites[site] and not second.flows.seen_emergency[site].any()
    for total in (lambda e: e.flows.admitted.lists.sum(), lambda e: e.flows.needed.sum()):
        assert total(second) == pytest.approx(total(first), rel=0.02)
    assert second.state.money.ledger.balance.sum() == 0
    body = second.state.bodies.number[FAILING]
    assert second.state.bodies.owner[body] == body  # what it owes is still its own


def test_nobody_is_put_into_administration_the_first_time_or_before_it_was_law(place, hopeless):
    def asked(failures, law=True):
        state = hopeless.copy()
        state.hospitals.failures[:], state.month = failures, FAILS
        economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
        if not law:
            economy.rules = dict(economy.rules) | {REGIME: False}
        regulator_answers_failures(
            economy.minds, economy.setup, economy.state, economy.in_force, economy.world
        )
        return [d.rule for d in economy.decisions() if d.about == FAILING and d.month == FAILS]

    assert asked(1)[0] == "administration"
    assert "administration" not in asked(0) + asked(1, law=False)
    assert "trust_failure" in asked(0)
    assert str(load_rules()[REGIME].values[0].start.year) == "2012"


def test_a_hospital_that_is_kept_is_paid_for(place, hopeless):
    futures = live(place, hopeless, "keep", "refuse")
    body = futures.second.state.bodies.number[FAILING]
    assert futures.booked(body, [EFFECT], ["rescue"]) > 0
    state, row = futures.second.state, row_of(place, FAILING)
    assert state.hospitals.emergency_open[site_row(place)]
    assert state.hospitals.failures[row] and not is_solvent(place.parameters, state, row)


def test_whom_an_administrator_left_standing_is_asked_about_when_it_fails_anew(place, hopeless):
    """It is no sounder for that, but what was settled is not settled again the next year."""

    def asked(failures, administered):
        state = hopeless.copy()
        state.hospitals.failures[:], state.hospitals.administered[:] = failures, administered
        state.month = FAILS
        economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
        regulator_answers_failures(
            economy.minds, economy.setup, economy.state, economy.in_force, economy.world
        )
        made = [d for d in economy.decisions() if d.about == FAILING and d.month == FAILS]
        return "administration" in {d.rule for d in made}

    assert asked(1, 0) and not asked(2, 2) and asked(3, 2)


def test_a_hospital_stays_where_it_is_if_the_taker_has_lost_money_since(place, hopeless):
    state = hopeless.copy()
    state.hospitals.results[row_of(place, TAKER)] = -1.0
    economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
    before = state.provision.site_owner(state.bodies)
    hand_over_site(economy.minds, place.place, place.parameters, state, economy.in_force,
                   FAILING, site_row(place), TAKER, 10**8)  # fmt: skip
    assert (state.provision.site_owner(state.bodies) == before).all()


def test_a_hospital_stays_where_it_is_if_its_trust_has_broken_even_since(place, hopeless):
    state = hopeless.copy()
    state.hospitals.deficit_years[row_of(place, FAILING)] = 0
    economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
    before = state.provision.site_owner(state.bodies), state.money.ledger.balance.copy()
    hand_over_site(economy.minds, place.place, place.parameters, state, economy.in_force,
                   FAILING, site_row(place), TAKER, 10**8)  # fmt: skip
    assert (state.provision.site_owner(state.bodies) == before[0]).all()
    assert (state.money.ledger.balance == before[1]).all()


def test_nobody_is_asked_for_a_hospital_that_is_to_shut_already(place, hopeless):
    def asked(scheduled_effects):
        state = hopeless.copy()
        state.month, state.docket.scheduled_effects = SETTLED, scheduled_effects
        economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
        administer(economy.minds, place, state, economy.in_force, economy.world, FAILING)
        return {d.rule for d in economy.decisions() if SITE in d.about and d.month == SETTLED}

    assert {"site_offer", "site_fate"} <= asked([])
    assert not asked([(SETTLED + 3, "close_site", (site_row(place),))])


def test_a_part_of_a_trust_is_handed_to_another_and_the_rest_stays(place, after_burn_in):
    state = after_burn_in.copy()
    bodies = state.bodies
    bodies.merge(bodies.number[FAILING], bodies.number[GROUP])
    economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
    economy.state.docket.scheduled_effects += [
        (BURN_IN_MONTHS + 2, "hand_over_site", (GROUP, site_row(place), SMALL, 10**8)),
        (BURN_IN_MONTHS + 2, "hand_over_site",
         (GROUP, site_row(place, "anytown_royal"), SMALL, 0)),
    ]  # fmt: skip
    teams = state.provision.site_slot.copy()
    economy.run(1)  # April, when the year's result is entered
    state.hospitals.deficit_years[row_of(place, GROUP)] = 1
    economy.run(13)
    owner, small = state.provision.site_owner(state.bodies), bodies.number[SMALL]
    mine = [site_row(place), site_row(place, "anytown_royal")]
    assert (owner[mine] == small).all()
    assert owner[site_row(place, "anytown_general")] == bodies.number[GROUP]
    changed = np.flatnonzero(state.provision.site_slot != teams)
    assert changed.tolist() == [mine[1]]  # the other was a trust of its own: its teams stay
    assert state.money.ledger.balance.sum() == 0
    assert economy.flows.seen_planned[mine].sum() > 0
