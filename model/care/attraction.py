"""What draws patients to hospitals and clinics, and which of them they may choose."""

import numpy as np

from agents.organisations.integrated_organisation import CLINIC_SHARES, COVERAGE
from model.care.referral_tilts import referral_odds
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.state.bodies import Bodies
from model.state.hospitals import Hospitals
from model.state.integrated import IntegratedCare
from model.state.provision import ANY, CHOICE_RULES, NETWORK, NOBODY, Provision
from model.state.setup import Setup
from model.state.state import State

WEEKS_PER_MONTH = 52.0 / 12.0


CHOICE = "competition.choice.options"


ANY_HOSPITAL, NO_CHOICE = 0, 1  # of how many hospitals a patient may choose


def site_attraction(
    setup: Setup, provision: Provision, hospitals: Hospitals, waits: np.ndarray
) -> np.ndarray:
    """Attraction of every line apart from distance: quality, wait, type [sites, 13]; 0 if shut."""
    parameters = setup.parameters
    utility = (
        setup.site_constant[:, None]
        + parameters["choice.hospital_quality_per_sd"] * hospitals.site_quality(provision)[:, None]
        + parameters["choice.hospital_wait_per_week"] * waits * WEEKS_PER_MONTH
    )
    attraction: np.ndarray = np.exp(utility) * hospitals.lines.pull * hospitals.lines.open
    return attraction


def attraction(
    setup: Setup, state: State, waits: np.ndarray, practices: np.ndarray | None = None
) -> np.ndarray:
    """Attraction of candidates of all or some practices [rows, candidates, 13]; 0 if not offered.

    A practice leans to the hospitals of whoever runs or leads it, as far as it is asked to.
    """
    rows = np.arange(len(setup.geography.candidate)) if practices is None else practices
    candidate = setup.geography.candidate[rows]
    site = np.maximum(candidate, 0)
    table = (
        site_attraction(setup, state.provision, state.hospitals, waits)[site]
        * (candidate >= 0)[:, :, None]
    )
    tilt = referral_odds(setup.parameters, state, rows, site)
    k = state.provision.practice_commissioner[rows].astype(np.int64)
    allowed = permitted(setup.parameters, state, k, candidate, state.provision.network[rows])
    table = table * tilt[:, :, None] * allowed
    near = np.take_along_axis(setup.geography.practice_near[rows], site.astype(np.int64), axis=1)
    attraction: np.ndarray = (
        table * in_choice_set(near, table > 0.0, state.referrals.choice_options)
    ).astype(np.float32)
    return attraction


def in_choice_set(near: np.ndarray, offered: np.ndarray, options: int) -> np.ndarray:
    """Whether a site is one of the nearest that patients may choose from [rows, candidates, 13].

    `near` [rows, candidates] grows with nearness, `offered` [rows, candidates, 13] is who would
    treat. With any hospital, or none, to choose, nothing is left out.
    """
    if options in (ANY_HOSPITAL, NO_CHOICE):
        return np.ones(offered.shape, dtype=bool)
    return among_best(np.where(offered, near[:, :, None], 0.0), options) > 0


def permitted(
    value: Parameters,
    state: State,
    commissioner: np.ndarray,
    candidate: np.ndarray,
    network: np.ndarray | None = None,
) -> np.ndarray:
    """Whether contracts let people go to their candidate sites [rows, candidates, 13].

    `commissioner` [rows], `candidate` [rows, candidates] and `network` [rows] may be those of
    practices or of areas; without `network`, nobody is a member of anything. A prime contract's
    rule goes before an integrated organisation's. A rule that would leave nobody open to them is
    not enforced.
    """
    provision, site = state.provision, np.maximum(candidate, 0)
    if not value["choice.closed_choice"]:
        return np.ones((*candidate.shape, len(PATHWAYS)), dtype=bool)
    slot_body = provision.slot_body[provision.site_slot[site]]
    body = state.bodies.owner[slot_body]
    independent = (np.array(state.bodies.kinds)[slot_body] == "independent")[:, :, None]
    prime = provision.prime_slot[commissioner]  # [rows, 13]
    holder = np.where(
        prime >= 0, state.bodies.owner[provision.slot_body[np.maximum(prime, 0)]], NOBODY
    )
    rule = np.where(prime >= 0, provision.choice_rule[commissioner], ANY)
    if network is not None:
        _members_rules(state.bodies, state.integrated, network, prime, rule, holder)
    rule, own = rule[:, None, :], body[:, :, None] == holder[:, None, :]
    allowed = own | (rule == ANY) | ((rule == NETWORK) & ~independent)
    offered = state.hospitals.lines.open[site] & (candidate >= 0)[:, :, None]
    nobody = ~(allowed & offered).any(axis=1, keepdims=True)
    permitted: np.ndarray = allowed | nobody
    return permitted


def _members_rules(
    bodies: Bodies,
    integrated: IntegratedCare,
    network: np.ndarray,
    prime: np.ndarray,
    rule: np.ndarray,
    holder: np.ndarray,
) -> None:
    """Enter integrated organisations' rules for pathways without a prime [rows, 13], in place."""
    for organisation in integrated.organisations:
        choice = CHOICE_RULES[organisation.terms.choice]
        covered = (network == organisation.network)[:, None] & (prime < 0) & (choice != ANY)
        rule[covered] = choice
        holder[covered] = bodies.owner[organisation.hospital]


def among_best(weight: np.ndarray, many: int) -> np.ndarray:
    """1 for the candidates of most weight, at most so many [rows, candidates, 13]; else 0."""
    order = np.argsort(-weight, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return ((rank < many) & (weight > 0.0)).astype(np.uint8)


def clinics_outside(
    value: Parameters, provision: Provision, integrated: IntegratedCare
) -> tuple[np.ndarray, np.ndarray]:
    """Points of access (1 or 0), and share of clinics held outside hospital [practices, 13].

    Clinics are held there by integrated organisations, or behind a point of access.
    """
    k = provision.practice_commissioner.astype(np.int64)
    hub = provision.hub[k]
    shifted = hub * value["minds.hub_diversion"]
    shares = CLINIC_SHARES.of(value)
    for organisation in integrated.organisations:
        members = provision.network == organisation.network
        share = shares[organisation.clinics] * organisation.clinic_skill
        apart = members[:, None] & (provision.prime_slot[k] == NOBODY)
        shifted[apart] = np.maximum(shifted[apart], share)
    return hub, shifted


def clinic_owners(bodies: Bodies, provision: Provision, practices: np.ndarray) -> np.ndarray:
    """Bodies that hold the clinics outside hospital of lists [rows, 13]: a prime, if there is one.

    `practices` [rows] says of which lists.
    """
    prime = provision.prime_slot[provision.practice_commissioner[practices].astype(np.int64)]
    slot = np.where(prime >= 0, prime, provision.clinic_slot[practices][:, None])
    owners: np.ndarray = bodies.owner[provision.slot_body[slot]].astype(np.int64)
    return owners


def managed_groups(value: Parameters, state: State) -> list[tuple[np.ndarray, float]]:
    """Practices (bool) that share case managers, and for which share of their patients.

    Those at highest risk come first. A later group goes before an earlier one.
    """
    shares = np.unique(state.practices.managed_share[state.practices.managed_share > 0.0])
    groups = [(state.practices.managed_share == share, float(share)) for share in shares]
    for organisation in state.integrated.organisations:
        members = state.provision.network == organisation.network
        groups.append((members, COVERAGE.of(value)[organisation.coverage]))
    return [(practices, share) for practices, share in groups if share > 0.0 and practices.any()]
