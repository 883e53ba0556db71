"""Social care for people who leave hospital: who needs it, who waits for it, and who pays.

Some people admitted as an emergency cannot leave without care at home or in a home. They wait for
one of two reasons: their council has no place (need varies, capacity is paid for in advance), or
hospital, community and council have yet to arrange what is needed. All at full scale, by area.

Published delays and costs hold today's capacity and links, so books are opened at them when crises
have been anchored (`OPENING_MONTH`); until then councils only spend their budgets.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normals
from agents.organisations.council import CareObservation, expected_shortfall, revealed_regard
from agents.patients.patient_tables import CRISIS
from model.care.flows import Flows
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.places.geography import Geography
from model.places.place import Place
from model.policies.policy import PooledBudget
from model.population.demand import BAND_STARTS, BANDS
from model.population.journeys import SETTINGS
from model.state.bodies import MARKET, TREASURY
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.social_care import Catchment, Pool, SocialCare
from model.state.state import Referrals, State

OPENING_MONTH = 24  # of the burn-in: the first month after crises are anchored
GROWTH = "social_care.councils.real_growth"
CHARGE = "social_care.councils.delay_charge_pence"
AFTER_HOSPITAL = [SETTINGS.index(setting) for setting in ("community", "council")]


def first_social_care(setup: Setup, seed: int) -> SocialCare:
    """Councils with their budgets, before their books are opened."""
    place, catchment = setup.place, catchment_of(setup)
    councils, sites = len(place.councils), len(place.sites)
    residents = setup.geography.pair_weight * setup.list_sizes[setup.geography.pair_practice]
    council = catchment.council[setup.geography.pair_area]
    budget = setup.parameters["prices.social_care_pence_per_head"] * np.bincount(
        council, residents, minlength=councils
    )
    keys = np.array([key_of(code) for code in place.councils["council"]], dtype=np.uint64)
    draw = keyed_normals(np.uint64(seed), STREAM_TRAIT, keys, 0, 90)
    return SocialCare(
        catchment=catchment,
        budget=budget,
        first_budget=budget.copy(),
        trend=setup.parameters["social_care.growth_spread"] * draw,
        capacity=np.zeros(councils),
        regard=np.zeros(councils),
        need_year=np.zeros(councils),
        days=np.zeros((councils, 2)),
        site_days=np.zeros((councils, sites)),
        site_want=np.zeros((councils, sites)),
    )


def catchment_of(setup: Setup) -> Catchment:
    """Councils and emergency departments of areas, and who needs care to leave hospital."""
    place, geography, journeys = setup.place, setup.geography, setup.journeys
    row = {code: c for c, code in enumerate(place.councils["council"])}
    distance = np.where(geography.emergency > 0, geography.distance_km, np.inf)
    into_care = np.isin(np.append(journeys.step_setting[1:], -1), AFTER_HOSPITAL)
    after_crisis = (journeys.edge == 1) & (journeys.step_kind == CRISIS) & into_care
    return Catchment(
        council=place.areas["council"].map(row).to_numpy(np.int64),
        site=distance.argmin(axis=1),
        care_share=care_share(setup)[geography.pair_practice],
        steps=np.flatnonzero(after_crisis),
    )


def care_share(setup: Setup) -> np.ndarray:
    """Share of emergencies that need care to leave hospital, by a list's ages [practices]."""
    ages = setup.demography.density.sum(axis=2)
    starts = [*BAND_STARTS, ages.shape[1]]
    people = np.stack([ages[:, a:b].sum(axis=1) for a, b in pairwise(starts)], axis=1)
    rate, share = (
        np.array([setup.parameters[name][band] for band in BANDS])
        for name in ("demand.emergencies_per_1000_by_age", "social_care.need_by_age")
    )
    needing: np.ndarray = (people * rate) @ share / (people @ rate)
    return needing


def discharge_patients(
    setup: Setup, state: State, in_force: InForce, seed: int, flows: Flows
) -> None:
    """A month of people who need care to leave hospital, and the days that they wait."""
    care = state.social_care
    if state.month < OPENING_MONTH:
        return
    if not care.is_open:
        _open_books(setup, state, in_force.rules, seed, flows)
    if state.month % 12 == 0:
        care.need_year[:] = 0.0
        if in_force.policy_month > 0:
            grow_budgets(care, in_force.rules)
    need, other = _need_by_area(setup, state, flows)
    care.need_year += _by_council(care, need)
    _count_days(setup.parameters, care, need, other)


