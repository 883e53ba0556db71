"""What the licence of published statistics asks for stands in every output that shows them."""

import dataclasses
from types import SimpleNamespace

import pytest

from experiments import comparison, contrast_tables, response, runs
from experiments.describe import print_place
from experiments.figures import comparison as differences
from experiments.options import described, licence_of
from experiments.plan import Plan
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.place import find_place
from model.place_build import LICENCE

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
    return {"study": study, "places": {"one": entry, "other": entry}}


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
