"""What a page passes on, without a browser: addresses, command lines, recordings, assumptions."""

import base64
import gzip
import queue
import re
import shlex
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from experiments.commands.command_options import lever_of
from joinedup.page_answers import contrast, response
from model.input.errors import InputError
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from viz.background import contrasts, responses
from viz.background.background_answers import Answers
from viz.scene.assumptions import assumptions_of, declared
from viz.scene.frames import unpack
from viz.scene.measures import SERIES, Measures
from viz.server.address import Move, parts_of, read_address, shown_by
from viz.server.page_requests import PageRequest, page_request_with
from viz.server.strings import strings, text
from viz.session.beginnings import Beginnings, _check_size
from viz.session.runner import CLOSE, Runner
from viz.session.session import Session
from viz.sharing.command import MOVED, command_of
from viz.sharing.recording import recording_of

PATIENTS, SEED = 1_000, 3
WISH = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=2)


@pytest.fixture(scope="module")
def beginnings() -> Beginnings:
    return Beginnings()


@pytest.fixture
def beginning(beginnings):
    return beginnings.find("anyshire", PATIENTS, SEED)


def query_of(parts) -> str:
    return urlencode([tuple(part) for part in parts])


def lived(beginning, months: int, *moves: Move, policies=("status_quo",)) -> Session:
    session = Session(beginning, policies, years=2)
    session.planned = list(moves)
    for _ in range(months):
        session.live()
    return session


def test_an_address_says_what_is_shown_and_is_read_back():
    page_request = replace(WISH, policies=("population_ico", "carveout_msk:term_years=3"), years=7)
    parts = [*parts_of(page_request), ["month", "9"], ["moved", "4.choice.one,0.tariff.higher"],
             ["colour", "lost"], ["at", "area.anyshire_001"]]  # fmt: skip
    found = read_address(f"?{query_of(parts)}", PageRequest())
    assert found.page_request == page_request and found.month == 9
    assert found.moves == (Move(0, "tariff", "higher"), Move(4, "choice", "one"))
    assert found.view == {"colour": "lost"} and found.at == ("area", "anyshire_001")
    person = "?policy=population_ico&group=children&person=17&beside=fundholding&view=person"
    wanted = {"group": "children", "numbers": [17], "against": "fundholding"}
    assert read_address(person, WISH).life == wanted
    assert read_address("", WISH).page_request == WISH and read_address("", WISH).life == {}
    assert read_address("?policy=carveout_msk+fundholding", WISH).page_request.policies == (
        "carveout_msk+fundholding",
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [("policy=population_icq", "did you mean population_ico"), ("place=anyshite", "anyshire"),
     ("plaec=x", "did you mean place"), ("month=25", "from 0 to 24"), ("month=-1", "month"),
     ("moved=3.tarif.higher", "did you mean tariff"), ("moved=3.tariff.highr", "higher"),
     ("moved=24.tariff.higher", "from 0 to 23"), ("moved=tariff", "MONTH.LEVER.CHOICE"),
     ("tab=evnts", "did you mean events"), ("seed=x", "seed"), ("v=2", "another version"),
     ("policy=/etc/passwd", "no such policy"), ("place=/etc", "no such place"),
     ("policy=mine~12345678", "started with mine"), ("at=thing.x", "area"),
     ("policy=a&policy=b&policy=c", "one or two"), ("x" * 9_000, "too long")],
)  # fmt: skip
def test_a_bad_address_is_one_clear_sentence(query, said):
    with pytest.raises(InputError, match=re.escape(said)) as told:
        read_address(query, WISH)
    assert len(str(told.value).splitlines()) == 1


def test_files_of_the_server_are_named_by_name_and_hash(tmp_path):
    (tmp_path / "mine.toml").write_text('title = "t"\nhelp = "h"\nsource = "s"\n')
    own = replace(WISH, policies=("mine.toml",), folder=tmp_path)
    query = query_of(parts_of(own))
    assert "mine~" in query.replace("%7E", "~") and str(tmp_path) not in query
    assert read_address(query, own).page_request == own
    with pytest.raises(InputError, match="mine"):
        read_address(query, WISH)


