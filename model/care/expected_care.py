"""What the patients of every list can expect of a month: emergencies, and tests done twice.

Organisations plan, pay and are paid by these, at full scale and without the chance of who happens
to be simulated. The rule of a patient draws each loss and each crisis; here their chances are added
up over residents of the place (`model.month.everybody`), with what a lost handover does to the
chance of a crisis in the months after it.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.products import product
from agents.patients.needs import Needs
from agents.patients.patient_tables import END_OF_LIFE, STRATA, World
from model.care.attraction import managed_groups
from model.care.expected_episodes import (
    CONDITIONS_OF,
    EpisodeLosses,
    Lists,
    Lost,
    lists_of,
    losses_of_episodes,
    lost_by_stratum,
)
from model.care.expected_programmes import Expected, expected_effects
from model.population.demand import ActivityRates
from model.state.setup import Setup
from model.state.state import State

GUARD = 1e-30
ROUNDS = 2  # crises lose handovers, which make crises likelier: a small part of a small part


class Care(NamedTuple):
    """A month of every list, as it can be expected."""

    crises: np.ndarray  # of one person, without readmissions [practices, STRATA]
    emergencies: np.ndarray  # of all on the list [practices]
    tests: np.ndarray  # done twice, of all on the list [practices, 13 and emergencies]
    anchor_base: np.ndarray  # crises at published rates, without readmissions [STRATA]
    anchor_total: np.ndarray  # crises as care is now, before the anchor [STRATA]
    programmes: Expected | None  # what they do, if there are any


def expected_care(setup: Setup, state: State, world: World) -> Care:
    """Work out the month from how care is organised in it."""
    known, lists = setup.everybody, state.practices.lists.astype(np.float64)[:, None]
    needs, managed = known.of_one, managed_losses(setup, state, world)
    treated = lists_of(setup.geography, state)
    episodes = losses_of_episodes(setup.activity, world, treated)
    effects = expected_effects(needs, state, world)
    lost = _with_programmes(lost_by_stratum(needs, episodes, world), needs, effects, world)
    crises = _crises_with_harm(setup.activity, world, treated, needs, lost, managed, effects)
    people = lists * state.residents.structure.strata
    emergencies = people * (crises + lost.readmissions[0])
    usual = needs.planned[0] @ setup.activity.operation_share * world.rules["readmission"][0]
    usual = world.practices["referral"][:, None] * usual
    return Care(
        crises, emergencies.sum(axis=1),
        tests_done_twice(
            needs, episodes, people * managed, emergencies * managed, world, effects
        ),
        (people * (world.strata["emergency_rate"] - usual)).sum(axis=0),
        (people * crises).sum(axis=0) * world.strata["anchor"],
        effects,
    )  # fmt: skip


def _with_programmes(lost: Lost, needs: Needs, effects: Expected | None, world: World) -> Lost:
    """What is lost with the referrals for needs that were found, less what reviews would lose."""
    if effects is None:
        return lost
    more = _more_referrals(needs, effects, world)
    return lost._replace(
        referrals=lost.referrals * more, readmissions=lost.readmissions * more,
        yearly=lost.yearly * (1.0 - effects.reviews),
    )  # fmt: skip


def _more_referrals(needs: Needs, effects: Expected, world: World) -> np.ndarray:
    """Referrals with those for needs that were found, against those without."""
    usual = world.practices["referral"][:, None] * needs.planned[0].sum(axis=1)
    more: np.ndarray = 1.0 + effects.referrals / np.maximum(usual, GUARD)
    return more


def managed_losses(setup: Setup, state: State, world: World) -> np.ndarray:
    """Factor on losses from case managers, who see those at highest risk [practices, STRATA]."""
    known = setup.everybody
    residents = np.maximum(np.bincount(known.stratum, minlength=STRATA), 1)
    factor = np.ones((len(world.practices), STRATA))
    for practices, share in managed_groups(setup.parameters, state):
        line = known.line(practices, state.practices.lists.astype(np.float64), share)
        over = np.bincount(known.stratum[known.risk >= line], minlength=STRATA) / residents
        factor[practices] = 1.0 - over * (1.0 - world.rules["coordination_loss"][0])
    return factor


def _crises_with_harm(
    activity: ActivityRates,
    world: World,
    treated: Lists,
    needs: Needs,
    lost: Lost,
    managed: np.ndarray,
    effects: Expected | None,
) -> np.ndarray:
    """Expected crises a month of one person, with what has been lost before."""
    leaving = losses_of_episodes(activity, world, treated, only_discharges=True)
    of_discharges = lost_by_stratum(needs, leaving, world)
    crises = _crises(np.ones_like(managed), world)
    for _ in range(ROUNDS):
        either, discharged = (
            _ever(needs, kind, crises + lost.readmissions[0], managed, world)
            for kind in (lost, of_discharges)
        )
        harm = 1.0 + discharged * (world.rules["harm_discharge"][0] - 1.0)
        harm += (either - discharged) * (world.rules["harm_referral"][0] - 1.0)
        crises = _crises(harm, world)
        if effects is not None:
            crises = crises * effects.factor + effects.crises
    return crises


def _crises(harm: np.ndarray, world: World) -> np.ndarray:
    """Expected emergency admissions a month of one person [practices, STRATA]."""
    strata, prevention = world.strata, world.practices["prevention"][:, None]
    preventable = strata["preventable_share"]
    care = (
        1.0 - preventable + preventable * prevention
    )  # as `agents.patients.emergencies.care_factor`
    crises: np.ndarray = np.minimum(strata["emergency_rate"] * care * harm / strata["anchor"], 1.0)
    return crises


def _ever(
    needs: Needs, lost: Lost, crises: np.ndarray, managed: np.ndarray, world: World
) -> np.ndarray:
    """Share of people with a loss in the months that one does harm [practices, STRATA].

    Losses come by episodes: of those of one episode, the first is enough.
    """
    referred = world.practices["referral"][:, None] * needs.planned[0].sum(axis=1)
    episodes = crises * -np.expm1(-managed * lost.crisis[0])
    for rate, each in ((referred, lost.referrals), (needs.yearly[0].sum(axis=1), lost.yearly)):
        episodes += rate * -np.expm1(-managed * each[0] / np.maximum(rate, 1e-30))
    chance: np.ndarray = -np.expm1(-world.rules["harm_months"][0] * episodes)
    return chance


def tests_done_twice(
    needs: Needs,
    losses: EpisodeLosses,
    people: np.ndarray,
    emergencies: np.ndarray,
    world: World,
    effects: Expected | None = None,
) -> np.ndarray:
    """Tests done twice a month, by the pathway of planned care; of crises last [practices, 14].

    `people` and `emergencies` [practices, STRATA] are those whose handovers no manager saves;
    `effects` are those of programmes.
    """
    reviewed, seen = people, people
    if effects is not None:
        reviewed = people * (1.0 - effects.reviews)
        seen = people * _more_referrals(needs, effects, world)

    def of(need: np.ndarray, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        return _product(seen[:, rows], need[0, rows])

    planned = losses.yearly * _product(reviewed, needs.yearly[0])
    planned[:, END_OF_LIFE] += losses.death * _product(people, needs.death[0])
    simple = world.rules["complex_conditions"][0] > CONDITIONS_OF
    referred = world.practices["referral"][:, None]
    for kind, rows in enumerate((simple, ~simple)):
        planned += referred * losses.referral[kind] * of(needs.planned, rows)
        told = losses.referral_told[kind] * of(needs.planned_known, rows)
        planned += referred * told.sum(axis=1)  # planned care of the team that must know
    urgent = losses.crisis * _product(emergencies, needs.crisis[0])
    told = losses.crisis_told * _product(emergencies, needs.crisis_known[0])
    urgent = urgent.sum(axis=1) + told.sum(axis=(1, 2))
    tests: np.ndarray = world.rules["duplicate_share"][0] * np.column_stack([planned, urgent])
    return tests


def _product(people: np.ndarray, need: np.ndarray) -> np.ndarray:
    """What lists need: people by stratum times the need of one, summed over strata."""
    rows, each = np.ascontiguousarray(people), np.ascontiguousarray(need.reshape(len(need), -1))
    found = product(rows, each)
    needed: np.ndarray = found.reshape(len(people), *need.shape[1:])
    return needed
