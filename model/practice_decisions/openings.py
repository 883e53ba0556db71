"""New practices where one has gone: when a commissioner wants one, who runs it, who registers.

A new organisation takes the place of the old one in all tables by practice, under a code and luck
of its own. People who live in homes that were once the old practice's are near it: a share of them
registers at once, and newcomers to those homes register with it as they did with the old one.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.numerics.random_streams import STREAM_REGISTER, key_of, keyed_uniform
from agents.organisations import commissioner
from agents.organisations.commissioner import OpeningObservation
from agents.patients.handovers import person_key
from model.care.kernel import register_with
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds, create_practice
from model.integrated.joining import begin_anew
from model.parameters import Parameters
from model.places.geography import Geography
from model.places.place import Place
from model.practices.access import hours
from model.practices.income import core_income, expense_factor, expenses, partners
from model.practices.profits import chance_of_partner, partnerships
from model.practices.qof import qof_income, usual_reached
from model.practices.workforce import find_partner, workload
from model.state.bodies import MARKET
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import NOBODY, replace_practice
from model.state.setup import Setup
from model.state.state import State

FOUNDER = 2_000  # number of the post of a first partner
JOINS_AT_ONCE = 2  # ordinal of a resident's draw


def commissioners_consider_openings(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any]
) -> None:
    """Once a year each commissioner looks at the gone practice whose people are most crowded."""
    if not commissioner.OPENING.is_due(state.month):
        return
    waiting = {
        details[0]
        for _, change, details in state.docket.scheduled_effects
        if change == "open_practice"
    }
    crowded = crowded_people(setup.parameters, setup.geography, state.practices)
    for k, agent in enumerate(minds.commissioners):
        here = (state.provision.practice_commissioner == k) & (crowded > 0.0)
        gone = [g for g in np.flatnonzero(here).tolist() if g not in waiting]
        if gone:
            g = max(gone, key=lambda one: crowded[one])
            observation = opening_observation(setup, state.practices, rules, g, float(crowded[g]))
            about = str(setup.place.practices["practice"].iat[g])
            forced = forced_option(minds, state.month, agent.code, commissioner.OPENING, about)
            decision = agent.consider_opening(observation, state.month, about, forced)
            schedule_effect(setup.place, state.docket, decision, "open_practice", (g,))


def crowded_people(value: Parameters, geography: Geography, practices: Practices) -> np.ndarray:
    """People in the homes of practices that have gone, whose own are full or closed [practices]."""
    load = workload(practices.workforce, value, practices.lists) * hours(value, practices.access)
    full = ((load > value["practices.crowded_workload"]) | practices.closed_lists)[
        practices.pair_practice
    ]
    first = geography.pair_practice
    people = np.bincount(first, practices.pair_patients * full, minlength=practices.lists.size)
    return np.where(practices.lists > 0, 0.0, people)


def opening_observation(
    setup: Setup, practices: Practices, rules: Mapping[str, Any], practice: int, crowded: float
) -> OpeningObservation:
    """What a commissioner sees of the place of `practice`.

    `crowded`: people there whose practice is full.
    """
    value = setup.parameters
    patients = float(
        practices.pair_patients[first_pairs(setup.geography, practices, practice)[0]].sum()
    )
    return OpeningObservation(
        crowded=crowded,
        room_value=value["commissioning.room_pounds_per_patient"],
        first_list=value["practices.opening_list_share"] * patients,
        cost=value["commissioning.practice_opening_pence"]
        / value["commissioning.opening_felt_years"]
        / PENCE_PER_POUND,
        doctor_chance=doctor_chance(setup, practices, rules, practice),
    )


def first_pairs(
    geography: Geography, practices: Practices, practice: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of the homes that were `practice`'s, and pairs of who looks after them now.

    Both [pairs of `practice`]: the second have the same area and practice and are of other
    homes. Where
    there is none, the homes are left out.
    """
    area, holder = geography.pair_area, practices.pair_practice
    mine = np.flatnonzero(geography.pair_practice == practice)
    near = np.isin(area, area[mine]) & (geography.pair_practice != practice)
    where = {(area[m], holder[m]): m for m in np.flatnonzero(near)[::-1]}
    both = [(n, where[area[n], holder[n]]) for n in mine if (area[n], holder[n]) in where]
    pairs = np.array(both, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def doctor_chance(
    setup: Setup, practices: Practices, rules: Mapping[str, Any], practice: int
) -> float:
    """Chance to find a doctor for a new practice in the place of `practice`, by what each would
    earn.
    """
    value = setup.parameters
    books = practices.books
    usual = books._replace(
        correction_pence=np.zeros(practices.lists.size),
        expense_factor=np.ones(practices.lists.size),
    )
    lists = np.zeros(practices.lists.size)
    lists[practice] = practices.pair_patients[
        first_pairs(setup.geography, practices, practice)[0]
    ].sum()
    income = sum(core_income(rules, usual, lists).values())
    income = income + qof_income(rules, value, books.prevalence, lists, usual_reached(value))
    profit = (
        (income - expenses(usual, lists))[practice]
        / partners(value, lists)[practice]
        / PENCE_PER_POUND
    )
    seen, people = partnerships(setup.place, value, practices, rules), practices.lists
    average = np.average(seen.profit - seen.workload_cost, weights=people)
    return float(chance_of_partner(value, profit / average))


@effect("open_practice", "minds", "setup", "state", "rules", "seed", touches=objects.of_lists)
def open_practice(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], seed: int, practice: int
) -> None:
    """A practice opens in the place of `practice`, if a doctor is found; nothing happens
    otherwise.
    """
    value = setup.parameters
    mine, theirs = first_pairs(setup.geography, state.practices, practice)
    joining = _who_joins(value, state.practices, mine, theirs)
    if state.practices.lists[practice] or not joining.any():
        return
    code = f"{setup.place.practices['practice'].iat[practice]}-{state.month}"
    vacancy = (np.uint64(key_of(code)), state.month, FOUNDER)
    chance = doctor_chance(setup, state.practices, rules, practice)
    if not find_partner(state.practices.workforce, value, practice, chance, vacancy, seed):
        return
    _found(minds, setup, state, seed, practice, code)
    _move_lists(value, setup.geography, state, practice, mine, theirs, joining)
    _move_residents(
        setup.place,
        value,
        state,
        seed,
        practice,
        setup.geography.pair_area[mine],
        state.practices.pair_practice[theirs],
    )
    payer = state.bodies.of_kind("commissioner")[state.provision.practice_commissioner[practice]]
    cost = round(value["commissioning.practice_opening_pence"])
    state.money.ledger.post(state.month, payer, MARKET, "capital", cost)
    state.practices.lists_moved = True
    state.referrals.routes_stale = True


