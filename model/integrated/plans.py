"""What integrated organisations and the practices they invite see, and what they decide."""

import math

import numpy as np

from agents.organisations import integrated_organisation
from agents.organisations.integrated_organisation import (
    CLINIC_SHARES,
    COVERAGE,
    CoordinationObservation,
    GiveUpObservation,
    IntegratedOrganisation,
    MakeOrBuyObservation,
)
from model.care.flows import emergency_shares_of
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.minds import Minds
from model.integrated.choosing_members import practices_consider_membership
from model.integrated.joining import luck_spread, update_beliefs
from model.integrated.organisations import members_of, open_organisations
from model.integrated.redesign import plan_services, skill_ahead
from model.integrated.results import exit_pence, paid_capitation
from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.last_year import first_emergencies
from model.payments.money import Prices, day_cost
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import Mean, levels_ahead
from model.policies.gain_sharing import (
    expected_parts,
    owner_share,
)
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.integrated import Integrated
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import NOBODY, Provision
from model.state.setup import Setup
from model.state.state import Residents, State, Yearbooks


def organisations_plan(
    minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int
) -> None:
    """Every decision of and about integrated organisations that is due this month."""
    month = state.month
    if integrated_organisation.COORDINATION.is_due(month):
        for organisation in open_organisations(state.integrated, state.docket):
            _plan(minds, setup, state, in_force, organisation)
        update_beliefs(minds, setup, state, seed)
        practices_consider_membership(minds, setup, state, in_force.payment)
    if integrated_organisation.GIVE_UP.of(setup.parameters).is_due(month):
        for organisation in open_organisations(state.integrated, state.docket):
            _consider_giving_up(minds, setup, state, in_force, organisation)


def _plan(
    minds: Minds, setup: Setup, state: State, in_force: InForce, organisation: Integrated
) -> None:
    """Clinics outside hospital, coverage of case management, and services of its own."""
    month, members = state.month, members_of(state.provision, organisation)
    if not members.any():
        return
    agent = minds.organisations[organisation.code]
    level = level_of_plans(setup, state, in_force)
    stakes = hospital_stakes(setup, state, in_force, organisation, members, level)
    clinics = make_or_buy_observation(
        setup.parameters,
        in_force.payment,
        organisation,
        level.price * clinic_spend(state.provision, state.yearbooks, members).sum(),
        stakes[0],
    )
    forced = forced_option(minds, month, agent.code, integrated_organisation.MAKE_OR_BUY)
    decision = agent.make_or_buy(clinics, month, forced)
    schedule_effect(
        setup.place, state.docket, decision, "clinics", (organisation.code, decision.chosen)
    )
    emergencies = level.price * state.yearbooks.last_year.emergency_spend[members].sum()
    coordination = coordination_observation(
        setup, state, in_force.payment, organisation, members, emergencies, stakes[1]
    )
    forced = forced_option(minds, month, agent.code, integrated_organisation.COORDINATION)
    decision = agent.coordinate(coordination, month, forced)
    schedule_effect(
        setup.place, state.docket, decision, "coverage", (organisation.code, decision.chosen)
    )
    first = level.price * first_emergencies(setup, state, in_force.prices)[members].sum()
    spend = float(first) / PENCE_PER_POUND
    plan_services(minds, setup, state, in_force.payment, organisation, members, stakes[1], spend)


def level_of_plans(setup: Setup, state: State, in_force: InForce) -> Mean:
    """Prices and costs over the years that a plan looks ahead to, beside today's."""
    months = round(YEAR * setup.parameters["redesign.horizon_years"])
    lag = integrated_organisation.MAKE_OR_BUY.of(setup.parameters).lag_months
    return levels_ahead(setup.place, setup.parameters, state, in_force, lag, months).mean()


def make_or_buy_observation(
    value: Parameters,
    payment: HospitalPayment,
    organisation: Integrated,
    spend_pence: float,
    stake: float,
) -> MakeOrBuyObservation:
    """What it sees of clinics that cost `spend_pence` a year at hospitals.

    `stake` is what its leader's hospital loses of a pound moved.
    """
    return MakeOrBuyObservation(
        current=organisation.clinics,
        clinic_spend=spend_pence / PENCE_PER_POUND,
        own_cost_share=value["minds.own_clinic_cost_share"],
        setup_cost_share=value["minds.clinic_setup_share"],
        kept_share=organisation.terms.risk_up * owner_share(value, *organisation.parties),
        leader_stake=stake,
        spared=float(payment.planned_by_activity),
        skill=skill_ahead(value, organisation.clinic_skill, value["redesign.clinic_months"]),
    )


