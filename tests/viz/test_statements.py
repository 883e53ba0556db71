"""What the page says is held against the run's own tables, month by month."""

import csv
import re

import numpy as np
import pytest

from model.hospitals.closures import can_be_replaced, close_site
from model.outcomes.area_years import area_years
from model.outcomes.regimes import REGIMES
from model.outcomes.verdict import Criteria, verdict
from model.state.state import BURN_IN_MONTHS
from viz.scene.assumptions import declared
from viz.server.address import shown_by
from viz.server.page_requests import PageRequest
from viz.session.beginnings import Beginnings
from viz.session.session import Session
from viz.sharing.recording import recording_of

PATIENTS, SEED, YEARS = 1_000, 3, 3
THEN, LAST = 14, 12 * YEARS  # a month gone by, and the last that was lived
SHUT = LAST + 1  # a frame in which a hospital with an emergency department has been closed
GONE = (5, 11, 17)  # practices that close, in whose place others may open
LOST = ("lost_within_team", "lost_within_body", "lost_between_bodies")
STORE = "document.querySelector('.ju').store"


@pytest.fixture(scope="module")
def session() -> Session:
    begun = Beginnings().find("anyshire", PATIENTS, SEED)
    lived = Session(begun, ("population_ico",), YEARS)
    scheduled_effects = lived.watched[0].economy.state.docket.scheduled_effects
    for practice in GONE:  # close, and most find a doctor who opens again
        scheduled_effects.append((BURN_IN_MONTHS + 2, "close_practice", (practice,)))
        scheduled_effects.append((BURN_IN_MONTHS + 14, "open_practice", (practice,)))
    for _ in range(LAST):
        lived.live()
    return lived


@pytest.fixture(scope="module")
def economy(session):
    return session.watched[0].economy


@pytest.fixture(scope="module")
def tables(session, economy):
    """The tables of the run's folder, made before anything is closed by hand."""
    return economy.record.tables(economy.state)


@pytest.fixture(scope="module")
def closed_before(economy, tables) -> bool:
    """Whether boards closed a hospital themselves before one is closed by hand."""
    return bool(economy.state.hospitals.closed_sites.any())


@pytest.fixture(scope="module")
def closed(session, economy, tables, closed_before) -> int:
    """A site whose department is closed after all months were lived."""
    open_to_all = np.flatnonzero(economy.state.hospitals.emergency_open > 0).tolist()
    site = next(n for n in open_to_all if can_be_replaced(economy.setup, economy.state, n))
    close_site(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site)
    session._keep_frame(SHUT)
    return site


@pytest.fixture(scope="module")
def page(session, closed, browser, opens, tmp_path_factory):
    """A recording of the run in a browser."""
    page_request = PageRequest(("population_ico",), patients=PATIENTS, seed=SEED, years=YEARS + 1)
    session.months += 12
    made = recording_of(session, page_request, shown_by(None, [], page_request, None))
    file = tmp_path_factory.mktemp("said") / "run.html"
    file.write_text(made, encoding="utf-8")
    opened = opens(browser, file.as_uri())
    yield opened
    assert opened.faults == []
    opened.close()


def show(page, month: int, colour: str = "few") -> None:
    page.evaluate(f"([month, colour]) => {{ const s = {STORE}; s.set({{ colour }});"
                  " s.send({ do: 'seek', month }); }", [month, colour])  # fmt: skip
    page.wait_for_function(f"{STORE}.shown === {month}")


def select(page, what: str, code: str) -> None:
    page.evaluate(f"([what, code]) => {{ {STORE}.set({{ tab: 'card' }});"
                  f" {STORE}.select(what, code); }}", [what, code])  # fmt: skip


def saved(page, kind: str, tmp_path) -> str:
    """The map as it is saved: every mark that is drawn, or every number."""
    page.click(".map:visible .menu summary")
    with page.expect_download(timeout=120_000) as told:
        page.click(f".map:visible .menu[open] button:has-text('{kind}')")
    told.value.save_as(tmp_path / "map")
    return (tmp_path / "map").read_text(encoding="utf-8-sig")


def legend(page) -> list[str]:
    return page.locator(".map:visible .legend .key").all_inner_texts()


