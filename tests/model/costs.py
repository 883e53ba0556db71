"""What providers and councils spend themselves, by heading, reckoned from the second books."""

import numpy as np

from model.state.bodies import MARKET, TREASURY
from tests.model import bills
from tests.model.bills import commissioners, owners, rows

CHARGE = "social_care.councils.delay_charge_pence"


def councils(books):
    return np.array(books.economy.state.bodies.of_kind("council"))


def pay_and_supplies(books):
    """Each hospital its own sites' costs, each holder and provider of blocks its own work."""
    hospital = books.economy.state.social_care.first_burden
    cost = _sites(books) - (hospital if hospital.size else 0.0)
    _, trusts, gained = bills.coding(books)
    coders = books.economy.setup.parameters["coding.coder_cost_share"]
    blocks = _work_of_blocks(books)
    due = [*zip(owners(books), cost, strict=True), *zip(trusts, coders * gained, strict=True)]
    return rows([(payer, MARKET, pence) for payer, pence in [*due, *blocks]])


def _sites(books):
    """Fixed and variable cost of hospitals' activity, less bed days saved [sites]."""
    lines, prices, flows = (
        books.economy.state.hospitals.lines,
        books.economy.prices,
        books.economy.flows,
    )
    planned = flows.seen_planned * prices.referral + flows.operations * prices.operation
    planned = planned - _follow_ups_replaced(books)
    urgent = flows.seen_emergency * (prices.emergency + prices.attendance)
    standing = prices.fixed * lines.fixed_kept + prices.semi_fixed * lines.semi_kept
    cost = prices.planned_cost * (
        lines.base_income * standing + planned * prices.variable * lines.case_mix
    )
    still = lines.urgent_fixed * prices.fixed + lines.urgent_semi * prices.semi_fixed
    cost = cost + prices.emergency_cost * (still + urgent * prices.variable)
    return (lines.unit_cost * cost - _beds(books)).sum(axis=1)


def _follow_ups_replaced(books):
    """What hospitals do not do because programmes do it, at tariff [sites, 13]."""
    referred = books.spread(books.economy.flows.referred.lists)
    return (referred * books.follow_ups_saved()[:, None, :]).sum(axis=0)


def _beds(books):
    """What shorter stays and day cases save [sites, 13]."""
    value, activity = books.economy.setup.parameters, books.economy.setup.activity
    lines, flows = books.economy.state.hospitals.lines, books.economy.flows
    nights = (1.0 - activity.day_case_share) * activity.elective_stay_days
    days = flows.operations * nights * (1.0 - lines.overnight * lines.stay)
    days = days + flows.seen_emergency * activity.emergency_stay_days * (1.0 - lines.stay)
    variable = value["costs.trust_cost_structure"]["year_1"]["variable"]
    return days * value["social_care.hospital_day_pence"] * variable


def _work_of_blocks(books):
    """What community, mental health and other services spend of blocks, and holders instead."""
    value, held = books.economy.setup.parameters, bills.holders(books)
    margin = 1.0 + value["costs.community_margin"]
    for k, p, body, pence in bills.shares_of_blocks(books):
        holder, works = held.get((k, p), (None, False))
        if works:
            yield holder, pence * value["minds.own_clinic_cost_share"]
            pence *= 1.0 - value["costs.removable_share_of_direct_cost"]
        yield body, pence / margin


def delayed_days(books):
    """Each hospital for people who wait there."""
    value = books.economy.setup.parameters["social_care.hospital_day_pence"]
    days = _for_want(books) + _for_other_reasons(books)
    return owners(books)[None, :], MARKET, days * value


def delayed_discharge_charge(books):
    """Each council for its residents who wait for a place, where no pool bears it."""
    charge, days = books.economy.rules.get(CHARGE, 0.0), _for_want(books)
    for c in books.economy.state.social_care.pools:
        days[c] = 0.0
    return councils(books)[:, None], owners(books)[None, :], days * charge


def _for_want(books):
    """Days of the month for want of a place: a council's, where its residents in need are."""
    geography, state, care = (
        books.economy.setup.geography, books.economy.state, books.economy.state.social_care,
    )  # fmt: skip
    days = np.zeros((care.budget.size, books.sites))
    if not care.is_open:
        return days
    g, area = state.practices.pair_practice, geography.pair_area
    each = books.economy.flows.emergencies.sum(axis=1) / np.maximum(state.practices.lists, 1)
    need = each[g] * state.practices.pair_patients * care.catchment.care_share
    distance = np.where(state.hospitals.emergency_open > 0, geography.distance_km, np.inf)
    np.add.at(days, (care.catchment.council[area], distance.argmin(axis=1)[area]), need)
    return days * (care.days[:, 0] / np.maximum(days.sum(axis=1), 1e-30))[:, None]


def _for_other_reasons(books):
    """Days until care is arranged, which hang on links; a council's days are all somewhere."""
    care = books.economy.state.social_care
    other = care.site_days - care.site_want
    np.testing.assert_allclose(other.sum(axis=1), care.days[:, 1])
    return other


def care_after_hospital(books):
    """Each council for its places, and for those who had to wait for one."""
    care, value = books.economy.state.social_care, books.economy.setup.parameters
    people = care.capacity + care.days[:, 0] / value["social_care.wait_days"]
    return councils(books), MARKET, value["social_care.price_pence"] * people * care.is_open


def budget_pool(books):
    """Commissioners for their patients who live there; hospitals what fewer days save them."""
    state, care, value = (
        books.economy.state, books.economy.state.social_care, books.economy.setup.parameters,
    )  # fmt: skip
    k = state.provision.practice_commissioner[state.practices.pair_practice]
    lives = care.catchment.council[books.economy.setup.geography.pair_area]
    days, payers, due = _for_want(books) + _for_other_reasons(books), commissioners(books), []
    for c, pool in care.pools.items():
        people = np.bincount(k, state.practices.pair_patients * (lives == c), minlength=len(payers))
        council = councils(books)[c]
        added = people * pool.terms.nhs_pence_per_head / 12
        due += [(payer, council, pence) for payer, pence in zip(payers, added, strict=True)]
        worth = pool.terms.bed_day_share * value["social_care.hospital_day_pence"]
        gained = (pool.site_days - days[c]) * worth
        due += [(owner, council, pence) for owner, pence in zip(owners(books), gained, strict=True)]
    return rows(due)


def social_care(books):
    """The treasury each council's budget; councils spend all that they then have."""
    state = books.economy.state
    budget = state.social_care.budget / 12
    left = budget + books.got(councils(books), but="social_care")
    given = [(TREASURY, body, pence) for body, pence in zip(councils(books), budget, strict=True)]
    spent = [(body, MARKET, pence) for body, pence in zip(councils(books), left, strict=True)]
    return rows(given + spent)