def clinic_spend(provision: Provision, yearbooks: Yearbooks, members: np.ndarray) -> np.ndarray:
    """Last year's clinics that an organisation pays for, not prime providers [members, 13]."""
    apart = provision.prime_slot[provision.practice_commissioner[members]] == NOBODY
    return np.where(apart, yearbooks.last_year.clinic_spend[members], 0.0)


def coordination_observation(
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    organisation: Integrated,
    members: np.ndarray,
    spend_pence: float,
    stake: float,
) -> CoordinationObservation:
    """What it sees of case management for members whose emergencies cost `spend_pence` a year.

    `stake` as for clinics, of a pound of crises avoided.
    """
    value = setup.parameters
    patients = int(state.practices.lists[members].sum())
    owned = owner_share(value, *organisation.parties)
    return CoordinationObservation(
        current=organisation.coverage,
        patients=patients,
        cost_per_patient=value["minds.case_manager_pence_per_patient"] / PENCE_PER_POUND,
        emergency_spend_per_head=spend_pence / PENCE_PER_POUND / patients,
        believed_effect=organisation.effect,
        concentration=concentration(setup, state.residents, state.practices, members),
        kept_share=organisation.terms.risk_up * owned,
        leader_stake=stake,
        apparent_effect=organisation.apparent_effect,
        spared=float(payment.emergencies_by_activity),
    )


def concentration(
    setup: Setup, residents: Residents, practices: Practices, members: np.ndarray
) -> dict[str, float]:
    """Share of expected emergencies of the patients with the highest risk scores, by option.

    `members`: whose patients, bool [practices].
    """
    known = setup.everybody
    patients = np.cumsum(known.weights(members, practices.lists.astype(np.float64)))
    crises = np.diff(patients, prepend=0.0) * residents.strata["emergency_rate"][known.stratum]
    above = np.cumsum(crises) / crises.sum()
    return {
        name: float(np.interp(share, patients / patients[-1], above)) if share else 0.0
        for name, share in COVERAGE.of(setup.parameters).items()
    }


def hospital_stakes(
    setup: Setup,
    state: State,
    in_force: InForce,
    organisation: Integrated,
    members: np.ndarray,
    level: Mean,
) -> tuple[float, float]:
    """Margin that a leader's own hospital loses of a pound of clinics moved, of crises avoided.

    At a `level` of prices and costs beside today's: what it is paid less the variable cost that
    goes with the care; nought for a leader without a hospital. Where it is paid in a block, it is
    spared cost and loses nothing. `members`: whose patients, bool [practices].
    """
    if organisation.leader == NOBODY:
        return 0.0, 0.0
    own = state.provision.site_owner(state.bodies) == state.bodies.owner[organisation.leader]
    dearer = level.cost / level.price  # cost of what a pound will buy
    return _clinic_stake(setup, state, in_force, members, own, dearer), _crisis_stake(
        setup, state, in_force.payment, in_force.prices, members, own, dearer
    )


def _clinic_stake(
    setup: Setup,
    state: State,
    in_force: InForce,
    members: np.ndarray,
    own: np.ndarray,
    dearer: float,
) -> float:
    """Margin that sites (a mask) lose of a pound of members' clinics."""
    margins = planned_margins(setup, state, in_force) * np.array([1.0, dearer])
    left = own[:, None] * (margins[:, :, 0] - margins[:, :, 1])
    left /= state.hospitals.market_forces.paid[:, None]
    clinics = clinic_spend(state.provision, state.yearbooks, members)
    candidate = setup.geography.candidate[members]
    there = np.where((candidate >= 0)[:, :, None], left[candidate], 0.0)
    lost = (clinics[:, None, :] * state.referrals.shares[members] * there).sum()
    return float(lost / max(clinics.sum(), 1.0))


