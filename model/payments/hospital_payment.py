"""How trusts are paid: by activity or in a block, emergencies above their baseline, and by whom.

A payer pays for its own patients: for their activity at the prices in force or, in a block, for the
part of it that was agreed for its lists at the start. Both go with a list to whoever pays for it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from model.care.flows import Activity, emergency_shares_of
from model.places.geography import Geography
from model.rules import rules_of_year
from model.state.attribution import by_payer, from_outside
from model.state.hospitals import Hospitals
from model.state.provision import Provision
from model.state.state import Money, State

PLANNED = "hospital_payment.tariff.covers_electives"
EMERGENCIES = "hospital_payment.tariff.covers_emergencies"
PAID_SHARE = "hospital_payment.emergency_marginal_rate.paid_share"


class HospitalPayment(NamedTuple):
    """What decides a month's payments: whether activity counts, and the marginal rate.

    What is not paid by activity is a block: the value of activity at the start of the run.
    """

    planned_by_activity: bool
    emergencies_by_activity: bool
    marginal_rate: float  # share of the tariff paid for emergencies above the baseline


class Payers(NamedTuple):
    """Who pays for whom in a month; the last payer is the treasury, for patients from outside."""

    planned: np.ndarray  # [practices, 13], rows of `bodies`
    urgent: np.ndarray  # [practices], rows of `bodies`
    bodies: np.ndarray  # [payers]


class Bills(NamedTuple):
    """What every payer owes every site for a month, in pence before rounding [payers, sites]."""

    planned: np.ndarray
    urgent: np.ndarray
    emergency_share: np.ndarray  # of the tariff that is paid for emergencies
    line_income: np.ndarray  # pence that lines get for planned care [sites, 13]


def payment_in_force(rules: Mapping[str, Any]) -> HospitalPayment:
    """How the rules in force pay trusts this month."""
    return HospitalPayment(
        bool(rules.get(PLANNED, False)), bool(rules.get(EMERGENCIES, False)),
        float(rules.get(PAID_SHARE, 1.0)),
    )  # fmt: skip


def paid_by_activity(year: int) -> bool:
    """Whether planned care was paid by activity under the rules of a year."""
    return bool(rules_of_year(year).get(PLANNED, False))


def planned_pay(
    geography: Geography, state: State, payment: HospitalPayment, value: Activity
) -> Activity:
    """What is paid for planned care worth `value` at tariff, in pence, by whose it is.

    The market forces factor comes on top, of blocks too. Holders of real budgets buy by activity
    what is charged to them, and their lists' part is left out of blocks.
    """
    if payment.planned_by_activity:
        return value
    block = planned_block(geography, state.hospitals, state.money)
    apart = bought_with_budgets(state)
    return Activity(np.where(apart[:, None, :], value.lists, block.lists), block.outside)


def bought_with_budgets(state: State) -> np.ndarray:
    """Planned care that is charged to a real budget which has begun [practices, 13]."""
    bought = np.zeros((state.practices.lists.size, state.hospitals.lines.open.shape[1]), dtype=bool)
    for g, holding in state.budgets.held.items():
        if holding.terms.kind == "real" and holding.joined_month <= state.month:
            bought[g] = holding.terms.charged[:-1]
    with_budgets: np.ndarray = bought & (
        state.provision.prime_slot[state.provision.practice_commissioner] < 0
    )
    return with_budgets


def planned_bills(
    geography: Geography, hospitals: Hospitals, payers: Payers, pay: Activity
) -> np.ndarray:
    """What payers owe for planned care paid as `planned_pay` says, in pence [payers, sites].

    `pay`: pence for what every list, and outsiders, had where.
    """
    return _by_payer(geography, hospitals, payers, payers.planned, pay)


def planned_block(geography: Geography, hospitals: Hospitals, money: Money) -> Activity:
    """A month's block for every line that is open, by whose activity it was agreed for.

    `money`: whose the parts of a block are.
    """
    candidate, part = geography.candidate, money.attribution.block
    block = hospitals.lines.base_income * hospitals.lines.open
    return Activity(part * block[candidate], from_outside(part, candidate, len(block)) * block)


def urgent_bills(
    geography: Geography,
    hospitals: Hospitals,
    money: Money,
    payers: Payers,
    payment: HospitalPayment,
    value: Activity,
    share: np.ndarray,
) -> np.ndarray:
    """What payers owe for emergencies worth `value` at tariff, in pence [payers, sites].

    `share` [payers, sites] of the tariff is paid. `money`: whose the parts of a block are.
    """
    urgent = np.repeat(payers.urgent[:, None], value.outside.shape[1], axis=1)
    if payment.emergencies_by_activity:
        bills: np.ndarray = _by_payer(geography, hospitals, payers, urgent, value) * share
        return bills
    return _by_payer(
        geography, hospitals, payers, urgent[:, :1], emergency_block(geography, hospitals, money)
    )


def emergency_block(geography: Geography, hospitals: Hospitals, money: Money) -> Activity:
    """A month's block for emergencies at every site, by whose they were [..., 1].

    `money`: whose the parts of a block are.
    """
    candidate, part = geography.candidate, money.attribution.baseline[:, :, None]
    block = hospitals.lines.base_emergency.sum(axis=1)[:, None]
    return Activity(part * block[candidate], from_outside(part, candidate, len(block)) * block)


def _by_payer(
    geography: Geography, hospitals: Hospitals, payers: Payers, row: np.ndarray, value: Activity
) -> np.ndarray:
    sites = len(value.outside)
    bills = by_payer(value.lists, geography.candidate, row, payers.bodies.size, sites)
    bills[-1] = value.outside.sum(axis=1)
    charged: np.ndarray = bills * hospitals.market_forces.paid
    return charged


def emergency_share(
    geography: Geography, state: State, payers: Payers, payment: HospitalPayment
) -> np.ndarray:
    """Share of the tariff that each payer pays for emergencies of a site [payers, sites].

    A payer's baseline at a trust is what its lists' emergencies there were worth at the start of
    the run; what last year lay above it, as a share of all, is paid at the marginal rate this
    year. So nobody's bill hangs on the emergencies of others. The stream of patients from outside
    is that of the start.
    """
    trust, rate = state.provision.site_slot, payment.marginal_rate
    if rate == 1.0 or not payment.emergencies_by_activity:
        return np.ones((payers.bodies.size, trust.size))
    value, base = (
        _by_trust(geography, state.provision, state.hospitals, payers, table)
        for table in _year_and_baseline(geography, state)
    )
    above = 1.0 - np.divide(base, value, out=np.ones_like(base), where=value > base)
    share: np.ndarray = 1.0 - (1.0 - rate) * above[:, trust]
    return share


def _year_and_baseline(geography: Geography, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Emergencies of last year and of the start at tariff, in pence [practices, candidates]."""
    shares = emergency_shares_of(geography, state.hospitals, state.practices)[:, :, 0]
    site_base = 12.0 * state.hospitals.lines.base_emergency.sum(axis=1)
    base = state.money.attribution.baseline * site_base[geography.candidate]
    return state.yearbooks.last_year.emergency_value[:, None] * shares, base


def _by_trust(
    geography: Geography,
    provision: Provision,
    hospitals: Hospitals,
    payers: Payers,
    table: np.ndarray,
) -> np.ndarray:
    """A figure of lists at their candidates, by who pays now, and trust [payers, trusts]."""
    trust = provision.site_slot
    at_site = by_payer(
        table[:, :, None], geography.candidate, payers.urgent[:, None],
        payers.bodies.size, trust.size,
    )  # fmt: skip
    return np.stack(
        [np.bincount(trust, weights=row, minlength=hospitals.quality.size) for row in at_site]
    )
