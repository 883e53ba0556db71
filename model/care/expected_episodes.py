"""What one episode of care is expected to lose between teams, as care is organised now.

The rule of a patient draws episodes and, in each, which handovers are lost. Here the same chances
are added up instead of drawn: what an episode of each pathway and kind loses for the patients of a
practice, times how often residents of the place need it (`model.month.everybody`).
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from agents.numerics.products import product
from agents.patients.needs import Needs
from agents.patients.patient_tables import (
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
from model.care.flows import emergency_shares_of
from model.parameters import Parameters
from model.places.geography import Geography
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.provision import Provision
from model.state.state import State

CONDITIONS_OF = np.arange(STRATA) % 25 // 5


class Lists(NamedTuple):
    """Where lists' patients are treated [lists, candidates(, 13)]; the first axis of all tables."""

    candidate: np.ndarray  # sites [lists, candidates]
    default: np.ndarray  # candidate where most are referred [lists, 13]
    shares: np.ndarray  # of referrals
    complex_shares: np.ndarray  # of those of complex patients
    emergency: np.ndarray  # of emergencies

    def of(self, rows: np.ndarray) -> "Lists":
        """Some of the lists."""
        return Lists(*[table[rows] for table in self])


def lists_of(geography: Geography, state: State) -> Lists:
    """All lists of a place as they are."""
    return Lists(
        geography.candidate,
        state.referrals.default,
        state.referrals.shares,
        state.referrals.complex_shares,
        emergency_shares_of(geography, state.hospitals, state.practices),
    )


class EpisodeLosses(NamedTuple):
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


def losses_of_episodes(
    activity: ActivityRates, world: World, lists: Lists, only_discharges: bool = False
) -> EpisodeLosses:
    """What one episode of each kind is expected to lose, for patients of every list.

    The practices of `world` are those of `lists`. With `only_discharges` nothing is lost but on
    leaving a ward.
    """
    route = after_hub = _through(world, lists, 0, only_discharges)
    told = world.rules["overlap"][0] * world.cross["loss"].astype(np.float64)
    emergency = lists.emergency
    usual = _one_hot(lists.default, emergency.shape[1])
    hub = world.practices["hub"][:, None, :] > 0
    if hub.any():
        after_hub = _through(world, lists, 1, only_discharges)
    first = np.where(hub, route[..., HUB], 0.0)

    def then(kind: int) -> np.ndarray:
        return np.where(hub, after_hub[..., kind], route[..., kind])

    operation = activity.operation_share
    away = (1.0 - operation) * world.practices["shifted"]  # [practices, 13]
    clinic = away * ((first + then(SHIFTED)) * usual).sum(axis=1)
    seen = (1.0 - away)[:, None] * first + operation * then(PLANNED_OPERATION)
    seen += (1.0 - operation - away)[:, None] * then(PLANNED)
    kinds = [_simple_shares(activity, lists), lists.complex_shares]
    site = np.maximum(lists.candidate, 0)
    return EpisodeLosses(
        referral=np.stack([clinic + (seen * shares).sum(axis=1) for shares in kinds]),
        referral_told=np.stack([
            _told(told, (1.0 - away)[:, None] * shares + away[:, None] * usual, only_discharges)
            for shares in kinds
        ]),
        readmission=np.stack([
            operation * (world.sites["readmission"][site][:, :, None] * shares).sum(axis=1)
            for shares in kinds
        ]),
        yearly=(route[..., YEARLY] * usual).sum(axis=1),
        crisis=(route[..., CRISIS] * emergency).sum(axis=1),
        crisis_told=_told(told, emergency, only_discharges),
        death=world.rules["last_phase_share"][0]
        * (route[..., END_OF_LIFE, PLANNED] * emergency[..., END_OF_LIFE]).sum(axis=1),
    )  # fmt: skip


def _told(told: np.ndarray, shares: np.ndarray, none_lost: bool) -> np.ndarray:
    """Expected losses to teams that must know [practices, 13, 13], by who treats."""
    if none_lost:
        return np.zeros((len(shares), PATHWAYS, PATHWAYS))
    found: np.ndarray = np.einsum("gjp,gjpq->gpq", shares, told)
    return found