def of_last_year(table, month: int, columns: tuple[str, ...], by: str) -> dict:
    """Events for 100 person-years of the year that ends with a month, by a column."""
    year = table[(table["month"] < month) & (table["month"] >= month - 12)]
    sums = year.groupby(by)[[*columns, "person_months"]].sum()
    return (1200.0 * sums[list(columns)].sum(axis=1) / sums["person_months"]).to_dict()


def test_lost_handovers_are_of_the_same_people_on_the_map_and_in_the_chart(page, tables):
    show(page, LAST, "lost")
    area = tables["area_month"]
    known = of_last_year(area, LAST, LOST, "area")
    codes = page.evaluate(f"{STORE}.scene.areas.map(area => area.code)")
    drawn = page.evaluate(f"[...{STORE}.frame.economies[0].arrays.lost]")
    assert drawn == pytest.approx([known[code] for code in codes], rel=1e-5)
    names = page.evaluate(f"{STORE}.scene.series.map(one => one.name)")
    row = page.evaluate(f"{STORE}.series[0][{LAST}]")
    everybody = of_last_year(area.assign(place=0), LAST, LOST, "place")[0]
    assert row[names.index("lost_handovers")] == pytest.approx(everybody, rel=1e-4)
    charts = page.locator(".chart:has-text('Lost handovers')").all_inner_texts()
    assert ["everybody" in one for one in charts] == [True, False]
    assert "2+ conditions" in charts[1]


def test_hatched_areas_are_those_that_the_legend_says(page, economy, session, tmp_path):
    """On the map of needs: half of the need. On the map of losses: the verdict, and none before."""
    few = (economy.record.market[-1].few_alternatives >= 0.5).sum()
    show(page, LAST, "few")
    assert saved(page, "SVG", tmp_path).count("<clipPath") == few > 0
    assert "50% of the need or more" in " ".join(legend(page))
    beside = area_years(session.beginning.economy("status_quo").run(LAST).record)
    criteria = Criteria.from_parameters(economy.setup.parameters)
    settled = verdict(area_years(economy.record), beside, criteria).settled
    names = np.array(REGIMES)[settled]
    marked = [name for name in names if name not in ("plural", "local_monopoly")]
    show(page, LAST, "lost")
    assert saved(page, "SVG", tmp_path).count("<clipPath") == len(marked)
    assert ("come to rest" in " ".join(legend(page))) == bool(marked)
    show(page, 0, "lost")
    assert saved(page, "SVG", tmp_path).count("<clipPath") == 0
    assert "come to rest" not in " ".join(legend(page))


@pytest.mark.parametrize("month", [THEN, LAST])
def test_a_card_tells_of_the_month_shown(page, economy, tables, month):
    """Decisions, accounts, balance and list of whoever has decided most often since then."""
    decisions = tables["decisions"]
    later = decisions[decisions["month"] >= THEN]
    practices = economy.setup.place.practices["practice"]
    code = later.loc[later["agent"].isin(practices), "agent"].value_counts().index[0]
    show(page, month)
    select(page, "practice", code)
    page.wait_for_selector(".card .accounts")
    card = page.locator(".card-body")
    own = decisions[(decisions["agent"] == code) & (decisions["month"] < month)]
    assert card.locator("section details").count() == min(len(own), 6)
    names = "April May June July August September October November December January February March"
    last = int(own["month"].iloc[-1])
    when = f"{names.split()[last % 12]} of year {last // 12 + 1}"
    assert card.locator("details .when").first.inner_text() == when
    assert {THEN: "May of year 2", LAST: "Mar of year 3"}[month] in card.inner_text()
    body = economy.state.bodies.number[code]
    entries = economy.state.money.ledger.entries()
    first = BURN_IN_MONTHS + month
    year = entries[(entries["month"] < first) & (entries["month"] >= first - 12)]
    for n, side in enumerate(("payee", "payer")):
        pounds = year.loc[year[side] == body, "pence"].sum() / 100
        told = card.locator(".accounts table").nth(n).locator("tr.chosen td").last.inner_text()
        assert told == f"{pounds / 1000:,.0f}".replace("-", "\u2212")
    balance = economy.record.balance[month - 1][body] - sum_before(entries, body)
    told = dict(zip(*(card.locator(f"dl:first-of-type {tag}").all_inner_texts()
                      for tag in ("dt", "dd")), strict=False))  # fmt: skip
    assert told["Balance since the policy began"] == in_pounds(balance / 100)
    row = practices.tolist().index(code)
    lists = page.evaluate(f"{STORE}.frame.economies[0].arrays.list[{row}]")
    assert told["Registered patients"] == f"{lists:,}"


