"""What a decision changes, by name: the contract, list, team, line, price or body it bears on.

An object is "kind:where", for instance "contract:east:msk": the contract of the commissioner east
for a pathway, whoever holds it. Two decisions bear on one another, and a decision is a cause of
what a person lives through, only by an object in common; who decided is no reason.
"""

from collections.abc import Callable, Sequence
from typing import Any

from model.care.referral_tilts import referral_tilts
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.place import Place
from model.state.bodies import Bodies
from model.state.contracts import Contracts
from model.state.integrated import IntegratedCare
from model.state.provision import ANY, NOBODY, Provision
from model.state.state import State

Objects = tuple[str, ...]
#: Parts of a handover by which its chance to be lost can differ, as `hangs_on` names them.
PARTS = ("teams", "link", "shared_record", "case_manager", "discharge_support")


def named(kind: str, *where: str) -> str:
    """The name of an object."""
    return ":".join((kind, *where))


def contract(place: Place, commissioner: int, pathway: int) -> str:
    """`commissioner`'s contract for `pathway`."""
    return named("contract", place.commissioner_codes[commissioner], PATHWAYS[pathway])


def line(place: Place, site: int, pathway: int) -> str:
    """Planned care of `pathway` at a site."""
    return named("line", place.site_codes[site], PATHWAYS[pathway])


def practice_code(place: Place, practice: int) -> str:
    """The public code of the practice in row `practice`, whoever runs it."""
    return place.practice_codes[practice]


def hangs_on(
    place: Place,
    value: Parameters,
    state: State,
    practice: int,
    care: Sequence[tuple[int, str]],
    bodies: Sequence[str],
) -> dict[str, list[str]]:
    """By part of a handover: the objects by which decisions can change that part.

    For a patient of `practice`; `care` has the pathways of both ends with the code of the site,
    or nothing, and `bodies` the employers of both teams. A contact that belongs to no pathway is
    under no contract and at no line. Whose a team is moves no chance: only where patients may go,
    or are sent, can hang on that.
    """
    known = [(p, site) for p, site in care if 0 <= p < len(PATHWAYS)]
    inside = _organisations_of(state.provision, state.integrated, practice)
    joined = _joined(place, state.provision, state.integrated, practice)
    k = int(state.provision.practice_commissioner[practice])
    employed = named("teams", place.commissioner_codes[k])
    paid = [contract(place, k, p) for p, _ in known]
    clinics = [named("clinics", code) for code in inside]
    return {
        "teams": [
            *paid,
            *joined,
            *clinics,
            *_sent(place, state, practice),
            *_lines(known),
            *_pulled(place, state.bodies, state.provision, known),
            *_owners(value, state, practice, known, bodies),
        ],
        "link": [*paid, *joined, employed, *_spared(state.bodies, state.contracts, k, known)],
        "shared_record": joined,
        "case_manager": [*joined, *(named("case_managers", code) for code in inside)],
        "discharge_support": [
            *joined,
            *(named("service", code, "discharge_support") for code in inside),
        ],
    }


def chance_hangs_on(
    place: Place, provision: Provision, integrated: IntegratedCare, practice: int
) -> dict[str, list[str]]:
    """By part of the chance of an emergency: the objects by which decisions can change it.

    For a patient of `practice`. What an operation adds hangs on where it was.
    """
    inside = _organisations_of(provision, integrated, practice)
    lists = named("list", practice_code(place, practice))
    care = [named(kind, practice_code(place, practice)) for kind in ("effort", "hours")]
    avoided = [named("service", code, "admission_avoidance") for code in inside]
    return {
        "practice_care": [lists, *care, *_joined(place, provision, integrated, practice), *avoided],
        "continuity": [lists, named("registration", practice_code(place, practice))],
    }


def operation_hangs_on(
    place: Place, state: State, practice: int, pathway: int, site: str
) -> list[str]:
    """Objects by which decisions can change where, and when, a patient of `practice` is
    operated on.

    `site`: the code of the hospital.
    """
    k = int(state.provision.practice_commissioner[practice])
    there = [(pathway, site)]
    moved = [
        *_joined(place, state.provision, state.integrated, practice),
        *_sent(place, state, practice),
        *_lines(there),
        *_pulled(place, state.bodies, state.provision, there),
    ]
    return [contract(place, k, pathway), *moved]


def _organisations_of(provision: Provision, integrated: IntegratedCare, practice: int) -> list[str]:
    """Codes of the integrated organisations of which `practice` is a member."""
    network = provision.network[practice]
    return [o.code for o in integrated.organisations if network == o.network]


def _joined(
    place: Place, provision: Provision, integrated: IntegratedCare, practice: int
) -> list[str]:
    organisations = [
        named("organisation", code) for code in _organisations_of(provision, integrated, practice)
    ]
    return [named("membership", practice_code(place, practice)), *organisations]


def _lines(care: Sequence[tuple[int, str]]) -> list[str]:
    return [named("line", site, PATHWAYS[p]) for p, site in care if site]


