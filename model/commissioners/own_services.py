"""Services that a commissioner owns: it buys from itself, and what they make or lose is its own.

They are a body of their own in the accounts, owned by the commissioner: teams, their links and how
good they are stay as they were when another body ran them.
"""

import numpy as np

from model.deciding.minds import Minds, create_trust
from model.parameters import Parameters
from model.places.place import Place
from model.policies.policy import CommissionerProvides
from model.population.journeys import SETTINGS
from model.state.bodies import Bodies
from model.state.hospitals import Hospitals
from model.state.provision import NOBODY
from model.state.state import State


def take_on_services(
    minds: Minds, place: Place, value: Parameters, state: State, terms: CommissionerProvides
) -> None:
    """Every commissioner takes over the services of the kinds named that trusts provide for it.

    `terms`: which kinds, until when.
    """
    provision = state.provision
    rows = [SETTINGS.index(kind) for kind in terms.kinds]
    for k, agent in enumerate(minds.commissioners):
        served = np.unique(provision.setting_slot[rows, k])
        slots = [
            s
            for s in served
            if _is_trust(place, state.bodies, state.hospitals, int(provision.slot_body[s]))
        ]
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
            minds.trusts.append(create_trust(minds, value, state.bodies, body))
    state.referrals.routes_stale = True


def _is_trust(place: Place, bodies: Bodies, hospitals: Hospitals, body: int) -> bool:
    return 0 <= body - _first_trust(place, bodies) < hospitals.quality.size


def _first_trust(place: Place, bodies: Bodies) -> int:
    return bodies.number[str(place.trusts["trust"].iat[0])]


def trust_row(place: Place, state: State, code: str) -> int:
    """The row among trusts of a provider, or of the trust in which its teams grew up; or NOBODY."""
    provision = state.provision
    slots = np.flatnonzero(provision.slot_body == state.bodies.number[code])
    if not slots.size:
        return NOBODY
    home = int(provision.slot_home[slots[0]])
    return (
        home - _first_trust(place, state.bodies)
        if _is_trust(place, state.bodies, state.hospitals, home)
        else NOBODY
    )


def own_services(bodies: Bodies, commissioner_row: int) -> int:
    """The services that commissioner k owns, or NOBODY."""
    commissioner = bodies.of_kind("commissioner")[commissioner_row]
    owned = np.flatnonzero(bodies.owner == commissioner)
    return int(owned[-1]) if owned.size > 1 else NOBODY


def pass_on_results(minds: Minds, state: State) -> None:
    """What commissioners' own services have made or lost this month is the commissioners'."""
    for k, agent in enumerate(minds.commissioners):
        own = own_services(state.bodies, k)
        if own != NOBODY:
            result = state.money.ledger.balance_of(own)
            state.money.ledger.post(state.month, own, agent.body, "own_services", result)
