"""The month's arrangement of care: what is offered where, routes through teams, effort."""

from typing import Any

import numpy as np

from agents.integrated import CLINIC_SHARES, COVERAGE
from agents.patient_tables import (
    AREA,
    HEALTH,
    PRACTICE,
    REACH,
    RULES,
    SITE,
    STEP,
    World,
)
from model.care import ANY, CHOICE_RULES, NETWORK, NOBODY, fill_routes
from model.flows import choice_shares, wait_months
from model.journeys import COMMUNITY
from model.leaning import lean
from model.pathway_names import PATHWAYS
from model.practice_access import attraction_of_access, hours
from model.practice_effort import effort_steps, referral_factor
from model.readmissions import readmission_shares
from model.redesign import prevented, support_discharges
from model.setup import Setup
from model.state import State

WEEKS_PER_MONTH = 52.0 / 12.0
NO_PATIENT = 1e9


def first_world(setup: Setup, state: State) -> World:
    """The tables a patient meets; `arrange` keeps them up to date."""
    geography = setup.geography
    areas = np.zeros(len(setup.place.areas), dtype=AREA)
    _set_practice_choice(setup, state, areas)
    sites = np.zeros(len(setup.place.sites), dtype=SITE)
    sites["emergency"] = state.emergency_open
    reach = np.zeros(geography.near.shape, dtype=REACH)
    reach["near"], reach["distance_km"] = geography.near, geography.distance_km
    return World(
        practices=_practices(setup, state),
        areas=areas,
        sites=sites,
        reach=reach,
        strata=state.strata,
        steps=_steps(setup),
        routes=state.routes.route,
        cross=state.routes.cross,
        rules=_rules(setup),
        health=_row(HEALTH, setup.health._asdict()),
        turnover=setup.demography.turnover,
    )


def _set_practice_choice(setup: Setup, state: State, areas: np.ndarray) -> None:
    """Which practices people of every area may turn to, and how likely each is."""
    areas["choice_practices"], share = practice_options(setup, state)
    areas["choice_weight"] = np.where(share > 0.0, np.cumsum(share, axis=1), -1.0)


