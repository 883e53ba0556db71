"""What can be changed on the page while an economy runs; the choices are in levers.toml."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from model.economy import HealthEconomy
from model.errors import BadInput
from model.interventions import change_levers, change_minds, change_rules
from model.policy import find_policy, rules_in_force


@dataclass(frozen=True)
class Choice:
    """One setting of a lever: rules, parameters or the kind of mind it means."""

    name: str
    label: str
    rules: dict[str, Any] = field(default_factory=dict)
    levers: dict[str, float] = field(default_factory=dict)
    as_at_start: tuple[str, ...] = ()
    mind: str = ""

    def rules_in(self, economy: HealthEconomy) -> dict[str, Any]:
        """The rules it sets in this economy."""
        if not self.as_at_start:
            return self.rules
        start = rules_in_force(economy.setup.place.year, find_policy("status_quo"), 0)
        return {name: start[name] for name in self.as_at_start if name in start}


@dataclass(frozen=True)
class Lever:
    """A question with a few answers."""

    name: str
    title: str
    help: str
    choices: tuple[Choice, ...]

    def choice(self, name: str) -> Choice:
        """The choice of this name; `BadInput` if there is none."""
        for choice in self.choices:
            if choice.name == name:
                return choice
        raise BadInput(
            "no such choice", key=self.name, value=name, allowed=[c.name for c in self.choices]
        )


@cache
def levers() -> dict[str, Lever]:
    """Every lever of the page by name, in its order."""
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        name: Lever(name, table["title"], table["help"],
                    tuple(Choice(**choice) for choice in table["choices"]))
        for name, table in tables.items()
    }  # fmt: skip


def find_lever(name: str) -> Lever:
    """The lever of this name; `BadInput` if there is none."""
    if name not in levers():
        raise BadInput("no such lever on this page", key="lever", value=name, allowed=levers())
    return levers()[name]


def apply(economy: HealthEconomy, choice: Choice) -> None:
    """Set what a choice means, from the month that is lived next."""
    if rules := choice.rules_in(economy):
        change_rules(economy, rules)
    if choice.levers:
        change_levers(economy, choice.levers)
    if choice.mind:
        change_minds(economy, choice.mind)


def in_force(economy: HealthEconomy) -> dict[str, str]:
    """By lever, the choice that holds in the month lived next; none if the policy has another."""
    rules = rules_in_force(economy.setup.place.year, economy.policy, max(economy.policy_month, 0))
    return {
        lever.name: choice.name
        for lever in levers().values()
        for choice in lever.choices
        if _holds(choice, economy, rules)
    }


def _holds(choice: Choice, economy: HealthEconomy, rules: dict[str, Any]) -> bool:
    parameters, wanted = economy.setup.parameters, choice.rules_in(economy)
    return (
        all(rules.get(name) == value for name, value in wanted.items())
        and all(parameters[name] == value for name, value in choice.levers.items())
        and choice.mind in ("", _mind_of(economy))
    )


def _mind_of(economy: HealthEconomy) -> str:
    return economy.mind.__name__
