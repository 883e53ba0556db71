"""Every number has a unit and a source, or says that it is an assumption and how far it may lie."""

import math
from dataclasses import replace

import pytest

from agents.choice.numbers import FILES
from model.input.errors import InputError
from model.month.economy import HealthEconomy
from model.parameters import FOLDER, Parameters, load_parameters, once_for, read_parameter_file
from model.policies.policy_finding import find_policy
from model.state.state import BURN_IN_MONTHS

OWN = ["activity", "demand", "episodes", "handovers", "costs", "prices", "choice", "practices"]
SOUND = '[beds]\nvalue = 2\nunit = "beds"\nmeaning = "beds"\n'


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    entries = {}
    for subject in OWN:
        entries.update(read_parameter_file(FOLDER / f"{subject}.toml"))
    return Parameters(entries)


def numbers_of(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in numbers_of(item)]
    return [value] if isinstance(value, int | float) else []


@pytest.mark.parametrize(
    "path", sorted([*FOLDER.glob("*.toml"), *FILES]), ids=lambda path: path.stem
)
def test_every_parameter_has_unit_and_source_or_assumption(path):
    for entry in read_parameter_file(path).values():
        assert entry.unit and entry.meaning
        assert bool(entry.source) != bool(entry.assumption), entry.name


def test_every_assumption_has_a_range(parameters):
    for entry in parameters.entries.values():
        if entry.assumption:
            assert entry.low is not None and entry.high is not None, entry.name
            assert entry.low < entry.high, entry.name
            if not entry.is_lever:
                assert entry.low <= 1.0 <= entry.high, f"{entry.name}: multipliers"


def test_values_are_finite_and_money_is_whole_pence(parameters):
    for entry in parameters.entries.values():
        assert all(math.isfinite(number) for number in numbers_of(entry.value)), entry.name
        if entry.unit.startswith("pence"):
            assert all(isinstance(number, int) for number in numbers_of(entry.value)), entry.name


def test_shares_lie_between_0_and_1(parameters):
    for entry in parameters.entries.values():
        if "0 to 1" in entry.unit and "margin" not in entry.unit:
            assert all(0.0 <= number <= 1.0 for number in numbers_of(entry.value)), entry.name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (SOUND, "needs either a source or an assumption"),
        (SOUND + 'source = "A 2010"\nassumption = "a guess"\n', "needs either a source"),
        (SOUND + 'assumption = "a guess"\n', "needs a range"),
        (SOUND + 'sources = "A 2010"\n', "no such field"),
        ('[beds]\nvalue = 2\nmeaning = "beds"\nsource = "A 2010"\n', "unit is missing"),
        (SOUND + 'source = "A 2010"\nlow = 3\nhigh = 4\n', "not a usable value"),
    ],
)
def test_an_unsound_parameter_is_refused(tmp_path, text, complaint):
    path = tmp_path / "wards.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=complaint) as caught:
        read_parameter_file(path)
    assert "wards.toml" in str(caught.value)


def test_an_unknown_lever_names_the_nearest():
    with pytest.raises(InputError, match=r"did you mean handovers\.between_bodies_ratio"):
        load_parameters().entry("handovers.between_body_ratio")


def test_a_lever_is_checked_against_its_range(parameters):
    assert parameters.with_values({"handovers.overlap": 0.7})["handovers.overlap"] == 0.7
    with pytest.raises(InputError, match="a number from 1 to 5"):
        parameters.with_values({"handovers.between_bodies_ratio": 7})


def test_levers_without_a_range_have_bounds():
    parameters = load_parameters()
    for name, entry in parameters.entries.items():
        if entry.is_lever:
            low, high = entry.bounds()
            assert math.isfinite(low) and math.isfinite(high) and high <= 1e9, name
    for value in (1e300, math.inf, 10**400):
        with pytest.raises(InputError, match=r"allowed: a number from 0 to 1360000 .pence"):
            parameters.with_values({"prices.practice_payments_pence_per_patient": value})


def test_a_position_is_a_whole_number():
    with pytest.raises(InputError, match="a whole number from 0 to 6"):
        load_parameters().with_values({"prevalence.odds_ratio_band": 4.5})


