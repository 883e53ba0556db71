"""Practices that refer to the hospitals of whoever runs or leads them: who asks, and how far."""

from typing import TYPE_CHECKING

import numpy as np

from agents.choice.organisation import Organisation
from agents.organisations.steering import STEERING, STRENGTH, SteeringView, steer
from model.deciding.boards import hospital_agents
from model.deciding.decisions import enter, forced_option
from model.hospitals.lines_ahead import year_of_referrals
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import levels_ahead
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def decide_on_steering(economy: "HealthEconomy") -> None:
    """Trusts that run practices, and organisations that a hospital leads, once a year."""
    state = economy.state
    if not STEERING.is_due(state.month):
        return
    runs = np.where(
        state.practices.owned_trust >= 0,
        state.provision.trust_owner(state.bodies)[state.practices.owned_trust],
        NOBODY,
    )
    for row, agent in hospital_agents(economy):
        _consider(economy, agent, agent.body, runs == agent.body, state.hospitals.steering[row])
    for organisation in state.integrated.organisations:
        if organisation.leader != NOBODY:
            members = state.provision.network == organisation.network
            members &= state.practices.owned_trust < 0
            leader = int(state.bodies.owner[organisation.leader])
            mind = economy.minds.organisations[organisation.code]
            _consider(economy, mind, leader, members, organisation.steering)


def _consider(
    economy: "HealthEconomy",
    agent: Organisation,
    body: int,
    practices: np.ndarray,
    now: str,
) -> None:
    """Decide for these practices [practices], if they could refer to hospitals of `body`."""
    practices = practices & (economy.state.practices.lists > 0)
    if (
        not practices.any()
        or not (economy.state.provision.site_owner(economy.state.bodies) == body).any()
    ):
        return
    tilt = "owned" if (economy.state.practices.owned_trust[practices] >= 0).all() else "member"
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
    state, rows = economy.state, np.flatnonzero(practices)
    site, own = (
        economy.setup.geography.candidate[rows],
        state.provision.site_owner(state.bodies) == body,
    )
    mine = own[site] & (site >= 0)
    per_step = float(economy.setup.parameters[f"choice.{tilt}_referral_tilt"])
    odds = {name: np.exp(per_step * (s - STRENGTH[now]) * mine) for name, s in STRENGTH.items()}
    spend = state.yearbooks.last_year.planned_spend[rows]
    there = (state.referrals.shares[rows] * mine[:, :, None]).sum(axis=1)
    patients = float(state.practices.lists[rows].sum())
    return SteeringView(
        current=now,
        referral_spend=float(spend.sum()) / PENCE_PER_POUND,
        own_share=float((there * spend).sum() / max(spend.sum(), 1e-30)),
        margin={name: left_to_own(economy, own, rows, odds[name]) for name in STRENGTH},
        resistance=economy.setup.parameters["choice.steering_pence_per_patient"]
        * patients
        / PENCE_PER_POUND,
    )


def left_to_own(
    economy: "HealthEconomy", own: np.ndarray, rows: np.ndarray, odds: np.ndarray
) -> float:
    """What planned care would leave `own` sites [sites] beyond its variable cost, pounds a year.

    If practices in `rows` referred with these odds [rows, candidates]; that of all others, too,
    who are put off by longer lists.
    """
    level, total = levels_ahead(economy, STEERING.lag_months, YEAR).mean(), 0.0
    paid, cost = np.moveaxis(planned_margins(economy) * level, 2, 0)
    for p in np.flatnonzero(economy.state.hospitals.lines.open[own].any(axis=0)).tolist():
        care = year_of_referrals(economy, p, rows, odds).worth(economy.prices, p)
        total += float(care[own] @ (paid - cost)[own, p]) / PENCE_PER_POUND
    return total


def change_steering(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """What a trust asks of the practices that it runs, or an organisation of its members."""
    state = economy.state
    trusts = economy.setup.place.trusts["trust"].tolist()
    if code in trusts:
        state.hospitals.steering[trusts.index(code)] = chosen
    for organisation in state.integrated.organisations:
        if organisation.code == code:
            organisation.steering = chosen
