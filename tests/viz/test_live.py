"""The live view without a browser: frames, sessions, levers, cards, and the runner that plays."""

import queue
from dataclasses import replace

import numpy as np
import pytest

from model.input.errors import InputError
from model.places.named_places import named_places
from model.policies.policy_finding import find_policy
from model.stories.events import Event, changes
from viz.scene.cards import card_of
from viz.scene.cells import cells_of
from viz.scene.frames import pack, unpack
from viz.scene.levers import in_force
from viz.scene.levers import levers as all_levers
from viz.scene.measures import SERIES
from viz.scene.scene import scene_of
from viz.scene.sentences import begun, reason, told
from viz.server.page_requests import MOST_PATIENTS, PageRequest, page_request_with
from viz.session.beginnings import Beginnings
from viz.session.runner import CLOSE, Runner
from viz.session.session import Session
from viz.session.watched import MOST_EVENTS_A_MONTH

PATIENTS, SEED = 1_000, 3


@pytest.fixture(scope="module")
def beginnings() -> Beginnings:
    return Beginnings()


@pytest.fixture
def beginning(beginnings):
    return beginnings.find("anyshire", PATIENTS, SEED)


def facts_now(watched, what: str, code: str) -> dict[str, str]:
    """What a card says of the last month lived."""
    told = card_of(watched, what, code)["facts"]
    return {name: history[-1][1] for name, history in told}


def balance(session: Session) -> int:
    return sum(int(w.economy.state.money.ledger.balance.sum()) for w in session.watched)


class Browser:
    """What a runner talks to: keeps what it hears, acknowledges frames if it is awake."""

    def __init__(self, beginnings: Beginnings, page_request: PageRequest, awake: bool = True):
        self.heard: list[dict] = []
        self.frames: list[bytes] = []
        self.asked: queue.Queue = queue.Queue()
        self.awake, self.left = awake, None
        self.runner = Runner(beginnings, page_request, self.hear, self.asked)

    def hear(self, message: dict, parts: list[bytes]) -> None:
        self.heard.append(message)
        self.frames += parts
        if message["kind"] == "frame" and self.awake:
            self.asked.put({"do": "ack"})
        if self.left is not None and self.left(message):
            self.asked.put(CLOSE)

    def play(self, *asked: dict, until) -> list[dict]:
        """Ask these in turn and run until `until` says so of a message."""
        self.left = until
        for message in asked:
            self.asked.put(message)
        self.runner.run()
        return [message for message in self.heard if message["kind"] == "frame"]


def test_a_frame_keeps_every_number():
    arrays = {"0.few": np.array([0.5, np.nan, 1.0], np.float32),
              "0.letter": np.array([-1, 3, 2], np.int8),
              "1.to_site": np.arange(6, dtype=np.float32).reshape(2, 3)}  # fmt: skip
    header, found = unpack(pack({"month": 7, "economies": [{"title": "Größe"}, {}]}, arrays))
    assert header["month"] == 7 and header["economies"][0]["title"] == "Größe"
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


def test_cells_share_the_land_between_neighbours():
    points = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    for row, (corners, beyond) in enumerate(cells_of(points)):
        apart = np.hypot(*(corners[:, None, :] - points[None]).transpose(2, 0, 1))
        assert (apart[:, row] <= apart.min(axis=1) + 1e-9).all()
        assert set(beyond.tolist()) >= {-1} and row not in beyond


def test_economies_of_one_session_share_their_start_and_their_clock(beginning):
    session = Session(beginning, ("status_quo", "status_quo"), years=1)
    for _ in range(3):
        session.live()
    one, other = session.watched
    assert one.rows == other.rows and len(one.rows) == 4
    header, arrays = unpack(session.frame(2).data)
    assert header["month"] == 2
    np.testing.assert_array_equal(arrays["0.lost"], arrays["1.lost"])


def test_a_session_watches_and_changes_nothing(beginning):
    session = Session(beginning, ("population_ico",), years=2)
    for _ in range(14):
        session.live()
    alone = beginning.economy("population_ico").run(14)
    watched = session.watched[0].economy
    assert watched.state.residents.people.tobytes() == alone.state.residents.people.tobytes()
    np.testing.assert_array_equal(
        watched.state.money.ledger.balance, alone.state.money.ledger.balance
    )
    row = dict(zip(SERIES, session.watched[0].rows[-1], strict=True))
    assert 0.2 < row["hhi"] <= 1.0 and row["lost_handovers"] > 10.0
    organisations = unpack(session.frame(14).data)[0]["economies"][0]["organisations"]
    assert [o["letter"] for o in organisations] == ["A", "B"]