def test_another_browser_lives_the_same_up_to_the_month_and_stops(beginnings, beginning):
    first = lived(beginning, 4)
    first.set_lever("choice", "one")
    for _ in range(3):
        first.live()
    moved = ",".join(".".join(map(str, move)) for move in first.moves)
    asked: queue.Queue = queue.Queue()
    heard: list[dict] = []

    def hear(message, parts):
        heard.append(message)
        if message["kind"] == "frame":
            asked.put(CLOSE if message["month"] == 7 else {"do": "ack"})

    runner = Runner(beginnings, PageRequest(), hear, asked)
    query = query_of([*parts_of(WISH), ["month", "7"], ["moved", moved]])
    asked.put({"do": "hello", "address": f"?{query}"})
    runner.run()
    assert runner.session is not None and runner.session.lived == 7
    assert runner.session.watched[0].rows == first.watched[0].rows
    assert runner.session.moves == first.moves
    scene = next(message for message in heard if message["kind"] == "scene")
    assert scene["address"] == parts_of(WISH) and scene["moves"] == [[4, "choice", "one"]]


def test_a_page_finds_a_folder_before_a_shipped_place(tmp_path):
    find_place("anyshire").save(tmp_path / "anyshire")
    own = replace(WISH, place="lakeland", folder=tmp_path)
    asked = page_request_with(own, {"place": "anyshire"})
    assert asked.place == str(tmp_path / "anyshire")
    assert page_request_with(asked, {}).place == asked.place
    query = query_of(parts_of(asked))
    assert str(tmp_path) not in query and read_address(query, own).page_request == asked
    assert page_request_with(own, {}).place == "lakeland"


def test_a_bad_address_is_told_and_the_servers_own_policy_shown(beginnings):
    heard: list[dict] = []
    runner = Runner(beginnings, WISH, lambda message, parts: heard.append(message))
    runner._answer({"do": "hello", "address": "?policy=population_icq"})
    kinds = [message["kind"] for message in heard]
    assert kinds.index("scene") < kinds.index("refused")
    assert "population_ico" in heard[-1]["text"]


@pytest.mark.parametrize(
    "moves",
    [(Move(0, "choice", "one"), Move(0, "qof", "off")),
     (Move(0, "payment", "block"), Move(2, "emergencies", "full"), Move(5, "payment", "activity"),
      Move(6, "tariff", "lower")),
     (Move(0, "minds", "random"), Move(0, "retained", "none"))],
)  # fmt: skip
def test_the_command_line_lives_the_same_run(beginning, moves, tmp_path):
    session = lived(beginning, 8, *moves, policies=("fundholding",))
    said = command_of(session, replace(WISH, policies=("fundholding",)))
    assert said["lacking"] == []
    words = shlex.split(said["lines"][0])
    options = dict(zip(words[5::2], words[6::2], strict=True))
    if said["file"]:
        (tmp_path / MOVED).write_text(said["file"])
        words[4] = words[4].replace(MOVED, str(tmp_path / MOVED))
    setup = beginning.setup
    if "--set" in options:
        parameters = load_parameters().with_values(dict([lever_of(options["--set"])]))
        setup = prepare(setup.place, parameters, PATIENTS)
    alone = HealthEconomy(
        setup, find_policy(words[4]), int(options["--seed"]), options.get("--minds", "reasoned"),
        state=burn_in(setup, SEED),
    ).run(8)  # fmt: skip
    own = session.watched[0].economy
    assert alone.state.residents.people.tobytes() == own.state.residents.people.tobytes()
    np.testing.assert_array_equal(alone.state.money.ledger.balance, own.state.money.ledger.balance)


def test_what_no_command_can_say_is_said(beginning):
    moves = (Move(0, "tariff", "higher"), Move(1, "minds", "inert"), Move(1, "retained", "none"))
    session = lived(beginning, 2, *moves, policies=("status_quo", "pbc"))
    said = command_of(session, replace(WISH, policies=("status_quo", "pbc")))
    assert len(said["lacking"]) == 2 and all("from May of year 1" in one for one in said["lacking"])
    prices = "hospital_payment.tariff.price_change=0.1"
    compared = f"uv run joinedup compare status_quo:{prices} pbc:{prices} --replicates 1"
    assert said["lines"][0].startswith(compared)
    assert len(said["lines"]) == 3 and said["file"] is None


