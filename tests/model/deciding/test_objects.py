"""Causes go by what a decision changed: two of the same actor, of which one changed it."""

from typing import NamedTuple

import numpy as np
import pytest

from model.care.links import change_hands
from model.deciding.effects import touched
from model.deciding.objects import PARTS, chance_hangs_on, hangs_on, named, practice_code, stays
from model.integrated import membership
from model.month.economy import HealthEconomy
from model.policies.policy import Policy, PopulationContract
from model.population.journeys import COMMUNITY
from model.population.pathways import PATHWAYS
from model.state.state import BURN_IN_MONTHS
from model.stories.events import SAME_AGENT, SAME_QUESTION, Event, bearing_on, closeness, event_from
from model.stories.life_causes import differences
from model.stories.life_words import chain
from model.stories.two_lives import objects_changed

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
    membership.join(economy.minds, economy.setup, economy.state, economy.payment, 0, ORGANISATION)
    return economy


class Case(NamedTuple):
    """A part of a handover that differs, the decision behind it, and another of the same actor."""

    part: str
    other: dict  # what the handover is like in the other life
    right: tuple  # change and details
    wrong: tuple


TEAM = {"team": "msk", "setting": "hospital", "body": "trust_a", "home": "trust_a"}
ELSEWHERE = {**TEAM, "body": "trust_b", "home": "trust_b"}
TAKEN, MANAGED = ("close_line", (0, MSK)), ("coverage", (ORGANISATION, "top_2_percent"))
AWARDED, CLINICS = ("start_prime", (None, 0, MSK)), ("clinics", (ORGANISATION, "make_a_tenth"))
LIST_CLOSED, OTHER_TEAM = ("patient_list", (0, True)), {"to": ELSEWHERE}
UNTIED = {"link": 0.3}
OTHER_OWNER = {**UNTIED, "boundary": "between_bodies", "to": {**TEAM, "body": "trust_b"}}
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
    "employer": Case("link", OTHER_OWNER, ("join", (0, ORGANISATION)),
                     ("leave_provision", (0, "trust_b"))),
    "line": Case("teams", OTHER_TEAM, TAKEN, ("close_line", (0, DIABETES))),
    "site": Case("teams", OTHER_TEAM, TAKEN, ("close_line", (1, MSK))),
    "merger": Case("link", OTHER_OWNER, ("terminate_prime", (0, MSK)),
                   ("merge_trusts", ("trust_b", "trust_a", 5))),
    "quality": Case("teams", OTHER_TEAM, ("quality", ("ambulance_trust", 1.0)),
                    ("quality", ("eastbury_hospitals", 1.0))),
    "practice_taken_over": Case(
        "teams", OTHER_TEAM, ("take_over_practice", (0,)), ("take_over_practice", (1,))
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
        practice_code(economy.setup.place, 0)
        if told[end]["body"] == "the_practice"
        else told[end]["body"]
        for end in ("from", "to")
    ]
    site = str(economy.setup.place.sites["site"].iloc[0])
    return told | {
        "hangs_on": hangs_on(
            economy.setup.place, economy.setup.parameters, economy.state, 0, [(MSK, site)], bodies
        )
    }


def life(one, decisions=()):
    """A life with one contact and its handover, in month 20."""
    entry = {"month": 20, "what": "clinic", "pathway": "msk", "site": "", "steps": []}
    return {"entries": [entry | {"handovers": [one]}], "risks": {}, "decisions": list(decisions)}


def decision(economy, change, details, month=12, agent="actor"):
    objects = sorted(touched(economy.setup.place, change, details))
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


def test_a_merger_by_which_ties_outlive_a_contract_is_a_cause_of_links(place):
    economy = HealthEconomy(place.setup, place.policy, 1, "inert", state=place.state.copy())
    state, bodies = economy.state, economy.state.bodies
    community = int(state.provision.slot_body[state.provision.setting_slot[COMMUNITY, 0, MSK]])
    trust = bodies.number["anytown_hospitals"]
    site = str(place.setup.place.sites["site"].iloc[0])
    owners = {named("owner", bodies.codes[body]) for body in (community, trust)}
    assert change_hands(
        economy.setup.parameters, economy.setup.losses, economy.state, 0, MSK, community, trust
    )
    assert not owners & set(
        hangs_on(
            economy.setup.place, economy.setup.parameters, economy.state, 0, [(MSK, site)], []
        )["link"]
    )
    bodies.merge(trust, community)
    assert not change_hands(
        economy.setup.parameters, economy.setup.losses, economy.state, 0, MSK, community, trust
    )
    assert owners <= set(
        hangs_on(
            economy.setup.place, economy.setup.parameters, economy.state, 0, [(MSK, site)], []
        )["link"]
    )
    assert not owners & set(
        hangs_on(
            economy.setup.place, economy.setup.parameters, economy.state, 0, [(DIABETES, site)], []
        )["link"]
    )


