"""What can be changed on the page while an economy runs; the choices are in levers.toml."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from model.budgets.budgets import terms_in_force
from model.input.errors import InputError
from model.month.economy import HealthEconomy
from model.month.interventions import change_minds, change_rules, change_terms, restore_rules
from model.policies.policy import rules_in_force
from model.policies.terms import terms_of
from model.rules import rules_of_year


@dataclass(frozen=True)
class Choice:
    """One setting of a lever: rules, terms of the policy or the kind of mind it means."""

    name: str
    label: str
    rules: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, float] = field(default_factory=dict)
    as_at_start: tuple[str, ...] = ()
    mind: str = ""

    def rules_in(self, economy: HealthEconomy) -> dict[str, Any]:
        """The rules it sets in this economy; None where there was none in the place's year."""
        start = rules_of_year(economy.setup.place.year)
        return self.rules | {name: start.get(name) for name in self.as_at_start}


@dataclass(frozen=True)
class ShownLever:
    """A question with a few answers."""

    name: str
    title: str
    help: str
    choices: tuple[Choice, ...]

    def choice(self, name: str) -> Choice:
        """The choice of this name; `InputError` if there is none."""
        for choice in self.choices:
            if choice.name == name:
                return choice
        raise InputError(
            "no such choice", key=self.name, value=name, allowed=[c.name for c in self.choices]
        )


@cache
def levers() -> dict[str, ShownLever]:
    """Every lever of the page by name, in its order."""
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        name: ShownLever(name, table["title"], table["help"],
                    tuple(Choice(**choice) for choice in table["choices"]))
        for name, table in tables.items()
    }  # fmt: skip


def find_lever(name: str) -> ShownLever:
    """The lever of this name; `InputError` if there is none."""
    if name not in levers():
        raise InputError("no such lever on this page", key="lever", value=name, allowed=levers())
    return levers()[name]


def apply(economy: HealthEconomy, choice: Choice) -> None:
    """Set what a choice means, from the month that is lived next."""
    if choice.rules:
        change_rules(economy, choice.rules)
    if choice.as_at_start:
        restore_rules(economy, choice.as_at_start)
    if choice.terms:
        change_terms(economy, choice.terms)
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


def idle(economy: HealthEconomy) -> list[str]:
    """Levers that change nothing here: they set terms that the policy does not have."""
    known = terms_of(economy.policy)
    return [
        name for name, lever in levers().items()
        if any(set(choice.terms) - set(known) for choice in lever.choices)
    ]  # fmt: skip


def _holds(choice: Choice, economy: HealthEconomy, rules: dict[str, Any]) -> bool:
    return (
        all(rules.get(name) == value for name, value in choice.rules_in(economy).items())
        and all(_term_is(economy, name, value) for name, value in choice.terms.items())
        and choice.mind in ("", economy.minds.mind.__name__)
    )


def _term_is(economy: HealthEconomy, name: str, value: float) -> bool:
    """Whether every budget that the policy offers has this value of a term; False without any."""
    found = {
        getattr(terms_in_force(economy.setup, economy.rules, written), name)
        for written in economy.policy.budgets
    }
    return found == {value}