def test_the_ratio_between_bodies_may_be_1_and_meets_a_quarter_in_the_middle(parameters):
    ratio = parameters.entry("handovers.between_bodies_ratio")
    assert (ratio.low, ratio.high) == (1.0, 5.0)
    loss = parameters["handovers.lost_between_teams"] * ratio.value
    assert loss == pytest.approx(parameters["handovers.direction_losses"]["other"], rel=0.02)


def test_age_profiles_agree_with_the_totals(parameters):
    """Age shares of England 2011-13 (Office for National Statistics mid-year estimates)."""
    shares = dict(zip(parameters["demand.other_planned_by_age"], SEVEN_BANDS, strict=True))
    emergencies = parameters["demand.emergencies_per_1000_by_age"]
    relative = parameters["demand.other_planned_by_age"]
    mean = sum(shares[band] * emergencies[band] for band in shares)
    assert mean == pytest.approx(parameters["demand.emergencies_per_1000"], rel=0.05)
    assert sum(shares[band] * relative[band] for band in shares) == pytest.approx(1.0, rel=0.02)
    by_age = parameters["demand.consultations_by_age"].values()
    mean = sum(share * rate for share, rate in zip(EIGHT_BANDS, by_age, strict=True))
    assert mean == pytest.approx(parameters["demand.consultations_per_person_year"], rel=0.03)


SEVEN_BANDS = (0.063, 0.150, 0.364, 0.253, 0.092, 0.055, 0.023)
EIGHT_BANDS = (0.063, 0.113, 0.131, 0.270, 0.253, 0.092, 0.055, 0.023)


def test_work_is_done_once_for_the_parameters_it_reads_and_can_read_no_others():
    done = []

    @once_for("minds")
    def work(parameters):
        done.append(parameters["minds.noise"])
        return parameters["minds.noise"]

    central = load_parameters()
    other_subject = central.with_values({"handovers.lost_between_teams": 0.2})
    noisy = central.with_values({"minds.noise": 2.0})
    assert [work(p) for p in (central, other_subject, noisy)] == [1.0, 1.0, 2.0]
    assert done == [1.0, 2.0]
    with pytest.raises(InputError, match=r"handovers\.link_effect"):
        once_for("minds")(lambda parameters: parameters["handovers.link_effect"])(central)


def test_a_mechanism_can_be_switched_off_outside_its_range_and_nothing_else_can():
    central, off = load_parameters(), load_parameters().mechanisms()
    tilts = {"choice.owned_referral_tilt": 0.0, "choice.member_referral_tilt": 0.0}
    assert off["referral_steering"] == tilts
    for levers in off.values():
        changed = central.with_values(levers)
        assert all(changed[name] == value for name, value in levers.items())
    with pytest.raises(InputError, match="or 0 "):
        central.with_values({"choice.owned_referral_tilt": 0.1})


SUBJECTS = {"decisions": 90, "sizes": 14, "options": 15, "beliefs": 4, "traits": 3}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_numbers_of_how_organisations_decide_are_levers_with_a_range(subject):
    found = [e for n, e in load_parameters().entries.items() if n.startswith(f"{subject}.")]
    assert len(found) >= SUBJECTS[subject]
    assert all(e.is_lever and e.assumption and e.low < e.high for e in found)
    assert all(e.low <= e.value <= e.high for e in found)
    for e in found:
        if e.name.endswith(("_inertia", "_noise")):
            assert e.low < e.value < e.high, e.name


def test_a_lever_of_a_decision_reaches_who_decides(shire, after_burn_in):
    name = "decisions.effort_noise"
    changed = replace(shire, parameters=shire.parameters.with_values({name: 15_000}))
    usual, noisy = (
        HealthEconomy(setup, find_policy("status_quo"), 1, state=after_burn_in.copy()).run(1)
        for setup in (shire, changed)
    )

    def efforts(economy):
        return [d for d in economy.decisions() if (d.rule, d.month) == ("effort", BURN_IN_MONTHS)]

    first, second = efforts(usual)[0], efforts(noisy)[0]
    assert first.pounds == second.pounds and first.probabilities != second.probabilities
    assert max(second.probabilities) < max(first.probabilities)