def sum_before(entries, body: int) -> int:
    before = entries[entries["month"] < BURN_IN_MONTHS]
    paid = before.loc[before["payer"] == body, "pence"].sum()
    return int(before.loc[before["payee"] == body, "pence"].sum() - paid)


def in_pounds(amount: float) -> str:
    size = abs(amount)
    units = ((1e6, ".1f", "m"), (1e3, ".0f", "k"), (1.0, ".0f", ""))
    unit, digits, letter = next((u for u in units if size >= u[0]), units[-1])
    return ("+" if amount >= 0 else "\u2212") + f"\u00a3{size / unit:{digits}}{letter}"


def test_practices_have_the_names_of_those_who_run_them_now(page, economy, tmp_path):
    """Others have opened in the place of some that have closed."""
    show(page, SHUT)
    rows = list(csv.DictReader(saved(page, "CSV", tmp_path).splitlines()))
    told = [(row["code"], row["name"]) for row in rows if row["figure"] == "registered_patients"]
    bodies = economy.state.bodies
    now = economy.state.provision.practice_body.tolist()
    assert told == [(bodies.codes[b], bodies.names[b]) for b in now]
    assert {code for code, _ in told} != set(economy.setup.place.practices["practice"])
    code, name = next(one for one in told if one[1].startswith("New practice"))
    select(page, "practice", code)
    assert page.inner_text(".card-body h3") == name


def test_a_closed_hospital_is_drawn_closed_and_the_legend_says_so(
    page, economy, closed, closed_before, tmp_path
):
    place = economy.setup.place
    code = place.sites["site"].iloc[closed]
    departments, hollow = {}, {}
    for month in (LAST, SHUT):
        show(page, month)
        select(page, "site", code)
        departments[month] = page.inner_text(".card-body dl >> nth=0")
        squares = re.findall(r'<rect [^>]*fill="#fffdf8"', saved(page, "SVG", tmp_path))
        hollow[month] = len(squares)
        told = any("closed hospital" in one for one in legend(page))
        assert told == (month == SHUT or closed_before)
    assert "Emergency department\nopen" in departments[LAST]
    assert "the hospital is closed" in departments[SHUT]
    assert hollow[SHUT] == hollow[LAST] + 1


def test_the_legend_names_every_organisation_by_its_letter(page, economy, session):
    show(page, LAST)
    state = economy.state
    members = {one.code for one in state.integrated.organisations
               if (state.provision.network == one.network).any()}  # fmt: skip
    names = [state.bodies.names[state.bodies.number[code]] for code in sorted(members)]
    told = sorted(one.split("\n")[1] for one in legend(page) if "member of" in one)
    assert told == sorted(f"member of {name}" for name in names)


def test_what_follows_from_an_event_is_read_without_pointing_at_it(page):
    show(page, LAST)
    page.evaluate(f"{STORE}.set({{ tab: 'events' }})")
    events = page.locator(".events > .event:has-text('Then: ')")
    assert events.count() > 0 and page.locator(".event[title]").count() == 0


def test_how_many_numbers_are_assumed_adds_up(page, economy):
    parameters = economy.setup.parameters
    page.click("button:text-is('Assumptions')")
    for name, group in declared().items():
        page.locator(".sheet select").first.select_option(name)
        assumed = sum(bool(parameters.entry(one).assumption) for one in group["parameters"])
        n = len(group["parameters"])
        said = page.locator(".assumptions > p.quiet").first.inner_text()
        counts = [int(number) for number in re.findall(r"\d+", said)]
        assert counts == ([n] if assumed in (0, n) else [n, assumed, n - assumed])
        assert ("all" in said) == (assumed in (0, n))
    page.keyboard.press("Escape")
