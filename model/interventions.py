"""What may be changed in an economy while it runs: rules of the NHS, and some levers.

A change holds from the month that is lived next. It is told to the economy's policy or parameters,
so that whatever reads them afterwards sees it; nothing that has happened is altered.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.deciding import MINDS
from agents.organisation import Organisation
from model.economy import HealthEconomy
from model.errors import BadInput
from model.money import prices_of
from model.policy import RuleChange

# Levers that are read month by month. Others shape the tables that a run starts from.
LIVE_LEVERS = ("prices.tariff_level", "budgets.retained_share", "budgets.overspend_share")


def change_rules(economy: HealthEconomy, values: Mapping[str, Any]) -> None:
    """Other rules from the month that is lived next; `BadInput` if there is no such rule."""
    try:
        change = RuleChange(start_month=max(economy.policy_month, 0), set=dict(values))
    except ValueError as error:
        raise BadInput(f"not usable: {error}", key="rules", value=dict(values)) from None
    policy = economy.policy
    economy.policy = policy.model_copy(update={"rules": (*policy.rules, change)})


def change_levers(economy: HealthEconomy, values: Mapping[str, float]) -> None:
    """Other values of levers from now on; `BadInput` if one cannot change in a running economy."""
    for name in values:
        if name not in LIVE_LEVERS:
            raise BadInput(
                "this lever is set before a run", key="lever", value=name, allowed=LIVE_LEVERS
            )
    parameters = economy.setup.parameters.with_values(values)
    economy.setup = replace(economy.setup, parameters=parameters)
    economy.prices = prices_of(economy.setup, economy.state.price_level)


def change_minds(economy: HealthEconomy, mind: str) -> None:
    """Another way in which organisations decide; `BadInput` if there is no such mind."""
    if mind not in MINDS:
        raise BadInput("no such mind", key="minds", value=mind, allowed=MINDS)
    economy.mind = MINDS[mind]
    for organisation in economy.agents_by_type:
        if issubclass(organisation, Organisation):
            for agent in economy.agents_by_type[organisation]:
                agent.mind = economy.mind
