"""Causes of what people lived: the parts that a lived handover has, and what a death ends."""

import numpy as np
import pytest

from agents.diary import HANDED_OVER
from model import membership
from model.life import live_along
from model.life_causes import handovers_of, loss_chain
from model.life_pages import entries_of, page_of
from model.objects import named
from model.policy import Policy, PopulationContract

ORGANISATION = "east-integrated"
SUPPORT = {
    "agent": ORGANISATION, "question": "services", "did": "bought it", "effect_month": 0,
    "objects": [named("service", ORGANISATION, "discharge_support")],
}  # fmt: skip


class Pages:
    """A diary that keeps, by person, the pages of everybody who is handed over in a month."""

    def __init__(self):
        self.pages = {}

    def write(self, economy):
        people = economy.state.people
        lived, notes = live_along(economy, people)
        for slot in np.unique(notes["slot"][notes["what"] == HANDED_OVER]):
            row = int(np.flatnonzero(people["slot"] == slot)[0])
            own = notes[notes["slot"] == slot]
            page, _ = page_of(economy, people[row], lived[row], own, None)
            self.pages.setdefault(int(slot), []).append(page)


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
        organisation = economy.state.organisations[0]
        organisation.services["discharge_support"].how = "buy"
        for g in np.flatnonzero(organisation.invited & (economy.state.lists > 0) & member):
            membership.join(economy, int(g), ORGANISATION)
        economy.diary = Pages()
        found.append(economy.run(5))
    return found


def lives_of(economies, slot):
    """Two lives of a person, of which the first has a decision on support after discharge."""
    pages = [economy.diary.pages.get(slot, []) for economy in economies]
    names = zip("AB", pages, ([SUPPORT], []), strict=True)
    return {n: {"entries": entries_of(p), "risks": {}, "decisions": d} for n, p, d in names}


def test_support_after_discharge_is_a_cause_of_lost_discharges_alone(supported):
    first, second = (economy.diary.pages for economy in supported)
    harm = supported[0].setup.parameters["handovers.crisis_hazard_lost_discharge"]
    told = []
    for slot in sorted(first.keys() & second.keys()):
        lives = lives_of(supported, slot)
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