def test_a_recording_holds_all_that_was_lived_and_asks_for_nothing(beginning):
    session = lived(beginning, 5, policies=("status_quo", "population_ico"))
    page_request = replace(WISH, policies=("status_quo", "population_ico"))
    page = recording_of(session, page_request, shown_by(None, session.moves, page_request, None))
    packed = re.search(r'id="joinedup-recorded">([^<]*)</script>', page)
    assert packed is not None
    header, arrays = unpack(gzip.decompress(base64.b64decode(packed[1])))
    assert header["rows"] == [watched.rows for watched in session.watched]
    assert sum(header["sizes"]) == len(arrays["frames"]) and len(header["sizes"]) == 6
    last = unpack(arrays["frames"][-header["sizes"][-1] :].tobytes())
    assert last[0]["month"] == 5
    assert set(header["cards"][1]) >= {"area anyshire_001", "practice anyshire_gp_001"}
    assert "default-src 'none'" in page and "connect-src" not in page
    assert page.count("</script>") == 2
    assert not re.search(r"""(?:src|href)=["']?http|@import|url\(http""", page)
    assert len(page) < 500_000


def test_assumptions_name_what_there_is_and_every_number_and_mechanism_has_its_own():
    parameters = load_parameters()
    groups = declared()
    known = parameters.mechanisms()
    for group in groups.values():
        assert set(group) == {"outcomes", "how", "mechanisms", "parameters"}
        assert set(group["parameters"]) <= set(parameters) and group["parameters"]
        assert set(group["mechanisms"]) <= set(known)
        assert len(set(group["parameters"])) == len(group["parameters"])
    outcomes = [outcome for group in groups.values() for outcome in group["outcomes"]]
    assert sorted(outcomes) == sorted(SERIES)
    shown = assumptions_of(parameters)["groups"].values()
    assert {name for group in shown for name in group["mechanisms"]} == set(known)
    assert set(strings()["assumptions"]["groups"]) == set(groups)


FIRST = {group: declared()[group]["parameters"][0] for group in declared()}


@pytest.mark.parametrize(
    "group",
    [pytest.param(name, marks=[] if name == "lost_handovers" else pytest.mark.slow)
     for name, group in declared().items() if group["outcomes"]],
)  # fmt: skip
def test_the_number_named_first_moves_the_outcome(group):
    """From one end of its range to the other by a tenth of the level, of continuity a hundredth."""
    entry = load_parameters().entry(FIRST[group])
    ends = (entry.low, entry.high) if entry.low is not None else (0.8, 1.2) * np.array(entry.value)
    place, outcome = find_place("anyshire"), declared()[group]["outcomes"][0]
    levels = []
    for value in ends:
        setup = prepare(place, load_parameters().with_values({FIRST[group]: value}), 300)
        economy = HealthEconomy(setup, find_policy("status_quo"), SEED).run(12)
        measures = Measures(economy, economy.record)
        measures.opening = np.zeros_like(measures.opening)
        measures.read()
        levels.append(measures.rows[-1][SERIES.index(outcome)])
    least = 0.01 if group == "coc_team_many" else 0.1
    assert abs(levels[1] - levels[0]) > least * abs(np.mean(levels))


def test_a_sweep_that_is_half_written_is_a_sentence_without_a_path(tmp_path):
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"schema": ')
    error = contrasts.contrasts_of(folder, contrast)["error"]
    assert error.startswith("The sweep half cannot be shown") and str(tmp_path) not in error


def test_contrasts_are_rows_by_where_they_were_lived():
    about = {"outcome": "hhi", "family": "monopoly", "unit": "0-1", "decimals": 3, "runs": 4}
    rows = [
        {"place": place, "minds": "reasoned", "policy": "a", "effect": effect, "estimate": 0.1,
         "low_all": 0.0, "high_all": 0.2, **about}
        for place in ("anyshire", "lakeland") for effect in ("total", "direct")
    ]  # fmt: skip
    study = {"title": "T", "against": "status_quo", "patients": 9, "years": 1, "replicates": 4,
             "seed": 0}  # fmt: skip
    whole = {"rows": rows, "runs": {"asked": 8, "done": 5}, "study": {**study, "more": 1}}
    found = contrasts.told(whole, Path("sweep"))
    assert [group["where"] for group in found["groups"]] == ["anyshire", "lakeland"]
    assert [len(group["rows"]) for group in found["groups"]] == [1, 1]
    assert found["runs"] == {"asked": 8, "done": 5} and found["study"] == study
    failed = contrasts.told({"failed": "KeyError: /secret"}, Path("x"))
    assert failed == {"error": text("contrasts", "broken")}
    assert "120" in contrasts.told({"stopped": True}, Path("x"))["error"]


