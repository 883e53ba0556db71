"""What boards and regulators are shown of mergers and failures is what the books then say."""

import numpy as np
import pytest
from forced_options import (
    CLOSE,
    flows_of,
    force_options,
    hold_close,
    hold_close_or_luck,
    without_motives,
)

from agents.decisions.mergers_choice import MERGER
from agents.organisations.regulator import FAILURE
from agents.organisations.trust import QUALITY
from model.hospitals.quality import left_to_rivals
from model.mergers.support import can_be_directed
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.payments.solvency import trust_costs, trust_income
from model.policies.policy_finding import find_policy
from model.state.bodies import TREASURY
from model.state.state import BURN_IN_MONTHS

STATUS_QUO = find_policy("status_quo")
ASKER, TAKER = "eastbury_hospitals", "anytown_hospitals"
YEARS = 4  # of a deficit, before anything is decided
START = BURN_IN_MONTHS + 12 * YEARS
ASKING, FAILING = START + MERGER.month_of_year, START + FAILURE.month_of_year
LAG = 24 + 8  # months, of a merger that is reviewed
SEEDS, FEW = range(1, 25), 300  # money is the same however many patients are simulated
#: Claims come true and are believed; a deficit is kept, whatever prices do.
TRUE = {"trusts.merger_saving_share": 0.06, "trusts.believed_merger_saving_share": 0.06,
        "trusts.claims_believed": 1.0}  # fmt: skip


@pytest.fixture(scope="module")
def place(shire):
    """The place with nobody in it who has other motives than money, and claims that come true."""
    return without_motives(shire, TRUE)


@pytest.fixture(scope="module")
def poor(place, after_burn_in):
    """One trust has lost a tenth of its income a year, for years, and all others nothing."""
    return in_deficit(place, after_burn_in, ASKER)


def in_deficit(place, start, asker, seed=1):
    """Years after a trust has become dearer by a fifth, and all others cheaper."""
    state = start.copy()
    state.docket.scheduled_effects = []  # closings that nobody who decides is shown
    body = state.bodies.number[asker]
    state.hospitals.lines.unit_cost *= 0.95
    state.hospitals.lines.unit_cost[state.provision.site_owner(state.bodies) == body] *= 1.20
    state = HealthEconomy(place, STATUS_QUO, seed, "inert", state=state).run(1).state
    state.hospitals.deficit_years[:], state.hospitals.deficits[:] = (
        0,
        0.0,
    )  # of years before it had this deficit
    return HealthEconomy(place, STATUS_QUO, seed, "inert", state=state).run(12 * YEARS - 1).state


def agreed(month, support="no_support", asker=ASKER, taker=TAKER):
    """A merger that both want and nobody stands against."""
    both = f"{asker} {taker}"
    return {
        (asker, f"trust_merger {taker}", month): "ask",
        ("regulator", f"merger_support {both}", month): support,
        (taker, f"trust_merger_offer {asker}", month): "accept",
        ("regulator", f"merger_review {both}", month): "clear",
        ("competition", f"merger_review {both}", month): "clear",
    }


@pytest.fixture(scope="module")
def merged(place, poor):
    """Futures without a merger and with one, without support."""
    return force_options(place, poor, STATUS_QUO, agreed(ASKING), 3 + LAG + 14)


@pytest.fixture(scope="module")
def backed(place, poor):
    """Futures without a merger and with one that is supported."""
    return force_options(place, poor, STATUS_QUO, agreed(ASKING, "support"), 3 + LAG + 14)


def shown(futures, rule, agent=None):
    decision = next(
        d for d in futures.decisions if d.rule == rule and agent in (None, d.agent)
    )  # fmt: skip
    return decision, decision.pounds[decision.options.index(decision.chosen)]


def year_from(month):
    return range(month, month + 12)


def spread(futures, bodies, month, once, years):
    """A year's money from a month on, and what is paid once, spread over years."""
    first = futures.booked(bodies, year_from(month), once)
    return futures.booked(bodies, year_from(month)) - first + first / years


