"""What a decision changes, by name: the contract, list, team, line, price or body it bears on.

An object is "kind:where", for instance "contract:east:msk": the contract of the commissioner east
for a pathway, whoever holds it. Two decisions bear on one another, and a decision is a cause of
what a person lives through, only by an object in common; who decided is no reason.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from model.pathways import PATHWAYS

if TYPE_CHECKING:
    from model.economy import HealthEconomy

Objects = tuple[str, ...]
#: Parts of a handover by which its chance to be lost can differ, as `hangs_on` names them.
PARTS = ("teams", "boundary", "link", "shared_record", "case_manager", "discharge_support")


def named(kind: str, *where: str) -> str:
    """The name of an object."""
    return ":".join((kind, *where))


def contract(economy: "HealthEconomy", k: int, p: int) -> str:
    """Commissioner `k`'s contract for pathway `p`."""
    return named("contract", economy.minds.commissioners[k].code, PATHWAYS[p])


def line(economy: "HealthEconomy", site: int, p: int) -> str:
    """Planned care of pathway `p` at a site."""
    return named("line", str(economy.setup.place.sites["site"].iloc[site]), PATHWAYS[p])


def practice_code(economy: "HealthEconomy", g: int) -> str:
    """The public code of the practice in row `g`, whoever runs it."""
    return str(economy.setup.place.practices["practice"].iloc[g])


def touched(economy: "HealthEconomy", change: str, details: tuple[Any, ...]) -> Objects:
    """The objects that a change on the agenda bears on."""
    return TOUCHED[change](economy, *details)


def hangs_on(
    economy: "HealthEconomy", g: int, care: Sequence[tuple[int, str]], bodies: Sequence[str]
) -> dict[str, list[str]]:
    """By part of a handover: the objects by which decisions can change that part.

    For a patient of practice `g`; `care` has the pathways of both ends with the code of the site,
    or nothing, and `bodies` the employers of both teams. A contact that belongs to no pathway is
    under no contract and at no line.
    """
    k = int(economy.state.provision.practice_commissioner[g])
    known = [(p, site) for p, site in care if 0 <= p < len(PATHWAYS)]
    inside = [o.code for o in economy.state.organisations
              if economy.state.provision.network[g] == o.network]  # fmt: skip
    joined = [named("membership", practice_code(economy, g))]
    joined += [named("organisation", code) for code in inside]
    employed = [named("teams", economy.minds.commissioners[k].code), _services(economy, k)]
    owners = [named("owner", body) for body in bodies]
    paid = [contract(economy, k, p) for p, _ in known]
    lines = [named("line", site, PATHWAYS[p]) for p, site in known if site]
    lists = [named("list", practice_code(economy, g))]
    clinics = [named("clinics", code) for code in inside]
    asked = [named("steering", code) for code in (*inside, *_run_by(economy, g))]
    return {
        "teams": [*paid, *lines, *joined, *clinics, *asked, *lists, *employed, *owners],
        "boundary": [*owners, *employed],
        "link": [*paid, *joined, *employed],
        "shared_record": joined,
        "case_manager": [*joined, *(named("case_managers", code) for code in inside)],
        "discharge_support": [
            *joined, *(named("service", code, "discharge_support") for code in inside)
        ],
    }  # fmt: skip


def _run_by(economy: "HealthEconomy", g: int) -> list[str]:
    """The code of the trust that runs practice `g`, if one does, and says where it refers."""
    state = economy.state
    row = int(state.owned_trust[g])
    return [state.bodies.codes[int(state.trust_owner()[row])]] if row >= 0 else []


def _services(economy: "HealthEconomy", k: int) -> str:
    return named("services", economy.minds.commissioners[k].code)


def _of_practice(kind: str) -> Callable[..., Objects]:
    return lambda economy, g, *_: (named(kind, practice_code(economy, g)),)


