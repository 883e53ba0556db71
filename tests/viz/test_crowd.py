"""Many at once: sessions beside one another, and the bounds on what a server takes on."""

import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from viz.server.page import Served, Visit
from viz.server.page_requests import CLOSE, PageRequest
from viz.server.seats import GONE_SECONDS, MOST_SESSIONS, Seat, Seats
from viz.session.beginnings import Beginnings
from viz.session.runner import Runner
from viz.session.session import Session

STORE = "document.querySelector('.ju').store"
PATIENTS, SEED, MONTHS, CROWD = 500, 3, 6, 6
POLICIES = ("status_quo", "population_ico")
OFFLINE = Path(__file__).parent / "offline.py"


class Reader:
    """A browser that plays a few months; the last two of them move a lever first."""

    def __init__(self, beginnings: Beginnings, number: int):
        self.policy = POLICIES[number % 2]
        self.lever = (
            {"do": "lever", "lever": "tariff", "choice": "higher"} if number >= CROWD - 2 else None
        )
        self.asked: queue.Queue = queue.Queue()
        self.rows: dict[int, list] = {}
        page_request = PageRequest((self.policy,), patients=PATIENTS, seed=SEED, years=1)
        self.runner = Runner(beginnings, page_request, self.hear, self.asked)

    def hear(self, message: dict, parts: list[bytes]) -> None:
        assert message["kind"] not in ("failed", "refused"), message["text"]
        if message["kind"] != "frame":
            return
        news = message["news"]
        self.rows |= {news["first"] + n: row for n, row in enumerate(news["rows"][0])}
        self.asked.put(CLOSE if message["month"] == MONTHS else {"do": "ack"})

    def play(self) -> list[list]:
        asked = [{"do": "hello"}, self.lever, {"do": "speed", "speed": 15}]
        for message in [*filter(None, asked), {"do": "play", "on": True}]:
            self.asked.put(message)
        self.runner.run()
        return [self.rows[month] for month in sorted(self.rows)]


def alone(beginnings: Beginnings, policy: str) -> list[list]:
    session = Session(beginnings.find("anyshire", PATIENTS, SEED), (policy,), years=1)
    for _ in range(MONTHS):
        session.live()
    return session.watched[0].rows


def test_several_sessions_at_once_disturb_nobody():
    beginnings = Beginnings()
    readers = [Reader(beginnings, number) for number in range(CROWD)]
    with ThreadPoolExecutor(CROWD) as crowd:
        lived = list(crowd.map(Reader.play, readers))
    own = {policy: alone(beginnings, policy) for policy in POLICIES}
    for reader, rows in zip(readers, lived, strict=True):
        assert (rows == own[reader.policy]) == (reader.lever is None)


class Places:
    """Seats with a clock of the test's own; `ended` are the kernels that had to give theirs up."""

    def __init__(self, most: int = MOST_SESSIONS):
        self.now, self.ended = 0.0, []
        self.seats = Seats(most, lambda: self.now)

    def open(self, kernel: str, browser: str = "") -> Seat | None:
        self.seats.socket(kernel, True)
        return self.admit(kernel, browser)

    def admit(self, kernel: str, browser: str = "") -> Seat | None:
        return self.seats.admit(kernel, browser, lambda: self.ended.append(kernel))


def test_a_server_takes_so_many_sessions_and_room_is_found_again():
    places = Places()
    with ThreadPoolExecutor(4) as crowd:
        names = [f"k{n}" for n in range(MOST_SESSIONS + 3)]
        entered = [seat for seat in crowd.map(places.open, names) if seat]
    assert len(entered) == len(places.seats) == MOST_SESSIONS
    places.seats.leave(entered[0])
    places.seats.leave(entered[0])
    assert places.open("one") and not places.open("another") and places.ended == []


def test_places_of_lost_tabs_are_free_after_a_few_seconds():
    places = Places()
    tabs = [f"tab{n}" for n in range(MOST_SESSIONS)]
    assert all(places.open(tab, "lost") for tab in tabs)
    for n, tab in enumerate(tabs):
        places.now = float(n) / 100
        places.seats.socket(tab, False)
    assert places.open("new", "another browser") is None
    places.now += GONE_SECONDS
    assert places.admit("new", "another browser") and places.ended == ["tab0"]
    assert len(places.seats) == MOST_SESSIONS


def test_a_tab_that_connects_again_keeps_its_place():
    places = Places(most=2)
    assert places.open("returns") and places.open("stays gone")
    for kernel in ("returns", "stays gone"):
        places.seats.socket(kernel, False)
    places.seats.socket("returns", True)
    places.now = 60.0
    assert places.open("new") and places.ended == ["stays gone"]
    assert places.open("another") is None


def test_a_tab_that_is_gone_before_it_is_let_in_keeps_no_place():
    places = Places(most=1)
    places.seats.socket("hasty", True)
    places.seats.socket("hasty", False)
    assert places.admit("hasty")
    places.now = GONE_SECONDS
    assert places.open("new") and places.ended == ["hasty"]


def test_a_browser_that_comes_back_takes_its_own_place_at_once():
    places = Places(most=2)
    assert places.open("first", "theirs") and places.open("before", "mine")
    places.seats.socket("first", False)
    places.seats.socket("before", False)
    assert places.open("after", "mine") and places.ended == ["before"]


