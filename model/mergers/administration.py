"""Special administration: a trust that fails again, and what becomes of each of its hospitals.

The regulator appoints an administrator, who asks who would run each hospital and for how much, and
decides: keep it with public money, close it if somebody can stand in for it, or hand it over. A
trust that has handed over or closed all its hospitals is left with what it owes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from agents.decisions import administration_choice, mergers_choice
from agents.decisions.administration_choice import SiteFateObservation
from agents.decisions.mergers_choice import MergerObservation
from agents.organisations.regulator import Taker
from agents.organisations.trust import Trust
from agents.patients.patient_tables import World
from model.deciding import objects
from model.deciding.boards import sites_of
from model.deciding.decisions import forced_option, record, schedule_effect
from model.deciding.effects import effect, touched
from model.deciding.minds import Minds
from model.hospitals.closures import is_hospital
from model.hospitals.quality import cost_ratio
from model.hospitals.service_lines import owners_deficit
from model.mergers.partners import Merging, acute_trusts, may_take_over, merging, view_of_two
from model.mergers.review import two_bodies
from model.mergers.site_closings import (
    ADMINISTER,
    CLOSE,
    closing_observation,
    may_close,
    review_observation,
    site_code,
)
from model.mergers.support import support_due
from model.mergers.trust_mergers import merge_trusts
from model.outcomes.market import people_losing
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.solvency import has_lost, still_takes_over
from model.places.place import Place
from model.state.bodies import MARKET, TREASURY
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State, Yearbooks

HAND_OVER = "hand_over_site"
REGIME = "competition.administration.regime"


class Offer(NamedTuple):
    """A trust that might run a hospital, and the public money for it."""

    taker: Trust
    observation: MergerObservation
    support: float  # pounds, once


def goes_into_administration(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    year: Merging,
    failing: Trust,
) -> bool:
    """Whether the regulator appoints an administrator for a trust that fails."""
    value = setup.parameters
    row, agent = _row(setup.place, failing.code), minds.regulator
    since = state.hospitals.failures[row] - state.hospitals.administered[row]
    often = since >= value["trusts.failures_before_administration"]
    if not (often and in_force.rules.get(REGIME, False) and _hospitals(state, failing)):
        return False
    forced = forced_option(
        minds, state.month, agent.code, administration_choice.ADMINISTRATION, failing.code
    )
    gain = _best_gain(minds, setup, state, in_force, world, year, failing)
    cost = administration_pounds(value, state, failing) / value["trusts.regulator_years"]
    decision = administration_choice.consider_administration(
        agent, gain, cost, state.month, failing.code, forced
    )
    schedule_effect(setup.place, state.docket, decision, ADMINISTER, (failing.code,))
    return decision.chosen == "appoint"


def administration_pounds(value: Parameters, state: State, failing: Trust) -> float:
    """What administration of a trust costs, once."""
    income = sum(site_money(state.yearbooks, site)[0] for site in _hospitals(state, failing))
    return float(value["trusts.administration_cost_share"] * income)


def _best_gain(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    year: Merging,
    failing: Trust,
) -> float:
    """Worth of the best fates of its hospitals beside keeping them, if all who may take one agree.

    One of them closes at most.
    """
    gain, closing = 0.0, 0.0
    for site in _undecided(state, failing):
        offers = possible_offers(minds, setup.place, setup.parameters, state, year, failing, site)
        observation = _fate_observation(
            minds, setup, state, in_force, world, year, failing, site, offers
        )
        worth = administration_choice.worth_of_fates(minds.regulator, observation)
        best = max(pounds for fate, pounds in worth.items() if fate != "close")
        gain += best - worth["keep"]
        closing = max(closing, worth.get("close", best) - best)
    return gain + closing


@effect(
    "administer",
    "minds",
    "setup",
    "state",
    "in_force",
    "world",
    touches=objects.of_code("accounts"),
)
def administer(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World, code: str
) -> None:
    """An administrator takes over, and decides on every hospital that is not to shut already."""
    failing = next(t for t in minds.trusts if t.code == code)
    bodies = state.bodies
    if bodies.owner[failing.body] != failing.body:
        return  # it has been taken over since
    cost = round(administration_pounds(setup.parameters, state, failing) * PENCE_PER_POUND)
    state.money.ledger.post(state.month, TREASURY, MARKET, "administration", cost)
    row = _row(setup.place, code)
    state.hospitals.administered[row] = state.hospitals.failures[row]  # it has failed all the same
    year = merging(minds, setup, state, in_force, world)
    for site in sorted(_undecided(state, failing), key=lambda site: -_loss(state.yearbooks, site)):
        _settle(minds, setup, state, in_force, world, year, failing, site)


def _settle(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    year: Merging,
    failing: Trust,
    site: int,
) -> None:
    agent, about = minds.regulator, f"{failing.code} {site_code(setup.place, site)}"
    offers = possible_offers(minds, setup.place, setup.parameters, state, year, failing, site)
    agreed = {
        code: o
        for code, o in offers.items()
        if _agrees(minds, setup.place, setup.parameters, state, o, site, about)
    }
    observation = _fate_observation(
        minds, setup, state, in_force, world, year, failing, site, agreed
    )
    forced = forced_option(minds, state.month, agent.code, administration_choice.SITE_FATE, about)
    decision = administration_choice.settle_site(agent, observation, state.month, about, forced)
    if decision.chosen in agreed:
        support = round(agreed[decision.chosen].support * PENCE_PER_POUND)
        schedule_effect(
            setup.place,
            state.docket,
            decision,
            HAND_OVER,
            (failing.code, site, decision.chosen, support),
        )
    else:
        schedule_effect(setup.place, state.docket, decision, CLOSE, (site,))
    if decision.chosen == "keep":
        state.docket.scheduled_effects.append((decision.effect_month, "rescue", (failing.code,)))


def possible_offers(
    minds: Minds,
    place: Place,
    value: Parameters,
    state: State,
    year: Merging,
    failing: Trust,
    site: int,
) -> dict[str, Offer]:
    """Trusts of the kind, size and means to run a hospital, by code, and what each would get."""
    free = {agent.code for _, agent in acute_trusts(minds, place, state.bodies, state.docket)} - {
        failing.code
    }
    row, size = _row(place, failing.code), year.income.copy()
    size[failing.body] = site_money(state.yearbooks, site)[0]  # of what is taken over
    return {
        taker.code: _offer(value, state.yearbooks, year, failing, taker, site)
        for taker_row, taker in year.acute
        if taker.code in free
        and may_take_over(place, value, state, size, row, failing, taker_row, taker)
    }


def _offer(
    value: Parameters, yearbooks: Yearbooks, year: Merging, failing: Trust, taker: Trust, site: int
) -> Offer:
    (income, cost) = site_money(yearbooks, site)
    part = income / max(float(year.income[failing.body]), 1.0)
    rivalry = year.left[failing.body, taker.body] + year.left[taker.body, failing.body]
    observation = view_of_two(
        value, float(year.income[taker.body]), income, max(cost - income, 0.0),
        max(float(rivalry) * part, 0.0),
    )  # fmt: skip
    integration = observation.integration_cost * value["trusts.felt_years"]
    return Offer(
        taker, observation, integration + value["trusts.support_years"] * observation.deficit
    )


def _agrees(
    minds: Minds, place: Place, value: Parameters, state: State, offer: Offer, site: int, about: str
) -> bool:
    """Whether a trust would run a hospital for the support that it would get."""
    taker, month = offer.taker, state.month
    forced = forced_option(minds, month, taker.code, mergers_choice.SITE_OFFER, about)
    years = value["trusts.felt_years"]
    observation = replace(offer.observation, support=offer.support / years)
    answer = mergers_choice.answer_administrator(taker, observation, month, about, forced)
    failing = about.split()[0]
    record(state.docket, answer, *touched(place, HAND_OVER, (failing, site, taker.code, 0)))
    return answer.chosen == "accept"


def _fate_observation(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    year: Merging,
    failing: Trust,
    site: int,
    offers: dict[str, Offer],
) -> SiteFateObservation:
    """What an administrator sees; of alternatives only if no other body does."""
    closing = (
        closing_observation(minds, setup, state, in_force, world, site, owners_deficit(state, site))
        if may_close(setup, state, site)
        else None
    )
    return SiteFateObservation(
        max(_loss(state.yearbooks, site), 0.0),
        review_observation(setup, state, in_force.rules, site, closing)
        if closing is not None
        else None,
        {
            code: _taker(setup.parameters, state.yearbooks, in_force.rules, year, failing, offer)
            for code, offer in offers.items()
        },
    )


def _taker(
    value: Parameters,
    yearbooks: Yearbooks,
    rules: Mapping[str, Any],
    year: Merging,
    failing: Trust,
    offer: Offer,
) -> Taker:
    losing = None
    if not two_bodies(rules):
        bodies = failing.body, offer.taker.body
        losing = people_losing(value, yearbooks, year.area, *bodies)
    years = value["trusts.regulator_years"]
    return Taker(offer.support / years, offer.observation.believed_saving, losing)


def site_money(yearbooks: Yearbooks, site: int) -> tuple[float, float]:
    """Last year's income and cost of hospital care at a site, in pounds."""
    year = yearbooks.last_year
    income = year.line_income[site].sum() + year.emergency_paid[site]
    cost = year.line_cost[site].sum() + year.emergency_cost[site]
    return float(income) / PENCE_PER_POUND, float(cost) / PENCE_PER_POUND


