"""The market as people of an area meet it: who treats, real alternatives, contract holders."""

import copy
from typing import NamedTuple

import numpy as np

from model.care.attraction import (
    NO_CHOICE,
    among_best,
    clinic_owners,
    clinics_outside,
    in_choice_set,
    permitted,
    site_attraction,
)
from model.care.queues import wait_months
from model.care.referral_tilts import referral_odds
from model.care.routes import away_share
from model.outcomes.concentration import (
    hhi_by_area,
    hhi_by_site,
    loci,
    real_alternatives,
)
from model.outcomes.regimes import WINDOWS
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.geography import Geography, distance_utility
from model.places.place import Place
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State, Yearbooks

LEAST_NEED_SHARE = 0.005  # pathways with hardly any planned hospital care are left out


class Market(NamedTuple):
    """One year's market by area [areas], over planned hospital care weighted by need."""

    hhi: np.ndarray  # between owners of who treats, predicted flows
    hhi_sites: np.ndarray
    few_alternatives: np.ndarray  # share of need with fewer real alternatives than needed
    few_by_window: np.ndarray  # the same with each of WINDOWS otherwise [windows, areas]
    alternatives: np.ndarray  # owners in reach, rivals by capacity; mean over need
    practice_hhi: np.ndarray  # between practices, members of one organisation together
    hhi_by_pathway: np.ndarray  # [areas, 13]; NaN where left out
    loci: float  # mean over owners' flows: 0 monopoly, towards 1 competitive
    hhi_holding: float  # between holders of contracts for planned care


def market_of(setup: Setup, state: State) -> Market:
    """Measure the market as it is."""
    need = pathway_need(state.yearbooks)
    area = AreaChoice(setup, state)
    by_pathway = np.full((len(setup.place.areas), len(PATHWAYS)), np.nan)
    columns = {name: np.zeros(len(setup.place.areas)) for name in ("hhi", "sites", "few", "number")}
    treated = np.zeros(len(setup.place.areas))  # share of need that somebody would treat
    index = 0.0
    for p in np.flatnonzero(need):
        treating, owner = area.who_treats(int(p))
        number = area.alternatives(int(p))
        by_pathway[:, p] = hhi_by_area(treating, owner)
        treated += need[p] * np.isfinite(by_pathway[:, p])
        columns["hhi"] += need[p] * np.nan_to_num(by_pathway[:, p])
        columns["sites"] += need[p] * np.nan_to_num(hhi_by_site(treating))
        columns["few"] += need[p] * (number < setup.parameters["regimes.alternatives_needed"])
        columns["number"] += need[p] * number
        index += need[p] * _mean_loci(area.shares(int(p)), area.owner, area.people)
    for name in ("hhi", "sites"):  # where nobody treats a pathway, nobody has a share of it
        columns[name] /= np.maximum(treated, 1e-30)
    return Market(
        columns["hhi"], columns["sites"], columns["few"], few_by_window(area, need),
        columns["number"], practice_hhi(setup.place, setup.geography, state), by_pathway, index,
        holding_hhi(setup.geography, state, need),
    )  # fmt: skip


def few_by_window(area: "AreaChoice", need: np.ndarray) -> np.ndarray:
    """Share of need with too few real alternatives if each of WINDOWS were so [windows, areas]."""
    few = []
    for name, factor in WINDOWS:
        lines = area.lines | {name: factor * area.lines[name]}
        few.append(sum(
            need[p] * (area.alternatives(int(p), lines) < lines["alternatives_needed"])
            for p in np.flatnonzero(need)
        ))  # fmt: skip
    return np.array(few)


def pathway_need(yearbooks: Yearbooks) -> np.ndarray:
    """Share of planned spending by pathway [13], small ones left out; sums to 1."""
    spend = yearbooks.last_year.planned_spend.sum(axis=0) + yearbooks.year.planned_spend.sum(axis=0)
    share = spend / spend.sum()
    share = np.where(share >= LEAST_NEED_SHARE, share, 0.0)
    need: np.ndarray = share / share.sum()
    return need


