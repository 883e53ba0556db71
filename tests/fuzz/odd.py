"""Values that nobody meant, names that are nearly right, and texts with something wrong in them."""

import datetime
import json
import math
import random
from typing import Any

NUMBERS = (
    *(0, 1, -1, 2, 3, 7, 12, 100, 601, -0.0, 0.1, 0.5, 0.999, 1.0, 1.5, 2.5, 12.0, 1e-300, -0.5),
    *(2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**30, 1e18, -1e18, 1e300, math.inf, -math.inf),
    *(math.nan, True, False),
)
TEXTS = (
    *("", " ", "x", "nan", "NaN", "inf", "-1", "1", "0.5", "1e18", "true", "null", "None", "../.."),
    *(
        "\x1b[2J",
        "a\nb",
        "a\0b",
        "\u202e",
        "\ud800",
        "é",
        "a" * 5_000,
        "=1+1",
        "'; DROP",
        "*",
        "%s",
    ),
    *(
        "{0}",
        "$x$",
        "[/bold]",
        "\ufeff",
        "\u0663",
        "\u00b2",
        "1_000",
        "0x10",
        "+5",
        " 5",
        "5 ",
        "１",
    ),
    *("2014-04-01", "2014-02-30", "01A", "acute", "status_quo", "regime.all", "anyshire"),
)
OTHERS: tuple[Any, ...] = (
    [], {}, [1], ["x"], [["x"]], {"a": 1}, [None], [True], ["acute", "acute"], [{}],
    datetime.date(2014, 2, 28), datetime.date(1800, 1, 1), datetime.date(9999, 12, 31),
    datetime.datetime(2014, 4, 1, 12, 30), datetime.time(1, 2),
)  # fmt: skip


def value(luck: random.Random) -> Any:
    """Anything that can be written in a file."""
    which = luck.random()
    if which < 0.55:
        return luck.choice(NUMBERS)
    return luck.choice(TEXTS) if which < 0.85 else luck.choice(OTHERS)


def number_text(luck: random.Random) -> str:
    """Something typed where a number is due."""
    if luck.random() < 0.4:
        return luck.choice(TEXTS)
    return luck.choice(
        ("{}", "{}", "+{}", " {}", "{}e3", "-{}", "0{}", "{}.", "{},5", "{}%")
    ).format(luck.choice(NUMBERS))


def name(luck: random.Random, known: list[str]) -> str:
    """A known name, mostly with something wrong."""
    text = luck.choice(known)
    return text if luck.random() < 0.5 else misspelt(luck, text)


def misspelt(luck: random.Random, text: str) -> str:
    """A text with one letter wrong, or another text altogether."""
    k = luck.randrange(len(text) + 1)
    return luck.choice((
        text[:k] + text[k + 1 :], text[:k] + luck.choice("xX_.:+=,~ é\0\x1b") + text[k:],
        text.upper(), text[::-1], text + text, f" {text} ", luck.choice(TEXTS),
    ))  # fmt: skip


def text_edit(luck: random.Random) -> tuple[str, float, str]:
    """A change of a text: what, where (0 to 1), with which letters."""
    what = luck.choice(("cut", "insert", "replace", "double", "drop line", "swap lines", "end"))
    letters = luck.choice((*TEXTS[:20], "[", "]", "{", '"', "=", "#", ",", "\t", "¬", "\r", '"""'))
    return what, luck.random(), letters


def edited(text: str, edit: tuple[str, float, str]) -> str:
    """The text with such a change."""
    what, where, letters = edit
    k = int(where * len(text))
    if what in ("drop line", "swap lines"):
        lines = text.splitlines(keepends=True)
        n = int(where * len(lines))
        moved = [] if what == "drop line" else lines[n : n + 1]
        return "".join([*moved, *lines[:n], *lines[n + 1 :]])
    return {
        "cut": text[:k] + text[k + len(letters) + 1 :],
        "insert": text[:k] + letters + text[k:],
        "replace": text[:k] + letters + text[k + len(letters) :],
        "double": text[:k] + text,
        "end": text[:k],
    }[what]


