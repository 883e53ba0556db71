"""What is handed over: places as tables and as folders, results of runs and sweeps."""

import contextlib
import io
import json
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import odd
import pandas as pd
import published
import pyarrow as pa
from fuzzing import Input, Target, check_that

from experiments.catalogue.describe import place_rows, print_place
from experiments.commands.cli import exit_code
from experiments.runs.folders import MANIFEST, hash_of, read_manifest, write_manifest
from experiments.studies.store import PARTS, write_outcomes
from model.input.errors import InputError
from model.places.columns import AGE_SEX_COLUMNS, COLUMNS
from model.places.place import Place, check, make_place
from model.places.sources.build import build_place
from model.rules import years_with_rules

HEAD = {"name": "mine", "title": "Mine", "year": 2014, "sources": ["s"], "licence": "l",
        "synthetic": True}  # fmt: skip
CODES = {"areas": "area", "practices": "practice", "trusts": "trust", "sites": "site",
         "commissioners": "commissioner", "councils": "council"}  # fmt: skip


@cache
def base() -> Path:
    """A folder, gone when the tests are, with a small place and what was lived in it."""
    holder = tempfile.TemporaryDirectory()
    base.holder = holder  # type: ignore[attr-defined]
    top = Path(holder.name)
    build_place(published.write_official(top / "files"), ["01A"], "leigh").save(top / "leigh")
    return top


@cache
def _tables() -> dict[str, pd.DataFrame]:
    place = Place.load(base() / "leigh")
    return {table: getattr(place, table) for table in COLUMNS}


def _place(luck: random.Random) -> Input:
    return Input(None, [_table_edit(luck) for _ in range(luck.choice((1, 1, 1, 2, 3)))])


def _table_edit(luck: random.Random) -> tuple:
    if luck.random() < 0.15:
        return "head", luck.choice([*HEAD, "files", "more"]), odd.value(luck)
    table = luck.choice(list(COLUMNS))
    column = luck.choice(list(COLUMNS[table]))
    what = luck.choice(("cell",) * 7 + WHATS[1:])
    row = luck.random()
    if what in ("cell", "column"):
        other = luck.choice(_tables()[luck.choice(list(CODES))].iloc[:, 0].tolist())
        value = other if luck.random() < 0.15 else odd.value(luck)
        return what, table, column, row, "x" if value == "\ud800" else value  # no file can hold it
    return what, table, column, row


def _with_edit(frame: pd.DataFrame, edit: tuple) -> pd.DataFrame:
    what, _, column, where, *rest = edit
    k = int(where * len(frame))
    if what == "none":
        return frame.iloc[:0]
    if what == "row away":
        return frame.drop(frame.index[k : k + 1])
    if what == "row twice":
        return pd.concat([frame, frame.iloc[k : k + 1]], ignore_index=True)
    if column not in frame.columns:
        return frame
    if what in ("drop", "rename"):
        return frame.drop(columns=column) if what == "drop" else frame.rename(columns={column: "x"})
    values = frame[column].astype(object).tolist()
    values = [rest[0] if what == "column" or i == k else v for i, v in enumerate(values)]
    return frame.assign(**{column: _as_column(values)})


def _as_column(values: list[Any]) -> Any:
    """As pandas would read it: numbers as numbers where all are."""
    if all(type(v) is bool for v in values) or all(type(v) is str for v in values):
        return values
    if all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in values):
        with contextlib.suppress(OverflowError):
            whole = all(isinstance(v, int | np.integer) for v in values)
            return pd.Series(values, dtype="int64" if whole else "float64").to_numpy()
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _edited(edits: list[tuple]) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    head, tables = dict(HEAD), dict(_tables())
    for edit in edits:
        if edit[0] == "head":
            head[edit[1]] = edit[2]
        else:
            tables[edit[1]] = _with_edit(tables[edit[1]], edit)
    return head, tables


def _feed_place(given: Input, work: Path) -> None:
    _, tables = _edited(given.edits)
    sound_place(check(make_place(**HEAD, tables=tables, file=Path("mine"))))


def sound_place(place: Place) -> None:
    """Whether a place is one that a run can start from, by rules of this test's own."""
    first, last = years_with_rules()
    check_that(type(place.year) is int and first <= place.year <= last, "year")
    check_that(isinstance(place.title, str) and place.title.strip(), "title")
    for table, columns in COLUMNS.items():
        frame = getattr(place, table)
        check_that(len(frame) or table == "registers", f"{table} is empty")
        for column in columns:
            _sound_column(f"{table}.{column}", frame[column])
        if table in CODES:
            check_that(frame[CODES[table]].is_unique, f"{table}: codes twice")
    _sums_agree(place)