def _loss(yearbooks: Yearbooks, site: int) -> float:
    """What hospital care at a site cost last year beyond what it earned, in pounds."""
    income, cost = site_money(yearbooks, site)
    return cost - income


@effect(
    "hand_over_site",
    "minds",
    "setup.place",
    "setup.parameters",
    "state",
    "in_force",
    touches=objects.of_handed_over,
)
def hand_over_site(
    minds: Minds,
    place: Place,
    value: Parameters,
    state: State,
    in_force: InForce,
    failing: str,
    site: int,
    taker: str,
    support: int,
) -> None:
    """A trust runs a hospital of one that has failed: the whole trust if it is all that it has.

    One that was a trust of its own keeps its teams; another goes over to the teams of whoever runs
    it. `support`: pence that the treasury has agreed to pay.
    """
    agent = next(t for t in minds.trusts if t.code == failing)
    into = int(state.bodies.owner[state.bodies.number[taker]])
    if state.provision.site_owner(state.bodies)[site] != agent.body:
        return  # it has another owner by now
    lost = has_lost(state.hospitals, _row(place, failing))
    if not (lost and still_takes_over(value, state, into)):
        return  # the trust keeps it, sound again or to fail again
    if _hospitals(state, agent) == [site]:
        code = state.bodies.codes[into]
        merge_trusts(place, value, state, in_force, failing, code, support)
    else:
        _pay_for_handing_over(value, state, site, into, support)
        _change_hands(value, state, site, into, _row(place, taker))