def byte_edit(luck: random.Random) -> tuple[str, float, int]:
    """A damage to a file: what, where (0 to 1), which byte."""
    what = luck.choice(("flip", "flip", "cut", "append", "empty", "zeros"))
    return what, luck.random(), luck.randrange(1, 256)


def damaged(raw: bytes, edit: tuple[str, float, int]) -> bytes:
    """The content of a file with such a damage."""
    what, where, byte = edit
    k = int(where * len(raw))
    return {
        "flip": raw[:k] + bytes(b ^ byte for b in raw[k : k + 1]) + raw[k + 1 :],
        "cut": raw[:k],
        "append": raw + bytes([byte]) * 100,
        "empty": b"",
        "zeros": raw[:k] + bytes(50) + raw[k + 50 :],
    }[what]


def toml_text(content: dict[str, Any]) -> str:
    """A TOML file that says this, as far as TOML can."""
    plain = {k: v for k, v in content.items() if not _is_table(v) and not _are_tables(v)}
    lines = [f"{_key(k)} = {_toml(v)}" for k, v in plain.items()]
    for key, found in content.items():
        if _is_table(found):
            lines += [f"[{_key(key)}]", *(f"{_key(k)} = {_toml(v)}" for k, v in found.items())]
        elif _are_tables(found):
            for table in found:
                lines.append(f"[[{_key(key)}]]")
                lines += [f"{_key(k)} = {_toml(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def _is_table(found: Any) -> bool:
    return isinstance(found, dict) and bool(found)


def _are_tables(found: Any) -> bool:
    return isinstance(found, list) and bool(found) and all(isinstance(one, dict) for one in found)


def _key(key: Any) -> str:
    return str(key) if str(key).isidentifier() and str(key).isascii() else _quoted(str(key))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(found: Any) -> str:
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, str):
        return _quoted(found)
    if isinstance(found, dict):
        return "{" + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in found.items()) + "}"
    if isinstance(found, list | tuple):
        return "[" + ", ".join(map(_toml, found)) + "]"
    if isinstance(found, datetime.date | datetime.time):
        return found.isoformat()
    return repr(found).replace("None", '"None"')


def paths(content: Any, above: tuple = ()) -> list[tuple]:
    """Where something stands in a document: keys and indexes."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    found: list[tuple] = []
    for key, inner in pairs:
        found.append((*above, key))
        if isinstance(inner, dict | list):
            found += paths(inner, (*above, key))
    return found


def document_edit(luck: random.Random, content: dict[str, Any], more: list[str]) -> tuple:
    """A change of a document: of a value, a key, or something twice or not at all."""
    where = luck.choice(paths(content))
    what = luck.choice(("set", "set", "set", "set", "drop", "rename", "add", "twice"))
    if what == "set":
        return "set", where, value(luck)
    if what == "rename":
        return "rename", where, misspelt(luck, str(where[-1]))
    if what == "add":
        return "add", where, luck.choice(more) if luck.random() < 0.8 else "x", value(luck)
    return what, where


def changed(content: Any, edit: tuple) -> None:
    """Make such a change, if what it is about is (still) there."""
    what, where, *rest = edit
    holder = content
    try:
        for key in where[:-1]:
            holder = holder[key]
        last = where[-1]
        old = holder[last]
    except (KeyError, IndexError, TypeError):
        return
    if isinstance(holder, str):
        return
    if what == "set":
        holder[last] = rest[0]
    elif what == "drop":
        del holder[last]
    elif what == "rename" and isinstance(holder, dict):
        holder[rest[0]] = holder.pop(last)
    elif what == "add" and isinstance(old, dict):
        old[rest[0]] = rest[1]
    elif what == "add" and isinstance(holder, dict):
        holder[rest[0]] = rest[1]
    elif what == "twice" and isinstance(holder, list):
        holder.append(old)
    elif what == "twice" and isinstance(old, list):
        old.extend(old[:1])