class AreaChoice:
    """What people of each area may choose: the nearest hospital sites, by pathway.

    Where practices are asked to refer bears on where people go, and not on what is an alternative.
    """

    def __init__(self, setup: Setup, state: State):
        parameters, geography = setup.parameters, setup.geography
        main = _main_practice(setup.place, setup.geography, state.practices)
        self.site = geography.candidate[main].astype(np.int64)
        self.known = self.site >= 0
        kept = np.maximum(self.site, 0)
        body = state.provision.slot_body[state.provision.site_slot[kept]]
        self.owner = np.where(self.known, state.bodies.owner[body], -1).astype(np.int64)
        rows = np.arange(len(main))[:, None]
        km = geography.distance_km[rows, kept].astype(np.float64)
        self.minutes = km * geography.minutes_per_km[:, None]
        self.setup, self.km, self.pace = setup, km, geography.minutes_per_km[:, None]
        self.near = geography.near[rows, kept].astype(np.float64) * self.known
        waits = wait_months(parameters, state.hospitals)
        self.attraction = site_attraction(setup, state.provision, state.hospitals, waits)[kept]
        self.lean = referral_odds(setup.parameters, state, main, kept)
        self.capacity, self.wait = volume(setup.activity, state.hospitals)[kept], waits[kept]
        k = state.provision.practice_commissioner[main].astype(np.int64)
        network = state.provision.network[main]
        allowed = permitted(setup.parameters, state, k, geography.candidate[main], network)
        offered = allowed & (self.attraction > 0.0) & self.known[:, :, None]
        self.options = state.referrals.choice_options
        self.permitted = allowed & in_choice_set(self.near, offered, self.options)
        self.people = setup.place.areas["population"].to_numpy(np.float64)
        self.aware = parameters["choice.aware_share"] * (self.options != NO_CHOICE)
        several = int(parameters["choice.practice_refers_to"])
        self.referred = 1 if self.options == NO_CHOICE else several
        self.lines = {name: float(parameters[f"regimes.{name}"]) for name, _ in WINDOWS}
        self.clinics, self.clinic_owner = clinics_elsewhere(setup.parameters, state, main)
        self._shares: dict[int, np.ndarray] = {}  # by pathway, of which many windows ask
        self._far: dict[float, np.ndarray] = {}  # utility of distance, by minutes left out

    def only(self, areas: np.ndarray) -> "AreaChoice":
        """The same for some areas (bool [areas])."""
        part = copy.copy(self)
        part._shares, part._far = {}, {}
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(part, name, value[areas])
        return part

    def shares(self, pathway: int) -> np.ndarray:
        """Predicted shares of referrals into pathway p by candidate [areas, candidates]."""
        if pathway not in self._shares:
            self._shares[pathway] = self._shares_anew(pathway)
        return self._shares[pathway]

    def _shares_anew(self, pathway: int) -> np.ndarray:
        weight = (
            self.near * self.lean * self.attraction[:, :, pathway] * self.permitted[:, :, pathway]
        )
        total = weight.sum(axis=1, keepdims=True)
        logit = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        usual = weight * among_best(weight[:, :, None], self.referred)[:, :, 0]
        habit = usual / np.maximum(usual.sum(axis=1, keepdims=True), 1e-30)
        return np.where(total > 0, self.aware * logit + (1.0 - self.aware) * habit, 0.0)

    def who_treats(self, pathway: int) -> tuple[np.ndarray, np.ndarray]:
        """Shares of spending on pathway p, and owners [areas, candidates + 1].

        The last column is clinics held elsewhere; operations and all else are done at hospitals.
        """
        hospitals, away = self.shares(pathway), self.clinics[:, pathway]
        away = np.where(hospitals.any(axis=1), away, 0.0)[:, None]
        owner = np.column_stack([self.owner, self.clinic_owner[:, pathway]])
        return np.hstack([hospitals * (1.0 - away), away]), owner

    def alternatives(self, pathway: int, lines: dict[str, float] | None = None) -> np.ndarray:
        """Effective number of differently owned alternatives [areas]; none without choice.

        `lines` are the values of `regimes.*` that decide what is in reach, if not those in force.
        """
        if self.options == NO_CHOICE:
            return np.zeros(len(self.site))
        lines = lines or self.lines
        usable = self.known & (self.attraction[:, :, pathway] > 0) & self.permitted[:, :, pathway]
        utility = self._far_utility(lines["near_minutes"])
        utility = utility + np.log(np.maximum(self.attraction[:, :, pathway], 1e-12))
        return real_alternatives(
            utility, self.minutes, self.owner, np.where(usable, self.capacity[:, :, pathway], 0.0),
            self.shares(pathway), lines["window_minutes"], lines["window_logits"],
            self.wait[:, :, pathway] > lines["longest_wait_months"],
        )  # fmt: skip

    def _far_utility(self, near_minutes: float) -> np.ndarray:
        """Utility of distance with the first minutes of travel left out [areas, candidates]."""
        if near_minutes not in self._far:
            beyond = np.maximum(self.km - near_minutes / self.pace, 0.0)
            self._far[near_minutes] = distance_utility(beyond, self.setup.parameters)
        return self._far[near_minutes]


def volume(activity: ActivityRates, hospitals: Hospitals) -> np.ndarray:
    """What every line can do in a month [sites, 13]: operations, or pence where it does none."""
    operates = activity.operation_share > 0.0
    return np.where(operates, hospitals.lines.capacity, hospitals.lines.base_income)


