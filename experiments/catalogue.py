"""What can be asked for: policies, places, levers, outcomes."""

from collections.abc import Callable
from typing import Any

from experiments.output import print_rows
from model.errors import BadInput

Row = dict[str, Any]


def policies() -> list[Row]:
    """Presets: name, title, help, source."""
    from model.policy import find_policy, policy_names

    found = [find_policy(name) for name in policy_names()]
    return [{key: getattr(p, key) for key in ("name", "title", "help", "source")} for p in found]


def places() -> list[Row]:
    """Named places: name, title, kind ("drawn" or "real"), commissioners of the real ones."""
    from model.place import named_places

    return [
        {"name": name, "title": entry.get("title", name)}
        | {"kind": "drawn" if entry["synthetic"] else "real"}
        | {"commissioners": list(entry["commissioners"])}
        for name, entry in named_places().items()
    ]


def levers() -> list[Row]:
    """Numbers that a run may set: name, value, unit, low, high, meaning, source or assumption."""
    from model.parameters import load_parameters

    entries = load_parameters().entries.values()
    return [vars(entry) for entry in entries if entry.is_lever]


def outcomes() -> list[Row]:
    """What the scoreboard measures: name, family, unit, meaning."""
    from model.outcomes.scoreboard import OUTCOMES

    keys = ("family", "unit", "meaning")
    return [{"name": n, **{key: getattr(o, key) for key in keys}} for n, o in OUTCOMES.items()]


CATALOGUES: dict[str, Callable[[], list[Row]]] = {
    "policies": policies,
    "places": places,
    "levers": levers,
    "outcomes": outcomes,
}


def catalogue(what: str) -> list[Row]:
    """All of one kind; `BadInput` if there is no such kind."""
    if what not in CATALOGUES:
        raise BadInput("nothing to list", key="list", value=what, allowed=CATALOGUES)
    return CATALOGUES[what]()


def print_catalogue(what: str, rows: list[Row]) -> None:
    """The catalogue for readers; --json has every field."""
    lines = {"policies": _policy, "places": _place, "levers": _lever, "outcomes": _outcome}
    print_rows("", [lines[what](row) for row in rows], text_columns=1 if what == "levers" else 4)


def _policy(row: Row) -> dict[str, str]:
    return {"policy": row["name"], "what it does": f"{row['title']}. {row['help']}"}


def _place(row: Row) -> dict[str, str]:
    codes = ", ".join(row["commissioners"])
    return {"place": row["name"], "what it is": row["title"], "kind": row["kind"]} | {
        "commissioners": "all" if codes == "*" else codes
    }


def _lever(row: Row) -> dict[str, str]:
    limits = [row["low"], row["high"]]
    span = "at least 0" if None in limits else " to ".join(f"{limit:g}" for limit in limits)
    return {"lever": f"{row['name']}\n  {row['unit']}", "value": f"{row['value']:g}"} | {
        "allowed": span
    }


def _outcome(row: Row) -> dict[str, str]:
    return {"outcome": f"{row['name']}\n  ({row['unit']})", "family": row["family"]} | {
        "what it measures": row["meaning"]
    }