def _need_by_area(setup: Setup, state: State, flows: Flows) -> tuple[np.ndarray, np.ndarray]:
    """People who need care to leave hospital, and their days of other delay [areas]."""
    catchment, g = state.social_care.catchment, state.practices.pair_practice
    total = np.bincount(g, state.practices.pair_patients, minlength=state.practices.lists.size)
    each = flows.emergencies.sum(axis=1) / np.maximum(total, 1e-30)
    people = each[g] * state.practices.pair_patients * catchment.care_share
    area, areas = setup.geography.pair_area, len(setup.place.areas)
    need = np.bincount(area, people, minlength=areas)
    return need, np.bincount(
        area,
        people
        * _other_days(setup.parameters, setup.geography, state.referrals, state.social_care)[g],
        minlength=areas,
    )


def _other_days(
    value: Parameters, geography: Geography, referrals: Referrals, social_care: SocialCare
) -> np.ndarray:
    """Days of other delay of one person in need [practices].

    A part of them follows the links between those who arrange care, as lost handovers do.
    """
    linked = value["social_care.delay_share_that_follows_links"]
    ratio = _loss_into_care(geography, referrals, social_care) / np.maximum(
        social_care.first_loss, 1e-30
    )
    days: np.ndarray = social_care.other_days * (1.0 - linked + linked * ratio)
    return days


def _loss_into_care(
    geography: Geography, referrals: Referrals, social_care: SocialCare
) -> np.ndarray:
    """Mean chance that a handover into care after an emergency is lost [practices]."""
    candidate = geography.candidate >= 0
    loss = referrals.routes.route["loss"][:, :, social_care.catchment.steps]
    return (loss.mean(axis=2) * candidate).sum(axis=1) / candidate.sum(axis=1)


def _by_council(care: SocialCare, by_area: np.ndarray) -> np.ndarray:
    return np.bincount(care.catchment.council, by_area, minlength=care.budget.size)


def _count_days(
    value: Parameters, social_care: SocialCare, need: np.ndarray, other: np.ndarray
) -> None:
    """Days of delay of the month by council, reason and site."""
    wanted = _by_council(social_care, need)
    short = short_of_a_place(wanted, value["social_care.need_spread"], social_care.capacity)
    days = value["social_care.wait_days"] * short
    social_care.days = np.stack([days, _by_council(social_care, other)], axis=1)
    each = days / np.maximum(wanted, 1e-30)
    council, site = social_care.catchment.council, social_care.catchment.site
    social_care.site_want = np.zeros_like(social_care.site_days)
    np.add.at(social_care.site_want, (council, site), need * each[council])
    social_care.site_days = social_care.site_want.copy()
    np.add.at(social_care.site_days, (council, site), other)


def short_of_a_place(need: np.ndarray, spread: float, capacity: np.ndarray) -> np.ndarray:
    """People for whom there is no place [councils]; need and capacity in people a month.

    `spread`: of need over weeks and places, as a share of it.
    """
    pairs = zip(need.tolist(), capacity.tolist(), strict=True)
    return np.array([expected_shortfall(n, spread, c) for n, c in pairs])


def _open_books(
    setup: Setup, state: State, rules: Mapping[str, Any], seed: int, flows: Flows
) -> None:
    """Set capacity so that delays are as published, and what councils' choice of it reveals."""
    care, value = state.social_care, setup.parameters
    care.first_loss = _loss_into_care(setup.geography, state.referrals, care)
    need = _by_council(care, _need_by_area(setup, state, flows)[0])
    patients = float(state.practices.lists.sum())
    delays = value["social_care.delayed_days_per_1000"] / 1000.0 * patients / 12.0
    for_want = value["social_care.delay_share_for_want_of_a_place"] * delays
    care.other_days = (delays - for_want) / max(need.sum(), 1e-30)
    share = for_want / max(need.sum(), 1e-30) / value["social_care.wait_days"]
    spread = value["social_care.need_spread"]
    least, most = (value[f"social_care.{end}_short_share"] for end in ("least", "most"))
    for c, draw in enumerate(_differences(setup.place, value, seed)):
        short = float(np.clip(share * draw, least, most))
        care.capacity[c] = need[c] * capacity_for(short, spread)
        if need[c] > 0.0:
            care.regard[c] = revealed_regard(
                care_observation(value, setup.geography, state, rules, c, need[c] * 12.0)
            )
    _count_days(value, care, *_need_by_area(setup, state, flows))
    care.first_days = float(care.days.sum())
    care.first_burden = _burden(value, care, rules)