def _sound_column(name: str, values: pd.Series) -> None:
    check_that(not values.isna().any(), f"{name}: missing")
    if values.dtype.kind in "iuf":
        numbers = values.to_numpy(float)
        check_that(np.isfinite(numbers).all(), f"{name}: not finite")
        most = 1.0 if name.endswith(("share", "prevalence")) else 1e8
        least = -11 if name.endswith("_km") else 0
        check_that(((numbers >= least) & (numbers <= most)).all(), f"{name}: out of bounds")
    elif values.dtype.kind != "b":
        check_that(all(isinstance(one, str) for one in values), f"{name}: no text")
        if name != "services.provider":
            check_that(all(one.strip() for one in values), f"{name}: says nothing")


def _sums_agree(place: Place) -> None:
    practices = place.practices.set_index("practice")
    lists = place.lists.groupby("practice")["patients"].sum()
    check_that((practices[AGE_SEX_COLUMNS].sum(axis=1) == practices["list_size"]).all(), "ages")
    check_that((lists.reindex(practices.index) == practices["list_size"]).all(), "homes")
    check_that(set(place.sites["trust"]) == set(place.trusts["trust"]), "sites of other trusts")
    known = {*place.trusts["trust"], *place.councils["council"], ""}
    check_that(set(place.services["provider"]) <= known, "unknown providers")
    check_that(set(practices["commissioner"]) == set(place.commissioners["commissioner"]), "purses")


def _folder(luck: random.Random) -> Input:
    edits: list[Any] = []
    for _ in range(luck.choice((1, 1, 2))):
        if luck.random() < 0.4:
            edits.append(_table_edit(luck))
        else:
            file = luck.choice(["place.toml", *(f"{table}.parquet" for table in COLUMNS)])
            what = odd.byte_edit(luck) if luck.random() < 0.6 else luck.choice(MISPLACED)
            if file == "place.toml" and luck.random() < 0.7:
                what = odd.text_edit(luck)
            edits.append((file, what))
    return Input(None, edits)


MISPLACED = ("gone", "a folder", "another", "text", "many rows")


