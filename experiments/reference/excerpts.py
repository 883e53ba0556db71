"""Quoted excerpts of what commands print, in README.md and docs/: do they still come out?

    uv run python -m experiments.reference.excerpts            # every quotation against its
    recorded run uv run python -m experiments.reference.excerpts --rerun    # live the recorded runs
    again with this code uv run python -m experiments.reference.excerpts --renew    # record the
    runs anew, write what is quoted

A block is marked by the command line that prints it and, if not all of the page is quoted, by words
of the first line and of the line after the last one:

    <!-- excerpt of: joinedup compare | to: joinedup list outcomes -->

and a number in a sentence by the command line and what it is (policy, outcome and kind of the row,
and the field if it is not the estimate), right behind it; a share is quoted in per cent:

    lost handovers fall by -43<!-- number of: joinedup compare | population_ico
    lost_handovers_many difference -->

A recorded run (docs/recorded/) is the manifest of the folder that the command leaves: code, seeds,
place, policies, libraries, and all rows.
"""

import argparse
import contextlib
import io
import json
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from experiments.runs.folders import code_version, read_manifest
from experiments.terminal.exit_codes import DONE, MISSED
from model.input.errors import RunFailed

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"<!-- excerpt of: (?P<line>[^|\n]*?)(?: \| from: (?P<first>[^|\n]*?))?"
    r"(?: \| to: (?P<after>[^|\n]*?))? -->\n```text\n(?P<text>.*?)```\n", re.DOTALL,
)  # fmt: skip
NUMBER = re.compile(
    r"(?P<text>[+-]?[\d,]*\.?\d+)(?P<unit>%?)<!-- number of: (?P<line>[^|]*?) \|"
    r" (?P<policy>\S+)\s+(?P<outcome>\S+)\s+(?P<kind>\S+)(?:\s+(?P<field>\S+))? -->"
)
WIDTH = "80"
UNRECORDED = "there is no recorded run; --renew makes one"


class ExcerptRecord(NamedTuple):
    """A recorded run: what it depends on and what came out."""

    manifest: dict[str, Any]
    results: dict[str, Any]


class ExcerptProblem(NamedTuple):
    """What is wrong with a quotation."""

    file: Path
    quoted: str
    said: str