def test_a_reader_without_room_is_told_so_and_comes_in_when_there_is_some(monkeypatch):
    """Whatever a page asks, it hears that the server is full; nothing is prepared for it."""
    told, room = [], []
    widget = SimpleNamespace(send=told.append)
    served = Served(PageRequest(), Future())
    visit = Visit(served, widget, lambda: room[0] if room else None)
    before = threading.active_count()
    visit.hear({"do": "hello"})
    assert [said["kind"] for said in told] == ["full"]
    assert f"{MOST_SESSIONS} sessions" in told[0]["text"] and told[0]["seconds"] > 0
    assert threading.active_count() == before
    monkeypatch.setattr(visit, "_run", lambda seat: None)
    room.append(served.seats.admit("kernel", "browser", lambda: None))
    visit.hear({"do": "hello"})
    assert len(told) == 1 and visit.asked.get_nowait() == {"do": "hello"}


TWO_PLACES = """
import sys
from viz.server.seats import Seats
Seats.__init__.__defaults__ = (2, *Seats.__init__.__defaults__[1:])
from joinedup.watching import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def two_places():
    """The address of a server with room for two sessions."""
    words = ["status_quo", "--patients", "300", "--port", "0"]
    served = subprocess.Popen(
        [sys.executable, "-c", TWO_PLACES, *words], stdout=subprocess.PIPE, text=True
    )
    yield served.stdout.readline().strip()
    served.terminate()
    served.wait(20)


@pytest.mark.slow
def test_lost_tabs_lock_nobody_out_and_a_returning_one_goes_on(opens, browser, two_places):
    """Tabs that are gone without a word, one that finds its session again, and who waits."""
    returning = browser.new_context()
    sockets = []

    def through(socket):
        sockets.append(socket)
        socket.connect_to_server()

    returning.route_web_socket("**/channels*", through)
    page = returning.new_page()
    page.goto(two_places)
    page.wait_for_selector(".ju .transport:not([hidden])", timeout=180_000)
    page.click("text=▸")
    page.wait_for_function(f"{STORE}.shown === 1")
    page.evaluate("window.still = true")
    sockets[0].close()
    page.wait_for_function(f"{STORE}.status.kind === 'ready'", timeout=30_000)
    page.wait_for_timeout(4_000)
    page.click("text=▸")
    page.wait_for_function(f"{STORE}.shown === 2", timeout=30_000)
    assert page.evaluate("window.still") and len(sockets) == 2
    opens(browser, two_places).close()  # without its farewell: the tab is lost
    third = opens(browser, two_places)
    assert third.evaluate(f"{STORE}.status.kind") == "ready"
    fourth = browser.new_page()
    fourth.goto(two_places)
    fourth.wait_for_selector("text=shows 2 sessions already", timeout=30_000)
    third.close()
    fourth.wait_for_selector(".ju .transport:not([hidden])", timeout=30_000)
    page.click("text=▸")
    page.wait_for_function(f"{STORE}.shown === 3", timeout=30_000)
    fourth.close()
    returning.close()


@pytest.mark.slow
def test_neither_server_nor_page_needs_a_network(browser):
    """A network namespace with nothing in it but this machine: the page opens and plays there."""
    apart = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    try:
        subprocess.run([*apart, "true"], check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"network namespaces are not permitted here: {error}")
    done = subprocess.run(
        [*apart, sys.executable, str(OFFLINE)], capture_output=True, text=True, timeout=240
    )
    assert done.stdout.split() == ["played"], done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("policies", ["population_ico", "population_ico&policy=status_quo"])
def test_half_a_minute_of_playing_while_levers_move_is_without_a_fault(
    opens, browser, address, policies
):
    page = opens(browser, f"{address}?policy={policies}")
    page.select_option(".transport select", "8")
    page.click("#ju-tab-levers")
    page.click(".ju .play")
    ends, moved = time.monotonic() + 30, 0
    while time.monotonic() < ends:
        choices = page.locator(".choice[aria-pressed=false]")
        choices.nth(moved % choices.count()).click()
        moved += 1
        page.wait_for_timeout(700)
        if not page.evaluate(f"{STORE}.playing"):
            page.locator(".track input").fill("0")
            page.click(".ju .play")
    assert moved > 20 and page.evaluate(f"{STORE}.stats.received") > 100
    assert page.evaluate(f"{STORE}.status.kind") == "ready"
    assert page.faults == []
    page.close()


@pytest.mark.slow
def test_ten_tabs_play_at_once_and_cost_nothing_when_they_are_closed(
    opens, browser, server, comes_to_rest
):
    process = psutil.Process(server.process)
    pages = [opens(browser, server.address) for _ in range(CROWD)]
    for page in pages:
        page.click(".ju .play")
    for page in pages:
        page.wait_for_function(f"{STORE}.shown >= 13", timeout=180_000)
        page.click(".ju .play")
    series = [page.evaluate(f"{STORE}.series[0].slice(0, 13)") for page in pages]
    assert all(rows == series[0] for rows in series)
    assert all(page.faults == [] for page in pages)
    for page in pages:
        page.click(".ju .play")
        page.close()
    assert comes_to_rest(process)
    again = opens(browser, server.address)  # room was made
    again.close()
