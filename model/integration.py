"""Integrated organisations: founding, members, the teams they take over, and yearly results."""

from typing import TYPE_CHECKING

import numpy as np

from agents.chance import STREAM_TRAIT, keyed_normals
from model.care import NOBODY, add_network, add_slot
from model.deliberation import create_organisation
from model.journeys import COMMUNITY
from model.money import PENCE_PER_POUND
from model.pathways import PATHWAYS
from model.policy import PopulationContract
from model.state import Integrated
from model.tendering import list_of

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def found_organisations(economy: "HealthEconomy", terms: PopulationContract) -> None:
    """Each commissioner offers a capitated contract; the organisation invites practices."""
    for k, agent in enumerate(economy.minds.commissioners):
        found_organisation(economy, terms, k, agent.code)


def found_organisation(
    economy: "HealthEconomy", terms: PopulationContract, k: int, commissioner: str
) -> None:
    """A new body with its own teams, a network, and an invitation to practices."""
    setup, state = economy.setup, economy.state
    code = f"{commissioner}-integrated"
    body = state.bodies.add(code, f"Integrated organisation of {commissioner}", "integrated")
    slot = add_slot(state.provision, body)
    network = add_network(state.provision, len(state.bodies), setup.losses.established)
    value, spend = setup.parameters, state.last_year
    here = list_of(economy, k)
    per_head = (
        (spend.planned_spend[here].sum() + spend.emergency_spend[here].sum())
        / PENCE_PER_POUND
        / state.lists[here].sum()
    )
    organisation = Integrated(
        body=body,
        code=code,
        commissioner=k,
        network=network,
        slot=slot,
        terms=terms,
        invited=_invited(economy, here, terms.invited_share),
        capitation_pence=np.zeros((here.size, len(PATHWAYS) + 1)),
        gain_pounds_per_patient=value["minds.believed_saving_share"]
        * per_head
        * value["minds.member_gain_share"]
        * terms.risk_up,
        effect=value["minds.believed_coordination_effect"],
        founded_month=state.month,
    )
    state.organisations.append(organisation)
    _set_members(economy, organisation)
    create_organisation(economy, economy.minds, organisation)
    economy.state.routes_stale = True


def _invited(economy: "HealthEconomy", here: np.ndarray, share: float) -> np.ndarray:
    """The practices that are invited: a keyed choice of this share of them."""
    keys = np.array([agent.key for agent in economy.minds.practices], dtype=np.uint64)
    luck = keyed_normals(np.uint64(economy.seed), STREAM_TRAIT, keys, 0, 20)
    rank = np.argsort(np.argsort(np.where(here, luck, np.inf), kind="stable"), kind="stable")
    return here & (rank < round(share * here.sum()))


def _set_members(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Who shares the record and who works in the joint teams of an organisation."""
    state, provision, n = economy.state, economy.state.provision, organisation.network
    k = organisation.commissioner
    practices = provision.practice_body[provision.network == n]
    community = provision.slot_body[provision.setting_slot[COMMUNITY, k]]
    team = [organisation.body, *practices, *community]
    provision.network_member[n] = provision.network_team[n] = False
    if organisation.terms.joint_teams:
        provision.network_team[n, team] = True
    if organisation.terms.shared_records:
        hospitals = state.bodies.of_kind("acute", "mental_health")
        provision.network_member[n, [*team, *hospitals]] = True
    _transfer_community(economy, organisation)
    state.routes_stale = True


def _transfer_community(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Community teams go over once an organisation has most of the patients they serve."""
    provision = economy.state.provision
    lists, here = economy.state.lists, list_of(economy, organisation.commissioner)
    inside = lists[provision.network == organisation.network].sum()
    taken = organisation.terms.community == "transferred" and 2 * inside > lists[here].sum()
    slots = np.unique(provision.setting_slot[COMMUNITY, organisation.commissioner])
    names = [i for i, name in enumerate(economy.setup.team_names) if name.startswith("community")]
    provision.employer[np.ix_(slots, names)] = organisation.body if taken else NOBODY


def join(economy: "HealthEconomy", g: int, code: str) -> None:
    """A practice becomes a member: its list is paid for by capitation."""
    state, organisation = economy.state, _organisation(economy, code)
    if not state.lists[g]:
        return  # it has closed since it decided
    state.budgets.hand_back(g, state.month)  # the organisation now pays for the list's care
    state.provision.network[g] = organisation.network
    state.provision.clinic_slot[g] = organisation.slot
    organisation.capitation_pence[g, :-1] = state.last_year.planned_spend[g] / 12.0
    organisation.capitation_pence[g, -1] = state.last_year.emergency_spend[g] / 12.0
    _set_members(economy, organisation)


def leave(economy: "HealthEconomy", g: int, code: str) -> None:
    """A practice leaves; its patients' care is paid for as before."""
    state, organisation = economy.state, _organisation(economy, code)
    state.provision.network[g] = NOBODY
    slots = state.provision.setting_slot[COMMUNITY, organisation.commissioner]
    state.provision.clinic_slot[g] = slots[0]
    organisation.capitation_pence[g] = 0.0
    _set_members(economy, organisation)


def _organisation(economy: "HealthEconomy", code: str) -> Integrated:
    return next(o for o in economy.state.organisations if o.code == code)


def change_clinics(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """An organisation's new share of clinics outside hospital."""
    _organisation(economy, code).clinics = chosen


def change_coverage(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """An organisation's new coverage of case management."""
    _organisation(economy, code).coverage = chosen


def settle_result(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Share a year's surplus or deficit with the commissioner and the members; learn from it."""
    state, setup = economy.state, economy.setup
    ledger, terms = state.ledger, organisation.terms
    members = state.provision.network == organisation.network
    result = ledger.balance_of(organisation.body) - organisation.opening_balance
    commissioner = economy.minds.commissioners[organisation.commissioner].body
    share = terms.risk_up if result > 0 else terms.risk_down
    returned = round(result * (1.0 - share))
    ledger.post(state.month, organisation.body, commissioner, "gain_share", returned)
    kept = result - returned
    lists = np.where(members, state.lists, 0)
    if lists.any():
        gain = setup.parameters["minds.member_gain_share"] * kept
        pay = np.rint(gain * lists / lists.sum()).astype(np.int64)
        ledger.post(
            state.month, organisation.body, state.provision.practice_body, "gain_share", pay
        )
        if state.month >= organisation.founded_month + LEARNS_AFTER_MONTHS:
            _learn(organisation, gain / PENCE_PER_POUND / lists.sum())
    organisation.opening_balance = ledger.balance_of(organisation.body)


LEARNS_AFTER_MONTHS = 24  # the first full year of results


def _learn(organisation: Integrated, gain_pounds_per_patient: float) -> None:
    """Beliefs move half way to what was seen; a year without gain sheds hope in case managers."""
    believed = organisation.gain_pounds_per_patient
    organisation.gain_pounds_per_patient = 0.5 * (believed + gain_pounds_per_patient)
    organisation.effect *= 0.75 if gain_pounds_per_patient <= 0 else 1.0
