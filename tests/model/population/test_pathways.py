"""The care each condition causes, and the teams an episode passes through."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.input.errors import InputError
from model.parameters import FOLDER, Parameters, read_parameter_file
from model.population.pathways import (
    ACTIVITY_ROWS,
    CONDITIONS,
    DIRECTIONS,
    EPISODE_KINDS,
    PATHWAYS,
    SETTINGS,
    activity_tables,
    condition_pathway,
    direction_losses,
    episode_tables,
    pathway_values,
    team_names,
)

#: Share of residents with each condition, all ages (QOF 2012/13 and population studies).
PREVALENCE = (0.135, 0.033, 0.008, 0.017, 0.048, 0.018, 0.060, 0.020, 0.101, 0.083, 0.008, 0.006)
#: Per resident: CKD, aged 65 and over, deaths, treated for substance misuse, residents twice.
OTHERS = (0.034, 0.170, 0.0087, 0.0057, 1.0, 1.0)
PEOPLE_PER_RESIDENT = np.array([*PREVALENCE, *OTHERS])
NAMED = slice(0, len(ACTIVITY_ROWS) - 2)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    entries = {}
    for subject in ("activity", "demand", "episodes", "handovers", "prices"):
        entries.update(read_parameter_file(FOLDER / f"{subject}.toml"))
    return Parameters(entries)


@pytest.fixture(scope="module")
def tables(parameters):
    return episode_tables(parameters)


@pytest.fixture(scope="module")
def activity(parameters):
    return activity_tables(parameters)


def changed(parameters, name, value):
    entry = parameters.entry(name)
    return Parameters({**parameters.entries, name: type(entry)(**{**vars(entry), "value": value})})


@pytest.mark.parametrize(
    ("care", "named", "total"),
    [
        ("gp_contacts", 1519, 5500),
        ("first_outpatients", 98, 428),
        ("follow_up_outpatients", 259, 983),
        ("day_cases", 37, 113),
        ("electives", 16, 36),
        ("emergencies", 31, 99),
        ("ae_attendances", 44, 405),
        ("diagnostics", 249, 610),
    ],
)
def test_named_conditions_and_the_rest_add_up_to_national_activity(activity, care, named, total):
    per_1000 = 1000 * PEOPLE_PER_RESIDENT * getattr(activity, care)
    assert per_1000[NAMED].sum() == pytest.approx(named, rel=0.10)
    assert per_1000.sum() == pytest.approx(total, rel=0.03)  # electives hold 1 of hospice stays


def test_totals_agree_with_the_rows(parameters, activity):
    emergencies = (1000 * PEOPLE_PER_RESIDENT * activity.emergencies).sum()
    assert emergencies == pytest.approx(parameters["demand.emergencies_per_1000"], rel=0.05)
    electives = PEOPLE_PER_RESIDENT * (activity.electives + activity.day_cases)
    published = parameters["demand.elective_admissions_per_1000"]
    assert 1000 * electives.sum() == pytest.approx(published, rel=0.05)
    contacts = (PEOPLE_PER_RESIDENT * activity.gp_contacts).sum()
    assert contacts == pytest.approx(parameters["demand.consultations_per_person_year"], rel=0.05)


def test_activity_is_one_row_per_condition_and_never_negative(activity):
    for field in activity._fields[:-1]:
        values = getattr(activity, field)
        assert values.shape == (len(ACTIVITY_ROWS),)
        assert (values >= 0.0).all()
    assert (activity.emergency_length_of_stay_days[activity.emergencies > 0] > 0).all()
    assert (activity.elective_length_of_stay_days[activity.electives > 0] > 0).all()
    wards = activity.mental_health_ward_share > 0
    assert (activity.mental_health_length_of_stay_days[wards] > 0).all()


def test_every_row_belongs_wholly_to_pathways(activity, parameters):
    assert activity.row_pathway.sum(axis=1) == pytest.approx(1.0)
    shares = condition_pathway(parameters)
    assert shares.shape == (len(CONDITIONS), len(PATHWAYS))
    hypertension = dict(zip(PATHWAYS, shares[CONDITIONS.index("hypertension")], strict=True))
    assert hypertension["cardiac"] == hypertension["stroke"] == 0.5


def test_only_heart_failures_own_emergencies_stay_inside_a_cardiac_contract(activity):
    own = activity.own_share_of_emergencies[ACTIVITY_ROWS.index("heart_failure")]
    assert own == pytest.approx(0.27)


def expected_handovers(tables):
    """Mean handovers of an episode within a setting and between settings: two arrays [13, 4]."""
    within = np.zeros(tables.edge_start.shape)
    between = np.zeros(tables.edge_start.shape)
    same = tables.step_setting[tables.edge_from] == tables.step_setting[tables.edge_to]
    share = tables.edge_high - tables.edge_low
    for cell in np.ndindex(within.shape):
        edges = slice(tables.edge_start[cell], tables.edge_stop[cell])
        within[cell] = share[edges][same[edges]].sum()
        between[cell] = share[edges][~same[edges]].sum()
    return within, between


@pytest.mark.parametrize(
    ("pathway", "kind", "within", "between"),
    [
        ("msk", "planned_operation", 4, 4),
        ("msk", "planned", 0, 2),
        ("cardiac", "planned_operation", 2, 3),
        ("cardiac", "crisis", 3, 3),
        ("stroke", "crisis", 3, 4),
        ("diabetes", "yearly", 0.5, 4.5),
        ("respiratory", "crisis", 2, 3),
        ("respiratory", "yearly", 0, 0.2),
        ("cancer", "planned_operation", 6, 4),
        ("mental_health", "planned", 0, 2),
        ("mental_health", "crisis", 3, 2),
        ("dementia", "planned", 0, 5),
        ("frailty", "crisis", 4, 4),
        ("end_of_life", "planned", 2, 6),
        ("substance_misuse", "yearly", 1, 3),
        ("other_planned", "planned_operation", 1, 2),
        ("urgent", "crisis", 1, 2),
    ],
)
def test_handovers_of_typical_episodes(tables, pathway, kind, within, between):
    """Counted by hand from the usual course of care, community services a body apart."""
    cell = PATHWAYS.index(pathway), EPISODE_KINDS.index(kind)
    counts = expected_handovers(tables)
    assert counts[0][cell] == pytest.approx(within)
    assert counts[1][cell] == pytest.approx(between)


@pytest.mark.parametrize(
    ("kind", "care"),
    [
        ("planned_operation", ("day_cases", "electives")),
        ("planned", ("first_outpatients",)),
        ("crisis", ("emergencies",)),
    ],
)
def test_every_pathway_has_an_episode_for_the_care_it_gives(tables, activity, kind, care):
    given_care = sum(getattr(activity, field) for field in care) @ activity.row_pathway
    code = EPISODE_KINDS.index(kind)
    steps = tables.step_stop[:, code] - tables.step_start[:, code]
    missing = [p for p, rate, n in zip(PATHWAYS, given_care, steps, strict=True) if rate and not n]
    assert not missing


def test_edges_join_neighbouring_steps_of_one_episode(tables):
    assert (tables.edge_to == tables.edge_from + 1).all()
    assert (tables.edge_low == tables.step_low[tables.edge_from]).all()
    assert (tables.edge_high == tables.step_high[tables.edge_to]).all()
    for cell in np.ndindex(tables.step_start.shape):
        for edge in range(tables.edge_start[cell], tables.edge_stop[cell]):
            assert tables.step_start[cell] <= tables.edge_from[edge]
            assert tables.edge_to[edge] < tables.step_stop[cell]


def test_every_edge_is_a_change_of_team(tables):
    assert (tables.step_team[tables.edge_from] != tables.step_team[tables.edge_to]).all()
    assert (tables.team_setting[tables.step_team] == tables.step_setting).all()


@settings(deadline=None)
@given(draw=st.floats(0.0, 1.0, exclude_max=True))
def test_one_draw_lives_one_entry_to_an_exacerbation(tables_for_draws, draw):
    tables, ambulance, practice = tables_for_draws
    cell = PATHWAYS.index("respiratory"), EPISODE_KINDS.index("crisis")
    steps = np.arange(tables.step_start[cell], tables.step_stop[cell])
    lived = steps[(tables.step_low[steps] <= draw) & (draw < tables.step_high[steps])]
    teams = tables.step_team[lived]
    assert (teams[0] == ambulance) == (draw >= 0.5)
    assert teams[-1] == practice
    assert len(teams) == 6


@pytest.fixture(scope="module")
def tables_for_draws(parameters, tables):
    names = team_names(parameters)
    return tables, names.index("ambulance:crew"), names.index("practice:gp")


def test_discharges_leave_a_hospital_or_mental_health_ward(tables):
    left = tables.step_setting[tables.edge_from[tables.edge_discharge]]
    entered = tables.step_setting[tables.edge_to[tables.edge_discharge]]
    assert {SETTINGS[code] for code in left} == {"hospital", "mental_health"}
    assert {SETTINGS[code] for code in entered} <= {"practice", "community", "council", "hospice"}


def test_every_crisis_has_one_discharge(tables):
    kind = EPISODE_KINDS.index("crisis")
    for pathway in range(len(PATHWAYS)):
        edges = slice(tables.edge_start[pathway, kind], tables.edge_stop[pathway, kind])
        share = tables.edge_high[edges] - tables.edge_low[edges]
        assert share[tables.edge_discharge[edges]].sum() == pytest.approx(1.0), PATHWAYS[pathway]


def test_a_clinic_letter_is_not_a_discharge(tables):
    cell = PATHWAYS.index("other_planned"), EPISODE_KINDS.index("planned")
    edges = slice(tables.edge_start[cell], tables.edge_stop[cell])
    directions = [DIRECTIONS[code] for code in tables.edge_direction[edges]]
    assert directions == ["practice_to_hospital", "clinic_to_practice"]
    assert not tables.edge_discharge[edges].any()


def test_losses_by_direction_are_relative_to_other_handovers(parameters):
    losses = dict(zip(DIRECTIONS, direction_losses(parameters), strict=True))
    assert losses["other"] == 1.0
    assert losses["ambulance_to_hospital"] < losses["practice_to_hospital"] < 1.0
    assert losses["mental_health_and_practice"] == pytest.approx(0.31 / 0.25)


def teams_of(tables, names, pathway):
    row = PATHWAYS.index(pathway)
    steps = zip(tables.step_start[row], tables.step_stop[row], strict=True)
    return {names[team] for a, b in steps for team in tables.step_team[a:b]}


def test_one_team_serves_several_pathways(parameters):
    names = team_names(parameters)
    assert len(names) == len(set(names))
    tables = episode_tables(parameters)
    for pathway in ("msk", "stroke", "cancer"):
        assert "hospital:imaging" in teams_of(tables, names, pathway)
    assert {"community:triage", "community:physiotherapy"} <= teams_of(tables, names, "msk")
    assert not any(name.startswith("hospice:") for name in teams_of(tables, names, "msk"))


def test_costs_by_pathway_come_in_order(parameters):
    pence = pathway_values(parameters, "prices.elective_pence")
    assert pence[PATHWAYS.index("msk")] == parameters["prices.elective_pence"]["msk"]


def test_misspelt_names_are_refused_with_the_nearest(parameters):
    rows = {**parameters["activity.electives"], "heart_failures": 1.0}
    with pytest.raises(InputError, match="did you mean heart_failure"):
        activity_tables(changed(parameters, "activity.electives", rows))
    crisis = [{"share": 1.0, "steps": ["practice:gp", "hospitals:clinic"]}]
    with pytest.raises(InputError, match="did you mean hospital"):
        episode_tables(changed(parameters, "episodes.urgent", {"crisis": crisis}))
    with pytest.raises(InputError, match="did you mean crisis"):
        episode_tables(changed(parameters, "episodes.urgent", {"crises": crisis}))


def test_impossible_shares_are_refused(parameters):
    part = [{"share": 0.7, "after": 0.5, "steps": ["practice:gp", "hospital:clinic"]}]
    with pytest.raises(InputError, match="no share of episodes"):
        episode_tables(changed(parameters, "episodes.urgent", {"crisis": part}))
    shares = {**parameters["activity.condition_pathways"], "ckd": {"cardiac": 0.4}}
    with pytest.raises(InputError, match="do not sum to 1"):
        condition_pathway(changed(parameters, "activity.condition_pathways", shares))


def test_a_pathway_without_an_entry_is_refused(parameters):
    pence = {p: 1 for p in PATHWAYS if p != "stroke"}
    with pytest.raises(InputError, match="stroke is missing"):
        pathway_values(changed(parameters, "prices.elective_pence", pence), "prices.elective_pence")
