"""Observations for the minds, and what their decisions change.

Each function builds what one kind of organisation sees, asks it, records the decision and enters
the change in the agenda for the month in which it takes effect.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from agents import practice
from agents.commissioner import Commissioner
from agents.council import Council
from agents.deciding import Decision, Rule, central_pounds
from agents.integrated import IntegratedOrganisation
from agents.practice import EffortView, ExceptionView, Practice
from agents.regulator import Regulator
from agents.trust import Trust
from model.last_year import first_emergencies
from model.objects import touched
from model.parameters import Parameters
from model.practice_effort import effort_steps, reached, steps_of
from model.qof import qof_income
from model.savings import kept_of_saving
from model.state import Integrated

if TYPE_CHECKING:
    from model.economy import HealthEconomy

HOSPITAL_KINDS = ("acute", "independent")
SETTLING_YEARS = 12
PENCE = 100.0
TYPICAL_LIST = 7_000.0  # registered patients, for which what draws attention is given


@dataclass
class Minds:
    """The agents of an economy by what they are."""

    practices: list[Practice] = field(default_factory=list)
    trusts: list[Trust] = field(default_factory=list)
    commissioners: list[Commissioner] = field(default_factory=list)
    councils: list[Council] = field(default_factory=list)
    organisations: dict[str, IntegratedOrganisation] = field(default_factory=dict)
    regulator: Regulator = field(init=False)
    competition: Regulator = field(init=False)  # rules where there are two bodies


def create_minds(economy: "HealthEconomy") -> Minds:
    """An agent for every organisation that decides; a run without a past settles their habits."""
    minds, value, state = Minds(), economy.setup.parameters, economy.state
    for body, (code, name, kind) in enumerate(
        zip(state.bodies.codes, state.bodies.names, state.bodies.kinds, strict=True)
    ):
        about = (economy, code, name, body, economy.mind, economy.seed)
        if kind in ("acute", "community", "mental_health", "independent"):
            minds.trusts.append(create_trust(economy, body))
        elif kind == "commissioner":
            buyer = Commissioner(*about)
            buyer.set_motives(value["minds.bidder_quality_pounds"], value["minds.incumbency_share"])
            minds.commissioners.append(buyer)
        elif kind in ("regulator", "competition_authority"):
            ruling = Regulator(*about)
            ruling.set_motives(
                value["trusts.alternative_pounds"],
                value["trusts.claims_believed"],
                value["trusts.public_money_cost"],
                value["trusts.failing_harm_share"],
                value["trusts.journey_pounds"],
                value["trusts.override_pounds"],
            )
            if kind == "regulator":
                minds.regulator = ruling
            else:
                minds.competition = ruling
        elif kind == "council":
            minds.councils.append(Council(*about))
    for organisation in state.organisations:
        create_organisation(economy, minds, organisation)
    others = (*minds.commissioners, *minds.councils, minds.regulator, minds.competition)
    for agent in others:
        agent.set_temper(*temper_of(value))
    minds.practices = [create_practice(economy, int(b)) for b in state.provision.practice_body]
    return minds


def temper_of(value: Parameters) -> tuple[float, float, float, dict[str, float]]:
    """Factors on inertia and on noise, noise as a share of what is at stake, and own pounds."""
    pounds = {
        name: own
        for name, central in central_pounds().items()
        if (own := float(value[f"decisions.{name}"])) != central
    }
    return value["minds.inertia"], value["minds.noise"], value["minds.noise_of_stakes"], pounds


def create_trust(economy: "HealthEconomy", body: int) -> Trust:
    """The mind of a provider."""
    bodies, value = economy.state.bodies, economy.setup.parameters
    code, name = bodies.codes[body], bodies.names[body]
    agent = Trust(economy, code, name, body, economy.mind, economy.seed)
    agent.set_motives(
        value["minds.quality_pounds"],
        value["minds.mission_pounds"],
        value["minds.bid_optimism"],
        value["minds.bid_price_slope"],
        value["trusts.waning"],
    )
    agent.set_ambition(
        value["trusts.deficit_pressure"],
        value["trusts.growth_share"],
        value["trusts.saving_effort"],
    )
    agent.set_ties(
        value["trusts.independence_pounds"],
        value["trusts.independence_spread"],
        value["trusts.distraction_pounds"],
        value["trusts.site_ties_pounds"],
    )
    agent.set_temper(*temper_of(value))
    return agent


def create_practice(economy: "HealthEconomy", body: int) -> Practice:
    """The mind of a practice."""
    bodies, value = economy.state.bodies, economy.setup.parameters
    code, name = bodies.codes[body], bodies.names[body]
    agent = Practice(economy, code, name, body, economy.mind, economy.seed)
    agent.set_motives(
        value["minds.practice_altruism"],
        value["minds.practice_risk_aversion_per_pound"],
        value["minds.peer_pounds"],
    )
    agent.set_temper(*temper_of(value))
    return agent


def create_organisation(economy: "HealthEconomy", minds: Minds, organisation: Integrated) -> None:
    """The mind of an integrated organisation."""
    value = economy.setup.parameters
    name = economy.state.bodies.names[organisation.body]
    agent = IntegratedOrganisation(
        economy, organisation.code, name, organisation.body, economy.mind, economy.seed
    )
    agent.set_motives(value["minds.coordination_value_pence_per_patient"] / PENCE, 1.0)
    agent.set_temper(*temper_of(value))
    minds.organisations[organisation.code] = agent


def settle_efforts(economy: "HealthEconomy") -> None:
    """Practices begin with the efforts they would have come to, so that habits do not drift."""
    points, first = points_by_effort(economy), first_emergencies(economy)
    for year in range(SETTLING_YEARS, 0, -1):
        for g, agent in enumerate(economy.minds.practices):
            view = effort_view(economy, g, points[g], first[g])
            economy.state.effort[g] = agent.set_effort(view, 30_000 - 12 * year).chosen


def organisations_decide(economy: "HealthEconomy") -> None:
    """Everything that is due this month."""
    month = economy.state.month
    if practice.EFFORT.is_due(month):
        _practices_set_effort(economy)


def forced_option(economy: "HealthEconomy", agent: str, rule: Rule, about: str = "") -> str | None:
    """The option that this run forces on a decision, if any."""
    month = economy.state.month
    whole = economy.forced.get((agent, rule.name, month))
    return economy.forced.get((agent, f"{rule.name} {about}", month), whole)


def enter(
    economy: "HealthEconomy", decision: Decision, change: str, details: tuple[Any, ...]
) -> None:
    """Record a decision with what it bears on, and put what it changes on the agenda."""
    record(economy, decision, *touched(economy, change, details))
    if decision.chosen != decision.options[0]:
        economy.state.agenda.append((decision.effect_month, change, details))


def record(economy: "HealthEconomy", decision: Decision, *objects: str) -> None:
    """Keep a decision with the objects that it bears on (model.objects)."""
    economy.state.decisions.append(replace(decision, objects=objects))


def effort_view(economy: "HealthEconomy", g: int, points: np.ndarray, first: float) -> EffortView:
    """What a practice sees when it sets its effort; `points` is its row of `points_by_effort`.

    `first`: pence of its patients' emergencies that were no readmissions, which care can prevent.
    Who is not referred has no operation either, and is not readmitted after it.
    """
    setup, state = economy.setup, economy.state
    value, patients = setup.parameters, int(state.lists[g])
    least, usual, most = points.tolist()
    kept = kept_of_saving(economy, g)
    planned = state.last_year.planned_spend[g][kept.care[:-1]].sum() / PENCE
    crises = first * kept.care[-1] / PENCE
    referred = planned + state.last_year.emergency_spend[g] * kept.care[-1] / PENCE - crises
    more = steps_of(value)["more"]
    preventable = value["demand.preventable_share"] * -value["practices.qof_effect_on_preventable"]
    return EffortView(
        list_size=patients,
        current=state.effort[g],
        qof_gain=most - usual,
        qof_loss=usual - least,
        incentivised_cost=value["minds.incentivised_effort_pence_per_patient"] * patients / PENCE,
        referral_cost=value["minds.referral_effort_pence_per_patient"] * patients / PENCE,
        planned_saving=value["minds.referral_management_effect"] * referred,
        crisis_saving=more * preventable * crises,
        retained_share=kept.share,
        patients_benefit=value["minds.patients_benefit_pence_per_patient"] * patients / PENCE,
        more_steps=more,
        private_share=kept.private,
        referral_rise=value["budgets.referral_rise"] * referred,
        coming_share=kept.coming,
    )


def points_by_effort(economy: "HealthEconomy") -> np.ndarray:
    """Pounds a year for points with less, the usual and more effort [practices, 3]."""
    known = steps_of(economy.setup.parameters)
    steps = np.array([known["less"], known["usual"], known["more"]])
    return qof_at(economy, steps, economy.state.more_exceptions[:, None])


def points_by_exceptions(economy: "HealthEconomy") -> np.ndarray:
    """Pounds a year for points at today's effort, with exceptions as needed and more [.., 2]."""
    steps = effort_steps(economy.setup.parameters, economy.state.effort)[:, None]
    return qof_at(economy, steps, np.array([False, True]))


