"""Causes go by what a decision changed: two of the same actor, of which one changed it."""

from typing import NamedTuple

import numpy as np
import pytest

from model import membership
from model.calendar import CHANGES
from model.events import SAME_AGENT, SAME_QUESTION, Event, bearing_on, closeness, event_from
from model.life_causes import differences
from model.objects import PARTS, TOUCHED, hangs_on, named, practice_code, touched
from model.pathways import PATHWAYS
from model.policy import Policy, PopulationContract
from model.state import BURN_IN_MONTHS
from model.two_lives import objects_changed

MSK, DIABETES = PATHWAYS.index("msk"), PATHWAYS.index("diabetes")
ORGANISATION = "east-integrated"


@pytest.fixture(scope="module")
def place(live_policy):
    """A place with integrated organisations, of one of which practice 0 is a member. Read only."""
    contract = PopulationContract()
    policy = Policy(
        name="tried", title="t", help="h", source="s", population_contracts=(contract,)
    )  # fmt: skip
    economy = live_policy(policy, 1, "inert")
    membership.join(economy, 0, ORGANISATION)
    return economy


class Case(NamedTuple):
    """A part of a handover that differs, the decision behind it, and another of the same actor."""

    part: str
    other: dict  # what the handover is like in the other life
    right: tuple  # change and details
    wrong: tuple


TEAM = {"team": "msk", "setting": "hospital", "body": "trust_a"}
ELSEWHERE = {**TEAM, "body": "trust_b"}
TAKEN, MANAGED = ("close_line", (0, MSK)), ("coverage", (ORGANISATION, "top_2_percent"))
AWARDED, CLINICS = ("start_prime", (None, 0, MSK)), ("clinics", (ORGANISATION, "make_a_tenth"))
LIST_CLOSED, OTHER_TEAM = ("patient_list", (0, True)), {"to": ELSEWHERE}
APART, UNTIED = {"boundary": "between_bodies"}, {"link": 0.3}
CASES = {
    "contract": Case("teams", OTHER_TEAM, AWARDED, ("start_prime", (None, 0, DIABETES))),
    "commissioner": Case("teams", OTHER_TEAM, AWARDED, ("start_prime", (None, 1, MSK))),
    "contract_ended": Case(
        "link", UNTIED, ("terminate_prime", (0, MSK)), ("terminate_prime", (0, DIABETES))
    ),
    "membership": Case("link", UNTIED, ("join", (0, ORGANISATION)), LIST_CLOSED),
    "record": Case(
        "shared_record", {"shared_record": 0.0}, ("leave", (0, ORGANISATION)), LIST_CLOSED
    ),
    "organisation_ended": Case("link", UNTIED, ("surrender", (ORGANISATION,)), CLINICS),
    "clinics": Case("teams", OTHER_TEAM, CLINICS, MANAGED),
    "case_managers": Case("case_manager", {"case_manager": True}, MANAGED, CLINICS),
    "discharge": Case(
        "discharge_support", {"discharge_support": 0.8},
        ("service", (ORGANISATION, "discharge_support")),
        ("service", (ORGANISATION, "admission_avoidance")),
    ),
    "employer": Case("boundary", APART, ("leave_provision", (0, "trust_b")), ("audit", (0,))),
    "line": Case("teams", OTHER_TEAM, TAKEN, ("close_line", (0, DIABETES))),
    "site": Case("teams", OTHER_TEAM, TAKEN, ("close_line", (1, MSK))),
    "merger": Case(
        "boundary", APART, ("merge_trusts", ("trust_b", "trust_a", 5)), ("rescue", ("trust_a",))
    ),
    "practice_taken_over": Case(
        "boundary", {**APART, "from": {"body": "the_practice"}},
        ("take_over_practice", (0,)), ("take_over_practice", (1,)),
    ),
    "rule": Case("teams", OTHER_TEAM, ("steering", (ORGANISATION, "insist_on_own")), MANAGED),
    "practice_closed": Case(
        "teams", {"from": ELSEWHERE}, ("close_practice", (0,)), LIST_CLOSED
    ),
}  # fmt: skip


def handover(economy, **differing):
    """A handover of MSK care at the first site for a patient of practice 0."""
    told = {
        "number": 1, "from": {**TEAM, "team": "practice"}, "to": TEAM, "boundary": "within_body",
        "chance": 0.3, "draw": 0.2, "lost": True, "link": 0.5, "shared_record": 0.5,
        "case_manager": False, "discharge_support": 1.0, "harm": 1.0, "harm_until": None,
    } | differing  # fmt: skip
    bodies = [
        practice_code(economy, 0) if told[end]["body"] == "the_practice" else told[end]["body"]
        for end in ("from", "to")
    ]
    site = str(economy.setup.place.sites["site"].iloc[0])
    return told | {"hangs_on": hangs_on(economy, 0, [(MSK, site)], bodies)}


def life(one, decisions=()):
    """A life with one contact and its handover, in month 20."""
    entry = {"month": 20, "what": "clinic", "pathway": "msk", "site": "", "steps": []}
    return {"entries": [entry | {"handovers": [one]}], "risks": {}, "decisions": list(decisions)}


def decision(economy, change, details, month=12, agent="actor"):
    objects = sorted(touched(economy, change, details))
    return {"agent": agent, "question": f"{change} {objects}", "did": change, "objects": objects,
            "effect_month": month}  # fmt: skip


