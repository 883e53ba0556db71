"""What can be asked for: policies, places, levers, mechanisms, rules, outcomes, studies, groups."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any

from experiments.terminal.output import out, print_rows, quantity, show
from model.input.errors import InputError

Row = dict[str, Any]


def policies() -> list[Row]:
    """Presets: name, title, help, source."""
    from model.policies.policy_finding import find_policy, policy_names

    found = [find_policy(name) for name in policy_names()]
    return [{key: getattr(p, key) for key in ("name", "title", "help", "source")} for p in found]


def places() -> list[Row]:
    """Named places: name, title, kind ("drawn" or "real"), commissioners of the real ones."""
    from model.places.named_places import named_places

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
    """What is measured: name, family, unit, meaning, title; regimes as shares of people.

    smallest_effect: from which difference on it matters, with its reason. follows_from: terms of a
    policy that move it once they are taken up.
    """
    from experiments.measures.regime_tables import PREFIX, regime_words
    from model.outcomes.scoreboard import OUTCOMES

    regimes = [
        {"name": PREFIX + name, "family": "regime", "unit": "share of people", "meaning": meaning}
        for name, meaning in regime_words()["regimes"].items()
    ]
    return [asdict(outcome) for outcome in OUTCOMES.values()] + regimes


def mechanisms() -> list[Row]:
    """What can be switched off: name, levers with the values that do so, what they mean."""
    from model.parameters import load_parameters

    known = load_parameters()
    return [
        {"name": name, "levers": levers, "meaning": [known.entry(n).meaning for n in levers]}
        for name, levers in known.mechanisms().items()
    ]


def rules() -> list[Row]:
    """Rules of the NHS: name, unit, meaning, and values with dates, source and confidence."""
    from model.rules import load_rules

    return [
        {"name": rule.name, "unit": rule.unit, "meaning": rule.meaning}
        | {"on_record": rule.on_record}
        | {"values": [{**vars(v), "start": str(v.start), "end": str(v.end or "")}
                      for v in rule.values]}
        for rule in load_rules().values()
    ]  # fmt: skip


def studies() -> list[Row]:
    """Shipped studies: name, title, runs."""
    from experiments.studies.study_check import runs_of
    from experiments.studies.sweep_reading import find_study, study_names

    found = {name: find_study(name) for name in study_names()}
    return [{"name": n, "title": s.title, "runs": runs_of(s)} for n, s in found.items()]


def groups() -> list[Row]:
    """Groups of people that a person can be drawn from: name, title."""
    from model.population.person_groups import groups

    return [{"name": group.name, "title": group.title} for group in groups().values()]


LEVER_LETTERS, PAGE_LETTERS = 50, 78  # that a column and a page hold
SPAN_LETTERS, GAPS = 10, 4  # of a range that stands in one line; between three columns
LEVERS_MEAN = (
    "joinedup list levers WORD... keeps those about all these words; --json adds sources and the"
    " reasons of assumptions. --set LEVER=VALUE (typed without commas) uses another value;"
    " joinedup response LEVER goes through the range."
)
DESCRIBED_BY = ("name", "title", "help", "meaning", "unit", "family", "kind")
CATALOGUES: dict[str, Callable[[], list[Row]]] = {
    "policies": policies,
    "places": places,
    "levers": levers,
    "mechanisms": mechanisms,
    "rules": rules,
    "outcomes": outcomes,
    "studies": studies,
    "groups": groups,
}


def catalogue(what: str, about: Sequence[str] = ()) -> list[Row]:
    """All of one kind, or those in whose name or description all words of `about` stand.

    `InputError` if there is no such kind, or nothing about these words.
    """
    if what not in CATALOGUES:
        raise InputError("nothing to list", key="list", value=what, allowed=CATALOGUES)
    rows = CATALOGUES[what]()
    found = [row for row in rows if _is_about(row, about)]
    if not found:
        raise InputError(f"none of the {what} is about this", key="ABOUT", value=" ".join(about),
                       allowed=f"words of their descriptions (joinedup list {what})")  # fmt: skip
    return found


def _is_about(row: Row, about: Iterable[str]) -> bool:
    told = " ".join(str(row.get(key, "")) for key in DESCRIBED_BY).lower().replace("_", " ")
    return all(word.lower().replace("_", " ") in told for word in about)


def print_catalogue(what: str, rows: list[Row]) -> None:
    """The catalogue for readers; --json has every field."""
    lines = {
        "policies": _policy, "places": _place, "rules": _rule,
        "mechanisms": _mechanism,
        "outcomes": _outcome, "studies": _study, "groups": _group,
    }  # fmt: skip
    numbers = what in ("levers", "studies")
    told = _levers(rows, out().width) if what == "levers" else [lines[what](row) for row in rows]
    print_rows("", told, text_columns=2 - numbers if numbers else 4)
    if what == "levers":
        show(LEVERS_MEAN)
    if what == "outcomes":
        _print_what_matters(rows)


def _policy(row: Row) -> dict[str, str]:
    return {"policy": row["name"], "what it does": f"{row['title']}. {row['help']}"}


def _place(row: Row) -> dict[str, str]:
    codes = ", ".join(row["commissioners"])
    return {"place": row["name"], "what it is": row["title"], "kind": row["kind"]} | {
        "commissioners": "all" if codes == "*" else codes
    }


def _levers(rows: list[Row], width: int) -> list[dict[str, str]]:
    """What is said of levers, in lines of the width that their numbers leave."""
    numbers = [{"value": _grouped(row["value"]), "allowed": _allowed(row)} for row in rows]
    taken = sum(_widest(each[name] for each in numbers) for name in numbers[0])
    names = _widest(row["name"] for row in rows)  # which stand whole, to be copied
    letters = max(names, min(LEVER_LETTERS, width - taken - GAPS))
    return [{"lever": _lever(row, letters)} | of for row, of in zip(rows, numbers, strict=True)]


def _lever(row: Row, letters: int) -> str:
    origin = "" if row["source"] else " Assumption."
    return _named(row["name"], f"{row['meaning']} ({row['unit']}).{origin}", letters)


def _allowed(row: Row) -> str:
    limits = [row["low"], row["high"]]
    if None in limits:
        return "at least 0"
    low, high = map(_grouped, limits)
    return f"{low} to {high}" if len(low + high) <= SPAN_LETTERS else f"{low}\nto {high}"


def _widest(texts: Iterable[str]) -> int:
    return max(len(line) for text in texts for line in text.splitlines())


def _grouped(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else quantity(value)


def _mechanism(row: Row) -> dict[str, str]:
    off = ", ".join(f"{name} = {quantity(value)}" for name, value in row["levers"].items())
    return {"mechanism": row["name"], "switched off by": off}


def _rule(row: Row) -> dict[str, str]:
    values = [f"{one['start'][:4]}: {_value(one['value'], row['unit'])}" for one in row["values"]]
    last = row["values"][-1]["end"]
    ended = f" (to {last})" if last else ""
    record = " On record: moves nothing." if row["on_record"] else ""
    about = f"{row['meaning']} ({row['unit']}).{record}"
    told = f"{about} From {', '.join(values)}{ended}"
    return {"rule": _named(row["name"], told, PAGE_LETTERS)}


def _named(name: str, about: str, letters: int) -> str:
    """A name and, below it and indented, what is said about it."""
    return f"{name}\n{fill(about, letters, initial_indent='  ', subsequent_indent='  ')}"


def _value(value: Any, unit: str) -> str:
    if isinstance(value, str) or "year of the" in unit:  # a word, or a year
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:g}"


def _group(row: Row) -> dict[str, str]:
    return {"group": row["name"], "who belongs": row["title"]}


def _study(row: Row) -> dict[str, str]:
    return {"study": f"{row['name']}\n  {row['title']}", "runs": f"{row['runs']:,}"}


def _print_what_matters(rows: list[Row]) -> None:
    """From which difference on outcomes matter, and what regimes rest on."""
    from experiments.measures.difference_cells import smallest_in_words
    from experiments.measures.regime_tables import regime_words, thresholds_told
    from model.outcomes.scoreboard import SmallestEffect

    lines = [
        {"outcome": row["name"], "matters from": smallest_in_words(SmallestEffect(**effect))}
        | {"why": effect["source"] or f"Assumption: {effect['assumption']}"}
        for row in rows
        if (effect := row.get("smallest_effect"))
    ]
    print_rows("The smallest effects of interest, fixed before any run", lines, 3)
    follows = [
        f"{row['name']} ({', '.join(row['follows_from'])})"
        for row in rows
        if row.get("follows_from")
    ]
    show(f"Arithmetic where one of these terms of the policy is taken up: {'; '.join(follows)}.")
    show(regime_words()["alternatives"], regime_words()["monopoly"], thresholds_told())


def _outcome(row: Row) -> dict[str, str]:
    return {"outcome": f"{row['name']}\n  ({row['unit']})", "family": row["family"]} | {
        "what it measures": row["meaning"]
    }
