"""Quoted excerpts and numbers: what was recorded, what is quoted, and a changed digit."""

import re

import pytest

from experiments.effects.compare import rows_of
from experiments.reference import excerpts
from experiments.reference.excerpts import ExcerptRecord, main, page_of, read_record, write_record
from experiments.runs.folders import code_version
from experiments.runs.jobs import Lived
from model.outcomes.scoreboard import OUTCOMES
from model.policies.policy_finding import find_policy

LINE = "joinedup compare carveout_msk"
DOCUMENT = """# Made

Holding goes up by +0.20<!-- number of: joinedup compare carveout_msk | carveout_msk
hhi_holding difference --> in both.

<!-- excerpt of: joinedup compare carveout_msk | from: Difference | to: Means over -->
```text
to be written
```
"""


@pytest.fixture
def record():
    """A recorded comparison of two policies and three seeds."""
    base = dict.fromkeys(OUTCOMES, 0.5)
    lived = [
        {"status_quo": Lived("", {**base, "hhi": 0.5 + 0.01 * k}),
         "carveout_msk": Lived(
             "", {**base, "hhi": 0.5 + 0.01 * k, "hhi_holding": 0.7 + 0.001 * k})}
        for k in range(3)
    ]  # fmt: skip
    policies = {name: find_policy(name) for name in lived[0]}
    manifest = {
        "command": "compare", "code": code_version(), "place": {"title": "Made"}, "years": 10,
        "patients": 1000, "registered": 2000, "seed": 0, "replicates": 3, "random_replicates": 0,
        "levers": {}, "minds": "reasoned",
        "policies": {name: one.model_dump(mode="json") for name, one in policies.items()},
    }  # fmt: skip
    return ExcerptRecord(
        manifest, {"rows": rows_of(lived, policies), "regimes": [], "no_regimes": "-"}
    )


@pytest.fixture
def root(tmp_path, record):
    """A folder with a document and the recorded run that it quotes, written by --renew."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(DOCUMENT, encoding="utf-8")
    write_record(tmp_path, LINE, record)
    assert main(["--renew"], tmp_path) == 0
    return tmp_path


def test_what_was_recorded_is_written_where_it_is_quoted(root, record, capsys):
    text = (root / "README.md").read_text(encoding="utf-8")
    quoted = text.split("```text\n")[1].split("```")[0].splitlines()
    assert quoted[0].startswith("Difference") and "Means over" not in quoted[-1]
    page = page_of(record)
    start = page.index(quoted[0])
    assert page[start : start + len(quoted)] == quoted and max(map(len, quoted)) <= 80
    assert main([], root) == 0 and "Every quotation comes out." in capsys.readouterr().out


@pytest.mark.parametrize("number", [r"0\.20\d*\*", r"\+0\.20<"])
def test_a_changed_digit_is_found(root, number, capsys):
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    found = re.search(number, text)
    assert found is not None
    path.write_text(text.replace(found[0], found[0].replace("0.20", "0.21"), 1), encoding="utf-8")
    assert main([], root) == 1
    assert "README.md" in capsys.readouterr().out
    assert main(["--renew"], root) == 0 and path.read_text(encoding="utf-8") == text


def test_a_quotation_without_a_recorded_run_is_a_problem(root, capsys):
    (root / "docs" / "recorded" / "compare_carveout_msk.json").unlink()
    assert main([], root) == 1
    assert "there is no recorded run" in capsys.readouterr().out


def test_a_record_says_which_code_and_seeds_made_it(root, record, capsys, monkeypatch):
    kept = read_record(root, LINE)
    assert kept == ExcerptRecord(record.manifest, kept.results) and kept.manifest["code"]
    monkeypatch.setattr(excerpts, "code_version", lambda: "later")
    assert main([], root) == 0
    assert f"recorded by {record.manifest['code']}" in capsys.readouterr().out


def test_runs_that_come_out_otherwise_are_found_by_living_them_again(root, record, monkeypatch):
    other = {**record.results, "rows": [dict(row) for row in record.results["rows"]]}
    for row in other["rows"]:
        if row["outcome"] == "hhi_holding" and row["kind"] == "difference":
            row["estimate"], row["low_all"], row["high_all"] = 0.3, 0.29, 0.31
    monkeypatch.setattr(excerpts, "live", lambda line: ExcerptRecord(record.manifest, other))
    assert main(["--rerun"], root) == 1
    monkeypatch.setattr(excerpts, "live", lambda line: record)
    assert main(["--rerun"], root) == 0


def test_the_documents_quote_what_was_recorded():
    readme = (excerpts.ROOT / "README.md").read_text(encoding="utf-8")
    assert "joinedup compare" in excerpts.command_lines(readme)
    found = excerpts.problems_of(excerpts.ROOT, excerpts.records_of(excerpts.ROOT))
    assert list(found) == []
