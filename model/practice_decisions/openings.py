"""New practices where one has gone: when a commissioner wants one, who runs it, who registers.

A new organisation takes the place of the old one in all tables by practice, under a code and luck
of its own. People who live in homes that were once the old practice's are near it: a share of them
registers at once, and newcomers to those homes register with it as they did with the old one.
"""

from typing import TYPE_CHECKING

import numpy as np

from agents.numerics.chance import STREAM_REGISTER, key_of, keyed_uniform
from agents.organisations import commissioner
from agents.organisations.commissioner import OpeningView
from agents.patients.handovers import person_key
from model.care.kernel import register_with
from model.deciding.decisions import enter, forced_option
from model.deciding.minds import create_practice
from model.integrated.joining import begin_anew
from model.practices.access import hours
from model.practices.income import core_income, expense_factor, expenses, partners
from model.practices.profits import chance_of_partner, partnerships
from model.practices.qof import qof_income, usual_reached
from model.practices.workforce import find_partner, workload
from model.state.bodies import MARKET
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY, replace_practice

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

FOUNDER = 2_000  # number of the post of a first partner
JOINS_AT_ONCE = 2  # ordinal of a resident's draw


def commissioners_consider_openings(economy: "HealthEconomy") -> None:
    """Once a year each commissioner looks at the gone practice whose people are most crowded."""
    state = economy.state
    if not commissioner.OPENING.is_due(state.month):
        return
    waiting = {
        details[0] for _, change, details in state.docket.agenda if change == "open_practice"
    }
    crowded = crowded_people(economy)
    for k, agent in enumerate(economy.minds.commissioners):
        here = (state.provision.practice_commissioner == k) & (crowded > 0.0)
        gone = [g for g in np.flatnonzero(here).tolist() if g not in waiting]
        if gone:
            g = max(gone, key=lambda one: crowded[one])
            view = opening_view(economy, g, float(crowded[g]))
            about = str(economy.setup.place.practices["practice"].iat[g])
            forced = forced_option(economy, agent.code, commissioner.OPENING, about)
            decision = agent.consider_opening(view, state.month, about, forced)
            enter(economy, decision, "open_practice", (g,))


def crowded_people(economy: "HealthEconomy") -> np.ndarray:
    """People in the homes of practices that have gone, whose own are full or closed [practices]."""
    state = economy.state
    value = economy.setup.parameters
    load = workload(state.practices.workforce, value, state.practices.lists) * hours(
        value, state.practices.access
    )
    full = ((load > value["practices.crowded_workload"]) | state.practices.closed_lists)[
        state.practices.pair_practice
    ]
    first = economy.setup.geography.pair_practice
    people = np.bincount(
        first, state.practices.pair_patients * full, minlength=state.practices.lists.size
    )
    return np.where(state.practices.lists > 0, 0.0, people)


def opening_view(economy: "HealthEconomy", g: int, crowded: float) -> OpeningView:
    """What a commissioner sees of the place of practice `g`."""
    value = economy.setup.parameters
    patients = float(economy.state.practices.pair_patients[first_pairs(economy, g)[0]].sum())
    return OpeningView(
        crowded=crowded,
        room_value=value["commissioning.room_pounds_per_patient"],
        first_list=value["practices.opening_list_share"] * patients,
        cost=value["commissioning.practice_opening_pence"]
        / value["commissioning.opening_felt_years"]
        / PENCE_PER_POUND,
        doctor_chance=doctor_chance(economy, g),
    )