def test_frames_end_with_the_years_and_the_oldest_may_be_forgotten(beginning, monkeypatch):
    session = Session(beginning, ("status_quo",), years=1)
    size = len(session.frame(0).data)
    monkeypatch.setattr("viz.session.session.MOST_HISTORY_BYTES", 5 * size)
    for _ in range(20):
        session.live()
    assert session.lived == 12 == session.frame(99).month
    assert 8 <= session.first == session.frame(0).month


def test_events_are_sentences_with_names(beginning):
    session = Session(beginning, ("population_ico",), years=2)
    for _ in range(13):
        session.live()
    rows = [one for month in session.watched[0].events for one in month]
    started = [one for one in rows if one["rule"] == "policy"]
    assert "integrated organisations" in started[0]["did"]
    joined = next(one for one in rows if one["rule"] == "membership")
    assert "joined Integrated organisation" in joined["did"] and "£" in joined["why"]
    assert max(map(len, session.watched[0].events)) <= MOST_EVENTS_A_MONTH + 3
    counted = sum(one.get("stands_for", 1) for one in session.watched[0].events[1])
    assert counted == len(changes([d for d in session.watched[0].decisions if d.month == 0]))


def decided(event: int, rule: str, chosen: str, options: tuple[str, str], gain: float) -> Event:
    return Event(event, 12, "trust", rule, "msk", chosen, options, (0.0, gain), (0.5, 0.5), {},
                 False, 12)  # fmt: skip


def test_contracts_are_told_before_steps_and_bids_before_what_settles_them():
    events = [
        decided(0, "quality", "raise", ("hold", "raise"), 900_000.0),
        decided(1, "bid", "bid_98", ("no_bid", "bid_98"), 500_000.0),
        decided(2, "award", "trust", ("nobody", "trust"), 10_000.0),
    ]
    rows = told(events, {"trust": "The Trust"})
    assert [row["rule"] for row in rows] == ["bid", "award", "quality"]
    assert rows[1]["did"] == "gave the contract for musculoskeletal care to The Trust"
    assert rows[1]["why"].endswith("had given the contract for musculoskeletal care to nobody")


def test_a_merger_is_told_as_asked_for_then_answered_then_cleared():
    """However much more than to the others each is worth to whoever decides last."""

    def deed(event: int, agent: str, rule: str, about: str, gain: float) -> Event:
        return Event(event, 12, agent, rule, about, "yes", ("no", "yes"), (0.0, gain), (0.5, 0.5),
                     {}, False, 24)  # fmt: skip

    events = [
        deed(0, "one", "trust_merger", "other", 1_000.0),
        deed(1, "else", "line", "site msk", 500_000.0),
        deed(2, "other", "trust_merger_offer", "one", 50_000.0),
        deed(3, "regulator", "merger_review", "one other", 9_000_000.0),
    ]
    for order in (events, events[::-1]):
        rules = [row["rule"] for row in told(order, {})]
        assert rules == ["trust_merger", "trust_merger_offer", "merger_review", "line"]


def test_a_reason_is_told_of_whatever_else_could_be_done():
    kept = decided(0, "quality", "hold", ("hold", "raise"), -2_000.0)
    assert reason(kept, {}).endswith("if it had raised its quality by a step")
    alone = replace(kept, options=("hold",), pounds=(0.0,), probabilities=(1.0,))
    assert reason(alone, {}) == "the only thing that it could do"


def test_a_policy_tells_when_it_ends():
    policy = find_policy("commissioner_split")
    assert [row["did"] for row in begun(policy, 48)] == ["commissioners own services no more"]
    assert begun(policy, 47) == []


