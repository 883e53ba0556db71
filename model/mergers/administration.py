"""Special administration: a trust that fails again, and what becomes of each of its hospitals.

The regulator appoints an administrator, who asks who would run each hospital and for how much, and
decides: keep it with public money, close it if somebody can stand in for it, or hand it over. A
trust that has handed over or closed all its hospitals is left with what it owes.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.organisations import administration, mergers
from agents.organisations.administration import SiteFateView
from agents.organisations.mergers import MergerView
from agents.organisations.regulator import Taker
from agents.organisations.trust import Trust
from model.deciding.boards import sites_of
from model.deciding.decisions import enter, forced_option, record
from model.deciding.objects import touched
from model.hospitals.closures import is_hospital
from model.hospitals.quality import cost_ratio
from model.mergers.partners import Merging, acute_trusts, may_take_over, merging, view_of_two
from model.mergers.review import two_bodies
from model.mergers.site_closings import (
    ADMINISTER,
    CLOSE,
    closing_view,
    may_close,
    review_view,
    site_code,
)
from model.mergers.trust_mergers import merge_trusts
from model.outcomes.market import people_losing
from model.state.bodies import MARKET, TREASURY
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

HAND_OVER = "hand_over_site"
REGIME = "competition.administration.regime"


class Offer(NamedTuple):
    """A trust that might run a hospital, and the public money for it."""

    taker: Trust
    view: MergerView
    support: float  # pounds, once


def goes_into_administration(economy: "HealthEconomy", year: Merging, failing: Trust) -> bool:
    """Whether the regulator appoints an administrator for a trust that fails."""
    state, value = economy.state, economy.setup.parameters
    row, agent = _row(economy, failing.code), economy.minds.regulator
    often = state.hospitals.failures[row] >= value["trusts.failures_before_administration"]
    if not (often and economy.rules.get(REGIME, False) and _hospitals(economy, failing)):
        return False
    forced = forced_option(economy, agent.code, administration.ADMINISTRATION, failing.code)
    gain = _best_gain(economy, year, failing)
    cost = administration_pounds(economy, failing) / value["trusts.regulator_years"]
    decision = administration.consider_administration(
        agent, gain, cost, state.month, failing.code, forced
    )
    enter(economy, decision, ADMINISTER, (failing.code,))
    return decision.chosen == "appoint"


def administration_pounds(economy: "HealthEconomy", failing: Trust) -> float:
    """What administration of a trust costs, once."""
    income = sum(site_money(economy, site)[0] for site in _hospitals(economy, failing))
    return float(economy.setup.parameters["trusts.administration_cost_share"] * income)


def _best_gain(economy: "HealthEconomy", year: Merging, failing: Trust) -> float:
    """Worth of the best fates of its hospitals beside keeping them, if all who may take one agree.

    One of them closes at most.
    """
    gain, closing = 0.0, 0.0
    for site in _hospitals(economy, failing):
        offers = possible_offers(economy, year, failing, site)
        view = _fate_view(economy, year, failing, site, offers)
        worth = administration.worth_of_fates(economy.minds.regulator, view)
        best = max(pounds for fate, pounds in worth.items() if fate != "close")
        gain += best - worth["keep"]
        closing = max(closing, worth.get("close", best) - best)
    return gain + closing


def administer(economy: "HealthEconomy", code: str) -> None:
    """An administrator takes over, and decides on every hospital."""
    failing = next(t for t in economy.minds.trusts if t.code == code)
    bodies = economy.state.bodies
    if bodies.owner[failing.body] != failing.body:
        return  # it has been taken over since
    cost = round(administration_pounds(economy, failing) * PENCE_PER_POUND)
    economy.state.money.ledger.post(economy.state.month, TREASURY, MARKET, "administration", cost)
    economy.state.hospitals.failures[_row(economy, code)] = 0
    year = merging(economy)
    for site in sorted(_hospitals(economy, failing), key=lambda site: -_loss(economy, site)):
        _settle(economy, year, failing, site)


def _settle(economy: "HealthEconomy", year: Merging, failing: Trust, site: int) -> None:
    agent, about = economy.minds.regulator, f"{failing.code} {site_code(economy, site)}"
    offers = possible_offers(economy, year, failing, site)
    agreed = {code: o for code, o in offers.items() if _agrees(economy, o, site, about)}
    view = _fate_view(economy, year, failing, site, agreed)
    forced = forced_option(economy, agent.code, administration.SITE_FATE, about)
    decision = administration.settle_site(agent, view, economy.state.month, about, forced)
    if decision.chosen in agreed:
        support = round(agreed[decision.chosen].support * PENCE_PER_POUND)
        enter(economy, decision, HAND_OVER, (failing.code, site, decision.chosen, support))
    else:
        enter(economy, decision, CLOSE, (site,))
    if decision.chosen == "keep":
        economy.state.docket.agenda.append((decision.effect_month, "rescue", (failing.code,)))


def possible_offers(
    economy: "HealthEconomy", year: Merging, failing: Trust, site: int
) -> dict[str, Offer]:
    """Trusts of the kind, size and means to run a hospital, by code, and what each would get."""
    free = {agent.code for _, agent in acute_trusts(economy)} - {failing.code}
    row, size = _row(economy, failing.code), year.income.copy()
    size[failing.body] = site_money(economy, site)[0]  # of what is taken over
    return {
        taker.code: _offer(economy, year, failing, taker, site)
        for taker_row, taker in year.acute
        if taker.code in free and may_take_over(economy, size, row, failing, taker_row, taker)
    }


def _offer(
    economy: "HealthEconomy", year: Merging, failing: Trust, taker: Trust, site: int
) -> Offer:
    value, (income, cost) = economy.setup.parameters, site_money(economy, site)
    part = income / max(float(year.income[failing.body]), 1.0)
    rivalry = year.left[failing.body, taker.body] + year.left[taker.body, failing.body]
    view = view_of_two(
        economy, float(year.income[taker.body]), income, max(cost - income, 0.0),
        max(float(rivalry) * part, 0.0),
    )  # fmt: skip
    integration = view.integration_cost * value["trusts.felt_years"]
    return Offer(taker, view, integration + value["trusts.support_years"] * view.deficit)


def _agrees(economy: "HealthEconomy", offer: Offer, site: int, about: str) -> bool:
    """Whether a trust would run a hospital for the support that it would get."""
    taker, month = offer.taker, economy.state.month
    forced = forced_option(economy, taker.code, mergers.SITE_OFFER, about)
    years = economy.setup.parameters["trusts.felt_years"]
    view = replace(offer.view, support=offer.support / years)
    answer = mergers.answer_administrator(taker, view, month, about, forced)
    failing = about.split()[0]
    record(economy, answer, *touched(economy, HAND_OVER, (failing, site, taker.code, 0)))
    return answer.chosen == "accept"


def _fate_view(
    economy: "HealthEconomy", year: Merging, failing: Trust, site: int, offers: dict[str, Offer]
) -> SiteFateView:
    """What an administrator sees; of alternatives only if no other body does."""
    closing = closing_view(economy, site, 0.0) if may_close(economy, site) else None
    return SiteFateView(
        max(_loss(economy, site), 0.0),
        review_view(economy, site, closing) if closing is not None else None,
        {code: _taker(economy, year, failing, offer) for code, offer in offers.items()},
    )


def _taker(economy: "HealthEconomy", year: Merging, failing: Trust, offer: Offer) -> Taker:
    losing = None
    if not two_bodies(economy):
        bodies = failing.body, offer.taker.body
        losing = people_losing(economy.setup, economy.state, year.area, *bodies)
    years = economy.setup.parameters["trusts.regulator_years"]
    return Taker(offer.support / years, offer.view.believed_saving, losing)


def site_money(economy: "HealthEconomy", site: int) -> tuple[float, float]:
    """Last year's income and cost of hospital care at a site, in pounds."""
    year = economy.state.yearbooks.last_year
    income = year.line_income[site].sum() + year.emergency_paid[site]
    cost = year.line_cost[site].sum() + year.emergency_cost[site]
    return float(income) / PENCE_PER_POUND, float(cost) / PENCE_PER_POUND