def practice_options(
    setup: Setup, state: State, without: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """Practices that people of an area may turn to, and the share of each [areas, options].

    Practices that are gone, and `without`, have no share; so do all if no other is in reach. Closed
    lists have none either, unless all in reach are closed: then patients are assigned to them.
    """
    options, cumulative = setup.geography.choice_practices, setup.geography.choice_weight
    share = np.diff(cumulative, axis=1, prepend=0.0)
    row = np.maximum(options, 0)
    there = (options >= 0) & (state.lists[row] > 0) & (row != without)
    takes = there & ~state.closed_lists[row]
    share = np.where(np.where(takes.any(axis=1, keepdims=True), takes, there), share, 0.0)
    share = share * attraction_of_access(setup.parameters, state.access)[row]
    return options, share / np.maximum(share.sum(axis=1, keepdims=True), 1e-30)


def _practices(setup: Setup, state: State) -> np.ndarray:
    lists, parameters = state.lists, setup.parameters
    rows = np.zeros(lists.size, dtype=PRACTICE)
    rows["personal"] = personal_continuity(setup, lists)
    rows["closed"] = state.closed_lists
    for factor in ("access", "referral", "prevention", "attendance"):
        rows[factor] = 1.0
    rows["coordination_threshold"] = NO_PATIENT
    practitioners = np.rint(lists / 1000.0 * parameters["practices.gp_fte_per_1000"])
    rows["clinicians"] = np.clip(practitioners, 2, 250)
    rows["candidate"] = setup.geography.candidate
    rows["register_shift"] = setup.demography.register_shift
    return rows


def _steps(setup: Setup) -> np.ndarray:
    journeys = setup.journeys
    rows = np.zeros(journeys.edge.size, dtype=STEP)
    rows["low"], rows["high"] = journeys.step_low, journeys.step_high
    rows["visit"], rows["edge"] = journeys.step_visit, journeys.edge
    rows["community"] = journeys.step_setting == COMMUNITY
    rows["discharge"] = journeys.edge_discharge
    return rows


def _row(kind: np.dtype, values: dict[str, Any]) -> np.ndarray:
    row = np.zeros(1, dtype=kind)
    for name in kind.names or ():
        row[name] = values[name]
    return row


def _rules(setup: Setup) -> np.ndarray:
    parameters, journeys = setup.parameters, setup.journeys
    return _row(
        RULES,
        setup.activity._asdict()
        | {
            "episode_start": journeys.start,
            "episode_stop": journeys.stop,
            "gp_share": parameters["demand.gp_share_of_consultations"],
            "aware": parameters["choice.aware_share"],
            "overlap": parameters["handovers.overlap"],
            "harm_discharge": parameters["handovers.crisis_hazard_lost_discharge"],
            "harm_referral": parameters["handovers.crisis_hazard_lost_referral"],
            "harm_months": parameters["handovers.harm_months"],
            "readmission": parameters["quality.readmission_share"],
            "death_share": parameters["quality.death_share_after_emergency"],
            "duplicate_share": parameters["handovers.duplicate_tests_per_loss"],
            "coordination_loss": parameters["minds.coordination_loss_multiplier"],
        },
    )


def personal_continuity(setup: Setup, lists: np.ndarray) -> np.ndarray:
    """Probability that a GP consultation is with the usual practitioner, by list size.

    Small practices are those below the median list; the usual-provider index falls from one mean
    to the other over a factor of four in list size (Barker et al. 2017, BMJ).
    """
    small = setup.parameters["handovers.upc_small_practice"]
    large = setup.parameters["handovers.upc_large_practice"]
    step = np.clip(np.log2(np.maximum(lists, 1) / 3_000.0) / 2.0, 0.0, 1.0)
    index = small + (large - small) * step
    continuity: np.ndarray = index - UPC_OF_FEW_CONTACTS * (1.0 - index)
    return continuity


# With eight contacts the index counts a lucky run of a colleague as usual: the mean index lies this
# share of the way from the probability to one.
UPC_OF_FEW_CONTACTS = 0.10


CHOICE = "competition.choice.options"
ANY_HOSPITAL, NO_CHOICE = 0, 1  # of how many hospitals a patient may choose


def arrange(setup: Setup, state: State, world: World, options: int = ANY_HOSPITAL) -> None:
    """Bring the tables up to date with contracts, decisions, waits and links.

    `options`: of how many hospitals patients may choose; with one, their practice chooses.
    """
    state.choice_options = options
    aware = 0.0 if options == NO_CHOICE else setup.parameters["choice.aware_share"]
    world.rules["aware"] = aware
    waits = wait_months(state)
    world.sites["wait_months"] = np.rint(waits)
    world.sites["emergency"] = state.emergency_open
    world.practices["attraction"] = attraction(setup, state, waits)
    _refer(setup, state, world)
    set_stays(setup, state, world)
    _set_quality(setup, state, world)
    state.shares, state.complex_shares = choice_shares(setup, state, world)
    _set_lists(setup, state, world)
    _set_effort(setup, state, world)
    world.practices["hub"], world.practices["shifted"] = clinics_outside(setup, state)
    _set_coordination(setup, state, world)
    support_discharges(setup.parameters, state)
    if state.routes_stale:
        fill_routes(
            state.routes, state.provision, setup.journeys, setup.geography.candidate, state.default,
            state.bodies.owner, setup.losses,
        )  # fmt: skip
        state.routes_stale = False


def site_attraction(setup: Setup, state: State, waits: np.ndarray) -> np.ndarray:
    """Attraction of every line apart from distance: quality, wait, type [sites, 13]; 0 if shut."""
    parameters = setup.parameters
    utility = (
        setup.site_constant[:, None]
        + parameters["choice.hospital_quality_per_sd"] * state.site_quality()[:, None]
        + parameters["choice.hospital_wait_per_week"] * waits * WEEKS_PER_MONTH
    )
    attraction: np.ndarray = np.exp(utility) * state.lines.pull * state.lines.open
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
    table = site_attraction(setup, state, waits)[site] * (candidate >= 0)[:, :, None]
    tilt = lean(setup, state, rows, site)
    k = state.provision.practice_commissioner[rows].astype(np.int64)
    allowed = permitted(setup, state, k, candidate, state.provision.network[rows])
    table = table * tilt[:, :, None] * allowed
    near = np.take_along_axis(setup.geography.practice_near[rows], site.astype(np.int64), axis=1)
    attraction: np.ndarray = (
        table * in_choice_set(near, table > 0.0, state.choice_options)
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
    setup: Setup,
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
    if not setup.parameters["choice.closed_choice"]:
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
        _members_rules(state, network, prime, rule, holder)
    rule, own = rule[:, None, :], body[:, :, None] == holder[:, None, :]
    allowed = own | (rule == ANY) | ((rule == NETWORK) & ~independent)
    offered = state.lines.open[site] & (candidate >= 0)[:, :, None]
    nobody = ~(allowed & offered).any(axis=1, keepdims=True)
    permitted: np.ndarray = allowed | nobody
    return permitted


def _members_rules(
    state: State, network: np.ndarray, prime: np.ndarray, rule: np.ndarray, holder: np.ndarray
) -> None:
    """Enter integrated organisations' rules for pathways without a prime [rows, 13], in place."""
    for organisation in state.organisations:
        choice = CHOICE_RULES[organisation.terms.choice]
        covered = (network == organisation.network)[:, None] & (prime < 0) & (choice != ANY)
        rule[covered] = choice
        holder[covered] = state.bodies.owner[organisation.hospital]


def _refer(setup: Setup, state: State, world: World) -> None:
    """Where practices refer unless asked: habit, looked at once a year or when it is shut."""
    attraction = world.practices["attraction"]
    site = np.maximum(setup.geography.candidate, 0).astype(np.int64)
    near = np.take_along_axis(setup.geography.practice_near, site, axis=1)
    weight = near[:, :, None] * attraction
    best = np.argmax(weight, axis=1).astype(np.int8)
    habit = np.take_along_axis(attraction, state.default[:, None, :].astype(np.int64), axis=1)[:, 0]
    anew = (habit <= 0.0) | (state.month % 12 == 0)
    changed = np.where(anew, best, state.default)
    if (changed != state.default).any():
        state.default[:] = changed
        state.routes_stale = True
    used = among_best(weight, int(setup.parameters["choice.practice_refers_to"]))
    state.usual = np.where(anew[:, None, :], used, state.usual)
    world.practices["default"] = state.default
    # Without choice a practice sends its patients to the one hospital that holds the block.
    alone = np.arange(weight.shape[1])[None, :, None] == state.default[:, None, :]
    world.practices["usual"] = alone if state.choice_options == NO_CHOICE else state.usual


def among_best(weight: np.ndarray, many: int) -> np.ndarray:
    """1 for the candidates of most weight, at most so many [rows, candidates, 13]; else 0."""
    order = np.argsort(-weight, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return ((rank < many) & (weight > 0.0)).astype(np.uint8)


def set_stays(setup: Setup, state: State, world: World) -> None:
    """Day cases, lengths of stay and whom they take, as trusts have come to manage it."""
    lines, share = state.lines, setup.activity.day_case_share
    world.sites["day_case_share"] = 1.0 - (1.0 - share) * lines.overnight
    world.sites["stay"] = lines.stay
    world.sites["only_simple"] = lines.only_simple
    hurry = setup.parameters["trusts.lost_discharges_per_stay_cut"]
    world.sites["discharge_loss"] = 1.0 + hurry * (1.0 - lines.stay)


def _set_quality(setup: Setup, state: State, world: World) -> None:
    """What the quality of a site's trust does to its patients; 1 at average quality."""
    world.sites["readmission"] = readmission_shares(setup, state)
    deaths = 1.0 + setup.parameters["quality.deaths_per_sd"]
    world.sites["fatality"] = deaths ** state.site_quality()


def _set_lists(setup: Setup, state: State, world: World) -> None:
    """Lists that have closed to new patients or opened again, and hours that have changed."""
    offered = hours(setup.parameters, state.access)
    closed = (world.practices["closed"] != state.closed_lists).any()
    if closed or (world.practices["access"] != offered).any():
        world.practices["closed"], world.practices["access"] = state.closed_lists, offered
        _set_practice_choice(setup, state, world.areas)


def continuity_factor(setup: Setup, world: World) -> np.ndarray:
    """What personal continuity does to preventable crises [practices]."""
    # Against the practices of the start, so that what all of them lose counts, too.
    usual = personal_continuity(setup, setup.list_sizes.astype(np.float64)).mean()
    upc = world.practices["personal"] - usual
    per_point = np.log1p(setup.parameters["handovers.preventable_change_per_upc_step"])
    factor: np.ndarray = np.exp(per_point / setup.parameters["handovers.upc_step"] * upc)
    return factor


def _set_effort(setup: Setup, state: State, world: World) -> None:
    """What practices' effort and rapid response do to referrals and to urgent care."""
    value, access = setup.parameters, state.access
    qof = value["practices.qof_effect_on_preventable"]
    urgent = value["practices.access_effect_on_preventable"]
    attending = value["practices.access_effect_on_attendance"]
    step = effort_steps(value, state.effort)
    world.practices["referral"] = referral_factor(value, state.effort)
    care = (1.0 + qof * step) * (1.0 + urgent * access)
    world.practices["prevention"] = continuity_factor(setup, world) * care
    world.practices["attendance"] = 1.0 + attending * access
    for organisation in state.organisations:
        members = state.provision.network == organisation.network
        world.practices["prevention"][members] *= prevented(setup.parameters, organisation)


def clinics_outside(setup: Setup, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Points of access (1 or 0), and share of clinics held outside hospital [practices, 13].

    Clinics are held there by integrated organisations, or behind a point of access.
    """
    k = state.provision.practice_commissioner.astype(np.int64)
    hub = state.provision.hub[k]
    shifted = hub * setup.parameters["minds.hub_diversion"]
    for organisation in state.organisations:
        members = state.provision.network == organisation.network
        share = CLINIC_SHARES[organisation.clinics] * organisation.clinic_skill
        apart = members[:, None] & (state.provision.prime_slot[k] == NOBODY)
        shifted[apart] = np.maximum(shifted[apart], share)
    return hub, shifted


def clinic_owners(state: State, practices: np.ndarray) -> np.ndarray:
    """Bodies that hold the clinics outside hospital of lists [rows, 13]: a prime, if there is one.

    `practices` [rows] says of which lists.
    """
    provision = state.provision
    prime = provision.prime_slot[provision.practice_commissioner[practices].astype(np.int64)]
    slot = np.where(prime >= 0, prime, provision.clinic_slot[practices][:, None])
    owners: np.ndarray = state.bodies.owner[provision.slot_body[slot]].astype(np.int64)
    return owners


def _set_coordination(setup: Setup, state: State, world: World) -> None:
    """The risk score from which a patient of each practice has a case manager."""
    threshold = np.full(len(world.practices), NO_PATIENT)
    for practices, share in managed_groups(state):
        lists = state.lists.astype(np.float64)
        threshold[practices] = setup.everybody.line(practices, lists, share)
    world.practices["coordination_threshold"] = threshold


def managed_groups(state: State) -> list[tuple[np.ndarray, float]]:
    """Practices (bool) that share case managers, and for which share of their patients.

    Those at highest risk come first. A later group goes before an earlier one.
    """
    shares = np.unique(state.managed_share[state.managed_share > 0.0])
    groups = [(state.managed_share == share, float(share)) for share in shares]
    for organisation in state.organisations:
        members = state.provision.network == organisation.network
        groups.append((members, COVERAGE[organisation.coverage]))
    return [(practices, share) for practices, share in groups if share > 0.0 and practices.any()]
