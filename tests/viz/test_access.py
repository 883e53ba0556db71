"""The live view for everyone: axe-core, the keyboard alone, screen readers, enlarged, at rest."""

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).parents[2] / "viz" / "css" / "page.css"
STORE = "document.querySelector('.ju').store"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def lightness(colour: str) -> float:
    """Relative luminance (WCAG 2) of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((lightness(one), lightness(other)))
    return (high + 0.05) / (low + 0.05)


def colours(rule: str) -> dict[str, str]:
    """The colours that a rule of the style declares, over those of the whole page."""
    found: dict[str, str] = {}
    for selector in dict.fromkeys([".ju", rule]):
        body = re.search(rf"^{re.escape(selector)} \{{(.*?)\}}", STYLE.read_text(), re.M | re.S)
        found |= dict(re.findall(r"--(\w+): (#\w+);", body[1]))
    return found


@pytest.mark.parametrize(("rule", "text", "edge"), [(".ju", 4.5, 3.0), (".ju.big", 6.0, 7.0)])
def test_type_and_edges_stand_out_from_paper_and_ground(rule, text, edge):
    found = colours(rule)
    for ground in ("paper", "ground"):
        for name in ("ink", "quiet", "monopoly", "fragmentation", "care", "money"):
            wanted = text if name in ("ink", "quiet") else 4.5
            assert contrast(found[name], found[ground]) >= wanted, (name, ground)
        assert contrast(found["edge"], found[ground]) >= edge


@pytest.fixture(scope="module")
def page(opens, browser, address):
    """A page that has lived a little more than a year, at rest."""
    opened = opens(browser, address)
    opened.select_option(".transport select", "15")
    opened.click(".ju .play")
    opened.wait_for_function(f"{STORE}.shown >= 13", timeout=60_000)
    opened.click(".ju .play")
    opened.wait_for_function(f"{STORE}.playing === false")
    yield opened
    opened.close()


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    asked = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=asked).response  # details of what passes take half the time
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]


def choose(page, width: int = 1280, height: int = 800, **view: object) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(f"view => {STORE}.set(view)", {"big": False, "tables": False} | view)
    page.wait_for_timeout(150)


@pytest.mark.parametrize(
    ("tab", "tables", "big"),
    [("events", False, False), ("levers", True, False), ("card", True, True)],
)
def test_axe_finds_nothing_on_any_screen(page, tab, tables, big):
    if tab == "card":
        page.evaluate(f"{STORE}.select('practice', {STORE}.scene.practices[3].code)")
        page.wait_for_selector(".card-body h3", state="attached")
    choose(page, tab=tab, tables=tables, big=big)
    assert violations(page) == []


@pytest.mark.parametrize(("width", "height"), [(390, 800), (320, 256)])
def test_axe_finds_nothing_on_a_phone_or_enlarged_and_the_clock_hides_nothing(page, width, height):
    choose(page, width, height)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.evaluate("document.activeElement.blur()")
    page.focus("#ju-tab-events")
    covered = page.evaluate(
        "(() => { const box = document.activeElement.getBoundingClientRect();"
        " const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
        " return !document.activeElement.contains(over); })()"
    )
    assert not covered


def test_a_refusal_is_read_out_and_can_be_put_away_and_axe_finds_nothing(page):
    choose(page)
    page.evaluate(f"{STORE}.send({{ do: 'start', policies: ['population_icq'] }})")
    page.wait_for_selector(".status.refused")
    assert "population_ico" in page.inner_text(".ju > [role=status]")
    assert violations(page) == []
    page.click(".status.refused button")
    assert page.is_hidden(".ju .status")


def controls(page) -> list[str]:
    """Everything that Tab can reach, in the order of the page."""
    return page.evaluate(
        "[...document.querySelectorAll('.ju button, .ju select, .ju input, .ju summary,"
        " .ju [tabindex]')].filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility())"
        ".map((e, n) => e.dataset.order = String(n))"
    )


def test_tab_goes_through_everything_in_order_and_the_focus_is_seen(page):
    choose(page, tab="levers")
    wanted = controls(page)
    page.evaluate("document.activeElement.blur()")
    page.focus("[data-order='0']")
    met, unseen = ["0"], []
    for _ in wanted[1:]:
        page.keyboard.press("Tab")
        order, outline = page.evaluate(
            "[document.activeElement.dataset.order, getComputedStyle(document.activeElement)."
            "outlineStyle + parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"
        )
        met.append(order)
        unseen += [] if outline == "solid3" else [order]
    assert met == wanted and unseen == []


def test_the_focus_stays_where_it_is_while_the_page_changes(page):
    choose(page, tab="levers")
    page.focus("[data-mark='payment block']")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-mark='payment block'][aria-pressed=true]")
    assert page.evaluate("document.activeElement.dataset.mark") == "payment block"
    assert "In a block" in page.inner_text(".ju > [role=status]")
    choose(page, tab="events")
    page.evaluate("document.querySelector('.event button').focus()")
    named = page.evaluate("document.activeElement.textContent")
    before = page.evaluate(f"{STORE}.shown")
    page.evaluate(f"window.held = document.activeElement, {STORE}.send({{ do: 'step', by: 1 }})")
    page.wait_for_function(f"{STORE}.shown > {before} && document.activeElement === window.held")
    assert page.evaluate("document.activeElement.textContent") == named


def test_single_keys_can_be_switched_off(page):
    choose(page, keys=False)
    page.evaluate("document.activeElement.blur()")
    before = page.evaluate(f"{STORE}.shown")
    page.keyboard.press(",")
    page.wait_for_timeout(200)
    assert page.evaluate(f"{STORE}.shown") == before
    choose(page, keys=True)
    page.keyboard.press(",")
    page.wait_for_function(f"{STORE}.shown === {before - 1}")


def test_a_screen_reader_hears_choices_and_stops_but_not_every_month(page):
    choose(page)
    page.evaluate(
        """window.heard = [];
        const spoken = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive],"
          + "output:not([aria-live=off])";
        new MutationObserver((changes) => changes.forEach(({ target }) => {
          const live = (target.closest ? target : target.parentElement).closest(spoken);
          if (live) window.heard.push(live.textContent);
        })).observe(document.body, { subtree: true, childList: true, characterData: true });"""
    )
    first = page.evaluate(f"{STORE}.shown")
    page.click(".ju .play")
    page.wait_for_function(f"{STORE}.shown >= {first + 12}", timeout=20_000)
    page.click(".ju .play")
    page.wait_for_function("window.heard.length >= 2")
    heard = page.evaluate("window.heard")
    assert len(heard) == 2 and heard[0] == "It plays." and "of year" in heard[1]
    page.focus(".ju canvas")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("window.heard.length === 3")
    named = page.evaluate(f"{STORE}.card.name")
    assert page.evaluate("window.heard[2]").startswith(named)


def drawn(page, motion: str) -> int:
    """Drawings of the map in a second, while it plays two months a second."""
    page.emulate_media(reduced_motion=motion)
    page.evaluate(f"{STORE}.stats.drawn = 0")
    page.wait_for_timeout(1000)
    return page.evaluate(f"{STORE}.stats.drawn")


def test_only_months_move_for_those_who_want_less_motion(page):
    choose(page)
    page.select_option(".transport select", "2")
    page.click(".ju .play")
    still, moving = drawn(page, "reduce"), drawn(page, "no-preference")
    page.click(".ju .play")
    assert still <= 6 and moving > 2 * still


@pytest.mark.parametrize("opener", ["Assumptions", "Share"])
def test_axe_finds_nothing_on_a_sheet_which_gives_the_focus_back(page, opener):
    choose(page)
    page.focus(f".views >> text={opener}")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.sheet[open]")
    page.wait_for_timeout(300)
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.sheet", state="detached")
    assert opener in page.evaluate("document.activeElement.textContent")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_where_one_person_is_followed(page, width):
    choose(page, width, view="person", big=width < 400)
    page.wait_for_function(f"{STORE}.life.page?.lives[0].months > 11", timeout=60_000)
    chances = page.locator(".plots .values .tick text").all_text_contents()
    assert chances and all(re.fullmatch(r"[\d.]+%", one) for one in chances)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    choose(page, view="watch")


def test_axe_finds_nothing_beside_a_second_policy(page):
    choose(page)
    page.evaluate(f"{STORE}.send({{ do: 'start', policies: ['status_quo', 'population_ico'] }})")
    page.wait_for_selector(".watch.pair")
    page.evaluate(f"{STORE}.send({{ do: 'step', by: 1 }})")
    page.wait_for_function(f"{STORE}.shown === 1")
    assert violations(page) == []
    choose(page, 390, tab="levers", tables=True, big=True)
    assert violations(page) == []
    for big in (True, False):
        choose(page, 390, big=big)
        assert page.evaluate(CLIPPED) == []


def test_a_scene_leaves_no_listeners_behind_and_switches_show_what_holds(page):
    choose(page, big=True)
    switch = page.locator(".views button:text-is('Projector')")
    assert switch.get_attribute("aria-pressed") == "true"
    before = page.evaluate(f"{STORE}.listeners.length")
    page.evaluate(f"window.was = {STORE}.scene, {STORE}.send({{ do: 'start' }})")
    page.wait_for_function(f"{STORE}.scene !== window.was && {STORE}.frame")
    assert page.evaluate(f"{STORE}.listeners.length") == before
    choose(page)
    assert switch.get_attribute("aria-pressed") == "false"


CLIPPED = """[...document.querySelectorAll('.ju .chart .named, .ju .fold > summary')]
    .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
    .map(e => e.textContent)"""
SMALL = """[...document.querySelectorAll('.ju .legend .key')]
    .filter(e => e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 13)
    .map(e => e.textContent)"""


OVER = """[...document.querySelectorAll('html, .ju .charts, .ju .sky, .ju .maps .panel')]
    .filter(e => e.checkVisibility() && e.scrollHeight > e.clientHeight + 1)
    .map(e => e.className)"""


COVERED = """[...document.querySelectorAll('.ju .map')].filter(map => map.checkVisibility()
    && map.querySelector('.map-head').getBoundingClientRect().bottom
        > map.querySelector('canvas').getBoundingClientRect().top + 1).length"""


TOUCHING = """(() => {
    const seen = [...document.querySelectorAll(
        ".ju .charts svg text, .ju .charts h2, .ju .charts figcaption, .ju .charts .began-said")]
        .filter(e => e.checkVisibility() && e.textContent.trim())
        .map(e => ({ said: e.textContent, box: e.getBoundingClientRect() }));
    const shared = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]);
    return seen.flatMap((a, n) => seen.slice(n + 1)
        .filter(b => shared(a.box, b.box, "left", "right") > 1
            && shared(a.box, b.box, "top", "bottom") > 3)
        .map(b => `${a.said} | ${b.said}`));
})()"""
AXES = """[...document.querySelectorAll('.ju .chart svg')].filter(e => e.checkVisibility())
    .map(e => [...e.querySelectorAll('.values .tick text')].map(name => name.textContent))"""


@pytest.mark.parametrize("policies", [["population_ico"], ["population_ico", "status_quo"]])
def test_every_chart_has_a_value_axis_and_nothing_touches(page, policies):
    page.evaluate(
        f"policies => {{ window.was = {STORE}.scene; {STORE}.send({{ do: 'start', policies }}); }}",
        policies,
    )
    page.wait_for_function(f"{STORE}.scene !== window.was && {STORE}.frame")
    page.evaluate(f"{STORE}.send({{ do: 'seek', month: 13 }})")
    page.wait_for_function(f"{STORE}.shown === 13")
    for width, height, big in SIZES:
        choose(page, width, height, big=big)
        axes = page.evaluate(AXES)
        assert len(axes) >= 4 and all(2 <= len(names) <= 4 for names in axes), axes
        assert all(len(set(names)) == len(names) for names in axes), axes
        assert page.evaluate(TOUCHING) == [], (width, height, big)


SIZES = [(1440, 900, False), (1280, 720, True), (1280, 720, False), (390, 800, False),
         (390, 800, True), (1920, 1080, True)]  # fmt: skip


@pytest.mark.parametrize("policies", [["population_ico"], ["population_ico", "status_quo"]])
def test_a_projector_of_few_lines_scrolls_and_covers_nothing(page, policies):
    page.evaluate(
        f"policies => {{ window.was = {STORE}.scene; {STORE}.send({{ do: 'start', policies }}); }}",
        policies,
    )
    page.wait_for_function(f"{STORE}.scene !== window.was && {STORE}.frame")
    page.evaluate(f"{STORE}.send({{ do: 'seek', month: 13 }})")
    page.wait_for_function(f"{STORE}.shown === 13")
    choose(page, big=True)
    for lines in (720, 800):
        page.set_viewport_size({"width": 1280, "height": lines})
        assert page.evaluate(OVER) == [] and page.evaluate(COVERED) == 0
        assert page.locator(".map-tools select:visible").count() == 1
        assert page.evaluate(CLIPPED) == [] and page.evaluate(SMALL) == []
    page.click(".fold > summary")
    assert page.is_visible(".wish button") and violations(page) == []
    page.click(".fold > summary")


CONTRASTS = {
    "groups": [{"where": where, "rows": [
        {"policy": policy, "outcome": outcome, "family": family, "estimate": 0.1, "low_all": low,
         "high_all": 0.3, "star": low > 0.0, "negligible": False, "runs": 8,
         "unit": "0-1", "decimals": 3, "meaning": "What it measures"}
        for policy in ("population_ico", "carveout_msk")
        for outcome, family, low in (("hhi", "monopoly", 0.02), ("emergencies", "care", -0.1))
    ]} for where in ("anyshire", "lakeland")],
    "study": {"title": "A sweep", "against": "status_quo", "patients": 1000, "years": 5,
              "replicates": 8, "seed": 0},
    "runs": {"asked": 32, "done": 30},
}  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_the_contrasts_of_a_sweep(page, width):
    page.evaluate(f"{STORE}.scene.sweep = true")
    choose(page, width, view="contrasts", tables=True, big=width < 400)
    page.evaluate(
        f"found => {{ {STORE}.contrasts = found; {STORE}.tell('contrasts'); }}", CONTRASTS
    )
    page.wait_for_selector(".contrasts figure")
    assert all(2 <= len(names) <= 4 for names in page.evaluate(AXES))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    choose(page, view="watch")


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_axe_finds_nothing_on_a_recording_opened_from_disk(page, browser, recording, width):
    played = browser.new_page()
    played.goto(f"file://{recording}")
    played.wait_for_selector(".ju .transport:not([hidden])")
    choose(played, width, tables=True, tab="card")
    assert violations(played) == []
    choose(played, width, big=True, tab="levers")
    assert violations(played) == []
    played.close()


@pytest.fixture(scope="module")
def recording(page, tmp_path_factory) -> Path:
    """What the page has lived, as one file."""
    choose(page)
    page.click(".views >> text=Share")
    with page.expect_download(timeout=120_000) as saved:
        page.click(".sheet button:text-is('Save a recording')")
    page.keyboard.press("Escape")
    path = tmp_path_factory.mktemp("recording") / "recording.html"
    saved.value.save_as(path)
    return path
