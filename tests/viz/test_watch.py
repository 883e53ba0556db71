"""`joinedup watch` as a reader meets it: the server, and the page in a real browser."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from experiments.commands import cli_watch
from experiments.commands.cli import exit_code
from model.input.errors import InputError
from viz.server.server import listen
from viz.server.strings import strings


def fetch(address: str, **headers: str) -> int:
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


TOO_LARGE = "too large" if os.environ.get("JOINEDUP_DATA") else "--data DIR"


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--patients", "all"), "--patients"), (("--port", "70000"), "--port"),
     (("--place", "anyshite"), "anyshire"), (("--place", "england"), TOO_LARGE),
     (("--years", "0"), "--years")],
)  # fmt: skip
def test_bad_input_is_one_sentence(capfd, words, said):
    assert exit_code(["watch", *words]) == 2
    told = capfd.readouterr()
    lines = [line for line in told.err.splitlines() if line != "Opening the live view."]
    assert said in told.err and len(lines) == 1 and not told.out


def test_a_command_that_is_ended_ends_its_page(monkeypatch):
    """The program of the page must not outlive the command that started it."""
    begun = []

    def begin(words):
        begun.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        return begun[0]

    monkeypatch.setattr(cli_watch, "subprocess", SimpleNamespace(Popen=begin))
    before = signal.signal(
        signal.SIGTERM, signal.SIG_DFL
    )  # a page of this process may have its own
    try:
        assert cli_watch._serve([]) == 130
        assert begun[0].poll() is not None
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


INTERRUPTED_TWICE = """
import atexit, os, signal, sys
from viz.server import program

def interrupted(*_):
    raise KeyboardInterrupt

program._serve = interrupted
for number in (signal.SIGINT, signal.SIGTERM):
    atexit.register(os.kill, os.getpid(), number)
