"""Titles and names that others wrote are text on the page, in a recording and in what is saved."""

import dataclasses
import re

import pytest

from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.outcomes.record import Record
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.state import BURN_IN_MONTHS
from viz.server.address import shown_by
from viz.server.page_requests import PageRequest
from viz.session.beginnings import Beginning
from viz.session.session import Session
from viz.sharing.recording import recording_of

MARKUP = """</title></script><script>window.ran=1</script><img src=x onerror="window.ran=1">'"{x}"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A recording of a policy and a place all of whose names are markup."""
    folder = tmp_path_factory.mktemp("names")
    toml = MARKUP.replace("\\", "\\\\").replace('"', '\\"')
    lines = "".join(f'{key} = "{toml}"\n' for key in ("title", "help", "source"))
    (folder / "mine.toml").write_text(lines)
    place = find_place("anyshire")
    named_tables = ("areas", "practices", "trusts", "sites", "commissioners", "councils")
    tables = {name: getattr(place, name).assign(name=MARKUP) for name in named_tables}
    named = dataclasses.replace(place, title=MARKUP, synthetic=False, licence=MARKUP, **tables)
    setup = prepare(named, load_parameters(), 300)
    begun = HealthEconomy(setup, find_policy("status_quo"), 3).run(BURN_IN_MONTHS)
    assert isinstance(begun.record, Record)
    page_request = PageRequest(("mine.toml",), patients=300, seed=3, years=1, folder=folder)
    beginning = Beginning(setup, 3, begun.state, record=begun.record)
    session = Session(beginning, page_request.policies, 1, folder)
    for _ in range(3):
        session.live()
    shown = shown_by(None, session.moves, page_request, None)
    page = folder / "recording.html"
    page.write_text(recording_of(session, page_request, shown), encoding="utf-8")
    return page


def test_a_recording_holds_no_markup_of_others(recording):
    text = recording.read_text(encoding="utf-8")
    assert "window.ran" not in re.sub(r"<title>.*?</title>", "", text, flags=re.DOTALL)
    assert "&lt;/title&gt;" in text and text.count("</script>") == 2


def test_names_are_shown_as_they_are_written_and_never_run(recording, browser):
    page = browser.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"file://{recording}")
    page.wait_for_selector(".ju .transport:not([hidden])")
    assert MARKUP in page.inner_text(".ju .wish") or MARKUP in page.text_content(".ju")
    assert MARKUP in page.text_content(".ju header.head p")  # the licence
    page.focus(".ju canvas")
    for key in ("ArrowRight", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector(".card-body h3")
    assert MARKUP in page.text_content(".card-body h3")
    for tab in ("events", "levers", "card"):
        page.click(f"#ju-tab-{tab}")
    page.click("text=Tables")
    assert page.evaluate("window.ran") is None and faults == []
    assert page.title().startswith("</title></script><script>")
    assert page.locator(".ju img, .ju script").count() == 0
    page.close()