def _pay_for_handing_over(
    value: Parameters, state: State, site: int, into: int, support: int
) -> None:
    income, _ = site_money(state.yearbooks, site)
    cost = value["trusts.integration_cost_share"] * income * PENCE_PER_POUND
    lost = max(_loss(state.yearbooks, site), 0.0) * PENCE_PER_POUND
    due = support_due(value, support, cost, lost)
    state.money.ledger.post(state.month, into, MARKET, "merger_cost", round(cost))
    state.money.ledger.post(state.month, TREASURY, into, "merger_support", due)


def _change_hands(value: Parameters, state: State, site: int, into: int, row: int) -> None:
    """A part of a trust has another owner; what was a trust of its own keeps its teams."""
    slot, owner = state.provision.site_slot, int(state.provision.site_owner(state.bodies)[site])
    body = int(state.provision.slot_body[slot[site]])
    if body != owner and (slot == slot[site]).sum() == 1:
        state.bodies.owner[body] = into
    else:
        _change_teams(value, state.provision, state.hospitals, site, row)
    state.referrals.routes_stale = True


def _change_teams(
    value: Parameters, provision: Provision, hospitals: Hospitals, site: int, row: int
) -> None:
    """A site is run by the teams of another trust, as well, and at such cost, as they work."""
    slot = provision.site_slot
    before, after = hospitals.quality[slot[site]], hospitals.quality[row]
    ratio = cost_ratio(value, np.array([before]), float(after - before))
    hospitals.lines.unit_cost[site] *= ratio
    slot[site] = row


def _hospitals(state: State, agent: Trust) -> list[int]:
    """Sites of a trust that treat anybody."""
    open_sites = is_hospital(state.hospitals)
    return [
        int(site) for site in sites_of(state.bodies, state.provision, agent) if open_sites[site]
    ]


def _undecided(state: State, agent: Trust) -> list[int]:
    """Hospitals of a trust of which nobody has decided that they shut."""
    shutting = {
        details[0] for _, change, details in state.docket.scheduled_effects if change == CLOSE
    }
    return [site for site in _hospitals(state, agent) if site not in shutting]


def _row(place: Place, code: str) -> int:
    return list(place.trusts["trust"]).index(code)