def first_pairs(economy: "HealthEconomy", g: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of the homes that were practice `g`'s, and pairs of who looks after them now.

    Both [pairs of `g`]: the second have the same area and practice and are of other homes. Where
    there is none, the homes are left out.
    """
    state, geography = economy.state, economy.setup.geography
    area, holder = geography.pair_area, state.practices.pair_practice
    mine = np.flatnonzero(geography.pair_practice == g)
    near = np.isin(area, area[mine]) & (geography.pair_practice != g)
    where = {(area[m], holder[m]): m for m in np.flatnonzero(near)[::-1]}
    both = [(n, where[area[n], holder[n]]) for n in mine if (area[n], holder[n]) in where]
    pairs = np.array(both, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def doctor_chance(economy: "HealthEconomy", g: int) -> float:
    """Chance to find a doctor for a new practice in the place of `g`, by what each would earn."""
    state, value = economy.state, economy.setup.parameters
    books = state.practices.books
    usual = books._replace(
        correction_pence=np.zeros(state.practices.lists.size),
        expense_factor=np.ones(state.practices.lists.size),
    )
    lists = np.zeros(state.practices.lists.size)
    lists[g] = state.practices.pair_patients[first_pairs(economy, g)[0]].sum()
    income = sum(core_income(economy.rules, usual, lists).values())
    income = income + qof_income(
        economy.rules, value, books.prevalence, lists, usual_reached(value)
    )
    profit = (income - expenses(usual, lists))[g] / partners(value, lists)[g] / PENCE_PER_POUND
    seen, people = partnerships(economy), state.practices.lists
    average = np.average(seen.profit - seen.workload_cost, weights=people)
    return float(chance_of_partner(value, profit / average))


def open_practice(economy: "HealthEconomy", g: int) -> None:
    """A practice opens in the place of `g`, if a doctor is found; nothing happens otherwise."""
    state, value = economy.state, economy.setup.parameters
    mine, theirs = first_pairs(economy, g)
    joining = _who_joins(economy, mine, theirs)
    if state.practices.lists[g] or not joining.any():
        return
    code = f"{economy.setup.place.practices['practice'].iat[g]}-{state.month}"
    vacancy = (np.uint64(key_of(code)), state.month, FOUNDER)
    chance = doctor_chance(economy, g)
    if not find_partner(state.practices.workforce, value, g, chance, vacancy, economy.seed):
        return
    _found(economy, g, code)
    _move_lists(economy, g, mine, theirs, joining)
    _move_residents(
        economy, g, economy.setup.geography.pair_area[mine], state.practices.pair_practice[theirs]
    )
    payer = state.bodies.of_kind("commissioner")[state.provision.practice_commissioner[g]]
    cost = round(value["commissioning.practice_opening_pence"])
    state.money.ledger.post(state.month, payer, MARKET, "capital", cost)
    economy.state.practices.lists_moved = True
    state.referrals.routes_stale = True


def _found(economy: "HealthEconomy", g: int, code: str) -> None:
    """A new body with a contract for alternative provision, a mind and luck of its own."""
    state, value = economy.state, economy.setup.parameters
    old = economy.setup.place.practices["name"].iat[g]
    body = state.bodies.add(code, f"New practice in the place of {old}", "practice")
    replace_practice(state.provision, g, body)
    economy.minds.practices[g] = create_practice(
        economy.minds, economy.setup.parameters, economy.state.bodies, body
    )
    begin_anew(economy, g)
    books, key = state.practices.books, np.uint64(key_of(code))
    books.correction_pence[g], books.has_pms[g] = 0.0, 1.0
    books.expense_factor[g] = expense_factor(value, economy.seed, key)
    state.practices.workforce.usual_list[g] = value["practices.patients_per_partner"]
    state.practices.effort[g], state.practices.lean_years[g], state.practices.more_exceptions[g] = (
        "usual",
        0,
        False,
    )
    state.practices.access[g] = 0
    (
        state.practices.owned_trust[g],
        state.practices.salaries[g],
        state.practices.managed_share[g],
    ) = NOBODY, 0.0, 0.0


def _who_joins(economy: "HealthEconomy", mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Whole patients who leave each practice at once for one in the pairs `mine` [practices]."""
    state, share = economy.state, economy.setup.parameters["practices.opening_list_share"]
    donors, people = (
        state.practices.pair_practice[theirs],
        share * state.practices.pair_patients[mine],
    )
    joining = np.floor(np.bincount(donors, people, minlength=state.practices.lists.size)).astype(
        np.int64
    )
    joiners: np.ndarray = np.minimum(joining, state.practices.lists)
    return joiners


def _move_lists(
    economy: "HealthEconomy", g: int, mine: np.ndarray, theirs: np.ndarray, joining: np.ndarray
) -> None:
    """The people who register at once, and what is counted by list with them."""
    state, share = economy.state, economy.setup.parameters["practices.opening_list_share"]
    people = state.practices.pair_patients[mine]
    np.add.at(state.practices.pair_patients, theirs, (1.0 - share) * people)
    state.practices.pair_patients[mine], state.practices.pair_practice[mine] = share * people, g
    _share_figures(economy, g, joining)
    state.practices.lists = state.practices.lists - joining
    state.practices.lists[g] = joining.sum()


def _share_figures(economy: "HealthEconomy", g: int, moved: np.ndarray) -> None:
    """What `moved` patients [practices] are expected to need, and spent last year, comes to `g`."""
    state, structure = economy.state, economy.state.residents.structure
    for name in ("need", "strata"):
        figure = getattr(structure, name)
        figure[g] = np.average(figure, axis=0, weights=moved)
    part = np.divide(
        moved, state.practices.lists, out=np.zeros(moved.size), where=state.practices.lists > 0
    )
    for organisation in state.integrated.organisations:
        organisation.capitation_pence *= 1.0 - part[:, None]
    state.money.attribution.gather(economy.setup.geography.candidate, g, part)
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        year.move_spending(g, part)


def _move_residents(economy: "HealthEconomy", g: int, area: np.ndarray, holder: np.ndarray) -> None:
    """Simulated patients in the homes that were `g`'s: newcomers register with it, some at once."""
    people, share = (
        economy.state.residents.people,
        economy.setup.parameters["practices.opening_list_share"],
    )
    now = np.full(len(economy.setup.place.areas), NOBODY, dtype=np.int64)
    now[area] = holder
    homes = (people["home_practice"] == g) & (now[people["area"]] >= 0)
    people["entry_practice"][homes] = g
    practice = people["practice"].astype(np.int64)
    for i in np.flatnonzero(homes & (practice == now[people["area"]])):
        key = person_key(people["slot"][i], people["entered"][i])
        month = economy.state.month
        if keyed_uniform(economy.seed, STREAM_REGISTER, key, month, JOINS_AT_ONCE) < share:
            practice[i] = g
    register_with(people, practice)
