"""The verdict on a run: beside its status quo, changes that last, errors, and no verdict at all."""

from dataclasses import replace

import numpy as np
import pytest

from model.input.errors import InputError
from model.outcomes.area_years import AreaYears, area_years
from model.outcomes.continuity import FIXED_POINT
from model.outcomes.regimes import (
    FRAGMENTED,
    LOCAL_MONOPOLY,
    MONOPOLY_AND_JOINED_UP,
    PLURAL,
    REGIMES,
    WINDOWS,
)
from model.outcomes.verdict import Criteria, verdict
from model.parameters import load_parameters

CRITERIA = Criteria.from_parameters(load_parameters())
AREAS, YEARS, GROUPS = 4, 5, 10


def drawn(seed=0, spread=0.002):
    """A status quo whose first two areas are monopolies; losses differ a little by group."""
    rng = np.random.default_rng(seed)
    few = np.repeat([[0.9], [0.8], [0.1], [0.2]], YEARS, axis=1)
    lost = 100.0 * (1.0 + spread * rng.standard_normal((AREAS, YEARS, 1 + GROUPS)))
    lost[..., 0] = lost[..., 1:].mean(axis=-1)
    teams = np.zeros((AREAS, YEARS, GROUPS, 2), dtype=np.int64)
    teams[..., 0] = 50
    teams[..., 1] = 50 * FIXED_POINT * (0.4 + 0.02 * rng.standard_normal((AREAS, 1, GROUPS)))
    return AreaYears(
        area=np.array(list("abcd")), people=np.array([1.0, 2.0, 3.0, 4.0]),
        patients=np.array(1_000), year=np.arange(1, YEARS + 1), few_alternatives=few,
        few_by_window=np.repeat(few[None], len(WINDOWS), axis=0), hhi=np.full((AREAS, YEARS), 0.7),
        lost=lost, teams=teams,
    )  # fmt: skip


def times(kept, factor):
    """The same with losses multiplied by `factor` [areas, years]."""
    return replace(kept, lost=kept.lost * np.asarray(factor)[..., None])


def changed(area, years, factor):
    factors = np.ones((AREAS, YEARS))
    factors[area, years] = factor
    return factors


def test_the_status_quo_is_its_own_regime():
    kept = drawn()
    found = verdict(kept, kept, CRITERIA)
    assert found.shares == pytest.approx(
        dict.fromkeys(REGIMES, 0.0) | {"plural": 0.7, "local_monopoly": 0.3}
    )
    assert found.settled.tolist() == found.start.tolist() == [3, 3, 0, 0]
    assert not found.onset.any() and not found.duration.any()
    assert list(found.errors.values()) == pytest.approx([0.0] * len(REGIMES), abs=1e-12)


def test_a_change_is_of_the_own_area_and_of_those_years():
    kept = drawn()
    uneven = times(kept, np.repeat([[0.5], [1.0], [1.5], [2.0]], YEARS, axis=1))
    policy = times(uneven, changed(2, slice(2, None), 1.5))
    found = verdict(policy, uneven, CRITERIA)
    assert found.settled.tolist() == [LOCAL_MONOPOLY, LOCAL_MONOPOLY, FRAGMENTED, PLURAL]
    assert found.onset.tolist() == [0, 0, 3, 0] and found.duration.tolist() == [0, 0, 3, 0]
    assert found.shares["fragmented"] == pytest.approx(0.3)


def test_what_happens_in_both_is_no_change():
    both = times(drawn(), changed(slice(None), slice(1, None), 3.0))
    assert verdict(both, both, CRITERIA).shares["fragmented"] == 0.0


def test_two_years_settle_nothing():
    kept = drawn()
    found = verdict(times(kept, changed(2, slice(3, None), 1.5)), kept, CRITERIA)
    assert found.settled[2] == PLURAL and found.yearly[2].tolist() == [0, 0, 0, 1, 1]


def test_a_monopoly_that_loses_less_is_joined_up():
    kept = drawn()
    found = verdict(times(kept, changed(0, slice(None), 0.5)), kept, CRITERIA)
    assert found.settled[0] == MONOPOLY_AND_JOINED_UP
    assert found.shares["monopoly_and_joined_up"] == pytest.approx(0.1)


def test_an_error_keeps_an_area_in_the_middle_band():
    factor = changed(2, slice(None), 1.21)
    for spread, settled in ((0.0002, FRAGMENTED), (0.01, PLURAL)):
        base = drawn(1, spread)
        draw = drawn(2, spread)
        policy = times(draw, factor * (base.lost[..., 0] / draw.lost[..., 0]))
        assert verdict(policy, base, CRITERIA).settled[2] == settled


def test_errors_of_the_residents_drawn_are_not_laid_on_the_number_of_patients():
    base, policy = drawn(1, 0.05), drawn(2, 0.05)
    found = verdict(policy, base, CRITERIA)
    assert found.shares is None and found.errors is None and found.sensitivity == ()
    assert "residents drawn" in found.reason and "would do" not in found.reason
    nothing = replace(policy, lost=np.full_like(policy.lost, np.nan))
    assert "no residents" in verdict(nothing, base, CRITERIA).reason


