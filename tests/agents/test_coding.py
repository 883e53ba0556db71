"""What moves a trust to code deeper, and a commissioner to check harder."""

from dataclasses import replace

import mesa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice.deciding import MINDS
from agents.decisions.coding_choice import (
    AuditObservation,
    CodingObservation,
    set_audit,
    set_coding,
)
from agents.organisations.commissioner import Commissioner
from agents.organisations.trust import Trust

CODING = CodingObservation(
    income=100e6, depth=0.0, recovered_share=0.1, usual_recovered_share=0.1, coders_share=0.2,
    deficit=0.0, curvature=100, deepest=0.03, step=0.005,
)  # fmt: skip
AUDIT = AuditObservation(
    current="audit_usual", people=250_000, spend=80e6, overcharged_share=0.02, depth=0.0,
    found={"audit_less": 0.0, "audit_usual": 0.05, "audit_more": 0.1},
    cost={"audit_less": 0.0, "audit_usual": 25_000, "audit_more": 100_000},
)  # fmt: skip


def trust(mind="greedy", pressure=0.5):
    agent = Trust(mesa.Model(rng=0), "T1", "A trust", 4, MINDS[mind], 1)
    agent.set_ambition(pressure, 0.0, 0.5)
    return agent


def commissioner(mind="greedy"):
    return Commissioner(mesa.Model(rng=0), "C1", "A commissioner", 2, MINDS[mind], 1)


def pounds(decision):
    return dict(zip(decision.options, decision.pounds, strict=True))


def chance(decision, option):
    return dict(zip(decision.options, decision.probabilities, strict=True))[option]


def test_coding_of_the_base_year_is_the_best_answer_to_that_year():
    made = set_coding(trust(), CODING, 0)
    assert made.chosen == "keep" and pounds(made)["deeper"] == pytest.approx(-125_000)
    # Nothing would be won back of what is not coded, so that less deep coding loses it all.
    assert pounds(made)["shallower"] == pytest.approx(-125_000 - 50_000)


def test_a_deficit_lends_weight_to_deeper_coding_as_far_as_it_goes():
    for deficit, relief in ((1e6, 0.5 * 350_000), (200_000, 0.5 * 200_000)):
        made = set_coding(trust(), replace(CODING, deficit=deficit), 0)
        assert pounds(made)["deeper"] == pytest.approx(relief - 125_000)
    assert set_coding(trust(), replace(CODING, deficit=1e6), 0).chosen == "deeper"
    assert set_coding(trust(pressure=0.0), replace(CODING, deficit=1e6), 0).chosen == "keep"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 5e6), st.floats(0, 5e6))
def test_more_checking_never_makes_deeper_coding_likelier_and_a_deficit_never_less(r1, r2, d1, d2):
    recovered, deficit = sorted((r1, r2)), sorted((d1, d2))
    made = [
        set_coding(trust("reasoned"), replace(CODING, recovered_share=r, deficit=d), 0)
        for r, d in zip(recovered[::-1], deficit, strict=True)
    ]
    assert chance(made[0], "deeper") <= chance(made[1], "deeper") + 1e-6


def test_coding_has_bounds_and_an_inert_trust_keeps_it():
    deepest = set_coding(trust(), replace(CODING, depth=0.03), 0)
    assert "deeper" not in deepest.options and deepest.chosen == "shallower"
    inert = trust("inert")
    assert set_coding(inert, replace(CODING, depth=0.03, deficit=1e6), 0).chosen == "keep"
    assert set_coding(inert, CODING, 0, "deeper").chosen == "deeper"


def test_the_worth_of_checking_by_hand():
    made = set_audit(commissioner(), AUDIT, 0)
    assert made.options == ("audit_usual", "audit_less", "audit_more")
    assert list(made.pounds) == pytest.approx([80_000 - 25_000, 0.0, 160_000 - 100_000])
    assert set_audit(commissioner("inert"), AUDIT, 0, "audit_more").chosen == "audit_more"
    assert set_audit(commissioner("inert"), AUDIT, 0).chosen == "audit_usual"


@given(st.floats(0, 0.1), st.floats(0, 0.1), st.floats(-0.03, 0.03), st.floats(-0.03, 0.03))
def test_more_to_find_never_makes_hard_checking_less_likely(o1, o2, d1, d2):
    made = [
        set_audit(commissioner("reasoned"), replace(AUDIT, overcharged_share=o, depth=d), 0)
        for o, d in zip(sorted((o1, o2)), sorted((d1, d2)), strict=True)
    ]
    assert chance(made[0], "audit_more") <= chance(made[1], "audit_more") + 1e-6