def _through(world: World, lists: Lists, skip: int, only_discharges: bool) -> np.ndarray:
    """Expected losses of going through an episode [practices, candidates, 13, kinds].

    The first `skip` steps are left out.
    """
    steps, rules = world.steps, world.rules[0]
    counted = (steps["high"] - steps["low"]) * (steps["edge"] == 1)
    if only_discharges:
        counted = counted * (steps["discharge"] == 1)
    found = np.zeros((*world.routes.shape[:2], PATHWAYS, KINDS))
    start = rules["episode_start"].astype(np.int64) + skip
    stop = rules["episode_stop"].astype(np.int64)
    _add_through(world, lists.candidate, counted, start, stop, found)
    return found


@compiled
def _add_through(
    world: World,
    candidate: np.ndarray,
    counted: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
    found: np.ndarray,
) -> None:
    for g in range(found.shape[0]):
        for j in range(found.shape[1]):
            site = world.sites[max(candidate[g, j], 0)]
            for p in range(PATHWAYS):
                for kind in range(KINDS):
                    rest = 0.0
                    for s in range(start[p, kind], stop[p, kind]):
                        lost = np.float64(world.routes[g, j, s].loss) * counted[s]
                        if world.steps[s].discharge == 1:
                            lost *= site.discharge_loss[p]
                        if s == start[p, kind]:
                            found[g, j, p, kind] = lost
                        else:
                            rest += lost
                    found[g, j, p, kind] += rest


def _one_hot(default: np.ndarray, candidates: int) -> np.ndarray:
    """1 for the candidate where each practice refers most [practices, candidates, 13]."""
    ones: np.ndarray = (np.arange(candidates)[None, :, None] == default[:, None, :]).astype(
        np.float64
    )
    return ones


def _simple_shares(activity: ActivityRates, lists: Lists) -> np.ndarray:
    """Where patients go whom nobody refuses [practices, candidates, 13]."""
    share = activity.complex_share
    shares: np.ndarray = (lists.shares - share * lists.complex_shares) / (1.0 - share)
    return shares


class Lost(NamedTuple):
    """Expected losses of all people of a group and stratum, if they were with a practice.

    All [groups, practices, STRATA] without case managers.
    """

    referrals: np.ndarray  # a month
    yearly: np.ndarray  # a month
    death: np.ndarray  # a month
    crisis: np.ndarray  # if each had a crisis
    readmissions: np.ndarray  # not losses: emergencies a month after operations


def lost_by_stratum(needs: Needs, losses: EpisodeLosses, world: World) -> Lost:
    """What people need times what an episode loses."""
    yearly = _product(losses.yearly, needs.yearly)
    referrals, again = np.zeros_like(yearly), np.zeros_like(yearly)
    simple = world.rules["complex_conditions"][0] > CONDITIONS_OF
    for kind, rows in enumerate((simple, ~simple)):
        referrals[:, :, rows] = _product(losses.referral[kind], needs.planned[:, rows])
        if losses.referral_told.any():
            told = _product(losses.referral_told[kind], needs.planned_known[:, rows])
            referrals[:, :, rows] += told
        again[:, :, rows] = _product(losses.readmission[kind], needs.planned[:, rows])
    crisis = _product(losses.crisis, needs.crisis)
    if losses.crisis_told.any():
        crisis += _product(losses.crisis_told, needs.crisis_known)
    death = losses.death[:, None] * needs.death[:, None]
    referred = world.practices["referral"][:, None]
    return Lost(referrals * referred, yearly, death, crisis, again * referred)


def _product(losses: np.ndarray, needs: np.ndarray) -> np.ndarray:
    """Losses of every practice times needs, summed [groups, practices, strata]."""
    groups, strata = needs.shape[:2]
    flat = needs.reshape(groups * strata, -1)
    rows = np.ascontiguousarray(losses.reshape(len(losses), -1))
    found = product(rows, np.ascontiguousarray(flat.T))
    lost: np.ndarray = found.reshape(len(losses), groups, strata).swapaxes(0, 1)
    return lost


def readmission_shares(
    value: Parameters, provision: Provision, hospitals: Hospitals, step: float = 0.0
) -> np.ndarray:
    """Return the share of operations that a readmission follows at each site [sites].

    With `step` steps more than the quality that sites have.
    """
    quality = hospitals.site_quality(provision) + value["options.quality_step"] * step
    better = (1.0 + value["quality.readmissions_per_sd"]) ** quality
    shares: np.ndarray = value["quality.readmission_share"] * better
    return shares
