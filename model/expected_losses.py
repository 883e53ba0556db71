"""How many handovers people with several conditions can expect to lose, as care is organised now.

The rule of a patient draws episodes and, in each, which handovers are lost. Here the same chances
are added up instead of drawn: what an episode of each pathway and kind loses for the patients of a
practice, times how often people need it. Needs are means over residents of the place of one age
band, number of conditions and fifth, who are the same however many patients are simulated
(`model.expected_needs`); how many such people a practice has follows from its ages and deprivation
at full scale. Of the patients simulated nothing enters but what lost handovers do to the chance of
a crisis. What is left of chance is told by leaving out one tenth of the people after another
(delete-a-group jackknife: Kott, Journal of Official Statistics 2001).
"""

from typing import NamedTuple

import numpy as np

from agents.needs import GROUPS_OF_PEOPLE, Needs, harm_of
from agents.patient_rules import LAST_PHASE_SHARE
from agents.patient_tables import (
    COMPLEX,
    CRISIS,
    END_OF_LIFE,
    HUB,
    KINDS,
    PATHWAYS,
    PLANNED,
    PLANNED_OPERATION,
    SHIFTED,
    STRATA,
    YEARLY,
    World,
)
from model.arrangement import managed_groups
from model.expected_needs import CELL, Everybody
from model.flows import emergency_shares_of
from model.setup import Setup
from model.state import State

MONTHS_OF_100_YEARS = 1200.0
CONDITIONS_OF = np.arange(STRATA) % 25 // 5
MANY = CONDITIONS_OF >= 2


class Losses(NamedTuple):
    """Expected losses of one episode, and readmissions, for patients of every practice.

    A first axis of two tells simple patients from complex ones, whom some hospitals refuse.
    """

    referral: np.ndarray  # [2, practices, 13]
    referral_told: np.ndarray  # [2, practices, 13, 13], if the team of q must know
    readmission: np.ndarray  # [2, practices, 13], chance after a referral; not a loss
    yearly: np.ndarray  # [practices, 13]
    crisis: np.ndarray  # [practices, 13]
    crisis_told: np.ndarray  # [practices, 13, 13]
    death: np.ndarray  # [practices]


def expected_losses(setup: Setup, state: State, world: World) -> np.ndarray:
    """Lost handovers per 100 person-years of those with two or more conditions, by area.

    [areas, 1 + groups]: of everybody, and without each group of people in turn.
    """
    known = setup.everybody
    needs, harmed = known.needs, harm_of(state.people, world, state.month)
    planned, crisis, again = _lost(needs, losses_of_episodes(setup, state, world), world)
    managed, rates = _managed(known, state, world), []
    for left_out in range(-1, GROUPS_OF_PEOPLE):
        everyone, people = (_without(sums, left_out) for sums in needs[:2])
        many = _many_of_practices(everyone, people, known.cells)
        size = np.maximum(people, 1.0)
        crises = _crises(_harm(_without(harmed, left_out)), world)
        crises = crises + _without(again, left_out) / size
        lost = _without(crisis, left_out) * crises
        lost = (lost + _without(planned, left_out)) * many * managed / size
        rates.append(_by_area(setup, state, lost.sum(axis=1), many.sum(axis=1)))
    return np.stack(rates, axis=1)


def _harm(harmed: np.ndarray) -> np.ndarray:
    """Mean factor of lost handovers on the hazard of a crisis [STRATA]; of all where nobody is."""
    people, factor = harmed.T
    mean = factor.sum() / people.sum() if people.any() else 1.0
    return np.where(people > 0, factor / np.maximum(people, 1.0), mean)


def _without(sums: np.ndarray, left_out: int) -> np.ndarray:
    """Sums over all groups of people (first axis) but one; -1 leaves out none."""
    whole = sums.sum(axis=0)
    return whole if left_out < 0 else whole - sums[left_out]


def losses_of_episodes(setup: Setup, state: State, world: World) -> Losses:
    """What one episode of each kind is expected to lose, for patients of every practice."""
    route, after_hub = _routes(setup, world, 0), _routes(setup, world, 1)
    told = world.rules["overlap"][0] * world.cross["loss"].astype(np.float64)
    emergency = emergency_shares_of(setup, state)
    usual = _one_hot(state.default, state.shares.shape[1])
    hub = world.practices["hub"][:, None, :] > 0
    first = np.where(hub, route[..., HUB], 0.0)

    def then(kind: int) -> np.ndarray:
        return np.where(hub, after_hub[..., kind], route[..., kind])

    operation = setup.activity.operation_share
    away = (1.0 - operation) * world.practices["shifted"]  # [practices, 13]
    clinic = away * ((first + then(SHIFTED)) * usual).sum(axis=1)
    seen = (1.0 - away)[:, None] * first + operation * then(PLANNED_OPERATION)
    seen += (1.0 - operation - away)[:, None] * then(PLANNED)
    kinds = [_simple_shares(setup, state), state.complex_shares]
    site = np.maximum(setup.geography.candidate, 0)
    return Losses(
        referral=np.stack([clinic + (seen * shares).sum(axis=1) for shares in kinds]),
        referral_told=np.stack([
            _told(told, (1.0 - away)[:, None] * shares + away[:, None] * usual) for shares in kinds
        ]),
        readmission=np.stack([
            operation * (world.sites["readmission"][site][:, :, None] * shares).sum(axis=1)
            for shares in kinds
        ]),
        yearly=(route[..., YEARLY] * usual).sum(axis=1),
        crisis=(route[..., CRISIS] * emergency).sum(axis=1),
        crisis_told=_told(told, emergency),
        death=LAST_PHASE_SHARE
        * (route[..., END_OF_LIFE, PLANNED] * emergency[..., END_OF_LIFE]).sum(axis=1),
    )  # fmt: skip


