"""Which providers decide for themselves, and what they run."""

import numpy as np

from agents.organisations.trust import Trust
from model.deciding.minds import Minds
from model.places.place import Place
from model.state.bodies import Bodies
from model.state.provision import Provision

HOSPITAL_KINDS = ("acute", "independent")


def providers(minds: Minds, place: Place, bodies: Bodies) -> list[tuple[int, Trust]]:
    """Trusts and independents of the place that own themselves, with their row among trusts."""
    row = {code: r for r, code in enumerate(place.trusts["trust"])}
    return [
        (row[agent.code], agent)
        for agent in minds.trusts
        if agent.code in row and bodies.owner[agent.body] == agent.body
    ]


def hospital_agents(minds: Minds, place: Place, bodies: Bodies) -> list[tuple[int, Trust]]:
    """Acute trusts and independents that still own themselves, with their row among trusts."""
    kinds = bodies.kinds
    return [
        (row, agent)
        for row, agent in providers(minds, place, bodies)
        if kinds[agent.body] in HOSPITAL_KINDS
    ]


def sites_of(bodies: Bodies, provision: Provision, agent: Trust) -> np.ndarray:
    owner = bodies.owner
    return np.flatnonzero(owner[provision.slot_body[provision.site_slot]] == agent.body)