def _of_code(kind: str) -> Callable[..., Objects]:
    """Of the trust or integrated organisation whose code comes first."""
    return lambda economy, code, *_: (named(kind, code),)


def _of_line(economy: "HealthEconomy", site: int, p: int, *_: Any) -> Objects:
    return (line(economy, site, p),)


def _of_site(economy: "HealthEconomy", site: int, *_: Any) -> Objects:
    """A hospital and all its lines."""
    code = str(economy.setup.place.sites["site"].iloc[site])
    return named("site", code), *(line(economy, site, p) for p in range(len(PATHWAYS)))


def _membership(economy: "HealthEconomy", g: int, code: str) -> Objects:
    """Who pays for the list and works with the practice; of whom an organisation consists."""
    return named("membership", practice_code(economy, g)), named("members", code)


def _started(economy: "HealthEconomy", terms: Any, k: int, p: int, *_: Any) -> Objects:
    return (contract(economy, k, p),)


def _terminated(economy: "HealthEconomy", k: int, p: int, *_: Any) -> Objects:
    return (contract(economy, k, p),)


def _owned(economy: "HealthEconomy", asker: str, taker: str, *_: Any) -> Objects:
    return named("owner", asker), named("owner", taker)


def _handed_over(economy: "HealthEconomy", failing: str, site: int, taker: str, *_: Any) -> Objects:
    """Whose a hospital is, and which teams it has."""
    return *_owned(economy, failing, taker), *_of_site(economy, site)


def _practice_taken_over(economy: "HealthEconomy", g: int, *_: Any) -> Objects:
    return (named("owner", practice_code(economy, g)),)


def _lists(economy: "HealthEconomy", *practices: int) -> Objects:
    """Practices that close, open or become one: where their patients are registered."""
    return tuple(named("list", practice_code(economy, g)) for g in practices)


def _services_of(economy: "HealthEconomy", k: int, *_: Any) -> Objects:
    return (_services(economy, k),)


def _of_council(kind: str) -> Callable[..., Objects]:
    return lambda economy, c, *_: (named(kind, economy.minds.councils[c].code),)


TOUCHED: dict[str, Callable[..., Objects]] = {
    "effort": _of_practice("effort"),
    "exceptions": _of_practice("exceptions"),
    "access": _of_practice("hours"),
    "patient_list": _of_practice("registration"),
    "close_practice": _lists,
    "open_practice": _lists,
    "merge_practices": _lists,
    "take_over_practice": _practice_taken_over,
    "take_budget": _of_practice("budget"),
    "give_up_budget": _of_practice("budget"),
    "federate": _of_practice("budget"),
    "pay_saving": _of_practice("budget"),
    "join": _membership,
    "leave": _membership,
    "clinics": _of_code("clinics"),
    "coverage": _of_code("case_managers"),
    "service": lambda economy, code, name, *_: (named("service", code, name),),
    "surrender": lambda economy, code: (named("organisation", code), named("members", code)),
    "start_prime": _started,
    "terminate_prime": _terminated,
    "leave_provision": _services_of,
    "capacity": _of_line,
    "close_line": _of_line,
    "open_line": _of_line,
    "close_site": _of_site,
    "acceptance": _of_line,
    "length_of_stay": _of_line,
    "day_cases": _of_line,
    "quality": _of_code("quality"),
    "savings": _of_code("cost"),
    "rescue": _of_code("accounts"),
    "coding": _of_code("coding"),
    "steering": _of_code("steering"),
    "merge_trusts": _owned,
    "administer": _of_code("accounts"),
    "hand_over_site": _handed_over,
    "audit": lambda economy, k, *_: (named("audit", economy.minds.commissioners[k].code),),
    "tariff": lambda economy, *_: (named("price", "hospital"),),
    "social_care_capacity": _of_council("social_care"),
    "start_pool": lambda economy, terms, c: (named("pool", economy.minds.councils[c].code),),
}
