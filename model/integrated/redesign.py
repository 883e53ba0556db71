"""Services by which integrated organisations keep patients out of hospital: made, bought, learnt.

Support at discharge makes losses on leaving a ward rarer; a rapid-response team avoids some
preventable emergencies. A team of one's own costs something from the first day and learns what it
is worth over years; what is bought is half as good at once. Clinics outside hospital fill up along
the same kind of curve.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations import integrated_organisation
from agents.organisations.integrated_organisation import RedesignObservation
from agents.patients.patient_tables import World
from model.care.links import GROWTH_MONTHS, kept_by_neglect, learnt
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment
from model.policies.gain_sharing import owner_share
from model.population.demand import ActivityRates
from model.state.bodies import MARKET
from model.state.hospitals import Hospitals
from model.state.integrated import Integrated, IntegratedCare, Service
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import EMERGENCIES, State, Yearbooks

SERVICES = ("discharge_support", "admission_avoidance")


def first_services(value: Mapping[str, Any]) -> dict[str, Service]:
    """No service yet, and what is hoped of each."""
    return {name: Service(float(value[f"redesign.believed_{name}"])) for name in SERVICES}


def ability(value: Mapping[str, Any], leadership: float) -> float:
    """Effect of an organisation's services relative to the mean; `leadership` in deviations."""
    return float(max(1.0 + value["redesign.ability_spread"] * leadership, 0.0))


def skill_in_use(value: Mapping[str, Any], service: Service) -> float:
    """Skill with which a service is done now, 0 to 1."""
    bought = float(value["redesign.bought_skill"])
    return {"make": service.skill, "buy": bought}.get(service.how, 0.0)


def plan_services(
    minds: Minds,
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    organisation: Integrated,
    members: np.ndarray,
    stake: float,
    spend: float,
) -> None:
    """Make, buy or do without each service; one in which nobody believes is not thought of.

    `stake` is as for case management, `spend` what `last_year.first_emergencies` cost, pounds.
    `members`: bool [practices].
    """
    agent = minds.organisations[organisation.code]
    for name, service in organisation.services.items():
        if service.believed > 0.0 or service.how != "do_without":
            observation = redesign_observation(
                setup.parameters,
                state.practices,
                payment,
                organisation,
                name,
                members,
                stake,
                spend,
            )
            forced = forced_option(
                minds, state.month, agent.code, integrated_organisation.REDESIGN, name
            )
            decision = agent.redesign(observation, state.month, forced, name)
            schedule_effect(
                setup.place,
                state.docket,
                decision,
                "service",
                (organisation.code, name, decision.chosen),
            )


def redesign_observation(
    value: Parameters,
    practices: Practices,
    payment: HospitalPayment,
    organisation: Integrated,
    name: str,
    members: np.ndarray,
    stake: float,
    spend: float,
) -> RedesignObservation:
    """What it sees of a service; `stake` and `spend` as for `plan_services`."""
    service = organisation.services[name]
    patients, terms = int(practices.lists[members].sum()), organisation.terms
    own = yearly_pence(value, name, "make") * patients / PENCE_PER_POUND
    setup = own * value["redesign.setup_years"] / value["redesign.horizon_years"]
    bought = yearly_pence(value, name, "buy") * patients / PENCE_PER_POUND
    skill = {
        "do_without": 0.0,
        "make": skill_ahead(value, service.skill, value["redesign.service_months"]),
        "buy": float(value["redesign.bought_skill"]),
    }
    return RedesignObservation(
        current=service.how,
        patients=patients,
        emergency_spend=spend,
        believed_effect=service.believed,
        skill=skill,
        cost={"do_without": 0.0, "make": own + setup * (service.how != "make"), "buy": bought},
        kept_share=terms.risk_up * owner_share(value, *organisation.parties),
        leader_stake=stake,
        spared=float(payment.emergencies_by_activity),
    )


def yearly_pence(value: Mapping[str, Any], name: str, way: str) -> float:
    """What a service costs for a registered patient a year, done in one of WAYS."""
    factor = {"make": 1.0, "buy": value["redesign.bought_price_factor"]}.get(way, 0.0)
    return float(value[f"redesign.{name}_pence_per_patient"] * factor)


def skill_ahead(value: Mapping[str, Any], skill: float, full: float) -> float:
    """Mean skill over the years looked ahead to; who begins anew has it after `full` months.

    As `services_learn` has it: at the end of the month in which they begin, and each quarter.
    `value`: numbers by full name; `skill` now, 0 to 1.
    """
    ahead = np.arange(round(12.0 * value["redesign.horizon_years"]))
    worked = GROWTH_MONTHS * np.ceil(ahead / GROWTH_MONTHS)
    steepness = value["links.curve_steepness"]
    return float(np.mean([learnt(skill, float(m), full, steepness) for m in worked]))