def qof_at(economy: "HealthEconomy", steps: np.ndarray, more_exceptions: np.ndarray) -> np.ndarray:
    """What practices would be paid for points, in pounds a year [practices, n].

    `steps` of effort and whether more are excepted than care needs: [n] or [practices, 1].
    """
    state, value = economy.state, economy.setup.parameters
    share = reached(value, steps, more_exceptions)
    prevalence, lists = state.practice_books.prevalence, state.lists.astype(np.float64)
    income = qof_income(economy.rules, value, prevalence[:, None], lists[:, None], share)
    return income / PENCE


def _practices_set_effort(economy: "HealthEconomy") -> None:
    by_effort, by_exceptions = points_by_effort(economy), points_by_exceptions(economy)
    first = first_emergencies(economy)
    for g in np.flatnonzero(economy.state.lists > 0).tolist():
        agent = economy.minds.practices[g]
        forced = forced_option(economy, agent.code, practice.EFFORT)
        view = effort_view(economy, g, by_effort[g], first[g])
        decision = agent.set_effort(view, economy.state.month, forced)
        enter(economy, decision, "effort", (g, decision.chosen))
    gain = by_exceptions[:, 1] - by_exceptions[:, 0]
    for g in np.flatnonzero(exceptions_matter(economy, gain)).tolist():
        _consider_exceptions(economy, g, float(gain[g]))