sys.exit(program.main(["status_quo"]))
"""


def test_a_page_that_ends_is_not_interrupted_again():
    left = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_TWICE], check=False, capture_output=True, text=True
    )
    assert left.returncode == 130 and left.stderr == ""


def test_a_taken_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=r"--port.*cannot listen here"):
            listen("127.0.0.1", taken.getsockname()[1])
    for host in ("foo.invalid", "192.0.2.1"):  # no name, and no address of this machine
        with pytest.raises(InputError, match=r"--host: cannot listen here.*got " + host):
            listen(host, 0)


def test_it_listens_on_this_machine_only_and_to_its_own_pages(address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    assert fetch(address) == 200
    assert fetch(address, Host=f"evil.example:{port}") == 403
    assert fetch(address, Origin="http://evil.example") == 403
    assert fetch(address, Origin=f"http://127.0.0.1:{port}") == 200
    own = socket.gethostbyname(socket.gethostname())
    if not own.startswith("127."):
        with pytest.raises(OSError):
            socket.create_connection((own, port), timeout=2)


@pytest.mark.parametrize(("origin", "status"), [("http://evil.example", b"403"), (None, b"101")])
def test_a_foreign_websocket_is_refused(address, origin, status):
    host = address.removeprefix("http://").strip("/")
    lines = [
        "GET /jupyter/api/kernels/1b/channels?session_id=1c HTTP/1.1", f"Host: {host}",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Origin: {origin or 'http://' + host}",
    ]  # fmt: skip
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=20) as opened:
        opened.sendall("\r\n".join([*lines, "", ""]).encode())
        assert opened.recv(64).split()[1] == status


@pytest.fixture(scope="module")
def page(opens, browser, address):
    opened = opens(browser, address)
    yield opened
    opened.close()


def state(page, what: str):
    return page.evaluate(f"document.querySelector('.ju').store.{what}")


def until(page, what: str) -> None:
    page.wait_for_function(f"document.querySelector('.ju').store.{what}", timeout=60_000)


def reaches(page, what: str, value: object) -> None:
    """Wait from outside, where a page lets nothing be evaluated in it, as a recording does."""
    for _ in range(600):
        if state(page, what) == value:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{what} is {state(page, what)}, not {value}")


def test_it_plays_while_a_reader_scrubs_and_moves_levers(page):
    page.select_option(".transport select", "15")
    page.click(".ju .play")
    until(page, "shown >= 14")
    page.click("#ju-tab-levers")
    page.click("text=In a block")
    until(page, "shown >= 20")
    page.click(".ju .play")
    until(page, "playing === false")
    page.locator(".track input").fill("6")
    until(page, "shown === 6")
    assert state(page, "lived") >= 20
    until(page, "events[0].flat().some(one => one.did.includes('In a block'))")
    assert page.faults == []
    assert state(page, "stats.drawn") > 10


def test_a_lever_that_is_moved_while_the_past_is_shown_acts_when_the_page_says(page):
    assert state(page, "shown") == 6
    acts = state(page, "lived")  # the month lived next, counted from the start
    page.click("text=10% higher")
    until(page, "pending.tariff === 'higher'")
    said = page.inner_text(".levers fieldset:has-text('Prices') legend em").strip()
    assert said in page.inner_text(".levers > p")
    page.locator(".track input").fill(str(acts + 1))
    until(page, f"lived === {acts + 1}")
    told = state(page, f"events[0][{acts + 1}].filter(one => one.rule === 'lever')")
    month, year = told[0]["when"].split(" of ")
    assert said == f"from {month[:3]} of {year}" and told[0]["month"] == acts


def test_after_a_refusal_the_picker_names_what_is_shown(page):
    policy = page.locator(".wish select").first
    policy.select_option("fundholding")
    page.evaluate("document.querySelector('.ju').store.send({ do: 'start', place: 'cumbria' })")
    page.wait_for_selector(".status.refused")
    assert page.locator(".wish select").first.input_value() == "population_ico"
    offered = page.locator(".wish select").nth(2).locator("option").all_inner_texts()
    assert offered and all("drawn" in one for one in offered)
    page.click(".status button")


def test_an_agent_is_found_by_keys_and_its_card_opens(page):
    page.focus(".ju canvas")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card-body h3")
    named = page.inner_text(".card-body h3")
    assert named and page.is_visible("text=Its accounts")
    page.keyboard.press("Escape")
    until(page, "selected === null")


def test_tables_and_big_type_are_a_key_away_and_the_page_says_its_language(page):
    page.click("text=Tables")
    assert page.locator(".chart table").count() == page.locator(".chart").count()
    page.click("text=Projector")
    assert page.evaluate("getComputedStyle(document.querySelector('.ju')).fontSize") == "18px"
    page.click("text=Projector")
    page.click("text=Tables")
    assert page.evaluate("document.documentElement.lang") == "en-GB"
    assert "user-scalable=no" not in page.get_attribute('meta[name="viewport"]', "content")
    nameless = page.evaluate(
        "[...document.querySelectorAll('.ju button, .ju select, .ju input')].filter(e =>"
        " !e.hidden && !e.innerText && !e.getAttribute('aria-label') && !e.labels?.length).length"
    )
    assert nameless == 0


@pytest.mark.parametrize("width", [1280, 1920, 390])
def test_nothing_sticks_out_at_any_width(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    time.sleep(0.3)
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert over <= 0
    canvas = page.evaluate(
        "(box => [box.width, box.height])(document.querySelector('canvas').getBoundingClientRect())"
    )
    assert min(canvas) > 150


MARKS = """[...new Set(document.querySelector('.ju').store.life.page.lives.flatMap(life => [
    ...life.marks.map(mark => mark.what),
    ...life.links.filter(link => link.lost || link.from !== link.to)
    .map(link => link.lost ? 'lost' : 'kept')]))]"""


def marks_drawn(page) -> list[str]:
    """The words for all that is drawn of a life, and for what is alike in both."""
    words = strings()["person"]
    return [words[f"mark_{what}"] for what in [*page.evaluate(MARKS), "same"]]


def test_one_person_is_followed_in_two_futures(page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.click("text=One person")
    until(page, "life.page?.lives[0].months > 11")
    assert "simulated" in page.inner_text(".simulated").lower()
    assert page.locator(".plots svg").count() == 3
    page.focus(".plots input[type=range]")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".month-told h3") == "May of year 1"
    assert page.locator(".month-told .risk").count() == 2
    page.select_option(".who-asked select", "children")
    until(page, "life.page?.group.name === 'children'")
    until(page, "life.page?.partial === false")
    keys = page.locator(".life-legend .key").all_inner_texts()
    assert sorted(key.lstrip("✕\n ") for key in keys) == sorted(marks_drawn(page))
    person = state(page, "life.page.person")
    page.wait_for_function("location.search.includes('group=children')")
    assert f"person={person}" in page.url
    page.click("text=The place")
    assert page.is_visible(".ju .transport") and not page.is_visible(".life")
    assert page.faults == []


@pytest.mark.slow
def test_a_page_goes_on_where_it_was_once_the_server_answers_again(opens, browser, address):
    """The cover that Solara lays over a lost page stands for a server that went and came."""
    other = opens(browser, f"{address}?month=3&person=5")
    other.click("text=One person")
    until(other, "life.page?.person === 5")
    other.wait_for_function("location.search.includes('view=person')")
    other.evaluate("document.querySelector('.ju').store.before_it_went = true")
    other.evaluate("document.body.append(Object.assign(document.createElement('i'),"
                   " { className: 'v-overlay--active' }))")  # fmt: skip
    other.wait_for_selector(".status.failed")
    assert "goes on" in other.inner_text(".status.failed")
    other.wait_for_function("document.querySelector('.ju') &&"
                            " !document.querySelector('.ju').store.before_it_went")  # fmt: skip
    until(other, "shown === 3 && document.querySelector('.ju').store.life.page?.person === 5")
    other.close()


def test_no_request_leaves_the_machine(page, address):
    assert {url for url in page.asked if not url.startswith((address, "data:", "blob:"))} == set()


def test_the_server_asks_nothing_beyond_the_machine_and_fails_nowhere(page, server):
    said = server.complaints.read_text()
    assert "Ctrl+C ends it" in said
    assert "asked for" not in said and "Traceback" not in said


def test_two_browsers_have_two_sessions_and_a_closed_tab_stops(
    browser, page, server, comes_to_rest
):
    address, process = server.address, psutil.Process(server.process)
    other = browser.new_page()
    other.goto(address)
    other.wait_for_selector(".ju .transport:not([hidden])", timeout=60_000)
    before = state(page, "lived")
    other.keyboard.press(".")
    until(other, "lived === 1")
    assert state(page, "lived") == before
    other.click(".ju .play")
    until(other, "lived >= 3")
    other.close()
    assert comes_to_rest(process)
    assert state(page, "lived") == before


@pytest.fixture(scope="module")
def pair(page):
    """The page once two policies are beside each other and have parted."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.select_option("select[aria-label='Compare with']", "status_quo")
    page.click("text=Start anew")
    page.wait_for_selector(".ju .watch.pair", timeout=30_000)
    page.locator(".track input").fill("14")
    until(page, "shown === 14")
    return page


