"""Causes of what people lived: the parts that a lived handover has, and what a death ends."""

import numpy as np
import pytest

from agents.patients.diary import ADMITTED, HANDED_OVER, LEFT
from model.deciding.objects import named
from model.integrated import membership
from model.policies.policy import Policy, PopulationContract
from model.population.pathways import PATHWAYS
from model.stories.life import live_along
from model.stories.life_causes import differences, handovers_of, loss_chain
from model.stories.life_pages import entries_of, page_of
from model.stories.life_words import chain

ORGANISATION = "east-integrated"
SUPPORT = {
    "agent": ORGANISATION, "question": "services", "did": "bought it", "effect_month": 0,
    "objects": [named("service", ORGANISATION, "discharge_support")],
}  # fmt: skip


class Pages:
    """A diary that keeps, by person, the pages of all with more than a contact."""

    def __init__(self):
        self.pages = {}

    def write(self, economy):
        people = economy.state.residents.people
        lived, notes = live_along(
            economy.setup.place, economy.state.month, economy.seed, economy.world, people
        )
        kept = np.isin(notes["what"], (HANDED_OVER, ADMITTED, LEFT))
        for slot in np.unique(notes["slot"][kept]):
            row = int(np.flatnonzero(people["slot"] == slot)[0])
            own = notes[notes["slot"] == slot]
            page, _ = page_of(economy, people[row], lived[row], own, None)
            who = int(slot), int(people["entered"][row])  # homes are taken by others
            self.pages.setdefault(who, []).append(page)


@pytest.fixture(scope="module")
def supported(live_policy):
    """A place with an organisation that supports discharges: with members, and with none."""
    contract = PopulationContract()
    policy = Policy(
        name="tried", title="t", help="h", source="s", population_contracts=(contract,)
    )  # fmt: skip
    found = []
    for member in (True, False):
        economy = live_policy(policy, 1, "inert")
        organisation = economy.state.integrated.organisations[0]
        organisation.services["discharge_support"].how = "buy"
        for g in np.flatnonzero(
            organisation.invited & (economy.state.practices.lists > 0) & member
        ):
            membership.join(
                economy.minds, economy.setup, economy.state, economy.payment, int(g), ORGANISATION
            )
        economy.diary = Pages()
        found.append(economy.run(5))
    return found


def lives_of(economies, who, *taken):
    """Two lives of a person, of which the first has decisions."""
    lives = {}
    for name, economy, decisions in zip("AB", economies, (list(taken), []), strict=True):
        pages = economy.diary.pages[who]
        risks = {page["month"]: page["risk"] for page in pages}
        lives[name] = {"entries": entries_of(pages), "risks": risks, "decisions": decisions}
    return lives


def test_support_after_discharge_is_a_cause_of_lost_discharges_alone(supported):
    first, second = (economy.diary.pages for economy in supported)
    harm = supported[0].setup.parameters["handovers.crisis_hazard_lost_discharge"]
    told = []
    for slot in sorted(first.keys() & second.keys()):
        lives = lives_of(supported, slot, SUPPORT)
        there = handovers_of(lives["B"])
        for key, (handover, _) in handovers_of(lives["A"]).items():
            if key in there and handover["harm"] != 1.0:  # as the rule sets it for what is lost
                (link, *_) = loss_chain(lives, key, "A")
                told.append((handover["harm"] == harm, link["decided"] == [SUPPORT]))
    assert told.count((True, True)) >= 5 and told.count((False, False)) >= 20
    assert (False, True) not in told


def test_only_who_leaves_a_ward_is_supported(supported):
    pages = [page for kept in supported[0].diary.pages.values() for page in kept]
    told = [h for page in pages for entry in page["entries"] for h in entry["handovers"]]
    helped = [handover for handover in told if handover["discharge_support"] < 1.0]
    assert 0 < len(helped) < len(told) / 4
    assert {handover["from"]["setting"] for handover in helped} <= {"hospital", "mental_health"}


@pytest.fixture(scope="module")
def apart(live_policy):
    """The status quo with hospitals far below the mean in quality, and far above it."""
    found = []
    for steps in (-60, 60):
        economy = live_policy("status_quo", 0, "inert")
        economy.state.hospitals.quality[:] = steps
        economy.diary = Pages()
        found.append(economy.run(5))
    return found


def test_a_death_of_one_life_is_told_with_its_cause_and_nothing_after_it_is_blamed(apart):
    first, second = (economy.diary.pages for economy in apart)
    codes = apart[0].state.bodies.codes
    worse = {**SUPPORT, "objects": [named("quality", code) for code in codes]}
    ends = []
    for who in sorted(first.keys() & second.keys()):
        lives = lives_of(apart, who, worse)
        found = differences(lives)
        for end in found["ends"]:
            ends.append(end["chain"][0])
            assert not found["alike"] and end["what"] == "died"
            later = [d["month"] for d in (*found["admissions"], *found["losses"])]
            assert max(later, default=0) <= end["month"]
            policies, names = ["A", "B"], dict.fromkeys(("A", "B", ORGANISATION), "somebody")
            (text,) = chain(end["chain"], {"policies": policies, "names": names})
            assert "dies under" in text and "is not compared" in text
    survived = [link for link in ends if None not in link["hospital"]]
    assert len(survived) >= 2 and all(link["decides"] for link in survived)
    for link in survived:
        assert link["hospital"][0] > link["hospital"][1] and link["in"] == "A"
        assert link["decided"] == [worse]
    for link in ends:
        assert link in survived or link["decided"] == []


def test_a_readmission_of_one_life_is_told_with_the_decision_on_quality(apart):
    """And no other admission is, nor by another decision of the same trust."""
    first, second = (economy.diary.pages for economy in apart)
    trusts = apart[0].state.bodies.codes
    worse = {**SUPPORT, "objects": [named("quality", code) for code in trusts]}
    coded = {**SUPPORT, "question": "coding", "objects": [named("coding", code) for code in trusts]}
    told = []
    for who in sorted(first.keys() & second.keys()):
        for admission in differences(lives_of(apart, who, worse, coded))["admissions"]:
            for link in admission["chain"]:
                if link["link"] == "admission":
                    parts = {part["part"] for part in link["parts"]}
                    told.append(("after_operation" in parts, link["decided"]))
    assert told.count((True, [worse])) >= 3
    assert all(decided == [worse] for quality, decided in told if quality)
    assert all(decided == [] for quality, decided in told if not quality)


@pytest.fixture(scope="module")
def slower(live_policy):
    """The status quo with stays half as long again, and as they were."""
    found = []
    for factor in (1.5, 1.0):
        economy = live_policy("status_quo", 0, "inert")
        economy.state.hospitals.lines.stay *= factor
        economy.diary = Pages()
        found.append(economy.run(3))
    return found


def test_a_longer_stay_is_told_with_the_decision_on_stays(slower):
    sites = slower[0].setup.place.sites["site"]
    longer = {**SUPPORT, "objects": [named("stays", s, p) for s in sites for p in PATHWAYS]}
    other = {**SUPPORT, "question": "line", "objects": [
        named(kind, s, p) for s in sites for p in PATHWAYS for kind in ("line", "day_cases")
    ]}  # fmt: skip
    told = []
    first, second = (economy.diary.pages for economy in slower)
    for who in sorted(first.keys() & second.keys()):
        for difference in differences(lives_of(slower, who, longer, other))["stays"]:
            (link,) = difference["chain"]
            told.append((link["in"], link["what"], link["decided"]))
    assert len(told) >= 20
    assert all(one == ("A", "admission", [longer]) for one in told)
