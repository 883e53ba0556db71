"""Practices that refer to the hospitals of whoever runs or leads them: who asks, and how far."""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisation import Organisation
from agents.steering import STEERING, STRENGTH, SteeringView, steer
from model.care import NOBODY
from model.deliberation import PENCE, enter, forced_option, hospital_agents
from model.planned_care import Outlook, left_to, look_ahead

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def decide_on_steering(economy: "HealthEconomy") -> None:
    """Trusts that run practices, and organisations that a hospital leads, once a year."""
    state = economy.state
    if not STEERING.is_due(state.month):
        return
    seen = look_ahead(economy)
    runs = np.where(state.owned_trust >= 0, state.trust_owner()[state.owned_trust], NOBODY)
    for row, agent in hospital_agents(economy):
        _consider(economy, seen, agent, agent.body, runs == agent.body, state.steering[row])
    for organisation in state.organisations:
        if organisation.leader != NOBODY:
            members = state.provision.network == organisation.network
            members &= state.owned_trust < 0
            leader = int(state.bodies.owner[organisation.leader])
            mind = economy.minds.organisations[organisation.code]
            _consider(economy, seen, mind, leader, members, organisation.steering)


def _consider(
    economy: "HealthEconomy",
    seen: Outlook,
    agent: Organisation,
    body: int,
    practices: np.ndarray,
    now: str,
) -> None:
    """Decide for these practices [practices], if they could refer to hospitals of `body`."""
    practices = practices & (economy.state.lists > 0)
    if not practices.any() or not (economy.state.site_owner() == body).any():
        return
    tilt = "owned" if (economy.state.owned_trust[practices] >= 0).all() else "member"
    if economy.setup.parameters[f"choice.{tilt}_referral_tilt"] <= 0.0:
        return
    view = steering_view(economy, seen, body, practices, now, tilt)
    forced = forced_option(economy, agent.code, STEERING)
    decision = steer(agent, view, economy.state.month, forced)
    enter(economy, decision, "steering", (agent.code, decision.chosen))


def steering_view(
    economy: "HealthEconomy", seen: Outlook, body: int, practices: np.ndarray, now: str, tilt: str
) -> SteeringView:
    """What referrals of these practices bring to the hospitals of `body`, by what is asked."""
    state, rows = economy.state, np.flatnonzero(practices)
    site, own = economy.setup.geography.candidate[rows], state.site_owner() == body
    mine = own[site] & (site >= 0)
    per_step = float(economy.setup.parameters[f"choice.{tilt}_referral_tilt"])
    odds = {name: np.exp(per_step * (s - STRENGTH[now]) * mine) for name, s in STRENGTH.items()}
    spend = state.last_year.planned_spend[rows]
    there = (state.shares[rows] * mine[:, :, None]).sum(axis=1)
    patients = float(state.lists[rows].sum())
    return SteeringView(
        current=now,
        referral_spend=float(spend.sum()) / PENCE,
        own_share=float((there * spend).sum() / max(spend.sum(), 1e-30)),
        margin={k: float(left_to(economy, seen, rows, own, odds[k]).sum()) for k in STRENGTH},
        resistance=economy.setup.parameters["choice.steering_pence_per_patient"] * patients / PENCE,
    )


def change_steering(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """What a trust asks of the practices that it runs, or an organisation of its members."""
    state = economy.state
    trusts = economy.setup.place.trusts["trust"].tolist()
    if code in trusts:
        state.steering[trusts.index(code)] = chosen
    for organisation in state.organisations:
        if organisation.code == code:
            organisation.steering = chosen
