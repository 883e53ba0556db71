"""A commissioner leaves provision: who offers to take its services over, who gets them.

The acute trust and the mental health trust that treat most of its patients may offer, the
commissioner chooses one of them or makes a trust of the services. No regulator stands against it:
patients have no choice of community services that they could lose.
"""

from typing import TYPE_CHECKING

from agents.organisations import mergers
from agents.organisations.commissioner import SPLIT, STAND_ALONE, SplitView
from agents.organisations.trust import Trust
from model.commissioners.own_services import own_services, trust_row
from model.deciding.decisions import forced_option, record
from model.deciding.objects import touched
from model.integrated.organisations import main_hospital
from model.mergers.partners import view_of_two
from model.pathway_names import PATHWAYS
from model.payments.solvency import block_income, is_solvent, trust_income
from model.population.journeys import MENTAL_HEALTH
from model.state.bodies import MARKET
from model.state.hospitals import QUALITY_STEP
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def plan_split(economy: "HealthEconomy") -> None:
    """Every commissioner that owns services asks for offers and decides who gets them."""
    for k, agent in enumerate(economy.minds.commissioners):
        own = own_services(economy.state.bodies, k)
        if own == NOBODY:
            continue
        code = economy.state.bodies.codes[own]
        view = _split_view(economy, k, own)
        forced = forced_option(economy, agent.code, SPLIT, code)
        decision = agent.leave_provision(view, economy.state.month, code, forced)
        details = (k, decision.chosen)
        record(economy, decision, *touched(economy, "leave_provision", details))
        economy.state.docket.agenda.append((decision.effect_month, "leave_provision", details))


def _split_view(economy: "HealthEconomy", k: int, own: int) -> SplitView:
    state, spend = economy.state, float(block_income(economy)[own])
    code = state.bodies.codes[own]
    offers = [t for t in _candidates(economy, k) if _offers(economy, k, t, own, spend)]
    return SplitView(
        spend=spend,
        quality=_quality(economy, code),
        setup_cost=_setup_pounds(economy, spend) / economy.setup.parameters["trusts.felt_years"],
        offers={t.code: _quality(economy, t.code) for t in offers},
    )


def _quality(economy: "HealthEconomy", code: str) -> float:
    return QUALITY_STEP * float(economy.state.hospitals.quality[trust_row(economy, code)])


def _setup_pounds(economy: "HealthEconomy", spend: float) -> float:
    """Cost to a commissioner of making a trust of services, in pounds."""
    return float(economy.setup.parameters["commissioning.transition_share"] * spend)


def _candidates(economy: "HealthEconomy", k: int) -> list[Trust]:
    """The acute trust that a commissioner's patients use most, and its mental health provider.

    Trusts in years of deficit are not asked: they could not carry the services.
    """
    state, provision = economy.state, economy.state.provision
    slot = provision.setting_slot[MENTAL_HEALTH, k, PATHWAYS.index("other_planned")]
    bodies = {main_hospital(economy, k), int(state.bodies.owner[provision.slot_body[slot]])}
    found = [t for t in economy.minds.trusts if t.body in bodies]
    rows = {t.code: trust_row(economy, t.code) for t in found}
    return [t for t in found if rows[t.code] == NOBODY or is_solvent(economy, rows[t.code])]


def _offers(economy: "HealthEconomy", k: int, agent: Trust, own: int, spend: float) -> bool:
    """Whether a trust offers to take the services of commissioner `k` over."""
    income = float(trust_income(economy)[agent.body] + block_income(economy)[agent.body])
    view, code = view_of_two(economy, income, spend, 0.0, 0.0), economy.state.bodies.codes[own]
    forced = forced_option(economy, agent.code, mergers.SERVICES_OFFER, code)
    decision = mergers.consider_services(agent, view, economy.state.month, code, forced)
    record(economy, decision, *touched(economy, "leave_provision", (k, agent.code)))
    return decision.chosen == "offer"


def leave_provision(economy: "HealthEconomy", k: int, chosen: str) -> None:
    """A commissioner's own services go to a trust, or are one; teams stay as they are."""
    state, bodies = economy.state, economy.state.bodies
    own = own_services(bodies, k)
    spend = float(block_income(economy)[own])
    bodies.owner[own] = own
    if chosen == STAND_ALONE:
        payer, heading = economy.minds.commissioners[k].body, "transition"
        cost = _setup_pounds(economy, spend)
    else:
        payer, heading = int(bodies.owner[bodies.number[chosen]]), "merger_cost"
        cost = economy.setup.parameters["trusts.integration_cost_share"] * spend
        bodies.merge(own, payer)
    state.money.ledger.post(state.month, payer, MARKET, heading, round(cost * PENCE_PER_POUND))
    state.referrals.routes_stale = True