def response_rows(outcome: str) -> list[dict]:
    about = {"outcome": outcome, "lever": "x", "family": "care", "unit": "share", "decimals": 2}
    about_all = {"low_all": 0.1, "high_all": 0.4, "star": False, "negligible": False, **about}
    changes = [
        {"kind": "difference", "value": value, "estimate": value - 0.5, **about_all}
        for value in (0.7, 0.3)
    ]
    levels = [{"kind": "level", "value": value, **about} for value in (0.7, 0.5, 0.3)]
    return changes + levels


def test_what_a_parameter_does_is_told_from_the_command(tmp_path):
    page_request = replace(WISH, policies=("status_quo", "carveout_msk"), folder=tmp_path)
    asked = responses.asked_of("choice.aware_share", page_request, tmp_path)
    words = shlex.split(responses.command(asked))
    assert words[:5] == ["joinedup", "response", "choice.aware_share", "--policy", "carveout_msk"]
    assert words[words.index("--patients") + 1] == str(PATIENTS)
    assert asked["data"] == str(tmp_path) and str(tmp_path) not in " ".join(words)
    rows = response_rows("hhi") + response_rows("emergencies")
    found = responses.told({"rows": rows}, asked)
    assert (found["patients"], found["years"], found["seeds"], found["first"]) == (1_000, 5, 6, 4)
    assert (found["central"], found["ends"], found["runs"]) == (0.5, [0.3, 0.7], 18)
    assert [one["outcome"] for one in found["outcomes"]] == ["hhi", "emergencies"]
    assert [change["value"] for change in found["outcomes"][0]["changes"]] == [0.3, 0.7]
    assert responses.told({"failed": "no"}, asked)["error"] == text("answers", "broken")
    refused = {"failed": "x: no", "refused": {"problem": "no"}}
    assert responses.told(refused, asked) == {"error": "no"}


def test_a_page_asks_those_who_were_handed_in_and_says_if_there_are_none(beginnings, monkeypatch):
    heard: queue.Queue[dict] = queue.Queue()
    asked: list[tuple] = []

    def answered(*given):
        asked.append(given)
        return {"lever": given[0]["lever"]}

    monkeypatch.setattr("viz.sharing.sharing.response_of", answered)
    for answers in (Answers(response, contrast), None):
        runner = Runner(beginnings, WISH, lambda said, _: heard.put(said), answers=answers)
        runner._answer({"do": "hello"})
        try:
            runner._answer({"do": "response", "lever": "choice.aware_share"})
        except InputError as error:
            assert answers is None and "nobody answers; start it with joinedup watch" in str(error)
        else:
            while (said := heard.get(timeout=20))["kind"] != "answer":
                pass
            assert said["lever"] == "choice.aware_share"
    ((given, folder, live, wanted),) = asked
    assert given == responses.asked_of("choice.aware_share", WISH, None)
    assert (folder, live, wanted()) == (WISH.folder, response, True)


def test_a_response_that_nobody_waits_for_is_not_lived():
    asked = responses.asked_of("choice.aware_share", WISH, None)
    with responses._turn:
        found = responses.response_of(asked, Path(), response, lambda: False)
    assert found == {"lever": "choice.aware_share", "error": text("answers", "stopped")}


@pytest.mark.slow
def test_a_response_is_lived_by_the_command(tmp_path):
    page_request = replace(WISH, patients=500, folder=tmp_path)
    asked = responses.asked_of("choice.aware_share", page_request, None)
    found = responses.response_of(asked, tmp_path, response, lambda: True)
    assert found["runs"] == 18 and found["seeds"] == responses.SEEDS
    hhi = next(one for one in found["outcomes"] if one["outcome"] == "hhi")
    assert [change["low_all"] < change["estimate"] for change in hhi["changes"]] == [True, True]


def test_a_country_is_too_large_for_a_page():
    _check_size(1_000)
    with pytest.raises(InputError, match=r"too large to be watched.*joinedup run.*7898"):
        _check_size(7_898)
