"""How a contract is delivered: by others, or by whoever holds it; how it begins and ends."""

from agents.organisations.trust import DELIVERY, DeliveryObservation, Trust
from agents.patients.patient_tables import World
from model.care.links import change_hands
from model.care.routes import holder_slot
from model.commissioners.bids import (
    WAYS,
    diverted,
    gains_of,
    incumbent,
    transition_pence,
)
from model.commissioners.prime_work import (
    movable_work,
)
from model.deciding import objects
from model.deciding.decisions import forced_option, record
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.deciding.objects import contract as contract_object
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.in_force import InForce
from model.payments.planned_care import YEAR
from model.payments.prices_ahead import levels_ahead
from model.policies.policy import PathwayContract
from model.population.journeys import COMMUNITY
from model.state.bodies import MARKET
from model.state.contracts import Prime
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import (
    ANY,
    CHOICE_RULES,
    NOBODY,
    SUBCONTRACT,
    Losses,
)
from model.state.setup import Setup
from model.state.state import State


@effect("start_prime", "minds", "setup", "state", "in_force", "world", touches=objects.of_award)
def start_prime(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    code: str,
    price: float,
) -> None:
    """A prime contract goes live: holder, links, access, choice; then who does the work.

    `contract`: as the policy writes it; `code`: of the holder; `price`: pounds a year.
    """
    provision = state.provision
    holder = state.bodies.number[code]
    is_new = change_hands(
        setup.parameters,
        setup.losses,
        state,
        commissioner,
        pathway,
        incumbent(setup, state, commissioner, pathway),
        holder,
    )
    provision.prime_slot[commissioner, pathway] = holder_slot(provision, holder, commissioner)
    transition = (
        transition_pence(setup, state, in_force.payment, commissioner, pathway) if is_new else 0
    )
    if transition:
        payer = minds.commissioners[commissioner].body
        state.money.ledger.post(state.month, payer, MARKET, "transition", transition)
    provision.hub[commissioner, pathway] = contract.single_point_of_access
    provision.choice_rule[commissioner, pathway] = CHOICE_RULES[contract.choice]
    state.contracts.primes.append(
        Prime(
            commissioner,
            pathway,
            holder,
            round(price * PENCE_PER_POUND / 12),
            state.month,
            state.month + 12 * contract.term_years,
            contract,
            transition,
        )
    )
    _decide_delivery(minds, setup, state, in_force, world, contract, commissioner, pathway, code)
    state.referrals.routes_stale = True


def _decide_delivery(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    code: str,
) -> None:
    chosen = str(contract.delivery)
    if chosen == "decide":
        agent = next(t for t in minds.trusts if t.code == code)
        observation = delivery_observation(
            setup, state, in_force, world, contract, commissioner, pathway, agent
        )
        about = f"{PATHWAYS[pathway]} {minds.commissioners[commissioner].code}"
        forced = forced_option(minds, state.month, code, DELIVERY, about)
        decision = agent.consider_delivery(observation, state.month, about, forced)
        record(state.docket, decision, contract_object(setup.place, commissioner, pathway))
        chosen = decision.chosen
    state.provision.delivery[commissioner, pathway] = WAYS[chosen]


def delivery_observation(
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    agent: Trust,
) -> DeliveryObservation:
    """What the holder of a contract sees of doing the work itself, now that it has begun.

    What it has behind a single point of access is its own either way.
    """
    level = levels_ahead(
        setup.place, setup.parameters, state, in_force, 0, YEAR * contract.term_years
    ).mean()
    work = movable_work(setup, state, in_force, commissioner, pathway, level)
    link = state.provision.prime_link[commissioner, pathway]
    gains = gains_of(
        setup,
        state,
        in_force,
        world,
        contract,
        commissioner,
        pathway,
        work,
        agent.body,
        float(link),
    )
    clinics = work.clinics.sum() * (1.0 - diverted(setup.parameters, contract))
    return DeliveryObservation(
        line=PATHWAYS[pathway],
        movable=float(clinics + work.blocks.sum()),
        gain=gains["do_the_work"] - gains["subcontract"],
    )


def end_prime(value: Parameters, losses: Losses, state: State, prime: Prime) -> None:
    """A contract is over; unless another was awarded, the work goes back to who did it before.

    `prime`: the contract and who holds it.
    """
    provision, k, p = state.provision, prime.commissioner, prime.pathway
    state.contracts.primes.remove(prime)
    if not any(other.commissioner == k and other.pathway == p for other in state.contracts.primes):
        provision.prime_slot[k, p], provision.hub[k, p] = NOBODY, 0
        provision.delivery[k, p], provision.choice_rule[k, p] = SUBCONTRACT, ANY
        community = provision.slot_body[provision.setting_slot[COMMUNITY, k, p]]
        change_hands(value, losses, state, k, p, prime.holder, int(community))
    state.referrals.routes_stale = True