def pages_of(root: Path) -> list[Path]:
    """The documents in which excerpts are looked for."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def command_lines(text: str) -> list[str]:
    """The command lines that a document quotes, each once."""
    found = [*BLOCK.finditer(text), *NUMBER.finditer(text)]
    return list(dict.fromkeys(match["line"] for match in found))


def record_path(root: Path, line: str) -> Path:
    """Where the recorded run of a command line lies."""
    name = re.sub(r"[^a-z0-9]+", "_", line.removeprefix("joinedup ").lower()).strip("_")
    return root / "docs" / "recorded" / f"{name}.json"


def read_record(root: Path, line: str) -> ExcerptRecord | None:
    """The recorded run of a command line; None if there is none."""
    path = record_path(root, line)
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    return ExcerptRecord(content["manifest"], content["results"])


def write_record(root: Path, line: str, record: ExcerptRecord) -> None:
    """Write a recorded run, a row a line."""
    path = record_path(root, line)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_as_text(record), encoding="utf-8", newline="\n")


def _as_text(record: ExcerptRecord) -> str:
    """The record as JSON; lists of rows have a row a line, so that changes can be read."""
    results = ",\n".join(f"{json.dumps(k)}: {_value(v)}" for k, v in record.results.items())
    return f'{{"manifest": {json.dumps(record.manifest)},\n"results": {{\n{results}}}}}\n'


def _value(value: Any) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(row) for row in value) + "]"


def live(line: str) -> ExcerptRecord:
    """Live a command line in a folder of its own; `RunFailed` if it fails."""
    from experiments.commands.cli import exit_code

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        with contextlib.redirect_stdout(io.StringIO()):
            code = exit_code([*shlex.split(line)[1:], "--out", str(out)])
        if not (out / "manifest.json").is_file():
            raise RunFailed(f"{line} ended with exit code {code} and left no results")
        return ExcerptRecord(*read_manifest(out))


def page_of(record: ExcerptRecord) -> list[str]:
    """What the command prints of a recorded run, in lines."""
    printer = PRINTERS[record.manifest["command"]]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), _width():
        printer({**record.results, "manifest": record.manifest})
    return [line.rstrip() for line in said.getvalue().splitlines()]


def _compared(results: Mapping[str, Any]) -> None:
    from experiments.effects.comparison import print_comparison

    print_comparison(Path("runs"), dict(results))


def _validated(results: Mapping[str, Any]) -> None:
    from experiments.validation.validate_tables import print_validation

    print_validation(results["manifest"], results["rows"], [Path("runs")])


PRINTERS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "compare": _compared,
    "validate": _validated,
}


@contextlib.contextmanager
def _width() -> Iterator[None]:
    """Tables as wide as they are quoted, whatever the terminal."""
    import os

    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    try:
        yield
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)


def quoted_part(page: list[str], first: str | None, after: str | None) -> str:
    """The lines of a page from the one with the words `first` up to the one with `after`."""
    start = next((k for k, line in enumerate(page) if first and first in line), 0)
    end = next((k for k, line in enumerate(page) if k > start and after and after in line), None)
    return "\n".join(page[start:end]).strip("\n") + "\n"


def quoted_number(match: re.Match[str], record: ExcerptRecord) -> str:
    """A number of a recorded run with as many decimals as are quoted."""
    wanted = {key: match[key] for key in ("policy", "outcome", "kind")}
    rows = [row for row in record.results["rows"] if wanted.items() <= row.items()]
    if len(rows) != 1:
        raise RunFailed(f"{len(rows)} rows are {' '.join(wanted.values())}")
    value = rows[0][match["field"] or "estimate"] * (100 if match["unit"] else 1)
    decimals = len(match["text"].partition(".")[2])
    sign = "+" if match["text"].startswith("+") else ""
    return f"{value:{sign},.{decimals}f}"


def renewed(text: str, records: Mapping[str, ExcerptRecord]) -> str:
    """A document with every excerpt and number as the recorded runs have it."""

    def block(match: re.Match[str]) -> str:
        if match["line"] not in records:
            return match[0]
        part = quoted_part(page_of(records[match["line"]]), match["first"], match["after"])
        return match[0].replace(match["text"], part)

    def number(match: re.Match[str]) -> str:
        if match["line"] not in records:
            return match[0]
        return quoted_number(match, records[match["line"]]) + match[0][len(match["text"]) :]

    return NUMBER.sub(number, BLOCK.sub(block, text))


def problems_of(root: Path, records: Mapping[str, ExcerptRecord]) -> Iterator[ExcerptProblem]:
    """Every quotation that does not come out of the records, and every one without a record."""
    for path in pages_of(root):
        text = path.read_text(encoding="utf-8")
        for line in command_lines(text):
            if line not in records:
                yield ExcerptProblem(path, line, UNRECORDED)
        for pattern in (BLOCK, NUMBER):
            for match in pattern.finditer(text):
                if (now := renewed(match[0], records)) != match[0]:
                    yield ExcerptProblem(path, match["text"], f"now: {now}")


def records_of(root: Path) -> dict[str, ExcerptRecord]:
    """The recorded runs of all command lines that are quoted."""
    lines = [line for path in pages_of(root) for line in command_lines(path.read_text("utf-8"))]
    found = {line: read_record(root, line) for line in dict.fromkeys(lines)}
    return {line: record for line, record in found.items() if record is not None}


def renew(root: Path) -> None:
    """Live every quoted command line that this code has not recorded, and write what is quoted."""
    known = records_of(root)
    for path in pages_of(root):
        for line in command_lines(path.read_text(encoding="utf-8")):
            if line not in known or known[line].manifest["code"] != code_version():
                known[line] = live(line)
                write_record(root, line, known[line])
    for path in pages_of(root):
        text = path.read_text(encoding="utf-8")
        path.write_text(renewed(text, known), encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Check, live again or renew; 1 if a quotation does not come out."""
    parser = argparse.ArgumentParser(prog="python -m experiments.reference.excerpts")
    parser.add_argument("--rerun", action="store_true", help="live the recorded runs again")
    parser.add_argument("--renew", action="store_true", help="record anew, write what is quoted")
    asked = parser.parse_args(arguments)
    if asked.renew:
        renew(root)
    records = records_of(root)
    if asked.rerun:
        records = {line: live(line) for line in records}
    found = list(problems_of(root, records))
    for problem in found:
        print(f"{problem.file.name}: {problem.quoted.strip()[:200]}\n  {problem.said[:400]}")
    for line, record in records.items():
        if record.manifest["code"] != code_version():
            print(f"{line}: recorded by {record.manifest['code']}; --rerun lives it with this code")
    print(f"{len(found)} quotations do not come out" if found else "Every quotation comes out.")
    return MISSED if found else DONE


if __name__ == "__main__":
    sys.exit(main())