def test_too_few_years_are_no_verdict():
    kept = drawn()
    short = kept.of(np.arange(1, 3))
    found = verdict(short, kept, CRITERIA)
    assert found.shares is None and "2 years" in found.reason
    assert found.yearly.shape == (AREAS, 2) and found.start.tolist() == [3, 3, 0, 0]
    assert verdict(kept.of(np.array([])), kept, CRITERIA).shares is None


def test_runs_of_different_places_are_refused():
    kept = drawn()
    with pytest.raises(InputError):
        verdict(replace(kept, area=np.array(list("abce"))), kept, CRITERIA)


def test_sensitivity_names_the_threshold_and_the_window_that_matter():
    kept = drawn()
    few = kept.few_by_window.copy()
    few[WINDOWS.index(("window_minutes", 0.8)), 3] = 0.9
    policy = times(kept, changed(2, slice(None), 1.22))
    policy = replace(policy, few_by_window=few)
    found = verdict(policy, replace(kept, few_by_window=few), CRITERIA).sensitivity
    records = {(r["threshold"], r["factor"]): r for r in found}
    assert len(records) == 1 + 2 * 5 + len(WINDOWS)
    moved = {key: r["moved"] for key, r in records.items() if r["moved"] > 0}
    wanted = {("fragmented_margin", 1.2): 0.3, ("window_minutes", 0.8): 0.4}
    assert moved == pytest.approx(wanted)
    assert records["window_minutes", 0.8]["local_monopoly"] == pytest.approx(0.7)


def test_areas_with_few_people_borrow_strength_for_continuity():
    base = drawn()
    thin, rich = base.teams.copy(), base.teams.copy()
    rich[..., 1] = rich[..., 1] * 0.7  # continuity is worse everywhere...
    thin[3, :, 1:] = rich[3, :, 1:] = 0  # ...and hardly anybody says so in the last area
    few = np.array([1.0, 2.0, 3.0, 0.1])
    base, policy = replace(base, teams=thin, people=few), replace(base, teams=rich, people=few)
    less = times(policy, changed(slice(None), slice(None), 0.5))
    assert verdict(less, base, CRITERIA).settled.tolist() == [3, 3, 0, 0]
    same = replace(less, teams=thin)
    assert verdict(same, base, CRITERIA).settled.tolist() == [5, 5, 2, 2]


def with_teams(kept, draw, people):
    """The same if `people` of every group were simulated, with chance in their continuity."""
    rng, teams = np.random.default_rng(draw), kept.teams.copy()
    noise = 0.3 / np.sqrt(people) * rng.standard_normal((AREAS, 1, GROUPS))
    teams[..., 0], teams[..., 1] = people, people * FIXED_POINT * (0.4 + noise)
    return replace(kept, teams=teams, patients=np.array(40 * people))


def test_continuity_that_is_known_from_too_few_patients_is_no_verdict():
    kept = drawn()
    for people, supported in ((5_000, True), (20, False)):
        base, policy = (with_teams(kept, draw, people) for draw in (1, 2))
        found = verdict(policy, base, CRITERIA)
        assert (found.shares is not None) == supported
        assert supported or f"from {40 * people} patients: the error" in found.reason
        assert supported or "at most 2.5% is allowed" in found.reason


def test_where_nobody_tells_of_continuity_there_is_no_verdict():
    kept = drawn()
    teams = kept.teams.copy()
    teams[3] = 0
    found = verdict(*2 * [replace(kept, teams=teams)], CRITERIA)
    assert found.shares is None and "none of them has contacts enough" in found.reason


def test_errors_of_shares_hold_the_patients_simulated():
    """An area whose continuity overrules by a hair, with some of them, is placed with an error."""
    kept = drawn()
    base = with_teams(kept, 1, 5_000)
    teams = base.teams.copy()
    teams[..., 1] = teams[..., 1] * (0.9 - 0.06 * (np.arange(GROUPS) == 4))
    policy = replace(times(base, changed(slice(None), slice(None), 0.5)), teams=teams)
    found = verdict(policy, base, CRITERIA)
    assert max(found.errors.values()) > 0.1


def test_measures_can_be_kept_in_a_file(tmp_path, status_quo, busy):
    for name, economy in (("base", status_quo), ("policy", busy)):
        np.savez(tmp_path / name, **vars(area_years(economy.record)))
    base, policy = (
        AreaYears(**np.load(tmp_path / f"{name}.npz", allow_pickle=False))
        for name in ("base", "policy")
    )
    kept = verdict(policy, base, CRITERIA)
    direct = verdict(area_years(busy.record), area_years(status_quo.record), CRITERIA)
    for field in ("area", "settled", "onset", "yearly"):
        np.testing.assert_array_equal(getattr(kept, field), getattr(direct, field))
    assert kept.shares == direct.shares and kept.sensitivity == direct.sensitivity
    assert base.year.tolist() == [1, 2, 3, 4]