def take_up(
    value: Parameters, state: State, organisation: Integrated, name: str, chosen: str
) -> None:
    """An organisation makes, buys or does without a service from now on; setting up is paid."""
    service = organisation.services[name]
    if chosen == "make" and service.how != "make":
        patients = state.practices.lists[state.provision.network == organisation.network].sum()
        years = value["redesign.setup_years"]
        pence = round(float(patients * yearly_pence(value, name, "make") * years))
        state.money.ledger.post(state.month, organisation.body, MARKET, "redesign", pence)
    service.how = chosen


def pay_services(value: Parameters, state: State, organisation: Integrated) -> None:
    """A month of an organisation's services."""
    patients = state.practices.lists[state.provision.network == organisation.network].sum()
    pence = sum(yearly_pence(value, name, s.how) for name, s in organisation.services.items())
    month = round(float(patients * pence / 12))
    state.money.ledger.post(state.month, organisation.body, MARKET, "redesign", month)


def services_learn(value: Parameters, month: int, integrated: IntegratedCare) -> None:
    """Quarter by quarter own teams and clinics get better; what is not done is forgotten."""
    if month % GROWTH_MONTHS:
        return
    kept = kept_by_neglect(value)
    service_months = value["redesign.service_months"]
    clinic_months = value["redesign.clinic_months"]
    for o in integrated.organisations:
        for service in o.services.values():
            doing = service.how == "make"
            service.skill = _next(value, service.skill, doing, service_months, kept)
        o.clinic_skill = _next(value, o.clinic_skill, o.clinics != "buy_all", clinic_months, kept)


def _next(value: Mapping[str, Any], skill: float, doing: bool, full: float, kept: float) -> float:
    if not doing:
        return skill * kept
    return float(learnt(skill, GROWTH_MONTHS, full, value["links.curve_steepness"]))


def prevented(value: Mapping[str, Any], organisation: Integrated) -> float:
    """Factor on members' preventable emergencies."""
    skill = skill_in_use(value, organisation.services["admission_avoidance"])
    effect = value["redesign.admission_avoidance_effect"] * organisation.ability
    return float(max(1.0 - effect * skill, 0.0))


def support_discharges(value: Mapping[str, Any], state: State) -> None:
    """Losses on leaving a ward, by practice, with what its organisation does about them."""
    loss = np.ones(state.practices.lists.size)
    for organisation in state.integrated.organisations:
        skill = skill_in_use(value, organisation.services["discharge_support"])
        effect = (1.0 - value["redesign.discharge_loss_multiplier"]) * organisation.ability
        members = state.provision.network == organisation.network
        loss[members] = max(1.0 - effect * skill, 0.0)
    if (loss != state.provision.discharge_loss).any():
        state.provision.discharge_loss = loss
        state.referrals.routes_stale = True


def learn_from_emergencies(
    value: Parameters, provision: Provision, yearbooks: Yearbooks, organisation: Integrated
) -> None:
    """Beliefs move part of the way to what emergencies seem to show.

    Any fall of members' emergencies below what the capitation was set for is put down to the
    services, whatever brought it about: success can be apparent only.
    """
    members = provision.network == organisation.network
    foreseen = 12.0 * organisation.capitation_pence[members, EMERGENCIES].sum()
    expected = sum(s.believed * skill_in_use(value, s) for s in organisation.services.values())
    if expected <= 0.0 or foreseen <= 0.0:
        return
    fall = 1.0 - yearbooks.last_year.emergency_spend[members].sum() / foreseen
    surprise = float(np.clip(fall / expected, 0.0, value["redesign.most_surprise"]))
    share = value["redesign.learning_share"]
    for service in organisation.services.values():
        if service.how != "do_without":
            service.believed *= (1.0 - share) + share * surprise


def set_stays(
    value: Parameters, activity: ActivityRates, hospitals: Hospitals, world: World
) -> None:
    """Day cases, lengths of stay and whom they take, as trusts have come to manage it."""
    lines, share = hospitals.lines, activity.day_case_share
    world.sites["day_case_share"] = 1.0 - (1.0 - share) * lines.overnight
    world.sites["stay"] = lines.stay
    world.sites["only_simple"] = lines.only_simple
    hurry = value["trusts.lost_discharges_per_stay_cut"]
    world.sites["discharge_loss"] = 1.0 + hurry * (1.0 - lines.stay)
