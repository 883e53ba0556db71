"""Of when a published file is: read from what it says, else from its name, else not known."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MONTHS = [
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
]
MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)
YEARS = r"(?<!\d)((?:20)?\d\d)[-/_]?(\d\d)(?!\d)"


@dataclass(frozen=True)
class Vintage:
    """Of when a file is in words, its first day (None: not known), and how that is known."""

    text: str
    start: date | None = None
    by: str = ""

    def told(self) -> str:
        """When and how it is known: `2014/15 (by its name)`."""
        return f"{self.text} ({self.by})" if self.by else self.text

    def financial_year(self) -> int | None:
        """The year whose 1 April is the last one before the file; None if nothing is known."""
        if self.start is None:
            return None
        return self.start.year - (self.start.month < 4)


UNKNOWN = Vintage("not said in the file or its name")


def vintage_of(text: str) -> Vintage | None:
    """The vintage that a piece of text (a cell, a title, a name) says; None if it says none."""
    tried = (_day, months_in_words, _months_by_number, _month, _years, _year)
    return next((found for read in tried if (found := read(text)) is not None), None)


def newest_day(values: Iterable[str]) -> Vintage | None:
    """The day that all dates say, or the last of them: a register is at least as new as that."""
    said = [_day(value) for value in set(values)]
    if len(said) == 1:
        return said[0]
    days = [one.start for one in said if one is not None and one.start is not None]
    return Vintage(f"{MONTHS[max(days).month - 1].title()} {max(days).year} or later", max(days),
                   "its newest date") if days else None  # fmt: skip


def _made(year: int, month: int, last_month: int | None = None) -> Vintage | None:
    last = last_month or month
    if not (1990 <= year <= 2100 and 1 <= month <= last <= 12):
        return None
    first = MONTHS[month - 1].title()
    return Vintage(f"{first}{f' to {MONTHS[last - 1].title()}' if last > month else ''} {year}",
                   date(year, month, 1))  # fmt: skip


def _day(text: str) -> Vintage | None:
    if found := re.search(rf"(?<!\d)(\d\d?)[ -]?({MONTH})[a-z]*[ -]?(20\d\d)", text, re.I):
        return _dated(int(found[3]), _month_number(found[2]), int(found[1]))
    if found := re.search(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)", text):
        return _dated(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"\s*(\d\d?)/(\d\d?)/(20\d\d)\s*", text):
        return _dated(int(found[3]), int(found[2]), int(found[1]))
    return None


def _dated(year: int, month: int, day: int) -> Vintage | None:
    try:
        start = date(year, month, day)
    except ValueError:
        return None
    return Vintage(f"{day} {MONTHS[month - 1].title()} {year}", start)


def _month_number(word: str) -> int:
    return 1 + next(i for i, month in enumerate(MONTHS) if month.startswith(word[:3].lower()))


def months_in_words(text: str) -> Vintage | None:
    """`July to September 2014`, `April 2014 - March 2015`."""
    if found := re.search(rf"\b({MONTH})\s+(?:to|-)\s+({MONTH})\s+(20\d\d)", text, re.I):
        return _made(int(found[3]), _month_number(found[1]), _month_number(found[2]))
    if found := re.search(r"\bApril (20\d\d)\s*(?:-|to)\s*(?:31 )?March (20\d\d)", text, re.I):
        return _financial(int(found[1]), int(found[2]))
    return None


def _months_by_number(text: str) -> Vintage | None:
    """`2014_10-12`: from the tenth to the twelfth month."""
    found = re.search(r"(?<!\d)(20\d\d)[-_](\d\d)[-_](\d\d)(?!\d)", text)
    if not found:
        return None
    year, first, last = int(found[1]), int(found[2]), int(found[3])
    return _made(year, first, last if last > first else None)


def _month(text: str) -> Vintage | None:
    if found := re.search(rf"(?<![a-z])({MONTH})[ _-]?((?:20)?\d\d)(?!\d)", text, re.I):
        return _made(int(found[2]) % 2000 + 2000, _month_number(found[1]))
    found = re.search(r"(?<!\d)(20\d\d)[-_](\d\d)(?!\d)", text)
    if found and int(found[2]) != (int(found[1]) + 1) % 100:
        return _made(int(found[1]), int(found[2]))
    return None


def _years(text: str) -> Vintage | None:
    """The last of the financial years in a text: 2014-15, 2014/15, 1415, 14-15."""
    found = [_financial(int(one[1]) % 2000 + 2000, int(one[2]))
             for one in re.finditer(YEARS, text)]  # fmt: skip
    known = [vintage for vintage in found if vintage is not None]
    return max(known, key=lambda vintage: vintage.text, default=None)


def _financial(first: int, second: int) -> Vintage | None:
    if second % 100 != (first + 1) % 100 or not 1990 <= first <= 2100:
        return None
    return Vintage(f"{first}/{second % 100:02d}", date(first, 4, 1))


def _year(text: str) -> Vintage | None:
    """A calendar year alone: its financial year begins in it."""
    found = re.search(r"(?<!\d)(20\d\d)(?!\d)", text)
    return Vintage(found[1], date(int(found[1]), 4, 1)) if found else None
