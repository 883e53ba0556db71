"""What doing the work of a pathway oneself saves and costs whoever holds its contract.

Of what is paid to others the holder is spared all; of its own hospital's and own block's work only
the cost that goes with the work, since there it pays itself.
"""

from typing import NamedTuple

import numpy as np

from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.list_charges import list_of
from model.payments.money import block_receivers, clinic_cost_share
from model.payments.planned_care import planned_margins
from model.payments.prices_ahead import Mean
from model.population.demand import BLOCK_SETTINGS
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import State


class Movable(NamedTuple):
    """A year's work of a pathway that a holder could do itself, in pounds [bodies]."""

    clinics: np.ndarray  # price of clinics that hospitals hold, by whose they are
    spared: np.ndarray  # cost that goes with them
    blocks: np.ndarray  # the pathway's part of blocks, by who gets it


def movable_work(
    setup: Setup, state: State, in_force: InForce, commissioner: int, pathway: int, level: Mean
) -> Movable:
    """What commissioner k's patients need of it, as last year's referrals went.

    At a `level` of prices and cost beside today's. All clinics are taken to be hospitals', as they
    are under a contract unless its holder has them.
    """
    here = list_of(state.provision, state.practices, commissioner)
    candidate, bodies = setup.geography.candidate[here], len(state.bodies)
    clinics = state.yearbooks.last_year.clinic_spend[here, pathway]
    flow = np.where(
        candidate >= 0, clinics[:, None] * state.referrals.shares[here, :, pathway], 0.0
    )
    flow, site = flow.ravel() / PENCE_PER_POUND, np.maximum(candidate, 0).ravel()
    cost = (
        planned_margins(setup, state, in_force)[:, pathway, 1] / state.hospitals.market_forces.paid
    )
    owner = state.provision.site_owner(state.bodies)[site]
    return Movable(
        level.price * np.bincount(owner, flow, minlength=bodies),
        level.cost * np.bincount(owner, flow * cost[site], minlength=bodies),
        block_income(setup.parameters, setup.block_weights, state, commissioner, pathway)
        / PENCE_PER_POUND,
    )


def block_income(
    value: Parameters, block_weights: np.ndarray, state: State, commissioner: int, pathway: int
) -> np.ndarray:
    """What each owner gets from commissioner k's blocks for a pathway a year, in pence [bodies].

    `block_weights` [settings, 13]: parts of blocks that are for each pathway.
    """
    here = list_of(state.provision, state.practices, commissioner)
    patients, income = int(state.practices.lists[here].sum()), np.zeros(len(state.bodies))
    for s, setting in enumerate(BLOCK_SETTINGS):
        body = state.bodies.owner[block_receivers(state, setting, commissioner)[pathway]]
        per_head = value["prices.block_pence_per_head"][setting]
        income[body] += per_head * patients * block_weights[s, pathway]
    return income


def own_work(value: Parameters, payment: HospitalPayment, work: Movable, holder: int) -> float:
    """Pounds a year that a holder (an owner) has more if it does the work itself."""
    mine = np.arange(work.clinics.size) == holder
    paid = work.clinics * payment.planned_by_activity
    spared = np.where(mine, work.spared, paid).sum()
    spared += np.where(mine, work.blocks * _cost_of_blocks(value), work.blocks).sum()
    blocks = float(value["minds.own_clinic_cost_share"]) * work.blocks.sum()
    return float(spared - clinic_cost_share(value) * work.clinics.sum() - blocks)


def lost_work(value: Parameters, payment: HospitalPayment, work: Movable, body: int) -> float:
    """Pounds a year that an owner loses if another holds the contract and does the work."""
    paid = work.clinics[body] * payment.planned_by_activity
    left = 1.0 - _cost_of_blocks(value)
    return float(paid - work.spared[body] + work.blocks[body] * left)


def part_of_clinics(work: Movable, share: float) -> Movable:
    """This share of the clinics alone, as behind a single point of access."""
    return Movable(share * work.clinics, share * work.spared, 0.0 * work.blocks)


def _cost_of_blocks(value: Parameters) -> float:
    """Cost that goes with work that blocks pay for, for a pound of it."""
    removable = value["costs.removable_share_of_direct_cost"]
    return float(removable / (1.0 + value["costs.community_margin"]))
