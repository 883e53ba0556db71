"""Integrated organisations: founding, leaders, and the teams they take over."""

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, keyed_normals
from model.care.links import take_part
from model.deciding import objects
from model.deciding.effects import effect
from model.deciding.minds import Minds, create_organisation
from model.integrated.joining import first_beliefs, leaders_guess
from model.integrated.redesign import ability, first_services, take_up
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.list_charges import list_of
from model.places.geography import Geography
from model.policies.gain_sharing import (
    standing_of,
)
from model.policies.policy import Leader, PopulationContract
from model.population.journeys import COMMUNITY
from model.state.bodies import Bodies
from model.state.integrated import Integrated, IntegratedCare
from model.state.practices import Practices
from model.state.provision import NOBODY, Provision, add_network, add_slot
from model.state.setup import Setup
from model.state.state import CHARGES, Docket, State


def found_organisations(
    minds: Minds, setup: Setup, state: State, seed: int, terms: PopulationContract
) -> None:
    """Each commissioner offers capitated contracts; the organisations invite practices."""
    for k, agent in enumerate(minds.commissioners):
        for n, lead in enumerate((terms.lead, *terms.rivals)):
            code = f"{agent.code}-integrated" + (f"-{n + 1}" if n else "")
            found_organisation(minds, setup, state, seed, terms, k, code, lead)


def found_organisation(
    minds: Minds,
    setup: Setup,
    state: State,
    seed: int,
    terms: PopulationContract,
    commissioner: int,
    code: str,
    lead: Leader,
) -> None:
    """A new body with its own teams, a network, and an invitation to practices.

    `lead`: who leads it, as the policy writes it.
    """
    body = state.bodies.add(code, _name(minds, commissioner, code, lead), "integrated")
    hospital = main_hospital(setup.geography, state, commissioner)
    leader = _leader(state.bodies, state.provision, commissioner, code, lead, hospital)
    slot = add_slot(state.provision, body)
    network = add_network(state.provision, len(state.bodies))
    value, here = setup.parameters, list_of(state.provision, state.practices, commissioner)
    standing = bargaining_standing(
        value, setup.geography, state, commissioner, hospital, 1 + len(terms.rivals)
    )
    organisation = Integrated(
        body=body,
        code=code,
        commissioner=commissioner,
        network=network,
        slot=slot,
        terms=terms,
        invited=invited(minds, seed, here, terms.invited_share),
        capitation_pence=np.zeros((here.size, CHARGES)),
        beliefs=first_beliefs(minds, value),
        leaders_belief=leaders_guess(value, seed, code),
        effect=value["minds.believed_coordination_effect"],
        founded_month=state.month,
        lead=lead,
        leader=leader,
        hospital=hospital,
        reserve_pence=np.zeros(here.size, dtype=np.int64),
        services=first_services(value),
        standing=standing,
    )
    state.integrated.organisations.append(organisation)
    set_members(setup, state, organisation)
    create_organisation(minds, value, state.bodies, organisation)
    leadership = minds.organisations[code].leadership
    organisation.ability = ability(value, leadership)
    state.referrals.routes_stale = True


def _name(minds: Minds, commissioner: int, code: str, lead: Leader) -> str:
    area = minds.commissioners[commissioner].code
    led = "" if lead == "practices" else f", led by {LED_BY[lead]}"
    number = code.removeprefix(f"{area}-integrated")
    return f"Integrated organisation{number.replace('-', ' ')} of {area}{led}"


LED_BY = {
    "acute": "the acute trust",
    "community": "the community provider",
    "outside": "an outside firm",
}


def main_hospital(geography: Geography, state: State, commissioner: int) -> int:
    """The body of the acute hospitals that a commissioner's patients use most for planned care."""
    return int(_acute_flow(geography, state, commissioner)[0].argmax())


def bargaining_standing(
    value: Parameters,
    geography: Geography,
    state: State,
    commissioner: int,
    hospital: int,
    invitations: int,
) -> dict[str, float]:
    """Factors on bargaining power: of acute trust `hospital`, and of practices so often invited.

    `invitations`: how many organisations invite them.
    """
    used, total = _acute_flow(geography, state, commissioner)
    share = float(used[state.bodies.owner[hospital]] / max(total, 1e-30))
    return standing_of(value, share, invitations)


def _acute_flow(geography: Geography, state: State, commissioner: int) -> tuple[np.ndarray, float]:
    """Planned spending of `commissioner` by owner of acute hospitals [bodies], and of all."""
    here = list_of(state.provision, state.practices, commissioner)
    slot_body = state.provision.slot_body[state.provision.site_slot]
    site = np.maximum(geography.candidate[here], 0)
    flow = np.einsum(
        "gp,gjp->gj", state.yearbooks.last_year.planned_spend[here], state.referrals.shares[here]
    )
    acute = np.array(state.bodies.kinds)[slot_body] == "acute"
    used = np.bincount(
        state.bodies.owner[slot_body[site]].ravel(), weights=(flow * acute[site]).ravel(),
        minlength=len(state.bodies),
    )  # fmt: skip
    return used, float(flow.sum())


def _leader(
    bodies: Bodies, provision: Provision, commissioner: int, code: str, lead: Leader, hospital: int
) -> int:
    """The body that leads; a firm from outside is new to the place."""
    if lead == "acute":
        return hospital
    if lead == "community":
        return community_provider(bodies, provision, commissioner)
    if lead == "outside":
        return bodies.add(f"{code}-firm", f"Firm that leads {code}", "firm")
    return NOBODY