def test_two_policies_stand_side_by_side_and_say_when_they_part(pair):
    assert pair.locator(".map:visible").count() == pair.locator(".regime:visible").count() == 2
    assert "They part in Apr of year 2" in pair.inner_text(".parting")
    charts = pair.locator(".chart svg[role=img]")
    assert (
        charts.count() == pair.locator(".parting-mark").count() == len(state(pair, "series[0][0]"))
    )
    assert pair.locator(".chart path.economy-1[stroke-dasharray='5 4']").count() == charts.count()
    named = charts.first.get_attribute("aria-label")
    assert "A between" in named and "B between" in named
    assert pair.locator(".pair-events .of-0 .event").count() > 0


def test_a_card_tells_of_either_future(pair):
    pair.focus(".map canvas")
    pair.keyboard.press("ArrowRight")
    pair.click("#ju-tab-card")
    pair.wait_for_selector(".card-body h3")
    pair.click(".card .switch button:nth-child(2)")
    until(pair, "card?.economy === 1")
    assert pair.get_attribute(".card .switch button:nth-child(2)", "aria-pressed") == "true"


def test_other_seeds_are_asked_for_and_can_be_stopped(pair):
    pair.click("text=Other seeds")
    until(pair, "replicates !== null")
    pair.click(".luck button")
    until(pair, "replicates.state === 'stopped'")
    assert "joinedup compare population_ico --place anyshire" in pair.inner_text(".luck code")
    pair.click("text=These two futures")


def test_differences_under_other_seeds_have_axes_of_their_own(pair):
    row = {"outcome": "hhi", "title": "Concentration", "family": "monopoly", "unit": "0-1",
           "decimals": 3, "meaning": "", "levels": [0.5, 0.4], "estimate": 0.1, "low_all": 0.05,
           "high_all": 0.15, "star": True, "negligible": False}  # fmt: skip
    pair.click("text=Other seeds")
    until(pair, "replicates !== null")
    pair.evaluate(
        "rows => { const { store } = document.querySelector('.ju'); store.replicates ="
        " { ...store.replicates, done: 9, rows }; store.tell('replicates'); }", [row],
    )  # fmt: skip
    assert pair.locator(".forest .plot .tick text").all_text_contents() == ["−0.1", "0.0", "0.1"]
    pair.click("text=These two futures")


def test_other_seeds_tell_regimes_as_the_command_line_does(pair):
    """Shares with half their interval, a column a policy; or why there are none."""
    pair.click("text=Other seeds")
    pair.wait_for_function("document.querySelector('.ju').store.replicates?.rows", timeout=60_000)
    tell = (
        "regimes => { const { store } = document.querySelector('.ju');"
        " store.replicates = { ...store.replicates, done: 9, regimes }; store.tell('replicates'); }"
    )
    shares = {"name": "monopoly_and_joined_up", "levels": [0.12, 0.0], "halves": [0.08, None]}
    pair.evaluate(tell, {"reason": "", "rows": [shares]})
    told = pair.locator(".luck-regimes")
    assert "mean of 9 seeds" in told.inner_text()
    assert told.locator("tbody th").inner_text().split() == [
        "MJ",
        *["monopoly", "and", "joined", "up"],
    ]
    assert told.locator("tbody td").all_inner_texts() == ["12 ±8", "0"]
    pair.evaluate(tell, {"reason": "Regimes are not told of 2 years.", "rows": []})
    assert pair.inner_text(".luck-regimes") == "Regimes are not told of 2 years."
    pair.click("text=These two futures")


