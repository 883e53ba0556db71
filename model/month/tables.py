"""The tables that a patient meets, at the start."""

from typing import Any

import numpy as np

from agents.patients.patient_tables import AREA, HEALTH, PRACTICE, REACH, RULES, SITE, STEP, World
from model.care.expected_programmes import programme_rows
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.geography import Geography
from model.population.journeys import COMMUNITY, Journeys
from model.practices.list_moves import practice_options
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State

NO_PATIENT = 1e9


def first_world(setup: Setup, state: State) -> World:
    """The tables a patient meets; `set_monthly_tables` keeps them up to date."""
    geography = setup.geography
    areas = np.zeros(len(setup.place.areas), dtype=AREA)
    _set_practice_choice(setup.parameters, geography, state.practices, areas)
    sites = np.zeros(len(setup.place.sites), dtype=SITE)
    sites["emergency"] = state.hospitals.emergency_open
    reach = np.zeros(geography.near.shape, dtype=REACH)
    reach["near"], reach["distance_km"] = geography.near, geography.distance_km
    return World(
        practices=_practices(setup, state.practices),
        areas=areas,
        sites=sites,
        reach=reach,
        strata=state.residents.strata,
        steps=_steps(setup.journeys),
        routes=state.referrals.routes.route,
        cross=state.referrals.routes.cross,
        rules=_rules(setup),
        health=_row(HEALTH, setup.health._asdict()),
        programmes=programme_rows(setup.parameters, state.residents.enrolment),
        turnover=setup.demography.turnover,
    )


def _set_practice_choice(
    value: Parameters, geography: Geography, practices: Practices, areas: np.ndarray
) -> None:
    """Which practices people of every area may turn to, and how likely each is."""
    areas["choice_practices"], share = practice_options(value, geography, practices)
    areas["choice_weight"] = np.where(share > 0.0, np.cumsum(share, axis=1), -1.0)


def _practices(setup: Setup, practices: Practices) -> np.ndarray:
    lists, parameters = practices.lists, setup.parameters
    rows = np.zeros(lists.size, dtype=PRACTICE)
    rows["personal"] = personal_continuity(parameters, lists)
    rows["closed"] = practices.closed_lists
    for factor in ("access", "referral", "prevention", "attendance"):
        rows[factor] = 1.0
    rows["coordination_threshold"] = NO_PATIENT
    practitioners = np.rint(lists / 1000.0 * parameters["practices.gp_fte_per_1000"])
    rows["clinicians"] = np.clip(practitioners, 2, 250)
    rows["candidate"] = setup.geography.candidate
    rows["register_shift"] = setup.demography.register_shift
    return rows


def _steps(journeys: Journeys) -> np.ndarray:
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
            "last_phase_share": parameters["activity.last_phase_share"],
            "complex_conditions": parameters["activity.complex_conditions"],
            "harm_months": parameters["handovers.harm_months"],
            "readmission": parameters["quality.readmission_share"],
            "death_share": parameters["quality.death_share_after_emergency"],
            "duplicate_share": parameters["handovers.duplicate_tests_per_loss"],
            "coordination_loss": parameters["minds.coordination_loss_multiplier"],
            "need_outpatients": parameters["enrolment.need_outpatients"] / 12.0,
            "need_consultations": parameters["enrolment.need_consultations"] / 12.0,
            "need_crises": parameters["enrolment.need_admissions"] / 12.0,
            "effect_lag": parameters["enrolment.effect_lag_months"],
            "nurse_pathway": NURSES_OF,
            "nurse_step": _nurse_step(journeys),
        },
    )


NURSES_OF = PATHWAYS.index("frailty")  # whose community team runs programmes


def _nurse_step(journeys: Journeys) -> int:
    """The first step at which a community team of that pathway is met; else its leading one."""
    theirs = (journeys.step_pathway == NURSES_OF) & (journeys.step_setting == COMMUNITY)
    found = np.flatnonzero(theirs)
    return int(found[0] if found.size else journeys.lead_step[NURSES_OF])


def personal_continuity(value: Parameters, lists: np.ndarray) -> np.ndarray:
    """Probability that a GP consultation is with the usual practitioner, by list size.

    Small practices are those below the median list; the usual-provider index falls from one mean
    to the other between two list sizes (Barker et al. 2017, BMJ).
    """
    small = value["handovers.upc_small_practice"]
    large = value["handovers.upc_large_practice"]
    doublings = np.log2(value["handovers.upc_large_list"] / value["handovers.upc_small_list"])
    step = np.clip(
        np.log2(np.maximum(lists, 1) / value["handovers.upc_small_list"]) / doublings, 0.0, 1.0
    )
    index = small + (large - small) * step
    continuity: np.ndarray = index - UPC_OF_FEW_CONTACTS * (1.0 - index)
    return continuity


# With eight contacts the index counts a lucky run of a colleague as usual: the mean index lies this
# share of the way from the probability to one.
UPC_OF_FEW_CONTACTS = 0.10
