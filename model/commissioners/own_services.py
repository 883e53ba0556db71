"""Services that a commissioner owns: it buys from itself, and what they make or lose is its own.

They are a body of their own in the accounts, owned by the commissioner: teams, their links and how
good they are stay as they were when another body ran them.
"""

from typing import TYPE_CHECKING

import numpy as np

from model.deciding.minds import create_trust
from model.policies.policy import CommissionerProvides
from model.population.journeys import SETTINGS
from model.state.bodies import Bodies
from model.state.provision import NOBODY

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def take_on_services(economy: "HealthEconomy", terms: CommissionerProvides) -> None:
    """Every commissioner takes over the services of the kinds named that trusts provide for it."""
    state, provision = economy.state, economy.state.provision
    rows = [SETTINGS.index(kind) for kind in terms.kinds]
    for k, agent in enumerate(economy.minds.commissioners):
        served = np.unique(provision.setting_slot[rows, k])
        slots = [s for s in served if _is_trust(economy, int(provision.slot_body[s]))]
        if slots:
            name = f"Own services of {agent.name}"
            body = state.bodies.add(f"{agent.code}-services", name, "community")
            state.bodies.merge(body, agent.body)
            provision.slot_body[slots] = body
            for (
                prime
            ) in state.contracts.primes:  # contracts that are held with these teams go with them
                if provision.prime_slot[prime.commissioner, prime.pathway] in slots:
                    prime.holder = body
            economy.minds.trusts.append(
                create_trust(economy.minds, economy.setup.parameters, economy.state.bodies, body)
            )
    state.referrals.routes_stale = True


def _is_trust(economy: "HealthEconomy", body: int) -> bool:
    return 0 <= body - _first_trust(economy) < economy.state.hospitals.quality.size


def _first_trust(economy: "HealthEconomy") -> int:
    return economy.state.bodies.number[str(economy.setup.place.trusts["trust"].iat[0])]


def trust_row(economy: "HealthEconomy", code: str) -> int:
    """The row among trusts of a provider, or of the trust in which its teams grew up; or NOBODY."""
    provision = economy.state.provision
    slots = np.flatnonzero(provision.slot_body == economy.state.bodies.number[code])
    if not slots.size:
        return NOBODY
    home = int(provision.slot_home[slots[0]])
    return home - _first_trust(economy) if _is_trust(economy, home) else NOBODY


def own_services(bodies: Bodies, k: int) -> int:
    """The services that commissioner k owns, or NOBODY."""
    commissioner = bodies.of_kind("commissioner")[k]
    owned = np.flatnonzero(bodies.owner == commissioner)
    return int(owned[-1]) if owned.size > 1 else NOBODY


def pass_on_results(economy: "HealthEconomy") -> None:
    """What commissioners' own services have made or lost this month is the commissioners'."""
    state = economy.state
    for k, agent in enumerate(economy.minds.commissioners):
        own = own_services(state.bodies, k)
        if own != NOBODY:
            result = state.money.ledger.balance_of(own)
            state.money.ledger.post(state.month, own, agent.body, "own_services", result)
