"""A commissioner leaves provision: who offers to take its services over, who gets them.

The acute trust and the mental health trust that treat most of its patients may offer, the
commissioner chooses one of them or makes a trust of the services. No regulator stands against it:
patients have no choice of community services that they could lose.
"""

from agents.decisions import mergers_choice
from agents.organisations.commissioner import SPLIT, STAND_ALONE, SplitObservation
from agents.organisations.trust import Trust
from model.commissioners.own_services import own_services, trust_row
from model.deciding import objects
from model.deciding.decisions import forced_option, record
from model.deciding.effects import effect, touched
from model.deciding.minds import Minds
from model.integrated.organisations import main_hospital
from model.mergers.partners import view_of_two
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.solvency import block_income, can_take_over, trust_income
from model.places.place import Place
from model.population.journeys import MENTAL_HEALTH
from model.state.bodies import MARKET
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY
from model.state.setup import Setup
from model.state.state import State


def plan_split(minds: Minds, setup: Setup, state: State) -> None:
    """Every commissioner that owns services asks for offers and decides who gets them."""
    for k, agent in enumerate(minds.commissioners):
        own = own_services(state.bodies, k)
        if own == NOBODY:
            continue
        code = state.bodies.codes[own]
        observation = _split_observation(minds, setup, state, k, own)
        forced = forced_option(minds, state.month, agent.code, SPLIT, code)
        decision = agent.leave_provision(observation, state.month, code, forced)
        details = (k, decision.chosen)
        record(state.docket, decision, *touched(setup.place, "leave_provision", details))
        state.docket.scheduled_effects.append((decision.effect_month, "leave_provision", details))


def _split_observation(
    minds: Minds, setup: Setup, state: State, commissioner: int, own: int
) -> SplitObservation:
    spend = float(block_income(minds, setup, state)[own])
    code = state.bodies.codes[own]
    offers = [
        t
        for t in _candidates(minds, setup, state, commissioner)
        if _offers(minds, setup, state, commissioner, t, own, spend)
    ]
    return SplitObservation(
        spend=spend,
        quality=_quality(setup.place, state, code),
        setup_cost=_setup_pounds(setup.parameters, spend) / setup.parameters["trusts.felt_years"],
        offers={t.code: _quality(setup.place, state, t.code) for t in offers},
    )


def _quality(place: Place, state: State, code: str) -> float:
    return state.hospitals.quality_step * float(
        state.hospitals.quality[trust_row(place, state, code)]
    )


def _setup_pounds(value: Parameters, spend: float) -> float:
    """Cost to a commissioner of making a trust of services, in pounds."""
    return float(value["commissioning.transition_share"] * spend)


def _candidates(minds: Minds, setup: Setup, state: State, commissioner: int) -> list[Trust]:
    """The acute trust that a commissioner's patients use most, and its mental health provider.

    Trusts in years of deficit are not asked: they could not carry the services.
    """
    provision = state.provision
    slot = provision.setting_slot[MENTAL_HEALTH, commissioner, PATHWAYS.index("other_planned")]
    bodies = {
        main_hospital(setup.geography, state, commissioner),
        int(state.bodies.owner[provision.slot_body[slot]]),
    }
    found = [t for t in minds.trusts if t.body in bodies]
    rows = {t.code: trust_row(setup.place, state, t.code) for t in found}
    return [
        t
        for t in found
        if rows[t.code] == NOBODY or can_take_over(setup.parameters, state, rows[t.code])
    ]


def _offers(
    minds: Minds,
    setup: Setup,
    state: State,
    commissioner: int,
    agent: Trust,
    own: int,
    spend: float,
) -> bool:
    """Whether a trust offers to take the services of `commissioner` over."""
    income = float(trust_income(state)[agent.body] + block_income(minds, setup, state)[agent.body])
    observation, code = (
        view_of_two(setup.parameters, income, spend, 0.0, 0.0),
        state.bodies.codes[own],
    )
    forced = forced_option(minds, state.month, agent.code, mergers_choice.SERVICES_OFFER, code)
    decision = mergers_choice.consider_services(agent, observation, state.month, code, forced)
    record(
        state.docket, decision, *touched(setup.place, "leave_provision", (commissioner, agent.code))
    )
    return decision.chosen == "offer"


@effect("leave_provision", "minds", "setup", "state", touches=objects.of_services)
def leave_provision(
    minds: Minds, setup: Setup, state: State, commissioner: int, chosen: str
) -> None:
    """A commissioner's own services go to a trust, or are one; teams stay as they are."""
    bodies = state.bodies
    own = own_services(bodies, commissioner)
    spend = float(block_income(minds, setup, state)[own])
    bodies.owner[own] = own
    if chosen == STAND_ALONE:
        payer, heading = minds.commissioners[commissioner].body, "transition"
        cost = _setup_pounds(setup.parameters, spend)
    else:
        payer, heading = int(bodies.owner[bodies.number[chosen]]), "merger_cost"
        cost = setup.parameters["trusts.integration_cost_share"] * spend
        bodies.merge(own, payer)
    state.money.ledger.post(state.month, payer, MARKET, heading, round(cost * PENCE_PER_POUND))
    state.referrals.routes_stale = True
