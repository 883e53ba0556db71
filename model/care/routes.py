"""Who serves which step of a pathway for whom, and what is lost when care is handed over.

`Provision` holds the facts that policies, contracts and decisions change: which provider serves a
setting, who employs a team, who holds a prime contract, which bodies share records or joint teams.
`routes` turns them into the tables that a patient's month looks up: the team of every step, the
boundary of every handover and the probability that it is lost.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import lean
from agents.numerics.rule_types import Field, Whole
from agents.patients.patient_tables import PATHWAYS, SHIFTED
from model.population.journeys import Journeys
from model.state.provision import (
    COMMUNITY,
    DO_THE_WORK,
    HOSPITAL,
    HUB_SETTING,
    NOBODY,
    PRACTICE,
    Losses,
    Provision,
    RouteTables,
    add_slot,
)


def fill_routes(
    tables: RouteTables,
    provision: Provision,
    journeys: Journeys,
    candidate: np.ndarray,
    default: np.ndarray,
    owner: np.ndarray,
    losses: Losses,
) -> None:
    """Work out every route anew; `candidate` [practices, J] sites, `default` [practices, 13]."""
    _fill(tables, _who(provision, owner), journeys, candidate, default, losses)


def networks_of(provision: Provision) -> np.ndarray:
    """The networks in which each practice has any part [practices, most], NOBODY beyond them."""
    mine = provision.practice_body
    has = (provision.network_link[:, mine] > 0.0) | (provision.network_record[:, mine] > 0.0)
    most = int(has.sum(axis=0).max(initial=0))
    row = np.where(has, np.arange(len(has))[:, None], len(has))
    first = np.sort(row, axis=0)[:most].T
    return np.ascontiguousarray(np.where(first < len(has), first, NOBODY))


class _Who(NamedTuple):
    practice_body: np.ndarray
    commissioner: np.ndarray
    slot_body: np.ndarray
    slot_home: np.ndarray
    site_slot: np.ndarray
    setting_slot: np.ndarray
    employer: np.ndarray
    prime_slot: np.ndarray
    delivery: np.ndarray
    prime_link: np.ndarray
    networks: np.ndarray
    network_record: np.ndarray
    network_link: np.ndarray
    clinic_slot: np.ndarray
    discharge_loss: np.ndarray
    team_slot: np.ndarray  # provider slot of every team; NOBODY of a practice's own
    team_body: np.ndarray  # the legal body that employs it
    team_home: np.ndarray  # the organisation it works in, whoever comes to own it


def _who(provision: Provision, owner: np.ndarray) -> _Who:
    own, (slots, names) = provision.practice_body, provision.employer.shape
    employer = np.where(
        provision.employer >= 0, provision.employer, provision.slot_body[:, None]
    ).ravel()
    return _Who(
        provision.practice_body,
        provision.practice_commissioner.astype(np.int64),
        provision.slot_body,
        provision.slot_home,
        provision.site_slot,
        provision.setting_slot,
        provision.employer,
        provision.prime_slot,
        provision.delivery,
        provision.prime_link,
        networks_of(provision),
        provision.network_record,
        provision.network_link,
        provision.clinic_slot,
        provision.discharge_loss,
        np.concatenate([np.full(own.size, NOBODY), np.repeat(np.arange(slots), names)]),
        owner[np.concatenate([own, employer])].astype(np.int64),
        np.concatenate([own, np.repeat(provision.slot_home, names)]).astype(np.int64),
    )


@lean
def _slot_of_step(
    who: _Who, journeys: Journeys, candidate: np.ndarray, g: int, j: int, s: int
) -> Field:
    """The provider slot that serves step `s` for practice `g` and candidate `j`."""
    k, p, setting = who.commissioner[g], journeys.step_pathway[s], journeys.step_setting[s]
    prime = who.prime_slot[k, p]
    if setting == HUB_SETTING:
        return prime if prime >= 0 else who.setting_slot[COMMUNITY, k, p]
    if journeys.step_kind[s] == SHIFTED:
        return prime if prime >= 0 else who.clinic_slot[g]
    if prime >= 0 and who.delivery[k, p] == DO_THE_WORK and journeys.step_transferable[s]:
        return prime
    if setting == HOSPITAL:
        return who.site_slot[max(candidate[g, j], 0)]
    return who.setting_slot[setting, k, p]


@lean
def _team_of_step(
    who: _Who, journeys: Journeys, candidate: np.ndarray, g: int, j: int, s: int
) -> Field:
    """The team of a step: the practice's own, or the provider's team of that name."""
    if journeys.step_setting[s] == PRACTICE:
        return g
    slot = _slot_of_step(who, journeys, candidate, g, j, s)
    return who.practice_body.size + slot * who.employer.shape[1] + journeys.step_name[s]


@lean
def _link(
    who: _Who,
    g: int,
    p: Whole,
    team_a: Whole,
    team_b: Whole,
    home_a: Whole,
    home_b: Whole,
    established: float,
) -> tuple[float, float]:
    """Strength of the link, and use of a shared record, between two teams for a pathway.

    Of the networks in which both, and the patient's practice, have a part the strongest tie counts;
    a tie is as strong as the one of them that has learnt least.
    """
    k = who.commissioner[g]
    strength, record, joint = established, 0.0, 0.0
    prime = who.prime_slot[k, p]
    # Without a prime provider: the community teams, whose links are young if work has come back.
    held = prime if prime >= 0 else who.setting_slot[COMMUNITY, k, p]
    for team in (team_a, team_b):
        if who.team_slot[team] >= 0 and who.team_slot[team] == held:
            strength = min(strength, who.prime_link[k, p])
    own = who.practice_body[g]
    for m in range(who.networks.shape[1]):
        n = who.networks[g, m]
        if n >= 0:
            use, tie = who.network_record, who.network_link
            record = max(record, min(use[n, own], use[n, home_a], use[n, home_b]))
            joint = max(joint, min(tie[n, own], tie[n, home_a], tie[n, home_b]))
    return strength + (1.0 - strength) * joint, record


def links_between(
    provision: Provision,
    owner: np.ndarray,
    practice: int,
    pathway: int,
    teams: tuple[int, int],
    usual: float,
) -> tuple[float, float]:
    """Strength of the link (1 = full) and use of a shared record (0 to 1) between two teams.

    As patients of `practice` meet them on `pathway`; `usual` is the strength of links that
    nothing has touched.
    """
    who = _who(provision, owner)
    home_a, home_b = (int(who.team_home[team]) for team in teams)
    return _link(who, practice, pathway, *teams, home_a, home_b, usual)


@lean
def _handover(
    who: _Who, g: int, p: Whole, team_a: Whole, team_b: Whole, direction: float, losses: Losses
) -> tuple[int, float]:
    """The boundary between two teams (0 team, 1 body, 2 between bodies) and the probability.

    The boundary is that of the legal bodies as they are. What is lost depends on whether the teams
    grew up in one organisation and on the links between them, which no merger changes by itself.
    """
    if team_a == team_b:
        return 0, losses.within_team
    boundary = 1 if who.team_body[team_a] == who.team_body[team_b] else 2
    home_a, home_b = who.team_home[team_a], who.team_home[team_b]
    loss = losses.between_teams if home_a == home_b else losses.between_bodies * direction
    strength, record = _link(who, g, p, team_a, team_b, home_a, home_b, losses.established)
    linked = 1.0 - losses.link_effect * strength
    loss *= linked / (1.0 - losses.link_effect * losses.established)
    loss *= 1.0 - record * (1.0 - losses.shared_record)
    return boundary, min(max(loss, losses.within_team), 1.0)


@lean
def _fill(
    tables: RouteTables,
    who: _Who,
    journeys: Journeys,
    candidate: np.ndarray,
    default: np.ndarray,
    losses: Losses,
) -> None:
    for g in range(candidate.shape[0]):
        for j in range(candidate.shape[1]):
            if candidate[g, j] >= 0:
                _fill_route(tables.route[g, j], who, journeys, candidate, g, j, losses)
        for j in range(candidate.shape[1]):
            if candidate[g, j] >= 0:
                _fill_cross(tables, who, journeys, default, g, j, losses)


@lean
def _fill_route(
    route: np.ndarray,
    who: _Who,
    journeys: Journeys,
    candidate: np.ndarray,
    g: int,
    j: int,
    losses: Losses,
) -> None:
    for s in range(route.size):
        route[s].team = _team_of_step(who, journeys, candidate, g, j, s)
    for s in range(route.size):
        if journeys.edge[s]:
            boundary, loss = _handover(
                who, g, journeys.step_pathway[s], route[s].team, route[s + 1].team,
                journeys.edge_direction[s], losses,
            )  # fmt: skip
            if journeys.edge_discharge[s]:
                loss = max(loss * who.discharge_loss[g], losses.within_team)
            route[s].boundary, route[s].loss = boundary, loss


@lean
def _fill_cross(
    tables: RouteTables,
    who: _Who,
    journeys: Journeys,
    default: np.ndarray,
    g: int,
    j: int,
    losses: Losses,
) -> None:
    for p in range(PATHWAYS):
        for q in range(PATHWAYS):
            a = tables.route[g, j, journeys.lead_step[p]].team
            b = tables.route[g, default[g, q], journeys.lead_step[q]].team
            boundary, loss = _handover(who, g, p, a, b, 1.0, losses)
            tables.cross[g, j, p, q].boundary, tables.cross[g, j, p, q].loss = boundary, loss


def away_share(provision: Provision, shifted: np.ndarray) -> np.ndarray:
    """Share of referrals without operation that no hospital sees [practices, 13].

    `shifted` of them [practices, 13] are clinics outside hospital; a prime provider that does the
    work has all.
    """
    k = provision.practice_commissioner.astype(np.int64)
    done = (provision.delivery[k] == DO_THE_WORK) & (provision.prime_slot[k] >= 0)
    return np.where(done, 1.0, shifted)


def holder_slot(provision: Provision, body: int, commissioner: int) -> int:
    """The slot whose teams a prime provider uses: its own for this commissioner's patients."""
    for slot in (
        *provision.setting_slot[COMMUNITY, commissioner],
        *range(provision.slot_body.size),
    ):
        if provision.slot_body[slot] == body:
            return int(slot)
    return add_slot(provision, body)


def team_bodies(provision: Provision, owner: np.ndarray) -> np.ndarray:
    """The body of every team [practices + slots x names], for measures over organisations."""
    own = np.repeat(provision.slot_body[:, None], provision.employer.shape[1], axis=1)
    employer = np.where(provision.employer >= 0, provision.employer, own)
    return np.concatenate([owner[provision.practice_body], owner[employer.ravel()]])