def _differences(place: Place, value: Parameters, seed: int) -> np.ndarray:
    """How much more or less than the mean people wait for a place, by council; mean 1."""
    spread = value["social_care.delay_spread"]
    codes = place.councils["council"]
    keys = np.array([key_of(code) for code in codes], dtype=np.uint64)
    draw = keyed_normals(np.uint64(seed), STREAM_TRAIT, keys, 0, 91)
    differences: np.ndarray = np.exp(spread * draw - 0.5 * spread**2)
    return differences


def capacity_for(short: float, spread: float) -> float:
    """Capacity, as a share of mean need, at which this share of people is short of a place."""
    low, high = 0.0, 1.0 + 6.0 * spread
    for _ in range(60):
        middle = 0.5 * (low + high)
        enough = expected_shortfall(1.0, spread, middle) <= short
        low, high = (low, middle) if enough else (middle, high)
    return high


def care_observation(
    value: Parameters,
    geography: Geography,
    state: State,
    rules: Mapping[str, Any],
    council: int,
    need: float,
    terms: PooledBudget | None = None,
) -> CareObservation:
    """What `council` sees, in its pool or, with `terms`, as it would be in one.

    `need`: people a year who cannot leave hospital without care.
    """
    care = state.social_care
    terms = terms or (care.pools[council].terms if council in care.pools else None)
    shared = terms.bed_day_share if terms else 0.0
    return CareObservation(
        need=need,
        spread=value["social_care.need_spread"],
        capacity=12.0 * float(care.capacity[council]),
        price=value["social_care.price_pence"] / PENCE_PER_POUND,
        wait_days=value["social_care.wait_days"],
        charge=0.0 if terms else rules.get(CHARGE, 0.0) / PENCE_PER_POUND,
        pool_gain=shared * value["social_care.hospital_day_pence"] / PENCE_PER_POUND,
        regard=float(care.regard[council]),
        worth_of_pound=worth_of_pound(value, geography, state, council),
    )


def worth_of_pound(value: Parameters, geography: Geography, state: State, council: int) -> float:
    """Worth of a pound to other needs for social care: it rises as the budget falls.

    `council`: its row.
    """
    care = state.social_care
    added = money_added(geography, state, council) if council in care.pools else 0.0
    ratio = (care.budget[council] + added) / max(care.first_budget[council], 1e-30)
    return float(ratio ** -value["social_care.worth_elasticity"])


def money_added(
    geography: Geography, state: State, council: int, terms: PooledBudget | None = None
) -> float:
    """What commissioners add to the pool of `council` a year, in pence.

    `terms`: of the pool, if it has none yet.
    """
    terms = terms or state.social_care.pools[council].terms
    money: float = terms.nhs_pence_per_head * _residents(geography, state)[:, council].sum()
    return money


def _residents(geography: Geography, state: State) -> np.ndarray:
    """Patients by commissioner and council [commissioners, councils]."""
    care = state.social_care
    k = state.provision.practice_commissioner.astype(np.int64)[state.practices.pair_practice]
    c = care.catchment.council[geography.pair_area]
    table = np.zeros((state.provision.prime_slot.shape[0], care.budget.size))
    np.add.at(table, (k, c), state.practices.pair_patients)
    return table


def grow_budgets(care: SocialCare, rules: Mapping[str, Any]) -> None:
    """A year's real growth of every council's budget, under the rule in force."""
    growth = rules.get(GROWTH, 0.0) + care.trend
    care.budget = care.budget * np.maximum(1.0 + growth, 0.0)


