"""What a new decision takes: a rule and a view, a room that asks, an effect; nothing else is
edited.

In the project it is four files: `agents/decisions/`, `agents/choice/decisions.toml`,
the room of the institution in `model/`, and `model/stories/decision_words.toml`; one line of
`HealthEconomy.organisations_decide` says when it is asked for. Here all of it stands in one.
"""

from dataclasses import dataclass

import pytest

from agents.choice.deciding import DecisionType, Option
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import EFFECTS, effect
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy

PAID, COST = 40_000.0, 25_000.0  # pounds a year
RULE = DecisionType("evening_clinic", 12, 2, "a payment for evenings", 5_000.0, 1_000.0)


@dataclass(frozen=True)
class EveningView:
    """What partners see of a clinic in the evening. Pounds a year."""

    paid: float
    cost: float


def practices_consider_evenings(minds, setup, state):
    """Once a year every open practice."""
    if not RULE.is_due(state.month):
        return
    for g, agent in enumerate(minds.practices):
        observation = EveningView(PAID, COST)
        options = [
            Option("no_evenings", 0.0),
            Option("evenings", observation.paid - observation.cost),
        ]
        forced = forced_option(minds, state.month, agent.code, RULE)
        decision = agent.decide(
            RULE, options, state.month, {"paid": observation.paid}, forced=forced
        )
        schedule_effect(setup.place, state.docket, decision, "evenings", (g,))


@pytest.fixture
def declared():
    @effect("evenings", "state.practices", touches=objects.of_practice("hours"))
    def open_in_the_evening(practices, practice):
        practices.access[practice] = 1

    yield
    del EFFECTS["evenings"]


def test_a_new_decision_is_recorded_and_takes_effect(declared, shire, after_burn_in):
    economy = HealthEconomy(
        shire, find_policy("status_quo"), 1, "inert", state=after_burn_in.copy()
    )
    code, month = economy.minds.practices[3].code, economy.state.month
    economy.minds.forced[code, RULE.name, month] = "evenings"
    practices_consider_evenings(economy.minds, economy.setup, economy.state)
    made = [d for d in economy.decisions() if d.rule == RULE.name]
    assert len(made) == len(economy.minds.practices)
    (taken,) = [d for d in made if d.chosen == "evenings"]
    assert taken.forced and taken.effect_month == month + 2
    assert taken.objects == objects.of_practice("hours")(shire.place, 3)
    before = economy.state.practices.access[3]
    economy.run(2)
    assert economy.state.practices.access[3] == before == 0
    economy.run(1)
    assert economy.state.practices.access[3] == 1