def test_the_card_of_a_practice_says_whose_budget_it_shares(beginning):
    session = Session(beginning, ("pbc_federations",), years=2)
    for _ in range(13):
        session.live()
    watched = session.watched[0]
    books, practices = watched.economy.state.budgets, watched.economy.setup.place.practices
    member, leader, alone = books.held_in(watched.economy.state.month)[:3]
    books.pool_of, books.leaders = {member: (0, 0), leader: (0, 0)}, {(0, 0): leader}
    watched.look()
    said = [facts_now(watched, "practice", practices["practice"].iloc[g]) for g in (member, alone)]
    led_by = practices["name"].iloc[leader]
    assert said[0]["Budget for its patients' care"] == f"pooled by 2 practices, led by {led_by}"
    assert said[1]["Budget for its patients' care"] == "its own"


def test_a_practice_in_whose_place_another_has_opened_still_has_a_card(beginning):
    watched = Session(beginning, ("status_quo",), years=1).watched[0]
    gone = watched.economy.setup.place.practices["practice"].iloc[0]
    state = watched.economy.state
    state.provision.practice_body[0] = state.bodies.add("new", "New Practice", "practice")
    watched.names["new"] = "New Practice"
    watched.look()
    assert facts_now(watched, "practice", gone)["Registered patients"] == "0"


@pytest.mark.parametrize("lever", all_levers())
def test_every_choice_of_a_lever_acts_from_the_next_month(beginning, lever):
    for choice in all_levers()[lever].choices:
        session = Session(beginning, ("pbc",), years=1)
        session.set_lever(lever, choice.name)
        session.live()
        watched = session.watched[0]
        assert in_force(watched.economy)[lever] == choice.name
        assert watched.events[1][0]["did"].endswith(choice.label)
        assert balance(session) == 0


def test_levers_change_what_is_lived(beginning):
    rows = {}
    for lever, choice in ((None, ""), ("tariff", "higher"), ("choice", "one"), ("payment", "block"),
                          ("qof", "off"), ("emergencies", "full")):  # fmt: skip
        session = Session(beginning, ("status_quo",), years=1)
        if lever:
            session.set_lever(lever, choice)
        for _ in range(4):
            session.live()
        rows[lever] = str(session.watched[0].economy.state.money.ledger.balance.tolist())
    assert len(set(rows.values())) == len(rows)


def test_an_unknown_lever_or_choice_is_refused(beginning):
    session = Session(beginning, ("status_quo",), years=1)
    with pytest.raises(InputError, match="did you mean tariff"):
        session.set_lever("tarif", "higher")
    with pytest.raises(InputError, match="did you mean higher"):
        session.set_lever("tariff", "highr")


def test_cards_say_what_was_seen_decided_and_paid(beginning):
    session = Session(beginning, ("population_ico",), years=2)
    for _ in range(13):
        session.live()
    watched = session.watched[0]
    practice = next(d.agent for d in watched.decisions if d.rule == "membership")
    card = card_of(watched, "practice", practice)
    assert any(
        "join" in one["question"] or "member" in one["question"] for one in card["decisions"]
    )
    assert sum(option["chosen"] for option in card["decisions"][0]["options"]) == 1
    entries = watched.economy.state.money.ledger.entries()
    number = watched.economy.state.bodies.number[practice]
    year = entries[entries["month"] >= watched.economy.state.month - 12]
    income = sum(sum(pence[-12:]) for _, pence in card["accounts"]["income"])
    assert income == year.loc[year["payee"] == number, "pence"].sum()
    site = beginning.setup.place.sites["site"].iloc[2]
    assert card_of(watched, "site", site)["accounts"]["income"]
    assert card_of(watched, "area", "anyshire_001")["facts"]
    with pytest.raises(InputError):
        card_of(watched, "body", "nobody_here")


def test_the_scene_is_plain_and_names_what_can_be_chosen(beginning):
    import json

    session = Session(beginning, ("status_quo",), years=1)
    scene = json.loads(json.dumps(scene_of(session, PageRequest(patients=PATIENTS, seed=SEED))))
    assert {"population_ico", "status_quo"} <= {policy["name"] for policy in scene["policies"]}
    assert [series["name"] for series in scene["series"]] == list(SERIES)
    assert all(series["meaning"] or series["label"] for series in scene["series"])


