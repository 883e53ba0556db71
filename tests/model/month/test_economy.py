"""A whole run: what a policy may change and what it may not, and that runs are reproducible."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from forced_options import Unasked, at_once

from agents.patients.patient_tables import COUNTS
from model.input.errors import InputError
from model.month.economy import BURN_IN_MONTHS, HealthEconomy, burn_in
from model.month.preparing import prepare
from model.outcomes.continuity import continuity_means
from model.outcomes.people_year import LABELS
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy import JointTeams, Merger, Policy
from model.policies.policy_finding import find_policy, policy_names

LOST = ("lost_within_team", "lost_within_body", "lost_between_bodies")
HANDOVERS = ("handovers_within_team", "handovers_within_body", "handovers_between_bodies")
FREE_OF_BODIES = [name for name in COUNTS if name not in LOST + HANDOVERS]


def tables_of(economy):
    return economy.record.tables(economy.state)


def assert_same_tables(one, two, without=()):
    ours, theirs = tables_of(one), tables_of(two)
    assert ours.keys() == theirs.keys()
    for name in ours:
        if name not in without:
            pd.testing.assert_frame_equal(ours[name], theirs[name], check_exact=True)


def assert_same_people(one, two):
    for name in one.state.residents.people.dtype.names:
        np.testing.assert_array_equal(
            one.state.residents.people[name], two.state.residents.people[name], name
        )


def continuity(economy, label):
    tally = np.sum([year[label] for year in economy.record.continuity], axis=0)
    return continuity_means(tally.sum(axis=0)[None])


def invented(**terms):
    return Policy(name="invented", title="t", help="h", source="s", **terms)


# What a policy can change


@pytest.mark.parametrize("mind", ["reasoned", "random"])
def test_a_label_changes_no_table(live_policy, mind):
    label, plain = live_policy("label_only", 36, mind), live_policy("status_quo", 36, mind)
    assert_same_tables(label, plain)
    assert_same_people(label, plain)
    assert label.decisions() == plain.decisions() and len(label.decisions()) > 40


def test_a_policy_is_known_by_its_terms_and_not_by_its_name(live_policy):
    policy = find_policy("carveout_msk")
    renamed = policy.model_copy(update={"name": "x", "title": "y", "help": "z", "source": "w"})
    assert_same_tables(live_policy(policy, 36), live_policy(renamed, 36))


def test_a_merger_without_teams_moves_boundaries_and_nothing_lived(live_policy, inert_status_quo):
    plain, merged = inert_status_quo, live_policy("merger_only", 48, "inert", kind=Unasked)
    for what in FREE_OF_BODIES:
        assert merged.record.total(what) == plain.record.total(what), what
    for kinds in (HANDOVERS, LOST):
        before = [plain.record.total(kind) for kind in kinds]
        after = [merged.record.total(kind) for kind in kinds]
        assert sum(after) == sum(before) > 0
        assert after[0] == before[0] and after[1] > before[1] and after[2] < before[2]
    assert_same_people(merged, plain)


def test_a_merger_without_teams_changes_continuity_with_bodies_alone(live_policy, inert_status_quo):
    plain, merged = inert_status_quo, live_policy("merger_only", 48, "inert", kind=Unasked)
    for label in LABELS:
        ours, theirs = continuity(merged, label), continuity(plain, label)
        if label in ("clinician", "team"):
            assert {k: v.tolist() for k, v in ours.items()} == {
                k: v.tolist() for k, v in theirs.items()
            }
    assert continuity(merged, "body")["coc"][0] > continuity(plain, "body")["coc"][0]
    assert continuity(merged, "body")["distinct"][0] < continuity(plain, "body")["distinct"][0]


@pytest.mark.parametrize("kinds", [("community",), ("acute",), ("acute", "community")])
def test_a_merger_does_not_widen_or_undo_joint_teams(live_policy, kinds):
    joint = JointTeams(start_month=0, kinds=kinds)
    teams = live_policy(invented(joint_teams=(joint,)), 30, "inert", kind=Unasked)
    for month in (6, 7):
        merged = invented(joint_teams=(joint,), mergers=(Merger(start_month=month),))
        both = live_policy(merged, 30, "inert", kind=Unasked)
        assert sum(map(both.record.total, LOST)) == sum(map(teams.record.total, LOST)), month
        for what in FREE_OF_BODIES:
            assert both.record.total(what) == teams.record.total(what), (month, what)


def test_joint_teams_lower_what_is_lost_and_no_handover(live_policy, inert_status_quo):
    teams = live_policy("teams_only", 48, "inert", kind=Unasked)
    plain = inert_status_quo
    for what in HANDOVERS:
        assert teams.record.total(what, last=12) == plain.record.total(what, last=12)
    assert sum(map(teams.record.total, LOST)) < 0.97 * sum(map(plain.record.total, LOST))


@pytest.mark.parametrize(
    ("lever", "value"),
    [("prices.ccg_budget_pence_per_head", 120_000), ("prices.ae_attendance_pence", 9_000)],
)
def test_a_changed_price_changes_the_money_and_no_patient(shire, inert_status_quo, lever, value):
    parameters = shire.parameters.with_values({lever: value})
    setup = prepare(shire.place, parameters, shire.patients)
    dearer = HealthEconomy(setup, find_policy("status_quo"), 1, "inert").run(6)
    usual = HealthEconomy(shire, find_policy("status_quo"), 1, "inert").run(6)
    assert not tables_of(dearer)["ledger"].equals(tables_of(usual)["ledger"])
    assert not tables_of(dearer)["organisation_month"].equals(
        tables_of(usual)["organisation_month"]
    )
    assert_same_people(dearer, usual)
    pd.testing.assert_frame_equal(tables_of(dearer)["area_month"], tables_of(usual)["area_month"])


def test_policies_share_the_luck_of_every_patient(inert_status_quo, busy):
    people, usual = busy.state.residents.people, inert_status_quo.state.residents.people
    same = people["entered"] == usual["entered"]  # the others died of an emergency in one of them
    assert same.mean() > 0.99
    for name in ("slot", "born", "sex", "conditions", "risk_score", "death_factor"):
        np.testing.assert_array_equal(people[name][same], usual[name][same])
    lived = [np.array(economy.record.by_area) for economy in (busy, inert_status_quo)]
    assert (lived[0] != lived[1]).any()


def test_nothing_happens_before_a_policy_begins(live_policy):
    late = invented(mergers=(Merger(start_month=12),))
    assert_same_tables(live_policy(late, 12), live_policy("status_quo", 12))


def test_an_unknown_mind_is_named(shire):
    with pytest.raises(InputError, match=r"no such mind.*greedy.*did you mean inert"):
        HealthEconomy(shire, find_policy("status_quo"), mind="inrt")


# Identity


@pytest.fixture(scope="module")
def integrated(live_policy):
    """Three years of an integrated organisation. Read only."""
    return live_policy("population_ico", 36)


def test_a_seed_gives_one_run_and_another_seed_another(shire, live_policy, integrated):
    assert_same_tables(live_policy("population_ico", 36), integrated)
    one, two = (HealthEconomy(shire, find_policy("status_quo"), seed).run(1) for seed in (1, 2))
    assert not np.array_equal(
        one.state.residents.people["conditions"], two.state.residents.people["conditions"]
    )


def test_threads_do_not_matter(live_policy, integrated):
    one, two = integrated, live_policy("population_ico", 36, threads=3)
    assert_same_tables(one, two)
    assert_same_people(one, two)


def test_going_on_from_the_burn_in_is_one_straight_run(shire, live_policy):
    straight = HealthEconomy(shire, find_policy("carveout_msk"), 1).run(BURN_IN_MONTHS + 30)
    copied = live_policy("carveout_msk", 30)
    assert_same_people(straight, copied)
    assert straight.decisions() == copied.decisions()
    np.testing.assert_array_equal(
        straight.state.money.ledger.balance, copied.state.money.ledger.balance
    )
    for ours, theirs in zip(
        straight.record.planned[BURN_IN_MONTHS:], copied.record.planned, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_copy_of_a_state_goes_its_own_way(shire, live_policy, after_burn_in):
    before = digest(after_burn_in)
    live_policy("population_ico+carveout_msk", 30)
    assert digest(after_burn_in) == before


def digest(state):
    parts = (
        state.residents.people,
        state.hospitals.lines.backlog,
        state.money.ledger.balance,
        state.provision.employer,
    )
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


SCRIPT = """
import hashlib, pandas as pd
from model.month.economy import HealthEconomy
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.month.preparing import prepare
setup = prepare(find_place("anyshire", None), load_parameters(), 500)
economy = HealthEconomy(setup, find_policy("carveouts_three+population_ico"), 3).run(54)
tables = economy.record.tables(economy.state)
text = "".join(tables[name].to_csv() for name in sorted(tables))
print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.slow  # the command does the same in test_command.py
def test_the_order_of_sets_and_hashes_does_not_matter():
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("0", "1")
    ]  # fmt: skip
    one, two = (run.communicate()[0].strip() for run in runs)
    assert len(one) == 64 and one == two