def _spared(
    bodies: Bodies, contracts: Contracts, commissioner: int, care: Sequence[tuple[int, str]]
) -> list[str]:
    """Owners by whose merger ties were kept when `commissioner`'s contract changed hands."""
    codes, kept = bodies.codes, contracts.spared_ties
    return [
        named("owner", codes[body]) for p, _ in care for body in kept.get((commissioner, p), ())
    ]


def _pulled(
    place: Place, bodies: Bodies, provision: Provision, care: Sequence[tuple[int, str]]
) -> list[str]:
    """By whose quality patients are drawn to where they are referred."""
    sites = place.site_codes
    return [o for _, site in care if site for o in qualities(bodies, provision, sites.index(site))]


def qualities(bodies: Bodies, provision: Provision, site: int) -> list[str]:
    """The quality of whoever runs a site, and of whoever owns it."""
    slot = int(provision.site_slot[site])
    run_by = {
        int(provision.slot_body[slot]),
        int(provision.site_owner(bodies)[site]),
    }
    return [named("quality", bodies.codes[b]) for b in sorted(run_by)]


def _sent(place: Place, state: State, practice: int) -> list[str]:
    """Who asks `practice` where to refer, and by whom and for whom it is run."""
    asking = (
        *_organisations_of(state.provision, state.integrated, practice),
        *_run_by(state, practice),
    )
    code = practice_code(place, practice)
    return [*(named("steering", one) for one in asking), named("list", code), named("owner", code)]


def _owners(
    value: Parameters,
    state: State,
    practice: int,
    care: Sequence[tuple[int, str]],
    bodies: Sequence[str],
) -> list[str]:
    """Owners of hospitals, where patients are sent to some body's or may go to no others."""
    towards = int(referral_tilts(value, state)[1][practice])
    provision, k = state.provision, state.provision.practice_commissioner[practice]
    bound = any(provision.choice_rule[k, p] != ANY for p, _ in care) or any(
        o.terms.choice != "any" for o in state.integrated.organisations
        if o.network == provision.network[practice]
    )  # fmt: skip
    if towards == NOBODY and not bound:
        return []
    asked = [state.bodies.codes[towards]] if towards != NOBODY else []
    return [named("owner", body) for body in (*bodies, *asked)]


def _run_by(state: State, practice: int) -> list[str]:
    """The code of the trust that runs `practice`, if one does, and says where it refers."""
    row = int(state.practices.owned_trust[practice])
    return (
        [state.bodies.codes[int(state.provision.trust_owner(state.bodies)[row])]]
        if row >= 0
        else []
    )


def of_practice(kind: str) -> Callable[..., Objects]:
    return lambda place, g, *_: (named(kind, practice_code(place, g)),)


def of_code(kind: str) -> Callable[..., Objects]:
    """Of the trust or integrated organisation whose code comes first."""
    return lambda place, code, *_: (named(kind, code),)


def of_line(place: Place, site: int, pathway: int, *_: Any) -> Objects:
    return (line(place, site, pathway),)


def of_beds(kind: str) -> Callable[..., Objects]:
    """How patients of a line lie in hospital; fewer bed days leave more room on the line, too."""
    return lambda place, site, p, *_: (stays(place, kind, site, p), line(place, site, p))


def stays(place: Place, kind: str, site: int, pathway: int) -> str:
    """The length of stays, or the share of day cases (`kind`), of a line."""
    return named(kind, place.site_codes[site], PATHWAYS[pathway])


def of_site(place: Place, site: int, *_: Any) -> Objects:
    """A hospital and all its lines."""
    code = place.site_codes[site]
    return named("site", code), *(line(place, site, p) for p in range(len(PATHWAYS)))


def of_membership(place: Place, practice: int, code: str) -> Objects:
    """Who pays for the list and works with the practice; of whom an organisation consists."""
    return named("membership", practice_code(place, practice)), named("members", code)


def of_award(place: Place, terms: Any, commissioner: int, pathway: int, *_: Any) -> Objects:
    return (contract(place, commissioner, pathway),)


def of_contract(place: Place, commissioner: int, pathway: int, *_: Any) -> Objects:
    return (contract(place, commissioner, pathway),)


def of_owners(place: Place, asker: str, taker: str, *_: Any) -> Objects:
    return named("owner", asker), named("owner", taker)


def of_handed_over(place: Place, failing: str, site: int, taker: str, *_: Any) -> Objects:
    """Whose a hospital is, and which teams it has."""
    return *of_owners(place, failing, taker), *of_site(place, site)


def of_practice_owner(place: Place, practice: int, *_: Any) -> Objects:
    return (named("owner", practice_code(place, practice)),)


def of_lists(place: Place, *practices: int) -> Objects:
    """Practices that close, open or become one: where their patients are registered."""
    return tuple(named("list", practice_code(place, g)) for g in practices)


def of_services(place: Place, commissioner: int, *_: Any) -> Objects:
    return (named("services", place.commissioner_codes[commissioner]),)


def of_council(kind: str) -> Callable[..., Objects]:
    return lambda place, c, *_: (named(kind, place.council_codes[c]),)