def test_the_runner_plays_to_the_end_and_tells_every_month_once(beginnings):
    browser = Browser(
        beginnings, PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=1)
    )
    frames = browser.play({"do": "hello"}, {"do": "speed", "speed": 15}, {"do": "play", "on": True},
                          until=lambda said: said.get("month") == 12)  # fmt: skip
    rows = {}
    for frame in frames:
        for k, row in enumerate(frame["news"]["rows"][0]):
            assert frame["news"]["first"] + k not in rows
            rows[frame["news"]["first"] + k] = row
    assert sorted(rows) == list(range(13))
    assert not frames[-1]["playing"]
    assert len(browser.frames) == len(frames)


def test_nothing_is_lived_while_the_browser_is_silent(beginnings):
    page_request = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=1)
    browser = Browser(beginnings, page_request, awake=False)
    runner = browser.runner
    runner.speed = 15
    runner._answer({"do": "hello"})
    runner._answer({"do": "play", "on": True})
    assert runner._patience() is None  # it waits for as long as it takes
    runner._answer({"do": "ack"})
    assert runner._patience() is not None


def test_months_can_be_skipped_and_shown_again(beginnings):
    page_request = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=2)
    browser = Browser(beginnings, page_request)
    frames = browser.play({"do": "hello"}, {"do": "seek", "month": 18},
                          until=lambda said: said.get("month") == 18)  # fmt: skip
    assert len(frames) < 19 and frames[-1]["lived"] == 18
    runner = browser.runner
    runner._answer({"do": "step", "by": -1})
    assert browser.heard[-1]["month"] == 17 and not browser.heard[-1]["news"]["rows"][0]
    runner._answer({"do": "seek", "month": 0})
    assert browser.heard[-1]["month"] == 0 and browser.heard[-1]["lived"] == 18


def test_what_cannot_be_started_is_said_and_the_page_lives_on(beginnings):
    page_request = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=1)
    browser = Browser(beginnings, page_request)
    browser.play({"do": "hello"}, {"do": "start", "policies": ["population_icq"]}, {"do": "step"},
                 until=lambda said: said.get("month") == 1)  # fmt: skip
    (refused,) = [said for said in browser.heard if said["kind"] == "refused"]
    assert "population_ico" in refused["text"]


def test_after_a_refusal_all_is_as_it_was(beginnings):
    """What can be started is known only once it is tried; until then what is shown is wished."""
    page_request = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=1)
    browser = Browser(beginnings, page_request)
    browser.play({"do": "hello"}, {"do": "start", "place": "cumbria", "seed": 9}, {"do": "step"},
                 until=lambda said: said.get("month") == 1)  # fmt: skip
    (refused,) = [said for said in browser.heard if said["kind"] == "refused"]
    assert "--data" in refused["text"]
    assert browser.runner.page_request == page_request and browser.runner.session.lived == 1


def test_real_places_are_offered_where_their_data_are(beginning, tmp_path):
    session = Session(beginning, ("status_quo",), years=1)
    offered = {data: scene_of(session, PageRequest(), data)["places"] for data in (None, tmp_path)}
    assert {"anyshire", "lakeland"} <= offered[None].keys()
    known = named_places()
    assert all(known[name]["synthetic"] for name in offered[None])
    assert "cumbria" in offered[tmp_path]


@pytest.mark.parametrize(
    ("message", "word"),
    [({"place": "/etc"}, "place"), ({"policies": ["../x.toml"]}, "policy"),
     ({"patients": MOST_PATIENTS + 1}, "patients"), ({"seed": "x"}, "seed"),
     ({"years": 0}, "years"), ({"policies": []}, "policies")],
)  # fmt: skip
def test_a_page_asks_for_names_and_small_numbers_only(message, word):
    with pytest.raises(InputError, match=word):
        page_request_with(PageRequest(), message)


def test_burn_ins_are_kept_and_the_oldest_forgotten(beginnings, monkeypatch):
    lived = []
    begin = "viz.session.beginnings._begin"
    monkeypatch.setattr(begin, lambda setup, seed: lived.append(seed) or seed)
    monkeypatch.setattr("viz.session.beginnings.MOST_KEPT", 2)
    others = Beginnings()
    for seed in (1, 2, 1, 3, 1, 2):  # 2 is the one not asked for when 3 comes
        others.find("anyshire", 500, seed)
    assert lived == [1, 2, 3, 2]