@pytest.mark.parametrize("width", [1280, 1920, 390])
def test_nothing_of_two_policies_sticks_out(pair, width):
    pair.set_viewport_size({"width": width, "height": 800})
    time.sleep(0.3)
    assert pair.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert pair.faults == []


def test_every_style_of_the_page_is_used():
    from viz.server.widget import HERE, STYLES

    assert {path.stem for path in Path(HERE / "css").glob("*.css")} == set(STYLES)


SHOWN = "policy=population_ico&seed=3&month=5&moved=2.choice.one&tab=levers&colour=lost"


@pytest.fixture(scope="module")
def shared(browser, address):
    """A page that somebody else's address opened."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.faults = []
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.goto(f"{address}?{SHOWN}")
    opened.wait_for_selector(".ju .transport:not([hidden])", timeout=60_000)
    until(opened, "shown === 5")
    yield opened
    assert opened.faults == []
    opened.close()


def test_an_address_opens_what_it_says_and_back_leads_there_again(shared):
    assert state(shared, "view.tab") == "levers" and state(shared, "view.colour") == "lost"
    assert state(shared, "moves") == [[2, "choice", "one"]]
    series = state(shared, "series[0]")
    shared.fill(".wish input[type=number]", "4")
    shared.press(".wish input[type=number]", "Tab")
    shared.click(".wish button.strong")
    until(shared, "scene.wish.seed === 4")
    assert "seed=4" in shared.url and "month" not in shared.url
    shared.go_back()
    until(shared, "scene.wish.seed === 3 && document.querySelector('.ju').store.shown === 5")
    assert state(shared, "series[0]") == series


def test_a_bad_address_is_said_on_the_page(browser, address):
    opened = browser.new_page()
    opened.goto(f"{address}?policy=population_icq")
    opened.wait_for_selector(".status.refused", timeout=60_000)
    assert "did you mean population_ico?" in opened.inner_text(".status")
    opened.close()


def test_what_is_shared_is_the_same_elsewhere_and_a_recording_plays_from_disk(
    shared, browser, tmp_path
):
    shared.click(".views button:text-is('Share')")
    shared.wait_for_selector(".sheet section:nth-child(2) textarea")
    told = [shared.locator(".sheet textarea").nth(n).input_value() for n in range(3)]
    assert "month=5" in told[0] and "moved=2.choice.one" in told[0]
    assert told[1].startswith("uv run joinedup run population_ico+moved.toml")
    assert '"competition.choice.options" = 1' in told[2] and "start_month = 2" in told[2]
    with shared.expect_download(timeout=120_000) as saved:
        shared.click(".sheet button:text-is('Save a recording')")
    saved.value.save_as(tmp_path / "recording.html")
    shared.keyboard.press("Escape")
    played = browser.new_page()
    asked, faults = [], []
    played.on("request", lambda request: asked.append(request.url))
    played.on("pageerror", lambda error: faults.append(str(error)))
    played.goto(f"file://{tmp_path}/recording.html")
    played.wait_for_selector(".ju .transport:not([hidden])")
    played.click(".ju .play")
    reaches(played, "shown", 5)
    assert state(played, "series[0]") == state(shared, "series[0].slice(0, 6)")
    assert asked == [f"file://{tmp_path}/recording.html"] and faults == []
    played.close()


def test_every_chart_can_be_saved_and_says_what_it_rests_on(shared, tmp_path):
    charts, tools = (shared.locator(f".chart{more}").count() for more in ("", " .why"))
    assert charts == tools > 5
    shared.click(".chart .why >> nth=0")
    assert shared.locator(".sheet .parameters > li").count() > 5
    assert shared.locator(".sheet .ground-of.assumption").count() > 1
    shared.keyboard.press("Escape")
    for where, word in ((".chart", "outcome"), (".map-head", "need_without_real_alternatives")):
        for kind, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"month,")):
            shared.click(f"{where} .menu summary >> nth=0")
            with shared.expect_download(timeout=120_000) as saved:
                shared.click(f"{where} .menu[open] button:has-text('{kind}')")
            saved.value.save_as(tmp_path / "saved")
            content = (tmp_path / "saved").read_bytes()
            assert content.startswith(start)
            if (where, kind) == (".chart", "SVG"):
                assert content.count(b'class="tick"') >= 4  # values and years
        assert word in content.decode() and "population_ico,anyshire,1000,3" in content.decode()