def clinics_elsewhere(
    value: Parameters, state: State, main: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Share of spending on planned care that goes to clinics outside hospital, and their owners.

    Both [areas, 13], as the practices `main` [areas] have it.
    """
    provision = state.provision
    spend = state.yearbooks.last_year.planned_spend + state.yearbooks.year.planned_spend
    clinics = state.yearbooks.last_year.clinic_spend + state.yearbooks.year.clinic_spend
    part = clinics.sum(axis=0) / np.maximum(spend.sum(axis=0), 1e-30)
    away = away_share(provision, clinics_outside(value, provision, state.integrated)[1])[main]
    return part * away, clinic_owners(state.bodies, provision, main)


def people_losing_site(
    value: Parameters, yearbooks: Yearbooks, everywhere: AreaChoice, site: int
) -> float:
    """People who would have too few real alternatives only if a site treated nobody.

    `everywhere`: what people of all areas can choose now.
    """
    area = everywhere.only((everywhere.site == site).any(axis=1))
    shut = copy.copy(area)
    shut.attraction = np.where((area.site == site)[:, :, None], 0.0, area.attraction)
    needed, lost = value["regimes.alternatives_needed"], 0.0
    need = pathway_need(yearbooks)
    for p in np.flatnonzero(need).tolist():
        few = [one.alternatives(p) < needed for one in (area, shut)]
        lost += need[p] * area.people[few[1] & ~few[0]].sum()
    return float(lost)


def people_losing(
    value: Parameters, yearbooks: Yearbooks, everywhere: AreaChoice, absorbed: int, into: int
) -> float:
    """People who would have too few real alternatives only if one owner took over another."""
    both = (everywhere.owner == absorbed).any(axis=1) & (everywhere.owner == into).any(axis=1)
    need, area = pathway_need(yearbooks), everywhere.only(both)
    needed = value["regimes.alternatives_needed"]
    before = {p: area.alternatives(int(p)) < needed for p in np.flatnonzero(need)}
    area.owner = np.where(area.owner == absorbed, into, area.owner)
    lost = 0.0
    for p, few in before.items():
        after = area.alternatives(int(p)) < needed
        lost += need[p] * area.people[after & ~few].sum()
    return float(lost)


def _main_practice(place: Place, geography: Geography, practices: Practices) -> np.ndarray:
    """The practice with most patients in each area [areas]: whose candidates the area has."""
    patients = practices.pair_patients
    main = np.zeros(len(place.areas), dtype=np.int64)
    order = np.argsort(patients, kind="stable")
    main[geography.pair_area[order]] = practices.pair_practice[order]
    return main


def _mean_loci(shares: np.ndarray, owner: np.ndarray, people: np.ndarray) -> float:
    flows = np.bincount(np.maximum(owner, 0).ravel(), weights=(shares * people[:, None]).ravel())
    index = loci(shares, owner, people, flows.size)
    return float(np.nansum(index * flows) / flows.sum()) if flows.any() else 0.0


def practice_hhi(place: Place, geography: Geography, state: State) -> np.ndarray:
    """HHI between the practices that the people of an area are registered with [areas].

    Members of one integrated organisation, and practices that one trust runs, count as one.
    """
    provision = state.provision
    own = np.arange(provision.network.size)
    owner = state.bodies.owner[provision.practice_body]
    first = np.full(len(state.bodies), own.size)
    np.minimum.at(first, owner, own)
    group = first[owner]
    for organisation in state.integrated.organisations:
        group[provision.network == organisation.network] = own.size + organisation.network
    patients = state.practices.pair_patients
    areas, size = len(place.areas), int(group.max()) + 1
    cell = geography.pair_area.astype(np.int64) * size + group[state.practices.pair_practice]
    cells, rows = np.unique(cell, return_inverse=True)
    by_group = np.bincount(rows, weights=patients)
    total = np.bincount(cells // size, weights=by_group, minlength=areas)
    squares = np.bincount(cells // size, weights=by_group**2, minlength=areas)
    hhi: np.ndarray = np.divide(squares, total**2, out=np.full(areas, np.nan), where=total > 0)
    return hhi


def holding_hhi(geography: Geography, state: State, need: np.ndarray) -> float:
    """HHI between holders of contracts for planned care, mean over commissioners and pathways.

    Under tariff the provider that is chosen holds the contract; under a prime contract or
    capitation the prime provider or the integrated organisation does. `need`: share of
    planned care by pathway [13].
    """
    provision, values, weights = state.provision, [], []
    k_of = provision.practice_commissioner
    for k in range(provision.prime_slot.shape[0]):
        here = np.flatnonzero(k_of == k)
        for p in np.flatnonzero(need):
            spend = state.yearbooks.last_year.planned_spend[here, p]
            values.append(_holders(geography, state, here, k, int(p), spend))
            weights.append(need[p] * state.practices.lists[here].sum())
    return float(np.average(values, weights=weights))


def _holders(
    geography: Geography,
    state: State,
    here: np.ndarray,
    commissioner: int,
    pathway: int,
    spend: np.ndarray,
) -> float:
    provision = state.provision
    if provision.prime_slot[commissioner, pathway] >= 0:
        return 1.0
    members = {o.network: o.body for o in state.integrated.organisations}
    inside = np.isin(provision.network[here], list(members))
    by_body = np.zeros(len(state.bodies))
    for row in np.flatnonzero(inside):
        by_body[members[int(provision.network[here[row]])]] += spend[row]
    site = np.maximum(geography.candidate[here[~inside]], 0)
    flow = spend[~inside][:, None] * state.referrals.shares[here[~inside], :, pathway]
    body = state.bodies.owner[provision.slot_body[provision.site_slot[site]]]
    np.add.at(by_body, body, flow)
    total = by_body.sum()
    return float(((by_body / total) ** 2).sum()) if total > 0 else 1.0
