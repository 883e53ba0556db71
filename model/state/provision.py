"""Who serves which step of a pathway: the tables that contracts change."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.patients.patient_tables import CROSS, PATHWAYS, ROUTE
from model.population.journeys import SETTINGS
from model.state.bodies import Bodies

PRACTICE, COMMUNITY, HOSPITAL = (SETTINGS.index(s) for s in ("practice", "community", "hospital"))


HUB_SETTING = SETTINGS.index("hub")


NOBODY = -1


SUBCONTRACT, DO_THE_WORK = 0, 1


ANY, NETWORK, CLOSED = 0, 1, 2


CHOICE_RULES = {"any": ANY, "network": NETWORK, "closed": CLOSED}  # as contracts name them


class Losses(NamedTuple):
    """Probabilities that a handover is lost, and what links do to them."""

    within_team: float
    between_teams: float
    between_bodies: float
    shared_record: float  # multiplier at full use
    link_effect: float  # share taken away by a link of full strength
    established: float  # strength that the published losses hold


@dataclass
class Provision:
    """Who provides what. Slots number providers as one commissioner's patients meet them."""

    practice_body: np.ndarray  # int32 [practices]
    practice_commissioner: np.ndarray  # int16 [practices]
    slot_body: np.ndarray  # int32 [slots], whose provider it is
    slot_home: np.ndarray  # int32 [slots], the body in which its teams grew up
    site_slot: np.ndarray  # int32 [sites], the slot of the trust that runs the site
    setting_slot: np.ndarray  # int32 [settings, commissioners, pathways]
    employer: np.ndarray  # int32 [slots, team names], body or NOBODY for the slot's own
    prime_slot: np.ndarray  # int32 [commissioners, pathways] or NOBODY
    delivery: np.ndarray  # int8 [commissioners, pathways], SUBCONTRACT or DO_THE_WORK
    hub: np.ndarray  # uint8 [commissioners, pathways], single point of access
    choice_rule: np.ndarray  # int8 [commissioners, pathways]
    prime_link: np.ndarray  # float64 [commissioners, pathways], links of whoever holds the pathway
    network: np.ndarray  # int32 [practices] or NOBODY, of the organisation that it is a member of
    network_record: np.ndarray  # float64 [networks, bodies], use of the shared record, 0 to 1
    network_link: np.ndarray  # float64 [networks, bodies], what was learnt of joint work, 0 to 1
    network_member: np.ndarray  # bool [networks, bodies], who shares the record
    network_team: np.ndarray  # bool [networks, bodies], who works in joint teams
    clinic_slot: np.ndarray  # int32 [practices], who holds clinics outside hospital
    discharge_loss: np.ndarray  # float64 [practices], multiplier of losses on leaving a ward
    trusts: int  # how many of the first slots are trusts

    def trust_owner(self, bodies: Bodies) -> np.ndarray:
        """Return the body that owns each trust [trusts]."""
        owner: np.ndarray = bodies.owner[self.slot_body[: self.trusts]]
        return owner

    def site_owner(self, bodies: Bodies) -> np.ndarray:
        """Return the body that owns each site [sites]."""
        owner: np.ndarray = bodies.owner[self.slot_body[self.site_slot]]
        return owner


class RouteTables(NamedTuple):
    """Handovers by practice, candidate site and step, and to teams of other pathways."""

    route: np.ndarray  # ROUTE [practices, candidates, steps]
    cross: np.ndarray  # CROSS [practices, candidates, pathways, pathways]


def empty_tables(practices: int, candidates: int, steps: int) -> RouteTables:
    """Room for the routes of a place."""
    return RouteTables(
        np.zeros((practices, candidates, steps), dtype=ROUTE),
        np.zeros((practices, candidates, PATHWAYS, PATHWAYS), dtype=CROSS),
    )


def add_slot(provision: Provision, body: int) -> int:
    """A provider slot for a body that has none; returns its number."""
    provision.slot_body = np.append(provision.slot_body, np.int32(body))
    provision.slot_home = np.append(provision.slot_home, np.int32(body))
    row = np.full((1, provision.employer.shape[1]), NOBODY, dtype=np.int32)
    provision.employer = np.concatenate([provision.employer, row])
    return provision.slot_body.size - 1


def add_network(provision: Provision, bodies: int) -> int:
    """A network without members, for `bodies` bodies in all; returns its number."""
    _widen_networks(provision, 1, bodies)
    return len(provision.network_record) - 1


def _widen_networks(provision: Provision, networks: int, bodies: int) -> None:
    """Room for so many more networks, and for `bodies` bodies in all."""
    wider = ((0, networks), (0, bodies - provision.network_member.shape[1]))
    provision.network_member = np.pad(provision.network_member, wider)
    provision.network_team = np.pad(provision.network_team, wider)
    provision.network_record = np.pad(provision.network_record, wider)
    provision.network_link = np.pad(provision.network_link, wider)


def replace_practice(provision: Provision, practice: int, body: int) -> None:
    """A new body, the last of all, runs `practice`; it is a member of nothing."""
    _widen_networks(provision, 0, body + 1)
    provision.practice_body[practice], provision.network[practice] = body, NOBODY