def bodies_of(futures):
    number = futures.second.state.bodies.number
    return number[ASKER], number[TAKER]


def old_debt(futures, body, months):
    """What the treasury pays of deficits of the years before, as it would in any case."""
    return futures.booked(body, months, ["rescue"])


def parts_of_offer(futures, asker=ASKER, taker=TAKER):
    """What a taker is shown of each part of a merger but rivalry, and what is booked of it.

    The worth is the small rest of these.
    """
    years = futures.first.setup.parameters["trusts.felt_years"]
    one, other = (futures.second.state.bodies.number[code] for code in (asker, taker))
    decision, worth = shown(futures, "trust_merger_offer")
    figures, year = decision.figures, year_from(ASKING + LAG)
    paid = {name: futures.booked(other, year, [name]) for name in ("merger_cost", "merger_support")}
    saved = futures.booked([one, other], year) - sum(paid.values()) - old_debt(futures, one, year)
    parts = {
        "deficit": (
            -figures["deficit"],
            old_debt(futures, one, year) - futures.booked(one, year),
        ),  # it owes no more
        "saving": (figures["believed_saving"], saved),
        "cost": (-figures["integration_cost"], paid["merger_cost"] / years),
        "support": (figures["support"], paid["merger_support"] / years),
    }
    assert worth == pytest.approx(sum(seen for seen, _ in parts.values()) + figures["rivalry"])
    assert futures.booked(other, year) == pytest.approx(
        sum(booked for _, booked in parts.values()) + sum(paid.values()) * (1.0 - 1.0 / years)
    )
    return parts


@pytest.mark.decision("trust_merger_offer")
@pytest.mark.parametrize("futures", ["merged", "backed"])
def test_a_taker_gets_what_both_save_and_the_deficit(request, futures):
    for seen, booked in parts_of_offer(request.getfixturevalue(futures)).values():
        hold_close([seen], [booked])


def test_a_deficit_to_come_is_what_announced_prices_make_of_it(place, poor):
    """Of one that has been what it is today: it grows every April, by what prices fall faster."""
    policy = find_policy("tariff_cut")
    state = HealthEconomy(place, policy, 1, "inert", state=poor.copy()).run(1).state
    economy = HealthEconomy(place, policy, 1, "inert", state=state.copy())
    row, body = place.place.trusts["trust"].tolist().index(ASKER), state.bodies.number[ASKER]
    now = float(trust_costs(economy.state)[body] - trust_income(economy.state)[body])
    state.hospitals.deficits[row] = 100.0 * now * state.hospitals.deficit_years[row]
    futures = force_options(place, state, policy, agreed(ASKING), 2 + MERGER.lag_months + 60)
    felt = flows_of(futures.first.state.money.ledger)
    months = range(ASKING + MERGER.lag_months, ASKING + MERGER.lag_months + 60)
    lost = -felt[(felt["body"] == body) & felt["month"].isin(list(months))]["pounds"].sum() / 5
    hold_close([shown(futures, "trust_merger_offer")[0].figures["deficit"]], [lost])
    assert lost > 1.5 * now


PAIRS = [("eastbury_hospitals", "anytown_hospitals"), ("westford_hospitals", "anytown_hospitals")]


@pytest.mark.slow
@pytest.mark.parametrize(("asker", "taker"), PAIRS)
def test_mergers_bring_a_taker_what_was_shown_whatever_the_luck(place, shire, asker, taker):
    found = []
    for seed in range(1, 5):
        state = in_deficit(place, burn_in(shire, seed), asker, seed)
        forced = agreed(ASKING, ("no_support", "support")[seed % 2], asker, taker)
        futures = force_options(place, state, STATUS_QUO, forced, 3 + LAG + 14, seed=seed)
        found.append(parts_of_offer(futures, asker, taker))
    for name in found[0]:
        hold_close(*zip(*(parts[name] for parts in found), strict=True))