def leading_body(bodies: Bodies, organisation: Integrated) -> int:
    """The body that leads, or who owns it by now; NOBODY where the practices lead themselves."""
    if organisation.leader == NOBODY:
        return NOBODY
    return int(bodies.owner[organisation.leader])


def community_provider(bodies: Bodies, provision: Provision, commissioner: int) -> int:
    """The body in whose accounts community teams are that serve a commissioner's patients."""
    slot = provision.setting_slot[COMMUNITY, commissioner, PATHWAYS.index("other_planned")]
    return bodies.account(int(provision.slot_body[slot]))


def invited(minds: Minds, seed: int, here: np.ndarray, share: float) -> np.ndarray:
    """The practices that are invited: a keyed choice of this share of them.

    `here`: who may be, bool [practices].
    """
    keys = np.array([agent.key for agent in minds.practices], dtype=np.uint64)
    draw = keyed_normals(np.uint64(seed), STREAM_TRAIT, keys, 0, 20)
    rank = np.argsort(np.argsort(np.where(here, draw, np.inf), kind="stable"), kind="stable")
    chosen: np.ndarray = here & (rank < round(share * here.sum()))
    return chosen


def set_members(setup: Setup, state: State, organisation: Integrated) -> None:
    """Who shares the record and who works in the joint teams of an organisation."""
    provision, n = state.provision, organisation.network
    k = organisation.commissioner
    practices = provision.practice_body[provision.network == n]
    community = provision.slot_home[provision.setting_slot[COMMUNITY, k]]
    team = [organisation.body, *practices, *community]
    if organisation.lead == "acute":
        team.append(organisation.leader)
    hospitals = state.bodies.of_kind("acute", "mental_health")
    terms = organisation.terms
    sharing = [*team, *hospitals] if terms.shared_records else []
    take_part(provision, n, sharing, team if terms.joint_teams else [])
    _transfer_community(setup, provision, state.practices, organisation)
    state.referrals.routes_stale = True


def _transfer_community(
    setup: Setup, provision: Provision, practices: Practices, organisation: Integrated
) -> None:
    """Community teams go over once an organisation has most of the patients they serve."""
    lists, here = practices.lists, list_of(provision, practices, organisation.commissioner)
    inside = lists[provision.network == organisation.network].sum()
    taken = organisation.terms.community == "transferred" and 2 * inside > lists[here].sum()
    slots = np.unique(provision.setting_slot[COMMUNITY, organisation.commissioner])
    names = [i for i, name in enumerate(setup.team_names) if name.startswith("community")]
    provision.employer[provision.employer == organisation.body] = NOBODY
    if taken:
        provision.employer[np.ix_(slots, names)] = organisation.body


def note_team_moves(
    minds: Minds, state: State, organisation: Integrated, agent: str, before: np.ndarray
) -> None:
    """Note by whose decision community teams changed hands, if employers were others `before`.

    `agent`: the code of who decided.
    """
    if (state.provision.employer != before).any():
        commissioner = minds.commissioners[organisation.commissioner].code
        state.contracts.team_moves.append((state.month, agent, commissioner))


def send_back(provision: Provision, organisation: Integrated, practice: int) -> None:
    """The commissioner's contracts cover a list again."""
    provision.clinic_slot[practice] = provision.setting_slot[COMMUNITY, organisation.commissioner][
        0
    ]
    organisation.capitation_pence[practice] = 0.0


def find_organisation(integrated: IntegratedCare, code: str) -> Integrated | None:
    return next((o for o in integrated.organisations if o.code == code), None)


@effect("clinics", "state.integrated", touches=objects.of_code("clinics"))
def change_clinics(integrated: IntegratedCare, code: str, chosen: str) -> None:
    """An organisation's new share of clinics outside hospital.

    `chosen`: an option of `CLINIC_SHARES`.
    """
    organisation = find_organisation(integrated, code)
    if organisation is not None:
        organisation.clinics = chosen


@effect("coverage", "state.integrated", touches=objects.of_code("case_managers"))
def change_coverage(integrated: IntegratedCare, code: str, chosen: str) -> None:
    """An organisation's new coverage of case management.

    `chosen`: an option of `COVERAGE`.
    """
    organisation = find_organisation(integrated, code)
    if organisation is not None:
        organisation.coverage = chosen


@effect(
    "service",
    "setup.parameters",
    "state",
    touches=lambda place, code, name, *_: (objects.named("service", code, name),),
)
def change_service(value: Parameters, state: State, code: str, name: str, chosen: str) -> None:
    """A service that an organisation makes, buys or does without from now on."""
    organisation = find_organisation(state.integrated, code)
    if organisation is not None:
        take_up(value, state, organisation, name, chosen)


def open_organisations(integrated: IntegratedCare, docket: Docket) -> list[Integrated]:
    """Organisations that have not given notice."""
    leaving = {
        details[0] for _, change, details in docket.scheduled_effects if change == "surrender"
    }
    return [o for o in integrated.organisations if o.code not in leaving]


def members_of(provision: Provision, organisation: Integrated) -> np.ndarray:
    members: np.ndarray = provision.network == organisation.network
    return members