def _found(minds: Minds, setup: Setup, state: State, seed: int, practice: int, code: str) -> None:
    """A new body with a contract for alternative provision, a mind and luck of its own."""
    value = setup.parameters
    old = setup.place.practices["name"].iat[practice]
    body = state.bodies.add(code, f"New practice in the place of {old}", "practice")
    replace_practice(state.provision, practice, body)
    minds.practices[practice] = create_practice(minds, value, state.bodies, body)
    begin_anew(minds, value, state.integrated, practice)
    books, key = state.practices.books, np.uint64(key_of(code))
    books.correction_pence[practice], books.has_pms[practice] = 0.0, 1.0
    books.expense_factor[practice] = expense_factor(value, seed, key)
    state.practices.workforce.usual_list[practice] = value["practices.patients_per_partner"]
    (
        state.practices.effort[practice],
        state.practices.lean_years[practice],
        state.practices.more_exceptions[practice],
    ) = (
        "usual",
        0,
        False,
    )
    state.practices.access[practice] = 0
    (
        state.practices.owned_trust[practice],
        state.practices.salaries[practice],
        state.practices.managed_share[practice],
    ) = NOBODY, 0.0, 0.0


def _who_joins(
    value: Parameters, practices: Practices, mine: np.ndarray, theirs: np.ndarray
) -> np.ndarray:
    """Whole patients who leave each practice at once for one in the pairs `mine` [practices]."""
    share = value["practices.opening_list_share"]
    donors = practices.pair_practice[theirs]
    people = share * practices.pair_patients[mine]
    joining = np.floor(np.bincount(donors, people, minlength=practices.lists.size)).astype(np.int64)
    joiners: np.ndarray = np.minimum(joining, practices.lists)
    return joiners


def _move_lists(
    value: Parameters,
    geography: Geography,
    state: State,
    practice: int,
    mine: np.ndarray,
    theirs: np.ndarray,
    joining: np.ndarray,
) -> None:
    """The people who register at once, and what is counted by list with them."""
    share = value["practices.opening_list_share"]
    people = state.practices.pair_patients[mine]
    np.add.at(state.practices.pair_patients, theirs, (1.0 - share) * people)
    state.practices.pair_patients[mine], state.practices.pair_practice[mine] = (
        share * people,
        practice,
    )
    _share_figures(geography, state, practice, joining)
    state.practices.lists = state.practices.lists - joining
    state.practices.lists[practice] = joining.sum()


def _share_figures(geography: Geography, state: State, practice: int, moved: np.ndarray) -> None:
    """What `moved` patients [practices] are expected to need, and spent last year, comes to
    `practice`.
    """
    structure = state.residents.structure
    for name in ("need", "strata"):
        figure = getattr(structure, name)
        figure[practice] = np.average(figure, axis=0, weights=moved)
    part = np.divide(
        moved, state.practices.lists, out=np.zeros(moved.size), where=state.practices.lists > 0
    )
    for organisation in state.integrated.organisations:
        organisation.capitation_pence *= 1.0 - part[:, None]
    state.money.attribution.gather(geography.candidate, practice, part)
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        year.move_spending(practice, part)


def _move_residents(
    place: Place,
    value: Parameters,
    state: State,
    seed: int,
    practice_row: int,
    area: np.ndarray,
    holder: np.ndarray,
) -> None:
    """Simulated patients in the homes that were `practice_row`'s: newcomers register with it,
    some at once.
    """
    people = state.residents.people
    share = value["practices.opening_list_share"]
    now = np.full(len(place.areas), NOBODY, dtype=np.int64)
    now[area] = holder
    homes = np.flatnonzero(people["home_practice"] == practice_row)
    homes = homes[now[people["area"][homes]] >= 0]
    people["entry_practice"][homes] = practice_row
    asked = homes[people["practice"][homes] == now[people["area"][homes]]]
    register_with(people, _join_at_once(people, asked, share, seed, state.month), practice_row)


def _join_at_once(
    people: np.ndarray, asked: np.ndarray, share: float, seed: int, month: int
) -> np.ndarray:
    """Who of the rows `asked` registers with a new practice in the month that it opens."""
    keys = [person_key(people["slot"][i], people["entered"][i]) for i in asked]
    draws = (keyed_uniform(seed, STREAM_REGISTER, key, month, JOINS_AT_ONCE) for key in keys)
    return asked[np.fromiter((draw < share for draw in draws), dtype=bool, count=asked.size)]