@pytest.mark.decision("trust_merger")
def test_a_trust_that_asks_is_shown_its_part_of_what_both_gain(place, merged):
    decision, worth = shown(merged, "trust_merger")
    both, years = bodies_of(merged), place.parameters["trusts.felt_years"]
    booked = spread(merged, both, ASKING + LAG, ["merger_cost"], years)
    own = _income(merged.first, ASKER)
    part = own / (own + decision.figures["other_income"])
    rivalry = part * decision.figures["rivalry"]
    assert worth - rivalry == pytest.approx(part * booked, rel=CLOSE)


def _income(economy, code):
    return float(trust_income(economy.state)[economy.state.bodies.number[code]])


def left_to_others(place, state, one, others, seed=1):
    """What one owner's step of quality less is said to leave others, and what they get by it.

    In a mean year of those that boards look ahead.
    """
    economy = HealthEconomy(place, STATUS_QUO, seed, "inert", state=state.copy())
    economy.rearrange()
    body, years = state.bodies.number, int(place.parameters["trusts.felt_years"])
    left = left_to_rivals(economy.setup, economy.state, economy.in_force, economy.world)[body[one]]
    lag, start = QUALITY.lag_months, state.month
    forced, months = {(one, "quality", start): "lower"}, lag + 12 * years
    futures = force_options(place, state, STATUS_QUO, forced, months, seed=seed)
    felt = range(start + lag, start + months)
    return {
        other: (left[body[other]], futures.booked(body[other], felt) / years) for other in others
    }


def test_what_one_leaves_the_other_is_what_the_other_then_gets(place, poor):
    """Of keeping up: a step of quality less of the one that asks."""
    seen, booked = left_to_others(place, poor, ASKER, [TAKER])[TAKER]
    assert seen > 0
    hold_close([seen], [booked])


RIVALS = {TAKER: [asker for asker, _ in PAIRS]} | {asker: [TAKER] for asker, _ in PAIRS}


@pytest.mark.slow
def test_rivals_leave_each_other_what_was_shown_whatever_the_luck(shire):
    """Which practice then refers elsewhere is luck: what is off may be twice its standard error.

    So may all of them together.
    """
    few, found = prepare(shire.place, shire.parameters, FEW), {}
    place = without_motives(few, TRUE)
    for seed in SEEDS:
        state = burn_in(few, seed)
        state.docket.scheduled_effects = []  # closings that nobody who decides is shown
        for one, others in RIVALS.items():
            for other, pounds in left_to_others(place, state, one, others, seed).items():
                found.setdefault((one, other), []).append(pounds)
    for pounds in found.values():
        hold_close_or_luck(*zip(*pounds, strict=True))
    hold_close_or_luck(*np.sum(list(found.values()), axis=0).T)


@pytest.mark.decision("merger_support")
def test_support_costs_the_treasury_what_the_regulator_saw(place, backed):
    decision, worth = shown(backed, "merger_support")
    asker, taker = bodies_of(backed)
    years = place.parameters["trusts.regulator_years"]
    paid = spread(backed, TREASURY, ASKING + LAG, ["merger_support"], years)
    paid_off = old_debt(backed, asker, year_from(ASKING + LAG))
    own = backed.booked(asker, year_from(ASKING + LAG)) - paid_off
    saved = backed.booked([asker, taker], year_from(ASKING + LAG)) - paid_off
    saved -= backed.booked(taker, year_from(ASKING + LAG), ["merger_cost", "merger_support"])
    assert own == pytest.approx(decision.figures["deficit"], rel=CLOSE)  # it owes no more
    assert worth == pytest.approx(own + paid + paid_off + saved, rel=CLOSE)


