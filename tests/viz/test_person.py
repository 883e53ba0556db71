"""One person on the page, without a browser: what is told is what was lived, in small steps."""

import json
import queue

import pytest

from model.input.errors import InputError
from model.policies.policy_finding import find_policy
from model.population.person_groups import find_group
from model.stories.two_lives import Who, two_lives
from viz.person.kept_lives import MOST_KEPT, KeptLives
from viz.person.life_page import FIGURES, OWN_LANE
from viz.person.person_session import MOST_FOLLOWED, asked_of, count_more, follow
from viz.server.page_requests import PageRequest
from viz.session.beginnings import Beginnings
from viz.session.runner import CLOSE, Runner

WISH = PageRequest(("population_ico",), patients=3_000, seed=1, years=4)
EVERYBODY = {"group": "anyone"}


@pytest.fixture(scope="module")
def beginnings() -> Beginnings:
    return Beginnings()


@pytest.fixture(scope="module")
def beginning(beginnings):
    return beginnings.find("anyshire", WISH.patients, WISH.seed)


@pytest.fixture(scope="module")
def kept() -> KeptLives:
    return KeptLives()


def steps_of(beginning, kept, **message) -> list[dict]:
    return list(follow(beginning, WISH.years, asked_of(WISH, message), kept))


@pytest.fixture(scope="module")
def told(beginning, kept) -> list[dict]:
    """What is said of a random person while both lives are lived."""
    return steps_of(beginning, kept, **EVERYBODY)


@pytest.fixture(scope="module")
def differing(told, beginning, kept) -> dict:
    """The page of somebody who was admitted in one life only."""
    number = whole(told)["like"]["differ"][0]
    return whole(steps_of(beginning, kept, **EVERYBODY, numbers=[number]))


def whole(said: list[dict]) -> dict:
    return [one for one in said if one.get("kind") == "person" and not one.get("partial")][-1]


def test_the_page_tells_what_the_model_found(told, beginning):
    policies = find_policy("population_ico"), find_policy("status_quo")
    record = two_lives(beginning.setup, policies, WISH.years, WISH.seed, Who("anyone"))
    page = json.loads(json.dumps(whole(told)))
    assert page["person"] == record["person"]["person"]
    for life, name in zip(page["lives"], record["policies"], strict=True):
        totals = record["lives"][name]["totals"]
        assert life["figures"] == {key: totals.get(key, 0) for key in FIGURES}
        assert len(life["marks"]) == len(record["lives"][name]["entries"])
        assert sum(link["lost"] for link in life["links"]) == totals["lost"]
    for ours, theirs in zip(page["like"]["rows"], record["like_them"]["rows"], strict=True):
        assert {**ours, "policy": ""} == {**theirs, "policy": ""}
    assert page["like"]["differ"] == record["like_them"]["differ"]


def test_work_is_in_steps_that_say_how_far_it_is(told):
    progress = [one["done"] for one in told if one.get("kind") == "person_progress"]
    assert progress == sorted(progress) and progress[-1] < 24 * WISH.years
    assert told[0]["person"].startswith("Person ")
    parts = [one for one in told if one.get("partial")]
    assert parts[0]["lives"][0]["months"] <= 24 and parts[0]["person"] == whole(told)["person"]
    assert len(told) > 24 * WISH.years


def test_marks_and_links_lie_on_lanes_and_say_what_differs(differing):
    lanes = range(OWN_LANE, len(differing["lanes"]))
    months, owns = [], []
    for life in differing["lives"]:
        assert all(lane in lanes for mark in life["marks"] for lane in mark["lanes"])
        for link in life["links"]:
            assert link["from"] in lanes and link["to"] in lanes
            assert life["marks"][link["of"]]["month"] == link["month"]
            assert link["lost"] == (link["draw"] < link["chance"])
        months.append({m["month"] for m in life["marks"] if m["what"] == "admission"})
        own = {m["month"] for m in life["marks"] if m["what"] == "admission" and m["own"]}
        risks = {month: (chance, draw) for month, chance, _, draw in life["risks"]}
        assert all(draw < chance for month, (chance, draw) in risks.items() if month in months[-1])
        owns.append(own)
    assert owns == [months[0] - months[1], months[1] - months[0]]
    assert months[0] ^ months[1] == {
        c["month"] for c in differing["causes"] if c["what"] == "admission"
    }


