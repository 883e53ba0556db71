"""The minds of organisations: one agent for each that decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.choice.deciding import Mind
from agents.choice.organisation import Organisation
from agents.organisations.commissioner import Commissioner
from agents.organisations.council import Council
from agents.organisations.integrated_organisation import IntegratedOrganisation
from agents.organisations.practice import Practice
from agents.organisations.regulator import Regulator
from agents.organisations.trust import Trust
from model.parameters import Parameters
from model.state.bodies import Bodies
from model.state.integrated import Integrated
from model.state.ledger import PENCE_PER_POUND
from model.state.state import State

Forced = Mapping[tuple[str, str, int], str]


@dataclass
class Minds:
    """The agents of an economy by what they are; `model` is the Mesa model that they live in."""

    model: Any
    mind: Mind
    seed: int

    practices: list[Practice] = field(default_factory=list)
    trusts: list[Trust] = field(default_factory=list)
    commissioners: list[Commissioner] = field(default_factory=list)
    councils: list[Council] = field(default_factory=list)
    organisations: dict[str, IntegratedOrganisation] = field(default_factory=dict)
    #: The option that an agent must take, if it is there, by its code, the decision and the month.
    forced: dict[tuple[str, str, int], str] = field(default_factory=dict)
    looked_at: dict[Any, Any] | None = (
        None  # while a board looks at a line (`lines_ahead.one_look`)
    )
    regulator: Regulator = field(init=False)
    competition: Regulator = field(init=False)  # rules where there are two bodies


def create_minds(model: Any, value: Parameters, state: State, mind: Mind, seed: int) -> Minds:
    """An agent for every organisation that decides; a run without a past settles their habits."""
    minds = Minds(model, mind, seed)
    for body, (code, name, kind) in enumerate(
        zip(state.bodies.codes, state.bodies.names, state.bodies.kinds, strict=True)
    ):
        about = (model, code, name, body, mind, seed)
        if kind in ("acute", "community", "mental_health", "independent"):
            minds.trusts.append(create_trust(minds, value, state.bodies, body))
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
    for organisation in state.integrated.organisations:
        create_organisation(minds, value, state.bodies, organisation)
    others = (*minds.commissioners, *minds.councils, minds.regulator, minds.competition)
    for agent in others:
        settle(agent, value)
    minds.practices = [
        create_practice(minds, value, state.bodies, int(b)) for b in state.provision.practice_body
    ]
    return minds


def settle(agent: Organisation, value: Parameters) -> None:
    """The numbers of how an organisation decides, before those of what drives it."""
    agent.set_numbers(value)
    agent.scale_choice_noise(
        value["minds.inertia"], value["minds.noise"], value["minds.noise_of_stakes"]
    )


def create_trust(minds: Minds, value: Parameters, bodies: Bodies, body: int) -> Trust:
    """The mind of a provider."""
    code, name = bodies.codes[body], bodies.names[body]
    agent = Trust(minds.model, code, name, body, minds.mind, minds.seed)
    settle(agent, value)
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
    return agent


def create_practice(minds: Minds, value: Parameters, bodies: Bodies, body: int) -> Practice:
    """The mind of a practice."""
    code, name = bodies.codes[body], bodies.names[body]
    agent = Practice(minds.model, code, name, body, minds.mind, minds.seed)
    settle(agent, value)
    agent.set_motives(
        value["minds.practice_altruism"],
        value["minds.practice_risk_aversion_per_pound"],
        value["minds.peer_pounds"],
    )
    agent.set_ties(value["practices.independence_spread"])
    return agent


def create_organisation(
    minds: Minds, value: Parameters, bodies: Bodies, organisation: Integrated
) -> None:
    """The mind of an integrated organisation."""
    name = bodies.names[organisation.body]
    agent = IntegratedOrganisation(
        minds.model, organisation.code, name, organisation.body, minds.mind, minds.seed
    )
    settle(agent, value)
    agent.set_motives(value["minds.coordination_value_pence_per_patient"] / PENCE_PER_POUND, 1.0)
    minds.organisations[organisation.code] = agent