def _feed_folder(given: Input, work: Path) -> None:
    folder = work.parent / "leigh"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base() / "leigh", folder)
    of_tables = [edit for edit in given.edits if edit[0] in WHATS]
    head, tables = _edited(of_tables)
    for edit in of_tables:
        if edit[0] == "head":
            text = odd.toml_text({"schema": "joinedup-place/1", **head})
            (folder / "place.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
        else:
            with contextlib.suppress(Exception):  # what Parquet cannot hold cannot be handed over
                tables[edit[1]].to_parquet(folder / f"{edit[1]}.parquet", index=False)
    for file, what in (edit for edit in given.edits if edit not in of_tables):
        misplace(folder / file, what)
    place = Place.load(folder)
    sound_place(place)
    with contextlib.redirect_stdout(io.StringIO()):
        print_place(place, place_rows(place))


WHATS = ("head", "cell", "column", "drop", "rename", "row away", "row twice", "none")


def misplace(path: Path, what: Any) -> None:
    """Damage a file, or put something else in its place."""
    if not path.is_file():
        return
    raw = path.read_bytes()
    if not isinstance(what, str):
        text = isinstance(what[2], str)
        path.write_bytes(odd.edited(raw.decode(), what).encode("utf-8", "surrogatepass") if text
                         else odd.damaged(raw, what))  # fmt: skip
        return
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "text":
        path.write_text("a,b\n1,2\n")
    elif what == "another":
        others = sorted(path.parent.glob("*.parquet"))
        path.write_bytes(others[0].read_bytes() if others else b"")
    elif what == "many rows" and path.suffix == ".parquet":
        shutil.copy(_many_rows(), path)


@cache
def _many_rows() -> Path:
    """A small file with more rows than anybody has."""
    path = base() / "many.parquet"
    pd.DataFrame({"a": np.zeros(20_000_001, "bool")}).to_parquet(path)
    return path


@cache
def lived() -> Path:
    """A run of a year, whole."""
    out = base() / "run"
    line = f"run carveout_msk --place {base() / 'leigh'} --patients 100 --years 1 --out {out}"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert exit_code(line.split()) == 0
    return out


@cache
def swept() -> Path:
    """A sweep of two short runs, whole."""
    study, out = base() / "study.toml", base() / "sweep"
    study.write_text(odd.toml_text({
        "title": "t", "policies": ["status_quo", "carveout_msk"], "places": ["leigh"],
        "patients": 100, "years": 1, "replicates": 1,
    }))  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert exit_code(["sweep", str(study), "--out", str(out), "--workers", "1"]) == 0
    return out


@cache
def compared() -> Path:
    """A comparison of two short replicates, whole."""
    out = base() / "compare"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert exit_code([*_comparison(), "--out", str(out)]) == 0
    return out


def _comparison() -> list[str]:
    line = f"compare carveout_msk --place {base() / 'leigh'} --patients 100 --years 1"
    return [*line.split(), "--replicates", "2", "--workers", "1"]


KEPT = {"run": lived, "sweep": swept, "compare": compared}
QUESTIONS = {
    "run": [["explain"], ["explain", "--agent", "RAA"], ["explain", "--event", "0"],
            ["explain", "--year", "1"], ["accounts", "RAA"],
            ["query", "SELECT * FROM decisions"], ["query", "SELECT count(*) FROM ledger"]],
    "compare": [["compare"]],
    "sweep": [["contrast"], ["query", "SELECT * FROM results"], ["contrast", "--outcome", "hhi"]],
}  # fmt: skip


def _results(luck: random.Random) -> Input:
    kind = luck.choice(("run", "run", "run", "sweep", "sweep", "compare"))
    folder = KEPT[kind]()
    question = luck.choice(QUESTIONS[kind])
    edits: list[Any] = []
    for _ in range(luck.choice((1, 1, 2))):
        file = luck.choice(sorted(str(p.relative_to(folder)) for p in folder.rglob("*.*")
                                  if p.is_file()))  # fmt: skip
        which = luck.random()
        if file == MANIFEST and which < 0.7:
            content = json.loads((folder / MANIFEST).read_text())
            edits.append((file, odd.document_edit(luck, content, ["results", "tables", "study"])))
        elif file.endswith(".parquet") and which < 0.5:
            columns = pd.read_parquet(folder / file).columns.tolist()
            edit = (
                luck.choice(WHATS[1:]),
                "",
                luck.choice(columns),
                luck.random(),
                odd.value(luck),
            )
            edits.append((file, edit))
        else:
            edits.append((file, odd.byte_edit(luck) if which < 0.9 else luck.choice(MISPLACED[:4])))
    return Input((kind, question), edits)


def _feed_results(given: Input, work: Path) -> None:
    kind, question = given.base
    folder = work.parent / kind
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(KEPT[kind](), folder)
    for file, edit in given.edits:
        _hand_over(folder, folder / file, edit)
    if kind == "compare":
        answered([*_comparison(), "--out", str(folder), "--resume"])
    else:
        answered([question[0], str(folder), *question[1:]])


def _hand_over(folder: Path, path: Path, edit: Any) -> None:
    """Change a file of results as somebody could who seals it anew."""
    if not path.is_file():
        return
    if (
        isinstance(edit, str)
        or not (edit[0] in WHATS or path.name == MANIFEST)
        or (path.name == MANIFEST and isinstance(edit[1], float))
    ):
        misplace(path, edit)
    elif path.name == MANIFEST:
        content = json.loads(path.read_text())
        with contextlib.suppress(TypeError, ValueError):
            odd.changed(content, edit)
            if content.get("command") != "compare":  # read by nobody but the command that wrote it
                content.pop("seal", None)
                content["seal"] = hash_of(content)
            path.write_text(json.dumps(content, default=str), errors="replace")
    else:
        with contextlib.suppress(Exception):
            given = read_manifest(folder, check_tables=False)
            changed = _with_edit(pd.read_parquet(path), edit)
            if path.parent.name == PARTS:
                _put_for_part(folder, path, changed)
            else:
                changed.to_parquet(path, index=False)
            write_manifest(folder, *given)


def _put_for_part(folder: Path, path: Path, changed: pd.DataFrame) -> None:
    """Put a table where a part was, named as a sweep names it, its texts as a sweep writes them."""
    table = pa.Table.from_pandas(changed, preserve_index=False)
    kinds = [pa.string() if pa.types.is_large_string(f.type) else f.type for f in table.schema]
    table = table.cast(pa.schema(zip(table.column_names, kinds, strict=True)))
    path.unlink()
    write_outcomes(folder, table)


def answered(line: list[str]) -> str:
    """What a command printed; raises `InputError` with its sentence if it refuses."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = exit_code(line)
    said = err.getvalue().strip()
    if code == 2:
        if "--json" in line:
            raise InputError(json.loads(out.getvalue())["error"]["problem"] + ".")
        check_that(out.getvalue() == "", "a refusal on stdout")
        raise InputError((said.splitlines() or ["nothing said."])[-1])
    check_that(code in (0, 1), f"exit code {code}: {said[-300:]}")
    check_that("\nNaN" not in out.getvalue(), "NaN shown")
    return out.getvalue()


TARGETS = [
    Target("places", _place, _feed_place, 16),
    Target("place folders", _folder, _feed_folder, 8),
    Target("results", _results, _feed_results, 4),
]
