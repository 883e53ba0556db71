"""Integrated organisations: founding, leaders, and the teams they take over."""

from typing import TYPE_CHECKING

import numpy as np

from agents.numerics.chance import STREAM_TRAIT, keyed_normals
from model.care.links import take_part
from model.deciding.minds import create_organisation
from model.integrated.joining import first_beliefs, leaders_guess
from model.integrated.redesign import ability, first_services, take_up
from model.pathway_names import PATHWAYS
from model.payments.list_charges import list_of
from model.policies.gain_sharing import standing_of
from model.policies.policy import Leader, PopulationContract
from model.population.journeys import COMMUNITY
from model.state.integrated import Integrated
from model.state.provision import NOBODY, add_network, add_slot
from model.state.state import CHARGES

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def found_organisations(economy: "HealthEconomy", terms: PopulationContract) -> None:
    """Each commissioner offers capitated contracts; the organisations invite practices."""
    for k, agent in enumerate(economy.minds.commissioners):
        for n, lead in enumerate((terms.lead, *terms.rivals)):
            code = f"{agent.code}-integrated" + (f"-{n + 1}" if n else "")
            found_organisation(economy, terms, k, code, lead)


def found_organisation(
    economy: "HealthEconomy", terms: PopulationContract, k: int, code: str, lead: Leader
) -> None:
    """A new body with its own teams, a network, and an invitation to practices."""
    setup, state = economy.setup, economy.state
    body = state.bodies.add(code, _name(economy, k, code, lead), "integrated")
    hospital = main_hospital(economy, k)
    leader = _leader(economy, k, code, lead, hospital)
    slot = add_slot(state.provision, body)
    network = add_network(state.provision, len(state.bodies))
    value, here = setup.parameters, list_of(economy, k)
    standing = bargaining_standing(economy, k, hospital, 1 + len(terms.rivals))
    organisation = Integrated(
        body=body,
        code=code,
        commissioner=k,
        network=network,
        slot=slot,
        terms=terms,
        invited=invited(economy, here, terms.invited_share),
        capitation_pence=np.zeros((here.size, CHARGES)),
        beliefs=first_beliefs(economy),
        leaders_belief=leaders_guess(economy, code),
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
    set_members(economy, organisation)
    create_organisation(economy.minds, economy.setup.parameters, economy.state.bodies, organisation)
    leadership = economy.minds.organisations[code].leadership
    organisation.ability = ability(value, leadership)
    economy.state.referrals.routes_stale = True


def _name(economy: "HealthEconomy", k: int, code: str, lead: Leader) -> str:
    area = economy.minds.commissioners[k].code
    led = "" if lead == "practices" else f", led by {LED_BY[lead]}"
    number = code.removeprefix(f"{area}-integrated")
    return f"Integrated organisation{number.replace('-', ' ')} of {area}{led}"


LED_BY = {
    "acute": "the acute trust",
    "community": "the community provider",
    "outside": "an outside firm",
}


def main_hospital(economy: "HealthEconomy", k: int) -> int:
    """The body of the acute hospitals that a commissioner's patients use most for planned care."""
    return int(_acute_flow(economy, k)[0].argmax())


def bargaining_standing(
    economy: "HealthEconomy", k: int, hospital: int, invitations: int
) -> dict[str, float]:
    """Factors on bargaining power: of acute trust `hospital`, and of practices so often invited."""
    used, total = _acute_flow(economy, k)
    share = float(used[economy.state.bodies.owner[hospital]] / max(total, 1e-30))
    return standing_of(economy.setup.parameters, share, invitations)


def _acute_flow(economy: "HealthEconomy", k: int) -> tuple[np.ndarray, float]:
    """Planned spending of commissioner `k` by owner of acute hospitals [bodies], and of all."""
    state, here = economy.state, list_of(economy, k)
    slot_body = state.provision.slot_body[state.provision.site_slot]
    site = np.maximum(economy.setup.geography.candidate[here], 0)
    flow = np.einsum(
        "gp,gjp->gj", state.yearbooks.last_year.planned_spend[here], state.referrals.shares[here]
    )
    acute = np.array(state.bodies.kinds)[slot_body] == "acute"
    used = np.bincount(
        state.bodies.owner[slot_body[site]].ravel(), weights=(flow * acute[site]).ravel(),
        minlength=len(state.bodies),
    )  # fmt: skip
    return used, float(flow.sum())


def _leader(economy: "HealthEconomy", k: int, code: str, lead: Leader, hospital: int) -> int:
    """The body that leads; a firm from outside is new to the place."""
    state = economy.state
    if lead == "acute":
        return hospital
    if lead == "community":
        return community_provider(economy, k)
    if lead == "outside":
        return state.bodies.add(f"{code}-firm", f"Firm that leads {code}", "firm")
    return NOBODY


def leading_body(economy: "HealthEconomy", organisation: Integrated) -> int:
    """The body that leads, or who owns it by now; NOBODY where the practices lead themselves."""
    if organisation.leader == NOBODY:
        return NOBODY
    return int(economy.state.bodies.owner[organisation.leader])


def community_provider(economy: "HealthEconomy", k: int) -> int:
    """The body in whose accounts community teams are that serve a commissioner's patients."""
    provision = economy.state.provision
    slot = provision.setting_slot[COMMUNITY, k, PATHWAYS.index("other_planned")]
    return economy.state.bodies.account(int(provision.slot_body[slot]))


def invited(economy: "HealthEconomy", here: np.ndarray, share: float) -> np.ndarray:
    """The practices that are invited: a keyed choice of this share of them."""
    keys = np.array([agent.key for agent in economy.minds.practices], dtype=np.uint64)
    luck = keyed_normals(np.uint64(economy.seed), STREAM_TRAIT, keys, 0, 20)
    rank = np.argsort(np.argsort(np.where(here, luck, np.inf), kind="stable"), kind="stable")
    chosen: np.ndarray = here & (rank < round(share * here.sum()))
    return chosen


def set_members(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Who shares the record and who works in the joint teams of an organisation."""
    state, provision, n = economy.state, economy.state.provision, organisation.network
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
    _transfer_community(economy, organisation)
    state.referrals.routes_stale = True


def _transfer_community(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Community teams go over once an organisation has most of the patients they serve."""
    provision = economy.state.provision
    lists, here = economy.state.practices.lists, list_of(economy, organisation.commissioner)
    inside = lists[provision.network == organisation.network].sum()
    taken = organisation.terms.community == "transferred" and 2 * inside > lists[here].sum()
    slots = np.unique(provision.setting_slot[COMMUNITY, organisation.commissioner])
    names = [i for i, name in enumerate(economy.setup.team_names) if name.startswith("community")]
    provision.employer[provision.employer == organisation.body] = NOBODY
    if taken:
        provision.employer[np.ix_(slots, names)] = organisation.body


def note_team_moves(
    economy: "HealthEconomy", organisation: Integrated, agent: str, before: np.ndarray
) -> None:
    """Note by whose decision community teams changed hands, if employers were others `before`."""
    state = economy.state
    if (state.provision.employer != before).any():
        commissioner = economy.minds.commissioners[organisation.commissioner].code
        state.contracts.team_moves.append((state.month, agent, commissioner))


def send_back(economy: "HealthEconomy", organisation: Integrated, g: int) -> None:
    """The commissioner's contracts cover a list again."""
    provision = economy.state.provision
    provision.clinic_slot[g] = provision.setting_slot[COMMUNITY, organisation.commissioner][0]
    organisation.capitation_pence[g] = 0.0


def find_organisation(economy: "HealthEconomy", code: str) -> Integrated | None:
    return next((o for o in economy.state.integrated.organisations if o.code == code), None)


def change_clinics(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """An organisation's new share of clinics outside hospital."""
    organisation = find_organisation(economy, code)
    if organisation is not None:
        organisation.clinics = chosen


def change_coverage(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """An organisation's new coverage of case management."""
    organisation = find_organisation(economy, code)
    if organisation is not None:
        organisation.coverage = chosen


def change_service(economy: "HealthEconomy", code: str, name: str, chosen: str) -> None:
    """A service that an organisation makes, buys or does without from now on."""
    organisation = find_organisation(economy, code)
    if organisation is not None:
        take_up(economy, organisation, name, chosen)
