"""Who pays for whom under the contracts in force, and what contracts and programmes cost."""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisations.integrated import COVERAGE
from model.care.links import covered
from model.integrated.redesign import pay_services
from model.integrated.results import paid_capitation, pay_high_cost_patients
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import Payers
from model.payments.list_charges import list_of
from model.payments.market_forces import at_place
from model.payments.money import clinic_cost_share
from model.state.bodies import MARKET, TREASURY
from model.state.contracts import Prime
from model.state.integrated import Integrated

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def payers(economy: "HealthEconomy") -> Payers:
    """Who pays for every list's planned and emergency care.

    A prime provider pays for its pathway, an integrated organisation for its members' patients,
    the commissioner for all else; commissioners come first.
    """
    state = economy.state
    commissioners = state.bodies.of_kind("commissioner")
    k = state.provision.practice_commissioner.astype(np.int64)
    planned, urgent = np.repeat(k[:, None], len(PATHWAYS), axis=1), k.copy()
    bodies = list(commissioners)
    for organisation in state.integrated.organisations:
        members = state.provision.network == organisation.network
        planned[members] = urgent[members] = len(bodies)
        bodies.append(organisation.body)
    for prime in live_primes(economy):
        planned[k == prime.commissioner, prime.pathway] = len(bodies)
        bodies.append(prime.holder)
    return Payers(planned, urgent, np.array([*bodies, TREASURY]))


def live_primes(economy: "HealthEconomy") -> list[Prime]:
    """Prime contracts in force, the newest for a pathway if two overlap."""
    newest = {(p.commissioner, p.pathway): p for p in economy.state.contracts.primes}
    return list(newest.values())


def pay_contract_holders(economy: "HealthEconomy") -> None:
    """Commissioners pay prime providers' bundles and organisations' capitation."""
    state, minds = economy.state, economy.minds
    for prime in live_primes(economy):
        payer = minds.commissioners[prime.commissioner].body
        state.money.ledger.post(state.month, payer, prime.holder, "bundle", prime.monthly_pence)
    for organisation in state.integrated.organisations:
        payer = minds.commissioners[organisation.commissioner].body
        pence = round(paid_capitation(state, organisation))
        state.money.ledger.post(state.month, payer, organisation.body, "capitation", pence)
        organisation.received_pence += pence


def pay_programmes(economy: "HealthEconomy") -> None:
    """Costs of own clinics, triage, records, teams, case managers and members' support."""
    _pay_clinics(economy)
    _pay_triage(economy)
    _pay_networks(economy)
    for organisation in economy.state.integrated.organisations:
        _pay_members(economy, organisation)
        pay_services(economy, organisation)
        pay_high_cost_patients(economy, organisation)


def _pay_clinics(economy: "HealthEconomy") -> None:
    """Who pays for a list pays for those of its patients who are seen outside hospital.

    By the same referrals, at the same place's prices, as hospitals' bills fall by.
    """
    setup, state = economy.setup, economy.state
    row, bodies = economy.payers.planned, economy.payers.bodies
    elsewhere = economy.flows.needed - economy.flows.referred.lists
    share = clinic_cost_share(setup.parameters)
    cost = at_place(setup, state, elsewhere) * economy.prices.referral * share
    pence = np.bincount(row.ravel(), weights=cost.ravel(), minlength=bodies.size)
    state.money.ledger.post(state.month, bodies, MARKET, "clinics", np.rint(pence).astype(np.int64))


def _pay_triage(economy: "HealthEconomy") -> None:
    """A single point of access costs its holder something for each referral."""
    state, price = economy.state, economy.setup.parameters["minds.hub_pence_per_referral"]
    for prime in live_primes(economy):
        if state.provision.hub[prime.commissioner, prime.pathway]:
            here = list_of(economy, prime.commissioner)
            pence = round(economy.flows.needed[here, :, prime.pathway].sum() * price)
            state.money.ledger.post(state.month, prime.holder, MARKET, "triage", pence)


def _pay_networks(economy: "HealthEconomy") -> None:
    """Shared records and joint teams cost something for each patient covered."""
    setup, state, provision = economy.setup, economy.state, economy.state.provision
    holder = {o.network: o.body for o in state.integrated.organisations}
    record, team = covered(provision)
    rate = (
        record * setup.parameters["links.records_pence_per_patient_year"]
        + team * setup.parameters["links.teams_pence_per_patient_year"]
    )
    for n in np.flatnonzero(rate.any(axis=1)).tolist():
        for k, agent in enumerate(economy.minds.commissioners):
            pence = (rate[n] * state.practices.lists)[list_of(economy, k)].sum() / 12
            payer = holder.get(n, agent.body)
            state.money.ledger.post(state.month, payer, MARKET, "transition", round(pence))


def _pay_members(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Support for member practices, and case managers for the patients covered."""
    setup, state = economy.setup, economy.state
    members = state.provision.network == organisation.network
    support = setup.parameters["minds.member_support_pence_per_patient"]
    pence = np.rint(support * state.practices.lists * members / 12).astype(np.int64)
    state.money.ledger.post(
        state.month, organisation.body, state.provision.practice_body, "member_support", pence
    )
    covered = COVERAGE[organisation.coverage] * state.practices.lists[members].sum()
    cost = setup.parameters["minds.case_manager_pence_per_patient"]
    state.money.ledger.post(
        state.month, organisation.body, MARKET, "case_management", round(covered * cost / 12)
    )