def causes(here, there, first=(), second=()):
    """The decisions behind a loss of the first of two lives only."""
    lives = {"A": life(here, first), "B": life(there, second)}
    (loss,) = differences(lives)["losses"]
    assert loss["in"] == "A"
    return loss["chain"][0]["decided"]


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("in_first", [True, False])
def test_of_two_decisions_of_an_actor_only_that_is_a_cause_which_changed_it(place, kind, in_first):
    case = CASES[kind]
    assert case.part in PARTS
    here = handover(place)
    there = handover(place, chance=0.1, lost=False, **case.other)
    right = decision(place, *case.right, month=12)
    wrong = decision(place, *case.wrong, month=14)  # the later one
    taken = {"first" if in_first else "second": [right, wrong]}
    assert causes(here, there, **taken) == [right]


def test_what_was_decided_alike_in_both_lives_or_later_is_no_cause(place):
    here, there = handover(place), handover(place, chance=0.1, lost=False, to=ELSEWHERE)
    alike = decision(place, *CASES["contract"].right)
    assert causes(here, there, [alike], [alike]) == []
    late = decision(place, *CASES["contract"].right, month=21)
    assert causes(here, there, [late]) == []
    again = {**alike, "did": "awarded it anew", "effect_month": 18}
    assert causes(here, there, [alike, again]) == [again]


def test_what_does_not_differ_has_no_cause(place):
    """The membership is another, too, but the chance differs by who holds the contract alone."""
    here = handover(place)
    there = handover(place, chance=0.1, lost=False, to=ELSEWHERE)
    for objects in there["hangs_on"].values():
        objects[:] = [o for o in objects if not o.startswith("membership")]
    manager = decision(place, *CASES["case_managers"].right)
    assert causes(here, there, [manager]) == []


def test_prices_audits_and_coding_are_causes_of_no_handover(place):
    hanging = {o for objects in handover(place)["hangs_on"].values() for o in objects}
    for change, details in (
        ("tariff", (1.0,)), ("audit", (0, "more")), ("coding", ("trust_a", 0.1)),
        ("savings", ("trust_a", 0.01)), ("rescue", ("trust_a",)), ("effort", (0, "usual")),
    ):  # fmt: skip
        assert not hanging & set(touched(place, change, details)), change


def test_what_a_trust_asks_of_practices_is_a_cause_only_for_those_it_runs(place):
    rule = decision(place, "steering", ("trust_a", "insist_on_own"))
    here, there = handover(place), handover(place, chance=0.1, lost=False, to=ELSEWHERE)
    assert causes(here, there, [rule]) == []
    state, (code, *_) = place.state, place.setup.place.trusts["trust"]
    state.owned_trust[0] = 0
    owned = handover(place), handover(place, chance=0.1, lost=False, to=ELSEWHERE)
    state.owned_trust[0] = -1
    rule = decision(place, "steering", (code, "insist_on_own"))
    other = decision(place, "coding", (code, 0.1), month=14)
    assert causes(*owned, [rule, other]) == [rule]


def test_a_price_bears_on_prices_and_no_other_decision_of_the_regulator_does(place):
    def event(number, change, details, month, about=""):
        return Event(
            event=number, month=month, agent="regulator", rule=change, about=about, chosen="b",
            options=("a", "b"), pounds=(0.0, 1.0), probabilities=(0.5, 0.5), figures={},
            forced=False, effect_month=month, objects=frozenset(touched(place, change, details)),
        )  # fmt: skip

    price = event(0, "tariff", (0.98,), 9)
    rescue = event(1, "rescue", ("trust_a",), 12, "trust_a")
    later = event(2, "tariff", (0.97,), 21)
    assert closeness(later, price) == SAME_QUESTION
    assert closeness(later, rescue) == SAME_AGENT  # the same body decided: no more than that
    before, _ = bearing_on(later, [price, rescue, later])
    assert before[0] == price


def test_whatever_can_be_changed_has_objects(place):
    assert set(TOUCHED) == set(CHANGES)
    assert len(place.decisions()) > 100 and all(d.objects for d in place.decisions())


def test_community_teams_move_by_the_decision_that_makes_the_majority(live_policy):
    contract = PopulationContract()
    policy = Policy(
        name="tried", title="t", help="h", source="s", population_contracts=(contract,)
    )  # fmt: skip
    plain = live_policy(policy, 1, "inert")
    here = np.flatnonzero(plain.state.organisations[0].invited & (plain.state.lists > 0)).tolist()
    agents = plain.minds.practices
    forced = {(agents[g].code, f"membership {ORGANISATION}", BURN_IN_MONTHS): "join" for g in here}
    economy = live_policy(policy, 7, "inert", forced=forced)
    ((month, agent, commissioner),) = economy.state.team_moves
    assert (month, commissioner) == (BURN_IN_MONTHS + 6, "east")
    joined = [
        event_from(n, d, BURN_IN_MONTHS)
        for n, d in enumerate(economy.decisions()) if d.chosen == "join"
    ]  # fmt: skip
    moved = named("teams", "east")
    assert [e.agent for e in joined if moved in objects_changed(economy, e)] == [agent]
    lists = economy.state.lists[here]
    before = [a.code for a in (agents[g] for g in here)].index(agent)
    assert 2 * lists[:before].sum() <= lists.sum() < 2 * lists[: before + 1].sum()