def exceptions_matter(economy: "HealthEconomy", gain: np.ndarray) -> np.ndarray:
    """Practices with enough pounds a year within reach by more exceptions, or that make them."""
    state, value = economy.state, economy.setup.parameters
    enough = value["practices.exception_attention_pounds"] * state.lists / TYPICAL_LIST
    matter: np.ndarray = (state.lists > 0) & ((gain > enough) | state.more_exceptions)
    return matter


def _consider_exceptions(economy: "HealthEconomy", g: int, gain: float) -> None:
    """Whether a practice that earns more by it excepts more patients than care needs."""
    state, value, agent = economy.state, economy.setup.parameters, economy.minds.practices[g]
    books = state.practice_books
    on_registers = state.lists[g] * books.conditions * books.prevalence[g]
    view = ExceptionView(
        list_size=int(state.lists[g]),
        more_now=bool(state.more_exceptions[g]),
        gain=gain,
        patients=float(value["practices.exception_rise"] * on_registers),
        conscience=value["minds.exception_conscience_pounds"],
    )
    forced = forced_option(economy, agent.code, practice.EXCEPTIONS)
    decision = agent.consider_exceptions(view, state.month, forced)
    enter(economy, decision, "exceptions", (g, decision.chosen == "except_more"))


def providers(economy: "HealthEconomy") -> list[tuple[int, Trust]]:
    """Trusts and independents of the place that own themselves, with their row among trusts."""
    bodies = economy.state.bodies
    row = {code: r for r, code in enumerate(economy.setup.place.trusts["trust"])}
    return [
        (row[agent.code], agent)
        for agent in economy.minds.trusts
        if agent.code in row and bodies.owner[agent.body] == agent.body
    ]


def hospital_agents(economy: "HealthEconomy") -> list[tuple[int, Trust]]:
    """Acute trusts and independents that still own themselves, with their row among trusts."""
    kinds = economy.state.bodies.kinds
    return [
        (row, agent) for row, agent in providers(economy) if kinds[agent.body] in HOSPITAL_KINDS
    ]


def sites_of(economy: "HealthEconomy", agent: Trust) -> np.ndarray:
    provision, owner = economy.state.provision, economy.state.bodies.owner
    return np.flatnonzero(owner[provision.slot_body[provision.site_slot]] == agent.body)
