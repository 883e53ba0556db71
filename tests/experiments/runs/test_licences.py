"""What the licence of published statistics asks for stands in every output that shows them."""

import dataclasses
import zipfile
from types import SimpleNamespace

import pandas as pd
import pytest

from experiments.catalogue.describe import print_check, print_place
from experiments.commands.answers import print_answer, write_csv
from experiments.effects import comparison, paths, response
from experiments.figures import comparison_figure as differences
from experiments.runs import folders, runs
from experiments.runs.accounts import print_accounts
from experiments.runs.licences import licence_column
from experiments.runs.options import described, licence_of
from experiments.studies import contrast_tables
from experiments.studies.plan import Plan
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.places.place_finding import find_place
from model.places.sources.build import LICENCE

ASKED = {"patients": 300, "registered": 300_000, "seed": 0, "years": 1, "replicates": 2,
         "minds": "reasoned", "levers": {}, "random_replicates": 0, "data": None}  # fmt: skip


@pytest.fixture(scope="module")
def real():
    """A place as if built from published statistics."""
    return dataclasses.replace(find_place("anyshire"), synthetic=False, licence=LICENCE)


def manifest(place) -> dict:
    entry = {"name": place.name, "title": place.title, **licence_of(place)}
    policies = {name: {"title": name} for name in ("status_quo", "population_ico")}
    return {**ASKED, "place": entry, "policies": policies}


def of_study(place) -> dict:
    study = {**ASKED, "title": "T", "against": "status_quo", "policies": ["status_quo"]}
    entry = {"title": place.title, "patients": 300, "registered": 300_000, **licence_of(place)}
    policies = {"status_quo": {"title": "Status quo"}}
    return {"study": study, "places": {"one": entry, "other": entry}, "policies": policies}


def said_of(place, monkeypatch) -> dict[str, str]:
    """What heads each kind of output."""
    monkeypatch.setattr(differences, "_draw_differences", lambda *_, **__: None)
    rows = [
        {"policy": "population_ico", "outcome": name, "family": OUTCOMES[name].family}
        for name in HEADLINES
    ]
    one = {**manifest(place), "policies": {"status_quo": {}}}
    figure = differences.comparison_figure(manifest(place), rows, "too short")
    progress = {"asked": 2, "done": 2}
    return {
        "run": runs.header(one),
        "compare": comparison.header(manifest(place)),
        "figure": figure._supxlabel.get_text(),
        "response": response.study_header(of_study(place)),
        "contrast": contrast_tables.header(of_study(place), [{"sets": 1}], progress),
    }


def test_results_of_real_places_say_it_once_and_of_drawn_ones_never(real, monkeypatch):
    for kind, text in said_of(real, monkeypatch).items():
        assert text.count(LICENCE) == 1, kind
    for kind, text in said_of(find_place("anyshire"), monkeypatch).items():
        assert "licen" not in text.lower(), kind


def test_folders_of_results_keep_it(real):
    options = SimpleNamespace(
        levers={}, patients_at=lambda place: 300, years=1, seed=0, minds="reasoned",
        parameters=lambda: SimpleNamespace(hash=lambda: "x"),
    )  # fmt: skip
    assert described(real, options)["place"]["licence"] == LICENCE
    assert "licence" not in described(find_place("anyshire"), options)["place"]
    plan = SimpleNamespace(study=SimpleNamespace(patients=300))
    assert Plan._place(plan, real)["licence"] == LICENCE


def test_a_place_that_is_described_says_it(real, capsys):
    print_place(real, [])
    assert LICENCE in " ".join(capsys.readouterr().out.split())


def columns_of(path) -> dict[str, list]:
    return pd.read_csv(path).to_dict("list")


def test_files_that_are_opened_elsewhere_say_it_in_their_last_column(real, tmp_path):
    told, drawn = manifest(real), manifest(find_place("anyshire"))
    frame = pd.DataFrame({"policy": ["=1+1"], "n": [2.5]})
    write_csv(frame, tmp_path / "a.csv", told)
    write_csv(frame, tmp_path / "b.csv", drawn)
    assert columns_of(tmp_path / "a.csv") == {"policy": ["'=1+1"], "n": [2.5], "licence": [LICENCE]}
    assert columns_of(tmp_path / "b.csv") == {"policy": ["'=1+1"], "n": [2.5]}
    row = {"policy": "p", "outcome": "hhi", "estimate": 1.5}
    comparison.write_table([row], tmp_path / "c.csv", licence_column(told))
    assert columns_of(tmp_path / "c.csv")["licence"] == [LICENCE]
    path = {"policy": "p", "outcome": "hhi", "unit": "0-1", "year": 1, "kind": "level",
            "estimate": 0.5, "low": 0.4, "high": 0.6, "runs": 2}  # fmt: skip
    paths.write_paths([path], tmp_path, licence_column(told))
    assert columns_of(tmp_path / "paths.csv")["licence"] == [LICENCE]
    assert paths.read_paths(tmp_path)[0]["year"] == 1


def test_spreadsheets_hold_numbers_as_numbers_and_text_as_text(real, tmp_path):
    frame = pd.DataFrame({"policy": ["=1+1", "http://x"], "n": [2.5, None], "is": [True, False]})
    for name in ("a.xlsx", "b.xlsx"):
        write_csv(frame, tmp_path / name, manifest(real))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    found = pd.read_excel(tmp_path / "a.xlsx", sheet_name=None, engine="calamine", header=None)
    assert found["results"].iloc[0].tolist() == ["policy", "n", "is", "licence"]
    assert found["results"].iloc[1].tolist() == ["=1+1", 2.5, True, LICENCE]
    assert dict(found["about"].to_numpy())["licence"] == LICENCE
    with zipfile.ZipFile(tmp_path / "a.xlsx") as inside:
        sheet = inside.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet


def test_folders_and_answers_on_the_screen_hold_it(real, tmp_path, capsys):
    folders.write_licences(tmp_path, manifest(real))
    assert (tmp_path / "licence.txt").read_text() == f"{LICENCE}\n"
    folders.write_licences(tmp_path / "none", manifest(find_place("anyshire")))
    print_answer(pd.DataFrame({"n": [1]}), manifest(real))
    assert LICENCE in " ".join(capsys.readouterr().out.split())
    print_answer(pd.DataFrame({"n": [1]}), manifest(find_place("anyshire")))
    assert "licen" not in capsys.readouterr().out.lower()


def test_accounts_and_checks_say_it(real, capsys):
    one = {**manifest(real), "policies": {"status_quo": {}}}
    print_accounts("RX1", one, [])
    assert LICENCE in " ".join(capsys.readouterr().out.split())
    print_check(one, [])
    assert LICENCE in " ".join(capsys.readouterr().out.split())
