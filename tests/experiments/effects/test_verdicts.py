"""The sentence about a policy: what matters, what is open, how regimes move."""

import pytest

from experiments.effects.verdicts import verdict_sentence
from model.outcomes.regimes import REGIMES
from model.outcomes.scoreboard import HEADLINES


def row(outcome, estimate=0.0, half=0.0, star=False, negligible=True, arises="emergent"):
    ends = {"low_all": estimate - half, "high_all": estimate + half}
    ends |= {"low": estimate - half / 3, "high": estimate + half / 3}
    about = {"policy": "p", "outcome": outcome, "kind": "difference", "runs": 5}
    return {**about, "estimate": estimate, **ends, "star": star, "negligible": negligible,
            "arises": arises}  # fmt: skip


def rows(*changed):
    named = {r["outcome"] for r in changed}
    still = [row(name) for name in (*HEADLINES, *(f"regime.{r}" for r in REGIMES))]
    return [*changed, *(r for r in still if r["outcome"] not in named)]


def test_a_policy_that_does_nothing_that_matters_is_told_so():
    told = verdict_sentence("p", rows(), "")
    assert told == "p: nothing that is known to matter. No regime is known to gain or lose people."


def test_what_matters_is_told_by_direction_with_what_is_arithmetic():
    told = verdict_sentence(
        "p",
        rows(
            row("hhi_holding", 0.1, 0.01, star=True, negligible=False, arises="arithmetic"),
            row("emergencies", -3.0, 1.0, star=True, negligible=False),
            row("quality", 0.2, 0.3, negligible=False),
            row("hhi", 0.5, 0.1, star=False, negligible=True),
        ),
        "two years are too short",
    )
    assert told == ("p: raises hhi holding (arithmetic); lowers emergencies. Undecided: quality.")


@pytest.mark.parametrize(("half", "is_told"), [(0.05, True), (0.15, False)])
def test_a_regime_is_told_to_move_only_beyond_its_interval(half, is_told):
    told = verdict_sentence("p", rows(row("regime.monopoly_and_joined_up", 0.1, half)), "")
    assert ("monopoly and joined up +10 ±5" in told) is is_told
    assert ("No regime is known to gain or lose people" in told) is not is_told
