"""How far practices lean to the hospitals of whoever runs or leads them."""

import numpy as np

from agents.decisions.steering_choice import STRENGTH
from model.parameters import Parameters
from model.state.bodies import Bodies
from model.state.provision import NOBODY, Provision
from model.state.state import State


def referral_tilts(value: Parameters, state: State) -> tuple[np.ndarray, np.ndarray]:
    """How far each practice leans to a body's hospitals, in logits, and to which [practices].

    A practice that a trust runs leans to it; a member of an organisation to the body that leads.
    """
    owner, strength = state.bodies.owner, STRENGTH.of(value)
    tilt = np.zeros(state.practices.lists.size)
    towards = np.full(state.practices.lists.size, NOBODY, dtype=np.int64)
    for organisation in state.integrated.organisations:
        if organisation.leader != NOBODY:
            members = state.provision.network == organisation.network
            asked = strength[organisation.steering]
            tilt[members] = value["choice.member_referral_tilt"] * asked
            towards[members] = owner[organisation.leader]
    run = np.flatnonzero(state.practices.owned_trust >= 0)
    strengths = np.array([strength[name] for name in asked_by_owner(state)])
    tilt[run] = value["choice.owned_referral_tilt"] * strengths[state.practices.owned_trust[run]]
    towards[run] = state.provision.trust_owner(state.bodies)[state.practices.owned_trust[run]]
    return tilt, towards


def asked_by_owner(state: State) -> list[str]:
    """What is asked of the practices that each trust took over, by whoever owns it now [trusts]."""
    trusts = state.provision.slot_body[: len(state.hospitals.steering)].tolist()
    asked = dict(zip(trusts, state.hospitals.steering, strict=True))
    return [asked[owner] for owner in state.provision.trust_owner(state.bodies).tolist()]


def referral_odds(
    value: Parameters, state: State, practices: np.ndarray, site: np.ndarray
) -> np.ndarray:
    """Factor on the odds of sites [rows, sites] with `practices` [rows]."""
    tilt, towards = referral_tilts(value, state)
    return odds_of_own(state.bodies, state.provision, tilt[practices], towards[practices], site)


def odds_of_own(
    bodies: Bodies, provision: Provision, tilt: np.ndarray, towards: np.ndarray, site: np.ndarray
) -> np.ndarray:
    """Factor on the odds of sites [rows, sites] for those who lean so far to bodies [rows]."""
    own = provision.site_owner(bodies)[site] == towards[:, None]
    return np.where(own, np.exp(tilt)[:, None], 1.0)
