"""One or two bodies that rule on mergers and failures; a joint regulator of social care."""

import pytest

from agents.organisations.council import CAPACITY
from agents.organisations.regulator import DIRECTION
from model.mergers.review import BODIES, two_bodies
from model.rules import load_rules

ASKER, TAKER = "eastbury_hospitals", "anytown_hospitals"
MERGING, FAILING = 36 + 3, 36 + 4  # months in which boards and the regulator look at deficits
ABOUT = f"merger_review {ASKER} {TAKER}"


@pytest.fixture(scope="module")
def in_deficit(after_burn_in, shire):
    """Only one trust has a deficit, and a large one."""
    state = after_burn_in.copy()
    row = list(shire.place.trusts["trust"]).index(ASKER)
    state.hospitals.deficit_years[:], state.hospitals.deficits[:] = 0, 0.0
    state.hospitals.deficit_years[row], state.hospitals.deficits[row] = 3, 1e10
    return state


@pytest.fixture
def ruled(live_policy, in_deficit):
    """Rulings on the merger of two trusts that want it, and the agenda after it."""

    def rule(policy, **rulings):
        forced = {(ASKER, f"trust_merger {TAKER}", MERGING): "ask",
                  (TAKER, f"trust_merger_offer {ASKER}", MERGING): "accept"}  # fmt: skip
        forced |= {(body, ABOUT, MERGING): ruling for body, ruling in rulings.items()}
        economy = live_policy(policy, 4, state=in_deficit.copy(), forced=forced, mind="inert")
        asked = [d for d in economy.decisions() if d.rule == "merger_review"]
        scheduled_effects = [change for _, change, _ in economy.state.docket.scheduled_effects]
        return {d.agent: d for d in asked}, "merge_trusts" in scheduled_effects

    return rule


def test_since_2012_two_bodies_rule_and_before_it_one(live_policy):
    rule = load_rules()[BODIES]
    assert [str(one.start.year) for one in rule.values if one.value == "two"] == ["2012"]
    assert two_bodies(live_policy("status_quo", 1).rules)
    assert not two_bodies(live_policy("regulator_one_body", 1).rules)


@pytest.mark.parametrize("objects", ["competition", "regulator", None])
def test_a_merger_goes_through_only_if_both_bodies_clear_it(ruled, objects):
    rulings = dict.fromkeys(("competition", "regulator"), "clear")
    rulings |= {objects: "prohibit"} if objects else {}
    asked, merges = ruled("status_quo", **rulings)
    assert list(asked) == ["competition", "regulator"]
    assert merges == (objects is None)
    assert "deficit" not in asked["competition"].figures
    assert "people_losing" not in asked["regulator"].figures


def test_one_body_weighs_everything(ruled):
    asked, merges = ruled("regulator_one_body", regulator="clear")
    assert list(asked) == ["regulator"] and merges
    assert {"deficit", "people_losing", "claimed_saving"} <= asked["regulator"].figures.keys()


FAILS = {
    (TAKER, f"failing_trust_offer {ASKER}", FAILING): "accept",
    ("regulator", f"trust_failure {ASKER}", FAILING): TAKER,
}


@pytest.mark.parametrize("consent", ["clear", "prohibit"])
def test_a_failing_trust_is_handed_over_only_if_competition_consents(
    live_policy, in_deficit, consent
):
    forced = FAILS | {("competition", ABOUT, FAILING): consent}
    economy = live_policy("status_quo", 5, state=in_deficit.copy(), forced=forced, mind="inert")
    answer = next(d for d in economy.decisions() if d.rule == "trust_failure")
    assert (TAKER in answer.options) == (consent == "clear") == answer.forced
    assert f"losing_{TAKER}" not in answer.figures
    if consent == "clear":
        assert answer.effect_month == FAILING + 12 + 8  # the review takes eight months
        merge = next(
            entry for entry in economy.state.docket.scheduled_effects if entry[1] == "merge_trusts"
        )
        assert merge[0] == answer.effect_month and merge[2][:2] == (ASKER, TAKER)


def test_one_body_hands_over_without_asking_competition(live_policy, in_deficit):
    economy = live_policy(
        "regulator_one_body", 5, state=in_deficit.copy(), forced=FAILS, mind="inert"
    )
    assert not [d for d in economy.decisions() if d.rule == "merger_review"]
    answer = next(d for d in economy.decisions() if d.rule == "trust_failure")
    assert answer.forced and answer.effect_month == FAILING + 12
    assert answer.figures[f"losing_{TAKER}"] >= 0.0


def test_a_joint_regulator_has_councils_pay_for_care_and_others_cannot(live_policy):
    month = 36 + DIRECTION.month_of_year
    councils = [c.code for c in live_policy("status_quo", 1).minds.councils]
    forced = {("regulator", f"care_direction {c}", month): "direct" for c in councils[:1]}
    joint = live_policy("regulator_joint", 14, forced=forced, mind="inert")
    usual = live_policy("status_quo", 14, mind="inert")
    assert DIRECTION.month_of_year == CAPACITY.month_of_year + 1  # when budgets have been set
    assert not [d for d in usual.decisions() if d.rule == "care_direction"]
    asked = [d for d in joint.decisions() if d.rule == "care_direction"]
    assert [d.about for d in asked] == councils and asked[0].forced
    ratio = joint.state.social_care.capacity / usual.state.social_care.capacity
    assert ratio.tolist() == pytest.approx([1.05] + [1.0] * (len(councils) - 1))
    assert joint.state.social_care.days[0, 0] < usual.state.social_care.days[0, 0]
    assert joint.state.money.ledger.balance.sum() == 0