def test_a_contract_of_care_handed_on_to_in_the_other_life_is_no_cause(place):
    """There the patient went on to diabetes care, whose contract was awarded, too."""
    site = str(place.setup.place.sites["site"].iloc[0])
    here = handover(place)
    onwards = hangs_on(
        place.setup.place,
        place.setup.parameters,
        place.state,
        0,
        [(MSK, site), (DIABETES, site)],
        [],
    )
    other = {**handover(place), "number": 2, "hangs_on": onwards}
    right, wrong = (decision(place, "start_prime", (None, 0, p)) for p in (MSK, DIABETES))
    lives = {"A": life(here, [right, wrong]), "B": life(other)}
    told = [link for loss in differences(lives)["losses"] for link in loss["chain"]]
    assert told and all(link["decided"] == [right] for link in told if link["handover"] == (20, 1))


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
        assert not hanging & set(touched(place.setup.place, change, details)), change


def test_what_a_trust_asks_of_practices_is_a_cause_only_for_those_it_runs(place):
    rule = decision(place, "steering", ("trust_a", "insist_on_own"))
    here, there = handover(place), handover(place, chance=0.1, lost=False, to=ELSEWHERE)
    assert causes(here, there, [rule]) == []
    state, (code, *_) = place.state, place.setup.place.trusts["trust"]
    state.practices.owned_trust[0] = 0
    owned = handover(place), handover(place, chance=0.1, lost=False, to=ELSEWHERE)
    state.practices.owned_trust[0] = -1
    rule = decision(place, "steering", (code, "insist_on_own"))
    other = decision(place, "coding", (code, 0.1), month=14)
    assert causes(*owned, [rule, other]) == [rule]


def test_a_merger_is_a_cause_only_where_patients_are_sent_to_the_owners_hospitals(place):
    codes = list(place.setup.place.trusts["trust"])[:2]
    here, other = ({**TEAM, "body": code, "home": code} for code in codes)
    merger = decision(place, "merge_trusts", (*codes, 5), agent=codes[0])
    rescue = decision(place, "rescue", (codes[0],), month=14, agent=codes[0])
    for run_by, due in ((-1, []), (0, [merger])):
        place.state.practices.owned_trust[0] = run_by
        lost, arrived = handover(place, to=here), handover(place, chance=0.1, lost=False, to=other)
        assert causes(lost, arrived, [merger, rescue]) == due
    place.state.practices.owned_trust[0] = -1


def stay(economy, what, figure, length):
    """An admission, or an operation, at the first line of MSK."""
    kind = "stays" if what == "admission" else "day_cases"
    told = {"days": length} if what == "admission" else {"day_case": not length}
    how = {"figure": figure, "hangs_on": [stays(economy.setup.place, kind, 0, MSK)], "where": []}
    return {"month": 20, "what": what, "pathway": "msk", "site": "one", "steps": [],
            "handovers": [], "stay": how, **told}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "right", "wrong"),
    [("admission", "length_of_stay", "day_cases"), ("operation", "day_cases", "length_of_stay"),
     ("admission", "length_of_stay", "capacity"), ("operation", "day_cases", "acceptance")],
)  # fmt: skip
def test_a_longer_stay_is_due_to_the_decision_on_stays_alone(place, what, right, wrong):
    taken = [decision(place, right, (0, MSK, 0.9)), decision(place, wrong, (0, MSK, 1.1), 14)]
    taken.append(decision(place, right, (0, DIABETES, 0.9), 14))
    lives = {
        name: {"entries": [entry], "risks": {20: RISK}, "decisions": decisions}
        for name, entry, decisions in (
            ("A", stay(place, what, 1.0, 6), []), ("B", stay(place, what, 0.9, 0), taken)
        )
    }  # fmt: skip
    found = differences(lives)
    (link,) = found["stays"][0]["chain"]
    assert not found["alike"] and link["in"] == "A" and link["decided"] == taken[:1]
    (said,) = chain([link], {"policies": ["A", "B"], "names": {"actor": "a trust"}})
    assert "a trust" in said and "under A" in said