def _crisis_stake(
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    prices: Prices,
    members: np.ndarray,
    own: np.ndarray,
    dearer: float,
) -> float:
    """Margin that sites (a mask) lose of a pound of members' emergencies."""
    year = state.yearbooks.last_year
    candidate = setup.geography.candidate[members]
    near = emergency_shares_of(setup.geography, state.hospitals, state.practices)[members, :, 0] * (
        candidate >= 0
    )
    paid = near * state.hospitals.market_forces.paid[candidate]
    paid /= np.maximum(paid.sum(axis=1, keepdims=True), 1e-30)
    income = year.emergency_spend[members][:, None] * paid
    income *= payment.emergencies_by_activity
    cost = (
        dearer
        * year.emergency_value[members][:, None]
        * near
        * _urgent_cost_more(setup.parameters, setup.activity, state.hospitals, prices)[candidate]
    )
    lost = (own[candidate] * (income - cost)).sum()
    return float(lost / max(year.emergency_spend[members].sum(), 1.0))


def _urgent_cost_more(
    value: Parameters, activity: ActivityRates, hospitals: Hospitals, prices: Prices
) -> np.ndarray:
    """What a pound more of emergencies at national prices costs a site [sites].

    Variable cost, less what shorter stays than at the start save on it.
    """
    lines = hospitals.lines
    days = activity.emergency_stay_days * (1.0 - lines.stay)
    cost = prices.emergency_cost * prices.variable * lines.unit_cost
    cost = cost - day_cost(value) * days / (prices.emergency + prices.attendance)
    whole = np.maximum(lines.base_emergency.sum(axis=1), 1e-30)
    each: np.ndarray = (cost * lines.base_emergency).sum(axis=1) / whole
    return each


def _consider_giving_up(
    minds: Minds, setup: Setup, state: State, in_force: InForce, organisation: Integrated
) -> None:
    if not members_of(state.provision, organisation).any():
        return
    agent: IntegratedOrganisation = minds.organisations[organisation.code]
    observation = give_up_observation(setup, state, in_force, organisation)
    forced = forced_option(minds, state.month, agent.code, integrated_organisation.GIVE_UP)
    decision = agent.give_up(observation, state.month, forced)
    schedule_effect(setup.place, state.docket, decision, "surrender", (organisation.code,))


def give_up_observation(
    setup: Setup, state: State, in_force: InForce, organisation: Integrated
) -> GiveUpObservation:
    """What the leader gains and loses by the contract, as it believes."""
    value, terms = setup.parameters, organisation.terms
    members = members_of(state.provision, organisation)
    patients = int(state.practices.lists[members].sum())
    budget = 12.0 * paid_capitation(state.provision, organisation) / PENCE_PER_POUND
    kept = _believed_kept(value, organisation, patients, budget)
    wanted = value["integrated.outside_return_share"] * (organisation.lead == "outside")
    return GiveUpObservation(
        patients=patients,
        notice_months=terms.notice_months,
        own_gain=kept * owner_share(value, *organisation.parties),
        own_loss=_lost_margin(setup, state, in_force, organisation, members),
        wanted_return=wanted * budget,
        exit_cost=float(exit_pence(value, state.provision, state.practices, organisation).sum())
        / PENCE_PER_POUND,
    )


def _believed_kept(
    value: Parameters, organisation: Integrated, patients: int, budget: float
) -> float:
    """Pounds a year that the leader expects the organisation to keep, or negative, to bear."""
    terms, belief = organisation.terms, organisation.leaders_belief
    draw = luck_spread(value, terms, patients, budget / patients)
    deviation = budget * math.hypot(belief.spread, draw)
    gain, loss = expected_parts(belief.mean * budget, deviation, budget, terms)
    return gain - loss


def _lost_margin(
    setup: Setup, state: State, in_force: InForce, organisation: Integrated, members: np.ndarray
) -> float:
    """Pounds a year that the leader's hospital loses by clinics moved and crises avoided."""
    lag = organisation.terms.notice_months
    level = levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR).mean()
    planned, urgent = hospital_stakes(setup, state, in_force, organisation, members, level)
    year = state.yearbooks.last_year
    moved = CLINIC_SHARES.of(setup.parameters)[organisation.clinics] * organisation.clinic_skill
    moved *= clinic_spend(state.provision, state.yearbooks, members).sum()
    covered = concentration(setup, state.residents, state.practices, members)[organisation.coverage]
    avoided = organisation.effect * covered * year.emergency_spend[members].sum()
    return level.price * float(planned * moved + urgent * avoided) / PENCE_PER_POUND
