"""Who pays for whom under the contracts in force, and what contracts and programmes cost."""

import numpy as np

from agents.organisations.integrated_organisation import COVERAGE
from model.care.flows import Flows
from model.care.links import covered
from model.deciding.minds import Minds
from model.integrated.redesign import pay_services
from model.integrated.results import paid_capitation, pay_high_cost_patients
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import Payers
from model.payments.list_charges import list_of
from model.payments.market_forces import at_place
from model.payments.money import Prices, clinic_cost_share
from model.state.bodies import MARKET, TREASURY
from model.state.contracts import Contracts, Prime
from model.state.integrated import Integrated
from model.state.setup import Setup
from model.state.state import State


def payers(state: State) -> Payers:
    """Who pays for every list's planned and emergency care.

    A prime provider pays for its pathway, an integrated organisation for its members' patients,
    the commissioner for all else; commissioners come first.
    """
    commissioners = state.bodies.of_kind("commissioner")
    k = state.provision.practice_commissioner.astype(np.int64)
    planned, urgent = np.repeat(k[:, None], len(PATHWAYS), axis=1), k.copy()
    bodies = list(commissioners)
    for organisation in state.integrated.organisations:
        members = state.provision.network == organisation.network
        planned[members] = urgent[members] = len(bodies)
        bodies.append(organisation.body)
    for prime in live_primes(state.contracts):
        planned[k == prime.commissioner, prime.pathway] = len(bodies)
        bodies.append(prime.holder)
    return Payers(planned, urgent, np.array([*bodies, TREASURY]))


def live_primes(contracts: Contracts) -> list[Prime]:
    """Prime contracts in force, the newest for a pathway if two overlap."""
    newest = {(p.commissioner, p.pathway): p for p in contracts.primes}
    return list(newest.values())


def pay_contract_holders(minds: Minds, state: State) -> None:
    """Commissioners pay prime providers' bundles and organisations' capitation."""
    for prime in live_primes(state.contracts):
        payer = minds.commissioners[prime.commissioner].body
        state.money.ledger.post(state.month, payer, prime.holder, "bundle", prime.monthly_pence)
    for organisation in state.integrated.organisations:
        payer = minds.commissioners[organisation.commissioner].body
        pence = round(paid_capitation(state.provision, organisation))
        state.money.ledger.post(state.month, payer, organisation.body, "capitation", pence)
        organisation.received_pence += pence


def pay_programmes(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    seed: int,
    flows: Flows,
    payers: Payers,
) -> None:
    """Costs of own clinics, triage, records, teams, case managers and members' support."""
    _pay_clinics(setup, state, prices, flows, payers)
    _pay_triage(setup.parameters, state, flows)
    _pay_networks(minds, setup.parameters, state)
    for organisation in state.integrated.organisations:
        _pay_members(setup.parameters, state, organisation)
        pay_services(setup.parameters, state, organisation)
        pay_high_cost_patients(setup.parameters, state, seed, organisation)


def _pay_clinics(setup: Setup, state: State, prices: Prices, flows: Flows, payers: Payers) -> None:
    """Who pays for a list pays for those of its patients who are seen outside hospital.

    By the same referrals, at the same place's prices, as hospitals' bills fall by.
    """
    row, bodies = payers.planned, payers.bodies
    elsewhere = flows.needed - flows.referred.lists
    share = clinic_cost_share(setup.parameters)
    cost = at_place(setup.geography, state.hospitals, elsewhere) * prices.referral * share
    pence = np.bincount(row.ravel(), weights=cost.ravel(), minlength=bodies.size)
    state.money.ledger.post(state.month, bodies, MARKET, "clinics", np.rint(pence).astype(np.int64))


def _pay_triage(value: Parameters, state: State, flows: Flows) -> None:
    """A single point of access costs its holder something for each referral."""
    price = value["minds.hub_pence_per_referral"]
    for prime in live_primes(state.contracts):
        if state.provision.hub[prime.commissioner, prime.pathway]:
            here = list_of(state.provision, state.practices, prime.commissioner)
            pence = round(flows.needed[here, :, prime.pathway].sum() * price)
            state.money.ledger.post(state.month, prime.holder, MARKET, "triage", pence)


def _pay_networks(minds: Minds, value: Parameters, state: State) -> None:
    """Shared records and joint teams cost something for each patient covered."""
    provision = state.provision
    holder = {o.network: o.body for o in state.integrated.organisations}
    record, team = covered(provision)
    rate = (
        record * value["links.records_pence_per_patient_year"]
        + team * value["links.teams_pence_per_patient_year"]
    )
    for n in np.flatnonzero(rate.any(axis=1)).tolist():
        for k, agent in enumerate(minds.commissioners):
            pence = (rate[n] * state.practices.lists)[
                list_of(provision, state.practices, k)
            ].sum() / 12
            payer = holder.get(n, agent.body)
            state.money.ledger.post(state.month, payer, MARKET, "transition", round(pence))


def _pay_members(value: Parameters, state: State, organisation: Integrated) -> None:
    """Support for member practices, and case managers for the patients covered."""
    members = state.provision.network == organisation.network
    support = value["minds.member_support_pence_per_patient"]
    pence = np.rint(support * state.practices.lists * members / 12).astype(np.int64)
    state.money.ledger.post(
        state.month, organisation.body, state.provision.practice_body, "member_support", pence
    )
    covered = COVERAGE.of(value)[organisation.coverage] * state.practices.lists[members].sum()
    cost = value["minds.case_manager_pence_per_patient"]
    state.money.ledger.post(
        state.month, organisation.body, MARKET, "case_management", round(covered * cost / 12)
    )
