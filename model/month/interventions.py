"""What may be changed in an economy while it runs: rules of the NHS, some terms, and the minds.

A change holds from the month that is lived next. It becomes part of the economy's policy, as if the
policy had said so from the start: whatever follows a rule of a policy follows it too, and there is
no second way in which it could be carried out. Nothing that has happened is altered. Parameters
cannot change: the books of a run are opened with them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from agents.choice.deciding import MINDS
from agents.choice.organisation import Organisation
from model.input.errors import InputError
from model.month.economy import HealthEconomy
from model.policies.policy import RuleChange
from model.policies.terms import terms_of, with_terms

LIVE_TERMS = ("retained_share", "overspend_share")  # that are read anew each year


def change_rules(economy: HealthEconomy, values: Mapping[str, Any]) -> None:
    """Other rules from the month that is lived next; `InputError` if there is no such rule."""
    _add_change(economy, set=dict(values))


def restore_rules(economy: HealthEconomy, names: tuple[str, ...]) -> None:
    """Rules as they were in the place's year, from the month that is lived next."""
    _add_change(economy, of=names, as_of=date(economy.setup.place.year, 4, 1))


def _add_change(economy: HealthEconomy, **change: Any) -> None:
    try:
        added = RuleChange(start_month=max(economy.policy_month, 0), **change)
    except ValueError as error:
        raise InputError(f"not usable: {error}", key="rules", value=change) from None
    policy = economy.policy
    economy.policy = policy.model_copy(update={"rules": (*policy.rules, added)})


def change_terms(economy: HealthEconomy, values: Mapping[str, float]) -> None:
    """Other terms of the policy's contracts from now on; a term that it lacks changes nothing.

    `InputError` if a term cannot change in a running economy.
    """
    for name in values:
        if name not in LIVE_TERMS:
            raise InputError(
                "this term is set before a run", key="term", value=name, allowed=LIVE_TERMS
            )
    policy = economy.policy
    known = {name: value for name, value in values.items() if name in terms_of(policy)}
    economy.policy = with_terms(policy, known).model_copy(update={"name": policy.name})


def change_minds(economy: HealthEconomy, mind: str) -> None:
    """Another way in which organisations decide; `InputError` if there is no such mind."""
    if mind not in MINDS:
        raise InputError("no such mind", key="minds", value=mind, allowed=MINDS)
    economy.minds.mind = MINDS[mind]
    for organisation in economy.agents_by_type:
        if issubclass(organisation, Organisation):
            for agent in economy.agents_by_type[organisation]:
                agent.mind = economy.minds.mind