def _loss(economy: "HealthEconomy", site: int) -> float:
    """What hospital care at a site cost last year beyond what it earned, in pounds."""
    income, cost = site_money(economy, site)
    return cost - income


def hand_over_site(
    economy: "HealthEconomy", failing: str, site: int, taker: str, support: int
) -> None:
    """A trust runs a hospital of one that has failed: the whole trust if it is all that it has.

    One that was a trust of its own keeps its teams; another goes over to the teams of whoever runs
    it. `support`: pence that the treasury pays.
    """
    state = economy.state
    agent = next(t for t in economy.minds.trusts if t.code == failing)
    into = int(state.bodies.owner[state.bodies.number[taker]])
    if state.provision.site_owner(state.bodies)[site] != agent.body:
        return  # it has another owner by now
    if _hospitals(economy, agent) == [site]:
        merge_trusts(economy, failing, state.bodies.codes[into], support)
    else:
        _pay_for_handing_over(economy, site, into, support)
        _change_hands(economy, site, into, _row(economy, taker))


def _pay_for_handing_over(economy: "HealthEconomy", site: int, into: int, support: int) -> None:
    state = economy.state
    income, _ = site_money(economy, site)
    cost = economy.setup.parameters["trusts.integration_cost_share"] * income
    state.money.ledger.post(state.month, into, MARKET, "merger_cost", round(cost * PENCE_PER_POUND))
    state.money.ledger.post(state.month, TREASURY, into, "merger_support", support)


def _change_hands(economy: "HealthEconomy", site: int, into: int, row: int) -> None:
    """A part of a trust has another owner; what was a trust of its own keeps its teams."""
    state = economy.state
    slot, owner = state.provision.site_slot, int(state.provision.site_owner(state.bodies)[site])
    body = int(state.provision.slot_body[slot[site]])
    if body != owner and (slot == slot[site]).sum() == 1:
        state.bodies.owner[body] = into
    else:
        _change_teams(economy, site, row)
    state.referrals.routes_stale = True


def _change_teams(economy: "HealthEconomy", site: int, row: int) -> None:
    """A site is run by the teams of another trust, as well, and at such cost, as they work."""
    state, slot = economy.state, economy.state.provision.site_slot
    before, after = state.hospitals.quality[slot[site]], state.hospitals.quality[row]
    ratio = cost_ratio(economy.setup.parameters, np.array([before]), float(after - before))
    state.hospitals.lines.unit_cost[site] *= ratio
    slot[site] = row


def _hospitals(economy: "HealthEconomy", agent: Trust) -> list[int]:
    """Sites of a trust that treat anybody."""
    open_sites = is_hospital(economy)
    return [int(site) for site in sites_of(economy, agent) if open_sites[site]]


def _row(economy: "HealthEconomy", code: str) -> int:
    return list(economy.setup.place.trusts["trust"]).index(code)
