"""What a decision changes, by name: the contract, list, team, line, price or body it bears on.

An object is "kind:where", for instance "contract:east:msk": the contract of the commissioner east
for a pathway, whoever holds it. Two decisions bear on one another, and a decision is a cause of
what a person lives through, only by an object in common; who decided is no reason.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from model.care.leaning import leaning
from model.pathway_names import PATHWAYS
from model.state.provision import ANY, NOBODY

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

Objects = tuple[str, ...]
#: Parts of a handover by which its chance to be lost can differ, as `hangs_on` names them.
PARTS = ("teams", "link", "shared_record", "case_manager", "discharge_support")


def named(kind: str, *where: str) -> str:
    """The name of an object."""
    return ":".join((kind, *where))


def contract(economy: "HealthEconomy", k: int, p: int) -> str:
    """Commissioner `k`'s contract for pathway `p`."""
    return named("contract", economy.setup.place.commissioner_codes[k], PATHWAYS[p])


def line(economy: "HealthEconomy", site: int, p: int) -> str:
    """Planned care of pathway `p` at a site."""
    return named("line", economy.setup.place.site_codes[site], PATHWAYS[p])


def practice_code(economy: "HealthEconomy", g: int) -> str:
    """The public code of the practice in row `g`, whoever runs it."""
    return economy.setup.place.practice_codes[g]


def touched(economy: "HealthEconomy", change: str, details: tuple[Any, ...]) -> Objects:
    """The objects that a change on the agenda bears on."""
    return TOUCHED[change](economy, *details)


def hangs_on(
    economy: "HealthEconomy", g: int, care: Sequence[tuple[int, str]], bodies: Sequence[str]
) -> dict[str, list[str]]:
    """By part of a handover: the objects by which decisions can change that part.

    For a patient of practice `g`; `care` has the pathways of both ends with the code of the site,
    or nothing, and `bodies` the employers of both teams. A contact that belongs to no pathway is
    under no contract and at no line. Whose a team is moves no chance: only where patients may go,
    or are sent, can hang on that.
    """
    known = [(p, site) for p, site in care if 0 <= p < len(PATHWAYS)]
    inside = _organisations_of(economy, g)
    joined = _joined(economy, g)
    k = int(economy.state.provision.practice_commissioner[g])
    employed = named("teams", economy.setup.place.commissioner_codes[k])
    paid = [contract(economy, k, p) for p, _ in known]
    clinics = [named("clinics", code) for code in inside]
    return {
        "teams": [
            *paid, *joined, *clinics, *_sent(economy, g), *_lines(known),
            *_pulled(economy, known), *_owners(economy, g, known, bodies),
        ],
        "link": [*paid, *joined, employed, *_spared(economy, k, known)],
        "shared_record": joined,
        "case_manager": [*joined, *(named("case_managers", code) for code in inside)],
        "discharge_support": [
            *joined, *(named("service", code, "discharge_support") for code in inside)
        ],
    }  # fmt: skip


def chance_hangs_on(economy: "HealthEconomy", g: int) -> dict[str, list[str]]:
    """By part of the chance of an emergency: the objects by which decisions can change it.

    For a patient of practice `g`. What an operation adds hangs on where it was.
    """
    inside, lists = _organisations_of(economy, g), named("list", practice_code(economy, g))
    care = [named(kind, practice_code(economy, g)) for kind in ("effort", "hours")]
    avoided = [named("service", code, "admission_avoidance") for code in inside]
    return {
        "practice_care": [lists, *care, *_joined(economy, g), *avoided],
        "continuity": [lists, named("registration", practice_code(economy, g))],
    }


def operation_hangs_on(economy: "HealthEconomy", g: int, p: int, site: str) -> list[str]:
    """Objects by which decisions can change where, and when, a patient of `g` is operated on."""
    k = int(economy.state.provision.practice_commissioner[g])
    there = [(p, site)]
    moved = [*_joined(economy, g), *_sent(economy, g), *_lines(there), *_pulled(economy, there)]
    return [contract(economy, k, p), *moved]


def _organisations_of(economy: "HealthEconomy", g: int) -> list[str]:
    """Codes of the integrated organisations of which practice `g` is a member."""
    network = economy.state.provision.network[g]
    return [o.code for o in economy.state.integrated.organisations if network == o.network]


def _joined(economy: "HealthEconomy", g: int) -> list[str]:
    organisations = [named("organisation", code) for code in _organisations_of(economy, g)]
    return [named("membership", practice_code(economy, g)), *organisations]


def _lines(care: Sequence[tuple[int, str]]) -> list[str]:
    return [named("line", site, PATHWAYS[p]) for p, site in care if site]


