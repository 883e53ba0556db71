"""Why an organisation did what it did: its decisions, in order, from the folder of a run."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from experiments.folders import RUNS, read_manifest
from experiments.output import number, show, table
from model.errors import BadInput

DECISIONS = "decisions.parquet"
LISTS = ("options", "pounds", "probabilities")
MONTHS = ("Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")


def find_run(text: str) -> Path:
    """The run folder at a path, or the one under `runs/` whose name begins so."""
    if Path(text).is_dir():
        return Path(text)
    kept = [path.name for path in RUNS.glob("*") if (path / DECISIONS).is_file()]
    start = Path(text).name if Path(text).parent == RUNS else text
    found = [name for name in kept if name.startswith(start)]
    if len(found) != 1:
        problem = "several runs begin so" if found else "no such run folder"
        raise BadInput(problem, key="run", value=text, allowed=found or kept or "a run folder")
    return RUNS / found[0]


def decisions_of(folder: Path, agent: str) -> list[dict[str, Any]]:
    """All decisions of an agent, in order; `BadInput` with the nearest code if it took none."""
    import pandas as pd

    path = folder / DECISIONS
    if not path.is_file():
        raise BadInput("no decisions here: not the folder of a run", file=folder)
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"not a readable Parquet table: {error}", file=path) from None
    agents = sorted(set(frame["agent"]))
    if agent not in agents:
        allowed = agents or "no agent: nobody decided anything in this run"
        raise BadInput("took no decision in this run", key="--agent", value=agent, allowed=allowed)
    rows = frame[frame["agent"] == agent].sort_values("month", kind="stable")
    return [
        _unpacked({str(key): value for key, value in row.items()})
        for row in rows.to_dict("records")
    ]


def _unpacked(row: dict[str, Any]) -> dict[str, Any]:
    """The row with plain lists, and its figures as one mapping of names to numbers."""
    row |= {key: list(row[key]) for key in LISTS}
    return row | {"figures": dict(zip(row.pop("figure_names"), row["figures"], strict=True))}


def when(month: int) -> str:
    """A month of a run in words: month 0 is the April in which the policy begins."""
    return f"{MONTHS[month % 12]} of year {month // 12 + 1}"


def print_explanation(folder: Path, agent: str, decisions: Sequence[dict[str, Any]]) -> None:
    """Every decision: options with utilities and probabilities, what was taken, the figures."""
    manifest, _ = read_manifest(folder)
    policies = ", ".join(manifest.get("policies", {}))
    show(f"{agent} under {policies}, seed {manifest.get('seed')}: {len(decisions)} decisions.\n"
         "Worth in pounds a year, other motives at their money's worth; > was done.")  # fmt: skip
    for decision in decisions:
        show(_heading(decision), _options(decision), *_figures(decision["figures"]))


def _heading(decision: dict[str, Any]) -> str:
    about = f" about {decision['about']}" if decision.get("about") else ""
    forced = "; forced" if decision.get("forced") else ""
    return f"{when(int(decision['month']))}: {decision['rule']}{about}{forced}"


def _options(decision: dict[str, Any]):
    made = table(["", "option", "worth £/year", "probability"], text_columns=2)
    for option, pounds, probability in zip(*(decision[key] for key in LISTS), strict=True):
        mark = ">" if option == decision["chosen"] else ""
        cells = (mark, option, number(pounds), number(probability, 3))
        made.add_row(*map(Text, cells))
    return made


def _figures(figures: dict[str, Any]) -> Iterable[str]:
    if figures:
        yield "  " + "; ".join(f"{name} {value:,.6g}" for name, value in figures.items())