def test_a_cause_has_its_draw_between_the_two_chances(differing):
    cause = next(one for one in differing["causes"] if one["what"] == "admission")
    gauge = cause["links"][0]["gauge"]
    assert gauge["chances"][1 - cause["in"]] <= gauge["draw"] < gauge["chances"][cause["in"]]
    assert f"under {'AB'[cause['in']]} only" in cause["links"][0]["said"]


def test_the_next_in_line_are_there_at_once(told, beginning, kept):
    (second,) = steps_of(beginning, kept, **EVERYBODY, rank=1)
    assert second["rank"] == 1 and second["person"] != whole(told)["person"]
    assert second["like"] == whole(told)["like"]
    later = asked_of(WISH, {**EVERYBODY, "rank": MOST_FOLLOWED})
    assert next(follow(beginning, WISH.years, later, kept))["kind"] == "person_progress"


def test_more_seeds_add_up(told, beginning, kept):
    asked, group = asked_of(WISH, EVERYBODY), find_group("anyone")
    work = count_more(beginning, WISH.years, asked, group, kept)
    counts = next(one for one in work if one.get("kind") == "person_counts")["like"]
    first = whole(told)["like"]
    assert counts["seeds"] == 2 and counts["people"] > first["people"]
    for one, both in zip(first["rows"], counts["rows"], strict=True):
        assert both["crises"] > one["crises"] and both["policy"] in "AB"
    assert whole(steps_of(beginning, kept, **EVERYBODY))["like"] == counts


@pytest.mark.parametrize(
    ("message", "word"),
    [({"group": "childen"}, "children"), ({"numbers": [99_999]}, "no such person"),
     ({"numbers": "x"}, "numbers"), ({"rank": "x"}, "person"), ({"rank": -1}, "person"),
     ({"against": "population_ico"}, "twice"), ({"against": "population_icq"}, "population_ico"),
     ({"against": "../x.toml"}, "no such policy"),
     ({"group": "dementia", "numbers": [0]}, "none of the people with dementia")],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(beginning, message, word):
    with pytest.raises(InputError, match=word):
        steps_of(beginning, KeptLives(), **message)


def test_a_page_plays_on_while_somebody_is_followed(beginnings):
    heard, asked = [], queue.Queue()

    def hear(message, parts):
        heard.append(message)
        if message["kind"] == "frame":
            asked.put({"do": "ack"})
        if message["kind"].startswith("person"):
            asked.put({"do": "person_heard"})
        if message["kind"] in ("person_refused", "failed"):
            asked.put(CLOSE)
        if message.get("month") == 2:
            asked.put({"do": "person", "group": "childen"})

    page_request = PageRequest(("status_quo",), patients=WISH.patients, seed=WISH.seed, years=1)
    runner = Runner(beginnings, page_request, hear, asked)
    for message in ({"do": "hello"}, {"do": "speed", "speed": 15}, {"do": "play", "on": True},
                    {"do": "person", **EVERYBODY}):  # fmt: skip
        asked.put(message)
    runner.run()
    kinds = [message["kind"] for message in heard]
    assert kinds.index("person_progress") < len(kinds) - 1 - kinds[::-1].index("frame")
    assert "children" in heard[-1]["text"]


def test_nobody_is_followed_for_a_browser_that_is_silent(beginnings):
    page_request = PageRequest(("status_quo",), patients=WISH.patients, seed=WISH.seed, years=1)
    runner = Runner(beginnings, page_request, lambda message, parts: None)
    runner._answer({"do": "hello"})
    runner._answer({"do": "person", **EVERYBODY})
    assert runner._may_go_on()
    runner._go_on()
    assert not runner._may_go_on()
    runner._answer({"do": "person_heard"})
    assert runner._may_go_on()


def test_lives_are_kept_and_the_oldest_forgotten():
    kept = KeptLives()
    kept.keep_counts(("group",), {"seeds": 1})
    for number in range(MOST_KEPT + 1):
        kept.keep_life(("group", number), {"person": number})
    assert kept.life(("group", 0)) is None
    assert kept.life(("group", MOST_KEPT)) == {"person": MOST_KEPT, "like": {"seeds": 1}}
    kept.keep_counts(("group",), {"seeds": 5})
    kept.keep_counts(("group",), {"seeds": 2})
    assert kept.counts(("group",)) == {"seeds": 5}
