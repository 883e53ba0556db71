"""Commissioners by any of their codes or by name, and by what they became."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from model.input.errors import InputError

FORM = r"\d\d[A-Z]|[A-Z]\d[A-Z]\d[A-Z]"  # 01H; since 2021 also W2U3Z


def short_code(code: str) -> str:
    """A code without case and without the 00 of its head office: 07m00 is 07M."""
    return re.sub(r"^(...)00$", r"\1", code.strip().upper())


@cache
def predecessors() -> dict[str, tuple[str, ...]]:
    """Which commissioners of 2013 each later one was made of."""
    text = Path(__file__).with_name("commissioner_successors.toml").read_text(encoding="utf-8")
    direct = {new: old for table in tomllib.loads(text).values() for new, old in table.items()}
    return {new: tuple(_first_of(new, direct)) for new in direct}


def _first_of(code: str, direct: dict[str, list[str]]) -> list[str]:
    parts = direct.get(code)
    return (
        [code] if parts is None else [first for part in parts for first in _first_of(part, direct)]
    )


def successor(code: str) -> str | None:
    """What a commissioner has become part of, if anything."""
    return next((new for new, old in reversed(predecessors().items()) if code in old), None)


def commissioners_meant(wanted: str, known: Iterable[str], names: pd.DataFrame) -> list[str]:
    """The codes of these data that are meant by a code, an ONS code, a name or a later code.

    `names` has the columns commissioner, name and perhaps ons. Empty if none is meant.
    """
    known, code = set(known), short_code(wanted)
    if not code:
        return []
    if code in known:
        return [code]
    also = names[names["commissioner"].isin(known)]
    if "ons" in also:
        found = also.loc[also["ons"].str.upper() == code, "commissioner"]
        if len(found):
            return list(found)
    named = also.loc[also["name"].map(_plain) == _plain(wanted), "commissioner"]
    return list(named) or sorted(known & set(predecessors().get(code, ())))


def _plain(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("&", " and "))
    return " ".join(word for word in words if word not in ("nhs", "ccg"))


def refused(wanted: str, known: Iterable[str], file: Path) -> InputError:
    """What is said of a commissioner that these data do not have."""
    later = successor(short_code(wanted))
    became = f" (it became part of {later})" if later in set(known) else ""
    return InputError(
        f"no such commissioner in these data{became}", file=file, key="commissioners",
        value=wanted, allowed=sorted(known),
    )  # fmt: skip


def of_these(table: pd.DataFrame, known: Iterable[str]) -> pd.DataFrame:
    """Rows by commissioner for the codes of other data: a later one's stand for all it was made of,
    earlier ones' together for what they became."""
    known = set(known)
    rows = [table[table["commissioner"].isin(known)]]
    for new, old in predecessors().items():
        mine = table[table["commissioner"] == new]
        rows += [mine.assign(commissioner=code) for code in old if code in known]
        if new in known:
            rows.append(table[table["commissioner"].isin(old)].assign(commissioner=new))
    found = pd.concat(rows, ignore_index=True)
    kept = [column for column in ("commissioner", "condition") if column in found]
    return found.groupby(kept, as_index=False)[["register", "list_size"]].sum()
