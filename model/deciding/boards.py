"""Which providers decide for themselves, and what they run."""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisations.trust import Trust

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


HOSPITAL_KINDS = ("acute", "independent")


def providers(economy: "HealthEconomy") -> list[tuple[int, Trust]]:
    """Trusts and independents of the place that own themselves, with their row among trusts."""
    bodies = economy.state.bodies
    row = {code: r for r, code in enumerate(economy.setup.place.trusts["trust"])}
    return [
        (row[agent.code], agent)
        for agent in economy.minds.trusts
        if agent.code in row and bodies.owner[agent.body] == agent.body
    ]


def hospital_agents(economy: "HealthEconomy") -> list[tuple[int, Trust]]:
    """Acute trusts and independents that still own themselves, with their row among trusts."""
    kinds = economy.state.bodies.kinds
    return [
        (row, agent) for row, agent in providers(economy) if kinds[agent.body] in HOSPITAL_KINDS
    ]


def sites_of(economy: "HealthEconomy", agent: Trust) -> np.ndarray:
    provision, owner = economy.state.provision, economy.state.bodies.owner
    return np.flatnonzero(owner[provision.slot_body[provision.site_slot]] == agent.body)