def _spared(economy: "HealthEconomy", k: int, care: Sequence[tuple[int, str]]) -> list[str]:
    """Owners by whose merger ties were kept when commissioner `k`'s contract changed hands."""
    codes, kept = economy.state.bodies.codes, economy.state.contracts.spared_ties
    return [named("owner", codes[body]) for p, _ in care for body in kept.get((k, p), ())]


def _pulled(economy: "HealthEconomy", care: Sequence[tuple[int, str]]) -> list[str]:
    """By whose quality patients are drawn to where they are referred."""
    sites = economy.setup.place.site_codes
    return [o for _, site in care if site for o in qualities(economy, sites.index(site))]


def qualities(economy: "HealthEconomy", site: int) -> list[str]:
    """The quality of whoever runs a site, and of whoever owns it."""
    state = economy.state
    slot = int(state.provision.site_slot[site])
    run_by = {
        int(state.provision.slot_body[slot]),
        int(state.provision.site_owner(state.bodies)[site]),
    }
    return [named("quality", state.bodies.codes[b]) for b in sorted(run_by)]


def _sent(economy: "HealthEconomy", g: int) -> list[str]:
    """Who asks practice `g` where to refer, and by whom and for whom it is run."""
    asking = (*_organisations_of(economy, g), *_run_by(economy, g))
    code = practice_code(economy, g)
    return [*(named("steering", one) for one in asking), named("list", code), named("owner", code)]


def _owners(
    economy: "HealthEconomy", g: int, care: Sequence[tuple[int, str]], bodies: Sequence[str]
) -> list[str]:
    """Owners of hospitals, where patients are sent to some body's or may go to no others."""
    towards = int(leaning(economy.setup, economy.state)[1][g])
    provision, k = economy.state.provision, economy.state.provision.practice_commissioner[g]
    bound = any(provision.choice_rule[k, p] != ANY for p, _ in care) or any(
        o.terms.choice != "any" for o in economy.state.integrated.organisations
        if o.network == provision.network[g]
    )  # fmt: skip
    if towards == NOBODY and not bound:
        return []
    asked = [economy.state.bodies.codes[towards]] if towards != NOBODY else []
    return [named("owner", body) for body in (*bodies, *asked)]


def _run_by(economy: "HealthEconomy", g: int) -> list[str]:
    """The code of the trust that runs practice `g`, if one does, and says where it refers."""
    state = economy.state
    row = int(state.practices.owned_trust[g])
    return (
        [state.bodies.codes[int(state.provision.trust_owner(state.bodies)[row])]]
        if row >= 0
        else []
    )


def _of_practice(kind: str) -> Callable[..., Objects]:
    return lambda place, g, *_: (named(kind, practice_code(place, g)),)


def _of_code(kind: str) -> Callable[..., Objects]:
    """Of the trust or integrated organisation whose code comes first."""
    return lambda place, code, *_: (named(kind, code),)


def _of_line(economy: "HealthEconomy", site: int, p: int, *_: Any) -> Objects:
    return (line(economy, site, p),)


def _of_beds(kind: str) -> Callable[..., Objects]:
    """How patients of a line lie in hospital; fewer bed days leave more room on the line, too."""
    return lambda place, site, p, *_: (stays(place, kind, site, p), line(place, site, p))


def stays(economy: "HealthEconomy", kind: str, site: int, p: int) -> str:
    """The length of stays, or the share of day cases (`kind`), of a line."""
    return named(kind, economy.setup.place.site_codes[site], PATHWAYS[p])


def _of_site(economy: "HealthEconomy", site: int, *_: Any) -> Objects:
    """A hospital and all its lines."""
    code = economy.setup.place.site_codes[site]
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
    return (named("services", economy.setup.place.commissioner_codes[k]),)


def _of_council(kind: str) -> Callable[..., Objects]:
    return lambda place, c, *_: (named(kind, place.council_codes[c]),)


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
    "service": lambda place, code, name, *_: (named("service", code, name),),
    "surrender": lambda place, code: (named("organisation", code), named("members", code)),
    "start_prime": _started,
    "terminate_prime": _terminated,
    "leave_provision": _services_of,
    "capacity": _of_line,
    "close_line": _of_line,
    "open_line": _of_line,
    "close_site": _of_site,
    "acceptance": _of_line,
    "length_of_stay": _of_beds("stays"),
    "day_cases": _of_beds("day_cases"),
    "quality": _of_code("quality"),
    "savings": _of_code("cost"),
    "rescue": _of_code("accounts"),
    "coding": _of_code("coding"),
    "steering": _of_code("steering"),
    "merge_trusts": _owned,
    "administer": _of_code("accounts"),
    "hand_over_site": _handed_over,
    "audit": lambda place, k, *_: (named("audit", place.commissioner_codes[k]),),
    "tariff": lambda place, *_: (named("price", "hospital"),),
    "social_care_capacity": _of_council("social_care"),
    "start_pool": lambda place, terms, c: (named("pool", place.council_codes[c]),),
}