def pay_social_care(setup: Setup, state: State, rules: Mapping[str, Any]) -> None:
    """Councils' budgets, charges for delays, pools, and the rest spent on care.

    A council spends what it has: it can neither save nor borrow for current spending.
    """
    care, month = state.social_care, state.month
    bodies = np.array(state.bodies.of_kind("council"))
    budget = np.rint(care.budget / 12.0).astype(np.int64)
    state.money.ledger.post(month, TREASURY, bodies, "social_care", budget)
    if care.is_open:
        _pay_delays(setup, state, rules)
        _pay_care_after_hospital(setup.parameters, state, bodies)
        for c, pool in care.pools.items():
            _pay_pool(setup, state, int(bodies[c]), c, pool)
    left = np.array([state.money.ledger.balance_of(int(body)) for body in bodies])
    state.money.ledger.post(month, bodies, MARKET, "social_care", left)


def _pay_delays(setup: Setup, state: State, rules: Mapping[str, Any]) -> None:
    """Hospitals bear days of delay; councils are charged for want of a place.

    Costs of the opening hold the delays of the opening, which are therefore taken out of them.
    """
    care, month = state.social_care, state.month
    hospital = state.provision.site_owner(state.bodies)
    value = setup.parameters["social_care.hospital_day_pence"]
    cost = np.rint(care.site_days.sum(axis=0) * value).astype(np.int64)
    state.money.ledger.post(month, hospital, MARKET, "delayed_days", cost)
    known = np.rint(care.first_burden).astype(np.int64)
    state.money.ledger.post(month, hospital, MARKET, "pay_and_supplies", -known)
    for c, body in enumerate(state.bodies.of_kind("council")):
        charge = np.rint(_charges(care, rules, c)).astype(np.int64)
        state.money.ledger.post(month, body, hospital, "delayed_discharge_charge", charge)


def _pay_care_after_hospital(value: Parameters, state: State, bodies: np.ndarray) -> None:
    """Places that councils `bodies` pay for in advance, and care of those who waited for one."""
    care = state.social_care
    people = care.capacity + care.days[:, 0] / value["social_care.wait_days"]
    pence = np.rint(value["social_care.price_pence"] * people).astype(np.int64)
    state.money.ledger.post(state.month, bodies, MARKET, "care_after_hospital", pence)


def _charges(social_care: SocialCare, rules: Mapping[str, Any], council: int) -> np.ndarray:
    """What `council` is charged by each site [sites], in pence; nought in a pool."""
    if council in social_care.pools:
        return np.zeros(social_care.site_days.shape[1])
    charges: np.ndarray = social_care.site_want[council] * rules.get(CHARGE, 0.0)
    return charges


def _burden(value: Parameters, social_care: SocialCare, rules: Mapping[str, Any]) -> np.ndarray:
    """Cost of delays less charges received, by site, in pence a month."""
    cost = social_care.site_days.sum(axis=0) * value["social_care.hospital_day_pence"]
    burden: np.ndarray = cost - sum(
        _charges(social_care, rules, c) for c in range(social_care.budget.size)
    )
    return burden


def _pay_pool(setup: Setup, state: State, body: int, council: int, pool: Pool) -> None:
    """Commissioners add money, hospitals pay for days fewer (or are paid); running the pool."""
    care, month = state.social_care, state.month
    commissioners = np.array(state.bodies.of_kind("commissioner"))
    added = _residents(setup.geography, state)[:, council] * pool.terms.nhs_pence_per_head / 12.0
    added_pence = np.rint(added).astype(np.int64)
    state.money.ledger.post(month, commissioners, body, "budget_pool", added_pence)
    fewer = pool.site_days - care.site_days[council]
    value = pool.terms.bed_day_share * setup.parameters["social_care.hospital_day_pence"]
    gain = np.rint(fewer * value).astype(np.int64)
    state.money.ledger.post(
        month, state.provision.site_owner(state.bodies), body, "budget_pool", gain
    )
    running = round(running_cost(setup.parameters, care, council) / 12.0)
    state.money.ledger.post(month, body, MARKET, "running_cost", running)


def running_cost(value: Parameters, social_care: SocialCare, council: int) -> float:
    """What running a pool costs `council`, in pence a year."""
    per_head = value["social_care.pooling_running_pence_per_head"]
    return float(per_head * first_residents(value, social_care, council))


def first_residents(value: Parameters, social_care: SocialCare, council: int) -> float:
    """Residents of `council`, as its first budget tells them."""
    return float(social_care.first_budget[council] / value["prices.social_care_pence_per_head"])