# Decisions in a run


def test_every_decision_has_its_options_utilities_figures_and_reason(busy):
    rules = {decision.rule for decision in busy.decisions()}
    assert rules >= {"effort", "quality", "bid", "award", "delivery", "membership", "coordination"}
    for decision in busy.decisions():
        assert decision.chosen in decision.options
        assert len(decision.options) == len(decision.pounds) == len(decision.probabilities) > 0
        assert sum(decision.probabilities) == pytest.approx(1.0, abs=1e-5)
        assert np.isfinite(decision.pounds).all()
        assert decision.figures and np.isfinite(list(decision.figures.values())).all()
        assert decision.effect_month >= decision.month
        assert not decision.forced


def test_a_forced_decision_is_taken_recorded_and_takes_effect(live_policy, shire):
    code = shire.place.practices["practice"].iloc[3]
    option = "less_incentivised_care"
    economy = live_policy("status_quo", 1, "inert", forced={(code, "effort", 36): option})
    (decision,) = [d for d in economy.decisions() if d.forced]
    assert (decision.agent, decision.chosen, decision.month) == (code, option, 36)
    assert economy.state.practices.effort[3] != option
    assert economy.run(1).state.practices.effort[3] == option


def test_inert_minds_change_nothing(inert_status_quo):
    late = [d for d in inert_status_quo.decisions() if d.month >= BURN_IN_MONTHS]
    assert len(late) > 150 and all(d.chosen == d.options[0] for d in late)
    assert not inert_status_quo.state.docket.scheduled_effects


@pytest.fixture(scope="module")
def remote():
    """A place that takes half as long, and where every arm of it begins."""
    setup = prepare(find_place("lakeland", None), load_parameters(), 300)
    return setup, burn_in(setup, 1)


@pytest.mark.parametrize("name", policy_names())
def test_every_preset_can_be_lived(live_policy, remote, name):
    """A year of each from its first month, with the close of that year."""
    setup, state = remote
    lived_soundly(live_policy, at_once(name), 13, setup=setup, state=state.copy())


@pytest.mark.slow
@pytest.mark.parametrize("name", policy_names())
def test_every_preset_can_be_lived_for_years(live_policy, name):
    """Presets begin after a year: four years of each."""
    lived_soundly(live_policy, name, 60)


def lived_soundly(live_policy, policy, months, **where):
    economy = live_policy(policy, months, **where)
    assert economy.state.month == BURN_IN_MONTHS + months
    assert economy.record.balance[-1].sum() == 0
