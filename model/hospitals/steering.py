"""Practices that refer to the hospitals of whoever runs or leads them: who asks, and how far."""

import numpy as np

from agents.choice.organisation import Organisation
from agents.decisions.steering_choice import STEERING, STRENGTH, SteeringObservation, steer
from agents.patients.patient_tables import World
from model.deciding import objects
from model.deciding.boards import hospital_agents
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.hospitals.lines_ahead import year_of_referrals
from model.payments.in_force import InForce
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import levels_ahead
from model.places.place import Place
from model.state.hospitals import Hospitals
from model.state.integrated import IntegratedCare
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY
from model.state.setup import Setup
from model.state.state import State


def decide_on_steering(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Trusts that run practices, and organisations that a hospital leads, once a year."""
    if not STEERING.is_due(state.month):
        return
    runs = np.where(
        state.practices.owned_trust >= 0,
        state.provision.trust_owner(state.bodies)[state.practices.owned_trust],
        NOBODY,
    )
    for row, agent in hospital_agents(minds, setup.place, state.bodies):
        _consider(
            minds,
            setup,
            state,
            in_force,
            world,
            agent,
            agent.body,
            runs == agent.body,
            state.hospitals.steering[row],
        )
    for organisation in state.integrated.organisations:
        if organisation.leader != NOBODY:
            members = state.provision.network == organisation.network
            members &= state.practices.owned_trust < 0
            leader = int(state.bodies.owner[organisation.leader])
            mind = minds.organisations[organisation.code]
            _consider(
                minds, setup, state, in_force, world, mind, leader, members, organisation.steering
            )


def _consider(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    agent: Organisation,
    body: int,
    practices: np.ndarray,
    now: str,
) -> None:
    """Decide for these practices [practices], if they could refer to hospitals of `body`."""
    practices = practices & (state.practices.lists > 0)
    if not practices.any() or not (state.provision.site_owner(state.bodies) == body).any():
        return
    tilt = "owned" if (state.practices.owned_trust[practices] >= 0).all() else "member"
    if setup.parameters[f"choice.{tilt}_referral_tilt"] <= 0.0:
        return
    observation = steering_observation(setup, state, in_force, world, body, practices, now, tilt)
    forced = forced_option(minds, state.month, agent.code, STEERING)
    decision = steer(agent, observation, state.month, forced)
    schedule_effect(setup.place, state.docket, decision, "steering", (agent.code, decision.chosen))


def steering_observation(
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    body: int,
    practices: np.ndarray,
    now: str,
    tilt: str,
) -> SteeringObservation:
    """What referrals of these practices bring to the hospitals of `body`, by what is asked."""
    rows = np.flatnonzero(practices)
    site = setup.geography.candidate[rows]
    own = state.provision.site_owner(state.bodies) == body
    mine = own[site] & (site >= 0)
    per_step = float(setup.parameters[f"choice.{tilt}_referral_tilt"])
    strength = STRENGTH.of(setup.parameters)
    odds = {name: np.exp(per_step * (s - strength[now]) * mine) for name, s in strength.items()}
    spend = state.yearbooks.last_year.planned_spend[rows]
    there = (state.referrals.shares[rows] * mine[:, :, None]).sum(axis=1)
    patients = float(state.practices.lists[rows].sum())
    return SteeringObservation(
        current=now,
        referral_spend=float(spend.sum()) / PENCE_PER_POUND,
        own_share=float((there * spend).sum() / max(spend.sum(), 1e-30)),
        margin={
            name: left_to_own(setup, state, in_force, world, own, rows, odds[name])
            for name in strength
        },
        resistance=setup.parameters["choice.steering_pence_per_patient"]
        * patients
        / PENCE_PER_POUND,
    )


def left_to_own(
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    own: np.ndarray,
    rows: np.ndarray,
    odds: np.ndarray,
) -> float:
    """What planned care would leave `own` sites [sites] beyond its variable cost, pounds a year.

    If practices in `rows` referred with these odds [rows, candidates]; that of all others, too,
    who are put off by longer lists.
    """
    lag = STEERING.of(setup.parameters).lag_months
    level = levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR).mean()
    total = 0.0
    paid, cost = np.moveaxis(planned_margins(setup, state, in_force) * level, 2, 0)
    for p in np.flatnonzero(state.hospitals.lines.open[own].any(axis=0)).tolist():
        care = year_of_referrals(setup, state, in_force.prices, world, p, rows, odds).worth(
            in_force.prices, p
        )
        total += float(care[own] @ (paid - cost)[own, p]) / PENCE_PER_POUND
    return total


@effect(
    "steering",
    "setup.place",
    "state.hospitals",
    "state.integrated",
    touches=objects.of_code("steering"),
)
def change_steering(
    place: Place, hospitals: Hospitals, integrated: IntegratedCare, code: str, chosen: str
) -> None:
    """What a trust asks of the practices that it runs, or an organisation of its members."""
    trusts = place.trusts["trust"].tolist()
    if code in trusts:
        hospitals.steering[trusts.index(code)] = chosen
    for organisation in integrated.organisations:
        if organisation.code == code:
            organisation.steering = chosen
