"""Regimes on the page: those of the command line, beside the status quo of the same seed."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from model.outcomes.area_years import area_years
from model.outcomes.regimes import REGIMES
from model.outcomes.verdict import Criteria, verdict
from viz.scene import levers
from viz.scene.cards import card_of
from viz.scene.frames import unpack
from viz.server.address import shown_by
from viz.server.page_requests import PageRequest
from viz.server.strings import strings
from viz.session.beginnings import Beginning, Beginnings
from viz.session.session import Session
from viz.sharing.recording import recording_of

PATIENTS, SEED, YEARS = 5_000, 3, 3  # fewer support no verdict
GONE = "word => !document.querySelector('.map .legend').textContent.includes(word)"
JS = Path(__file__).parents[2] / "viz" / "js"


@pytest.fixture(scope="module")
def beginning() -> Beginning:
    return Beginnings().find("anyshire", PATIENTS, SEED)


def lived(beginning: Beginning, *policies: str, moved: str = "", months: int = 12 * YEARS):
    session = Session(beginning, policies, YEARS)
    if moved:
        session.set_lever("choice", moved)
    for _ in range(months):
        session.live()
    return session


def shown(session: Session, month: int, economy: int = 0):
    return unpack(session.frame(month).data)[0]["economies"][economy]["regimes"]


@pytest.fixture(scope="module")
def status_quo(beginning):
    """A status quo that was lived apart from any page."""
    return area_years(beginning.economy("status_quo").run(12 * YEARS).record)


@pytest.fixture(scope="module")
def by_command(beginning, status_quo):
    """What the command line finds: both lived apart, from the same start, each once."""

    @cache
    def found(policy: str, moved: str):
        one = beginning.economy(policy)
        if moved:
            levers.apply(one, levers.find_lever("choice").choice(moved))
        kept = area_years(one.run(12 * YEARS).record)
        return verdict(kept, status_quo, Criteria.from_parameters(beginning.setup.parameters))

    return found


@pytest.mark.parametrize(
    ("policies", "moved"),
    [(("population_ico",), ""), (("population_ico", "status_quo"), ""), (("status_quo",), "one")],
)
def test_regimes_are_those_of_the_command_line(beginning, by_command, policies, moved):
    session = lived(beginning, *policies, moved=moved)
    found = by_command(policies[0], moved)
    assert found.shares is not None and found.errors is not None
    told = shown(session, 12 * YEARS)
    assert told["shares"] == pytest.approx(found.shares, abs=1e-4)
    assert told["errors"] == pytest.approx(found.errors, abs=1e-4)
    codes = unpack(session.frame(12 * YEARS).data)[1]["0.regime"]
    np.testing.assert_array_equal(codes, found.settled)
    named = strings()["regime"][f"name_{REGIMES[codes[0]]}"]
    facts = dict(card_of(session.watched[0], "area", "anyshire_001")["facts"])
    assert facts["Regime"] == [[0, "not told"], [12 * YEARS, named]]


def test_a_status_quo_is_its_own_measure_and_is_not_lived_twice(beginning):
    apart = replace(beginning)
    session = lived(apart, "status_quo")
    shares = shown(session, 12 * YEARS)["shares"]
    assert shares["plural"] + shares["local_monopoly"] == pytest.approx(1.0)
    assert apart.status_quo._economy is None


def test_without_years_or_patients_enough_it_says_why_and_shows_none(beginning, monkeypatch):
    declared = Criteria.from_parameters(beginning.setup.parameters)
    strict = replace(declared, largest_error=1e-9)
    monkeypatch.setattr(Criteria, "from_parameters", lambda _: strict)
    session = lived(beginning, "population_ico")
    assert shown(session, 11) == {"shares": {}, "errors": {}, "reason": ""}
    for month, why in ((12, "at least 3 years"), (36, "cannot be told: the error")):
        told = shown(session, month)
        assert told["shares"] == {} and why in told["reason"]
        assert set(unpack(session.frame(month).data)[1]["0.regime"]) == {-1}
    facts = dict(card_of(session.watched[0], "area", "anyshire_001")["facts"])
    assert facts["Regime"] == [[0, "not told"]]


def test_sessions_share_a_status_quo_and_see_no_further_than_they_have_lived(beginning):
    status_quo = beginning.status_quo
    assert status_quo is beginning.status_quo
    status_quo.areas(24)
    assert status_quo.areas(12).year.tolist() == [1]
    lived_so_far = status_quo._economy.policy_month
    status_quo.follow(lived_so_far + 12)
    assert status_quo._economy.policy_month == lived_so_far + 3


def test_every_regime_has_a_name_a_sentence_and_a_look_of_its_own():
    words = strings()["regime"]
    for name in REGIMES:
        assert words[f"name_{name}"] == name.replace("_", " ")  # as the command line says it
        assert words[name]
    drawn = re.findall(
        r'\{ name: "(\w+)", letters: "(\w+)", hue: ([^,]+), handovers: "(\w+)" \}',
        (JS / "core" / "regimes.js").read_text(),
    )
    assert [look[0] for look in drawn] == list(REGIMES)  # codes are positions
    assert len({look[1] for look in drawn}) == len({look[2:] for look in drawn}) == len(REGIMES)


@pytest.fixture(scope="module")
def six(beginning, tmp_path_factory) -> str:
    """A recording in which every regime is found somewhere."""
    session = lived(beginning, "status_quo", months=12)
    watched = session.watched[0]
    codes = np.arange(len(beginning.setup.place.areas)) % len(REGIMES)
    shares = dict.fromkeys(REGIMES, 1 / 6)
    watched.verdict = replace(
        watched.verdict,
        settled=codes,
        shares=shares,
        errors=dict.fromkeys(REGIMES, 0.02),
        reason="",
    )
    session._keep_frame(13)
    page_request = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=YEARS)
    told = shown_by(None, [], page_request, None)
    page = tmp_path_factory.mktemp("six") / "six.html"
    page.write_text(recording_of(session, page_request, told), encoding="utf-8")
    return page.as_uri()


def test_six_regimes_are_told_apart_by_letters_and_the_legend_says_which_are_there(
    browser, six, opens
):
    page = opens(browser, six)
    page.locator(".map-tools select").first.select_option("regime")
    page.locator(".track input").fill("13")
    letters = ["P", "F", "J", "M", "MF", "MJ"]
    page.wait_for_function("document.querySelectorAll('.regime .part').length === 6")
    assert page.locator(".regime .part b").all_inner_texts() == letters
    assert page.locator(".map:visible .legend .swatch").all_inner_texts() == letters
    assert "monopoly and joined up 17% ±2" in page.locator(".regime .names").inner_text()
    looks = page.eval_on_selector_all(
        ".regime .part",
        "parts => parts.map(p => getComputedStyle(p).backgroundColor"
        " + getComputedStyle(p).backgroundImage)",
    )
    assert len(set(looks)) == 6
    page.locator(".map-tools select").first.select_option("lost")
    legend = page.locator(".map:visible .legend").inner_text()
    assert "clearly more lost than in the status quo" in legend and "clearly fewer lost" in legend
    page.locator(".track input").fill("12")  # of the first year no regime is told: no hatching
    page.wait_for_function(
        "!document.querySelector('.map .legend').textContent.includes('clearly')"
    )
    assert page.faults == []
    page.close()


def test_the_legend_explains_what_is_drawn_and_no_more(browser, six, opens):
    page = opens(browser, six)
    legend = page.locator(".map:visible .legend")
    assert "planned referrals" in legend.inner_text()
    page.get_by_role("button", name="Patient flows").click()
    page.wait_for_function(
        "!document.querySelector('.map .legend').textContent.includes('referrals')"
    )
    said = legend.inner_text()
    assert "member of an organisation" not in said and "run by a trust" not in said
    assert "takes emergencies" in said and "main hospitals of different owners" in said
    page.close()