def _told(told: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Expected losses to teams that must know [practices, 13, 13], by who treats."""
    return np.einsum("gjp,gjpq->gpq", shares, told)


def _routes(setup: Setup, world: World, skip: int) -> np.ndarray:
    """Expected losses of going through an episode [practices, candidates, 13, kinds].

    The first `skip` steps are left out.
    """
    steps, rules = world.steps, world.rules[0]
    loss = world.routes["loss"] * ((steps["high"] - steps["low"]) * (steps["edge"] == 1))
    pathway = setup.journeys.step_pathway.astype(np.int64)
    site = np.maximum(setup.geography.candidate, 0)
    leaving = world.sites["discharge_loss"][site][:, :, pathway]
    loss = loss * np.where(steps["discharge"] == 1, leaving, 1.0)
    found = np.zeros((*loss.shape[:2], PATHWAYS, KINDS))
    for p in range(PATHWAYS):
        for kind in range(KINDS):
            start, stop = rules["episode_start"][p, kind], rules["episode_stop"][p, kind]
            found[:, :, p, kind] = loss[:, :, start + skip : max(stop, start + skip)].sum(axis=2)
    return found


def _one_hot(default: np.ndarray, candidates: int) -> np.ndarray:
    """1 for the candidate where each practice refers most [practices, candidates, 13]."""
    return (np.arange(candidates)[None, :, None] == default[:, None, :]).astype(np.float64)


def _simple_shares(setup: Setup, state: State) -> np.ndarray:
    """Where patients go whom nobody refuses [practices, candidates, 13]."""
    share = setup.activity.complex_share
    return (state.shares - share * state.complex_shares) / (1.0 - share)


def _managed(known: Everybody, state: State, world: World) -> np.ndarray:
    """Factor on losses from case managers, who see those at highest risk [practices, STRATA]."""
    everyone = np.maximum(np.bincount(known.stratum, minlength=STRATA), 1)
    factor = np.ones((len(world.practices), STRATA))
    for practices, share in managed_groups(state):
        line = known.line(practices, state.lists.astype(np.float64), share)
        over = np.bincount(known.stratum[known.risk >= line], minlength=STRATA) / everyone
        factor[practices] = 1.0 - over * (1.0 - world.rules["coordination_loss"][0])
    return factor


def _many_of_practices(everyone: np.ndarray, people: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Share of each list that is of a stratum with two or more conditions [practices, STRATA]."""
    in_cell = np.bincount(CELL, weights=everyone, minlength=cells.shape[1])
    return cells[:, CELL] * people / np.maximum(in_cell[CELL], 1.0)


def _lost(needs: Needs, losses: Losses, world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected losses of all people a month, of all if each had a crisis, and readmissions.

    All [groups, practices, STRATA], as if everybody were with that practice without managers.
    """
    lost = _product(losses.yearly, needs.yearly) + losses.death[:, None] * needs.death[:, None]
    of_referrals, again = np.zeros_like(lost), np.zeros_like(lost)
    simple = MANY & (CONDITIONS_OF < COMPLEX)
    for kind, rows in enumerate((simple, MANY & ~simple)):
        of_referrals[:, :, rows] = _product(losses.referral[kind], needs.planned[:, rows])
        told = _product(losses.referral_told[kind], needs.planned_known[:, rows])
        of_referrals[:, :, rows] += told
        again[:, :, rows] = _product(losses.readmission[kind], needs.planned[:, rows])
    referred = world.practices["referral"][:, None]
    of_crises = _product(losses.crisis, needs.crisis)
    of_crises[:, :, MANY] += _product(losses.crisis_told, needs.crisis_known[:, MANY])
    return lost + of_referrals * referred, of_crises, again * referred


def _product(losses: np.ndarray, needs: np.ndarray) -> np.ndarray:
    """Losses of every practice times needs, summed [groups, practices, strata]."""
    groups, strata = needs.shape[:2]
    flat = needs.reshape(groups * strata, -1)
    # Not a product of matrices: that would start threads of its own, for little.
    found = np.einsum("gf,sf->gs", losses.reshape(len(losses), -1), flat)
    return found.reshape(len(losses), groups, strata).swapaxes(0, 1)


def _crises(harm: np.ndarray, world: World) -> np.ndarray:
    """Expected emergency admissions a month of one person [practices, STRATA]."""
    strata, prevention = world.strata, world.practices["prevention"][:, None]
    preventable = strata["preventable_share"]
    care = 1.0 - preventable + preventable * prevention  # as `agents.crises.care_factor`
    return np.minimum(strata["emergency_rate"] * care * harm / strata["anchor"], 1.0)


def _by_area(setup: Setup, state: State, lost: np.ndarray, many: np.ndarray) -> np.ndarray:
    """The rate of each area from those of the practices that look after its people [areas]."""
    areas, practice = len(setup.place.areas), state.pair_practice
    area, patients = setup.geography.pair_area, state.pair_patients
    above = np.bincount(area, weights=patients * lost[practice], minlength=areas)
    below = np.bincount(area, weights=patients * many[practice], minlength=areas)
    return MONTHS_OF_100_YEARS * above / np.where(below > 0.0, below, np.nan)