RISK = {
    "draw": 0.1, "chance": 0.2, "base": 0.2, "continuity": 1.0, "practice_care": 1.0,
    "harm": 1.0, "anchor": 1.0, "after_operation": 0.0, "new_need": 0.0,
    "without_harm": 0.2, "harmed_by": None, "operated_at": [], "hangs_on": {},
}  # fmt: skip
OF_CHANCE = {
    "effort": ("practice_care", ("effort", (0, "less")), ("coding", ("actor", 0.1))),
    "hours": ("practice_care", ("access", (0, 1)), ("effort", (1, "less"))),
    "service": (
        "practice_care", ("service", (ORGANISATION, "admission_avoidance")),
        ("service", (ORGANISATION, "discharge_support")),
    ),
    "list": ("continuity", ("merge_practices", (1, 0)), ("effort", (0, "less"))),
    "quality": (
        "after_operation", ("quality", ("trust_a", 1)), ("length_of_stay", (0, MSK, 0.9))
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_CHANCE)
def test_a_chance_that_differs_by_a_part_has_the_decision_on_that_part_behind_it(place, kind):
    part, right, wrong = OF_CHANCE[kind]
    hung = chance_hangs_on(place.setup.place, place.state.provision, place.state.integrated, 0) | {
        "after_operation": [named("quality", "trust_a")], "operation": [named("line", "one", "msk")]
    }  # fmt: skip
    here = {**RISK, part: RISK[part] + 0.5, "hangs_on": hung, "operated_at": ["one"]}
    taken = [decision(place, *right), decision(place, *wrong, 14)]
    admitted = {**stay(place, "admission", 1.0, 6)}
    lives = {
        "A": {"entries": [admitted], "risks": {20: here}, "decisions": taken},
        "B": {"entries": [], "risks": {20: {**here, part: RISK[part]}}, "decisions": []},
    }
    (link,) = differences(lives)["admissions"][0]["chain"]
    assert [one["part"] for one in link["parts"]] == [part]
    assert link["decided"] == taken[:1]


def test_a_price_bears_on_prices_and_no_other_decision_of_the_regulator_does(place):
    def event(number, change, details, month, about=""):
        return Event(
            event=number,
            month=month,
            agent="regulator",
            rule=change,
            about=about,
            chosen="b",
            options=("a", "b"),
            pounds=(0.0, 1.0),
            probabilities=(0.5, 0.5),
            figures={},
            forced=False,
            effect_month=month,
            objects=frozenset(touched(place.setup.place, change, details)),
        )

    price = event(0, "tariff", (0.98,), 9)
    rescue = event(1, "rescue", ("trust_a",), 12, "trust_a")
    later = event(2, "tariff", (0.97,), 21)
    assert closeness(later, price) == SAME_QUESTION
    assert closeness(later, rescue) == SAME_AGENT  # the same body decided: no more than that
    before, _ = bearing_on(later, [price, rescue, later])
    assert before[0] == price


def test_whatever_can_be_changed_has_objects(place):
    assert len(place.decisions()) > 100 and all(d.objects for d in place.decisions())


def test_community_teams_move_by_the_decision_that_makes_the_majority(live_policy):
    contract = PopulationContract()
    policy = Policy(
        name="tried", title="t", help="h", source="s", population_contracts=(contract,)
    )  # fmt: skip
    plain = live_policy(policy, 1, "inert")
    here = np.flatnonzero(
        plain.state.integrated.organisations[0].invited & (plain.state.practices.lists > 0)
    ).tolist()
    agents = plain.minds.practices
    forced = {(agents[g].code, f"membership {ORGANISATION}", BURN_IN_MONTHS): "join" for g in here}
    economy = live_policy(policy, 7, "inert", forced=forced)
    ((month, agent, commissioner),) = economy.state.contracts.team_moves
    assert (month, commissioner) == (BURN_IN_MONTHS + 6, "east")
    joined = [
        event_from(n, d, BURN_IN_MONTHS)
        for n, d in enumerate(economy.decisions()) if d.chosen == "join"
    ]  # fmt: skip
    moved = named("teams", "east")
    assert [e.agent for e in joined if moved in objects_changed(economy.state.contracts, e)] == [
        agent
    ]
    lists = economy.state.practices.lists[here]
    before = [a.code for a in (agents[g] for g in here)].index(agent)
    assert 2 * lists[:before].sum() <= lists.sum() < 2 * lists[: before + 1].sum()