@pytest.mark.decision("merger_direction")
def test_a_merger_that_is_directed_costs_what_the_regulator_saw(place, poor):
    """As one that its board wants does; the board stays if it may."""
    seed = next(s for s in range(1, 99) if directed(place, poor, s))
    forced = {key: option for key, option in agreed(ASKING).items()
              if key[1].split()[0] in ("trust_merger_offer", "merger_review")}  # fmt: skip
    forced["regulator", f"merger_direction {ASKER} {TAKER}", ASKING] = "direct"
    futures = force_options(place, poor, STATUS_QUO, forced, 3 + LAG + 14, seed=seed)
    decision, worth = shown(futures, "merger_direction")
    both, year = bodies_of(futures), year_from(ASKING + LAG)
    once = ["merger_cost", "merger_support"]
    paid = spread(futures, TREASURY, ASKING + LAG, once, place.parameters["trusts.regulator_years"])
    paid_off = old_debt(futures, both[0], year)
    saved = futures.booked(both, year) - futures.booked(both, year, once) - paid_off
    own = futures.booked(both[0], year) - paid_off
    assert own == pytest.approx(decision.figures["deficit"], rel=CLOSE)
    assert worth == pytest.approx(own + paid + paid_off + saved, rel=CLOSE)


def directed(setup, state, seed):
    """Whether the regulator may direct the trust, with this seed."""
    economy = HealthEconomy(setup, STATUS_QUO, seed, "inert", state=state)
    board = next(t for t in economy.minds.trusts if t.code == ASKER)
    return can_be_directed(economy.setup.parameters, board)


def test_as_many_trusts_can_be_directed_as_are_no_foundation_trusts(place, poor):
    share = place.parameters["trusts.directed_share"]
    free = [directed(place, poor, seed) for seed in range(60)]
    assert np.mean(free) == pytest.approx(share, abs=3 * (share * (1 - share) / 60) ** 0.5)


@pytest.mark.decision("merger_review")
def test_a_merger_that_is_cleared_ends_the_deficit_that_was_shown(place, merged):
    """What trusts in deficit lose, all together, before and after it."""
    decision, worth = shown(merged, "merger_review", "regulator")
    both, year = bodies_of(merged), year_from(ASKING + LAG)
    lost = [sum(max(-one, 0.0) for one in results(economy, both, year))
            for economy in (merged.first, merged.second)]  # fmt: skip
    once = merged.booked(both, year, ["merger_cost"])
    saved = merged.booked(both, year) - once
    assert decision.figures["deficit"] > 0.0
    ended = lost[0] - (lost[1] + once)
    assert worth == pytest.approx(ended, rel=CLOSE) and saved > 0.0


def results(economy, bodies, year):
    """What each body made or lost in these months, in pounds."""
    entries = economy.state.money.ledger.entries()
    entries = entries[entries["month"].isin(list(year))]
    return [
        (entries["pence"][entries["payee"] == b].sum()
         - entries["pence"][entries["payer"] == b].sum()) / 100.0
        for b in bodies
    ]  # fmt: skip


@pytest.mark.decision("trust_failure")
def test_a_rescue_pays_the_deficits_of_the_years_and_a_taker_gets_the_support(place, poor):
    rescue = {("regulator", f"trust_failure {ASKER}", FAILING): "rescue"}
    futures = force_options(place, poor, STATUS_QUO, rescue, 4 + 14)
    worth = shown(futures, "trust_failure")[1]
    paid = futures.booked(TREASURY, range(FAILING, FAILING + 14), ["rescue"])
    assert worth == pytest.approx(paid / (YEARS + 1), rel=CLOSE)
    handed = {
        (TAKER, f"failing_trust_offer {ASKER}", FAILING): "accept",
        ("competition", f"merger_review {ASKER} {TAKER}", FAILING): "clear",
        ("regulator", f"trust_failure {ASKER}", FAILING): TAKER,
    }
    futures = force_options(place, poor, STATUS_QUO, handed, 4 + 12 + 8 + 14)
    worth = shown(futures, "trust_failure")[1]
    both, month = bodies_of(futures), FAILING + 12 + 8
    years = place.parameters["trusts.regulator_years"]
    paid = spread(futures, TREASURY, month, ["merger_support"], years)
    once = futures.booked(both, year_from(month), ["merger_cost", "merger_support"])
    saved = futures.booked(both, year_from(month)) - once
    assert worth == pytest.approx(paid + saved, rel=CLOSE)
