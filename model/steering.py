"""Practices that refer to the hospitals of whoever runs or leads them: who asks, and how far."""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisation import Organisation
from agents.steering import STEERING, STRENGTH, SteeringView, steer
from model.care import NOBODY
from model.deliberation import PENCE, enter, forced_option, hospital_agents
from model.market_forces import cost_to_price
from model.setup import Setup
from model.state import State

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def leaning(setup: Setup, state: State) -> tuple[np.ndarray, np.ndarray]:
    """How far each practice leans to a body's hospitals, in logits, and to which [practices].

    A practice that a trust runs leans to it; a member of an organisation to the body that leads.
    """
    owner, value = state.bodies.owner, setup.parameters
    tilt = np.zeros(state.lists.size)
    towards = np.full(state.lists.size, NOBODY, dtype=np.int64)
    for organisation in state.organisations:
        if organisation.leader != NOBODY:
            members = state.provision.network == organisation.network
            strength = STRENGTH[organisation.steering]
            tilt[members] = value["choice.member_referral_tilt"] * strength
            towards[members] = owner[organisation.leader]
    run = np.flatnonzero(state.owned_trust >= 0)
    strengths = np.array([STRENGTH[name] for name in asked_by_owner(state)])
    tilt[run] = value["choice.owned_referral_tilt"] * strengths[state.owned_trust[run]]
    towards[run] = state.trust_owner()[state.owned_trust[run]]
    return tilt, towards


def asked_by_owner(state: State) -> list[str]:
    """What is asked of the practices that each trust took over, by whoever owns it now [trusts]."""
    trusts = state.provision.slot_body[: len(state.steering)].tolist()
    asked = dict(zip(trusts, state.steering, strict=True))
    return [asked[owner] for owner in state.trust_owner().tolist()]


def lean(setup: Setup, state: State, practices: np.ndarray, site: np.ndarray) -> np.ndarray:
    """Factor on the odds of sites [rows, sites] with `practices` [rows]."""
    tilt, towards = leaning(setup, state)
    own = state.site_owner()[site] == towards[practices][:, None]
    return np.where(own, np.exp(tilt[practices])[:, None], 1.0)


def decide_on_steering(economy: "HealthEconomy") -> None:
    """Trusts that run practices, and organisations that a hospital leads, once a year."""
    state = economy.state
    if not STEERING.is_due(state.month):
        return
    runs = np.where(state.owned_trust >= 0, state.trust_owner()[state.owned_trust], NOBODY)
    for row, agent in hospital_agents(economy):
        _consider(economy, agent, agent.body, runs == agent.body, state.steering[row])
    for organisation in state.organisations:
        if organisation.leader != NOBODY:
            members = state.provision.network == organisation.network
            members &= state.owned_trust < 0
            leader = int(state.bodies.owner[organisation.leader])
            mind = economy.minds.organisations[organisation.code]
            _consider(economy, mind, leader, members, organisation.steering)


def _consider(
    economy: "HealthEconomy", agent: Organisation, body: int, practices: np.ndarray, now: str
) -> None:
    """Decide for these practices [practices], if they could refer to hospitals of `body`."""
    practices = practices & (economy.state.lists > 0)
    if not practices.any() or not (economy.state.site_owner() == body).any():
        return
    tilt = "owned" if (economy.state.owned_trust[practices] >= 0).all() else "member"
    if economy.setup.parameters[f"choice.{tilt}_referral_tilt"] <= 0.0:
        return
    view = steering_view(economy, body, practices, now, tilt)
    forced = forced_option(economy, agent.code, STEERING)
    decision = steer(agent, view, economy.state.month, forced)
    enter(economy, decision, "steering", (agent.code, decision.chosen))


def steering_view(
    economy: "HealthEconomy", body: int, practices: np.ndarray, now: str, tilt: str
) -> SteeringView:
    """What referrals of these practices bring to the hospitals of `body`, by what is asked."""
    state, setup, prices = economy.state, economy.setup, economy.prices
    site = np.maximum(setup.geography.candidate[practices], 0)
    own = (state.site_owner()[site] == body) & (setup.geography.candidate[practices] >= 0)
    share = np.clip((state.shares[practices] * own[:, :, None]).sum(axis=1), 0.0, 1.0)
    spend = state.last_year.planned_spend[practices] / PENCE
    per_step = float(setup.parameters[f"choice.{tilt}_referral_tilt"])
    cost = (spend * prices.planned_cost * (prices.variable + prices.semi_fixed)).sum()
    cost *= cost_to_price(state, state.site_owner() == body)
    total = max(float(spend.sum()), 1e-30)
    patients = float(state.lists[practices].sum())
    return SteeringView(
        current=now,
        referral_spend=total,
        share={
            name: float((shifted(share, per_step * (s - STRENGTH[now])) * spend).sum() / total)
            for name, s in STRENGTH.items()
        },
        margin=float(economy.payment.planned_by_activity) - float(cost) / total,
        resistance=setup.parameters["choice.steering_pence_per_patient"] * patients / PENCE,
    )


def shifted(share: np.ndarray, logits: float) -> np.ndarray:
    """Shares after their odds have risen by so many logits."""
    odds = np.exp(logits)
    return share * odds / (1.0 - share + share * odds)


def change_steering(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """What a trust asks of the practices that it runs, or an organisation of its members."""
    state = economy.state
    trusts = economy.setup.place.trusts["trust"].tolist()
    if code in trusts:
        state.steering[trusts.index(code)] = chosen
    for organisation in state.organisations:
        if organisation.code == code:
            organisation.steering = chosen
