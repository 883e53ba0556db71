"""Every column of a place: its type, its unit, its bounds or its words, and what codes it names."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from agents.patients.health import CONDITIONS
from model.input.errors import InputError
from model.pathway_names import PATHWAYS

BANDS = ["0_4", "5_14", "15_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75plus"]
AGE_SEX_COLUMNS = [f"{sex}_{band}" for band in BANDS for sex in ("m", "f")]
TRUST_KINDS = ["acute", "community", "mental_health", "independent", "ambulance", "hospice"]
PLANNED_LINES = ["all", "elective_only", "msk+other_planned", "none"]
SETTINGS = [
    *("general_practice", "community", "acute", "mental_health", "council", "ambulance", "hospice")
]
PAYMENTS = ["tariff", "block", "global_sum"]
CONTRACT_TYPES = ["GMS", "PMS", "APMS"]

TEXT, NUMBER, COUNT, FLAG = "str", "float64", "int64", "bool"
MEANING = {TEXT: "text", NUMBER: "numbers", COUNT: "whole numbers", FLAG: "true or false"}
LONGEST_NAME, LONGEST_CODE = 200, 60
MOST_PEOPLE = 100_000_000  # more than a country's, and far from where sums of counts could wrap


@dataclass(frozen=True)
class Column:
    """What one column may hold.

    low and high: bounds of a number (both allowed). words: all that a text or count may be. of: the
    tables among whose codes it must be; empty: whether it may be the empty text.
    shown: whether it is a name, which is shown as plain text whatever it holds.
    """

    kind: str
    unit: str = ""
    low: float = 0.0
    high: float = float(MOST_PEOPLE)
    words: tuple[Any, ...] = ()
    of: tuple[str, ...] = ()
    empty: bool = False
    shown: bool = False
    longest: int = LONGEST_CODE

    def allowed(self) -> str:
        """What may stand in it, in words."""
        if self.kind == TEXT:
            return f"1 to {self.longest} characters{'' if self.shown else ' that can be printed'}"
        what = "whole numbers" if self.kind == COUNT else "numbers"
        unit = f" ({self.unit})" if self.unit else ""
        return f"{what} from {self.low:,g} to {self.high:,g}{unit}"

    def wrong(self, values: pd.Series) -> np.ndarray:
        """Which values may not stand in it."""
        if self.words:
            return ~values.isin(self.words).to_numpy()
        if self.kind in (NUMBER, COUNT):
            inside = (values >= self.low) & (values <= self.high)
            return ~inside.to_numpy(dtype=bool)
        if self.kind == TEXT:
            return np.array([not self._is_plain(text) for text in values], dtype=bool)
        return np.zeros(len(values), dtype=bool)

    def _is_plain(self, text: str) -> bool:
        if text == "":
            return self.empty
        plain = self.shown or (text.isprintable() and text == text.strip())
        return len(text) <= self.longest and plain


CODE, NAME_OF = Column(TEXT), Column(TEXT, longest=LONGEST_NAME, shown=True)
POINT = {  # a drawn place may reach a little beyond the corner of its own plane
    "easting_km": Column(NUMBER, "km on the Ordnance Survey grid", -10, 700),
    "northing_km": Column(NUMBER, "km on the Ordnance Survey grid", -10, 1300),
}
SCORE = Column(NUMBER, "score of the Index of Multiple Deprivation", 0, 100)
SHARE = Column(NUMBER, "a share: 0.16 for 16%", 0, 1)
PATIENTS = Column(COUNT, "patients", 0, 1_000_000)
BEDS = Column(NUMBER, "beds", 0, 20_000)


def _words(words: Any) -> Column:
    return Column(TEXT, words=tuple(words))


def _of(*tables: str) -> Column:
    return Column(TEXT, of=tables)


COLUMNS: dict[str, dict[str, Column]] = {
    "areas": {"area": CODE, "name": NAME_OF, **POINT, "population": PATIENTS}
    | {"deprivation_score": SCORE, "deprivation_fifth": Column(COUNT, words=(1, 2, 3, 4, 5))}
    | {"rural": Column(FLAG), "commissioner": _of("commissioners"), "council": _of("councils")},
    "practices": {"practice": CODE, "name": NAME_OF, **POINT, "commissioner": _of("commissioners")}
    | {"list_size": replace(PATIENTS, low=1)}
    | dict.fromkeys(AGE_SEX_COLUMNS, PATIENTS)
    | {"deprivation_score": SCORE, "contract": _words(CONTRACT_TYPES), "rural": Column(FLAG)},
    "registers": {"practice": _of("practices"), "condition": _words(CONDITIONS)}
    | {"prevalence": SHARE},
    "lists": {"practice": _of("practices"), "area": _of("areas"), "patients": PATIENTS},
    "trusts": {"trust": CODE, "name": NAME_OF, "kind": _words(TRUST_KINDS), "beds": BEDS}
    | {"modelled_share": SHARE},
    "sites": {"site": CODE, "name": NAME_OF, "trust": _of("trusts"), **POINT, "beds": BEDS}
    | {"emergency": Column(FLAG), "planned_lines": _words(PLANNED_LINES)},
    "commissioners": {"commissioner": CODE, "name": NAME_OF}
    | {"population": Column(COUNT, "patients", 1)},
    "councils": {"council": CODE, "name": NAME_OF},
    "services": {"commissioner": _of("commissioners"), "pathway": _words(PATHWAYS)}
    | {"setting": _words(SETTINGS), "provider": replace(_of("trusts", "councils"), empty=True)}
    | {"payment": _words(PAYMENTS), "contracts": Column(COUNT, "contracts", 0, 10_000)},
}
KEYS = {
    "areas": ["area"],
    "practices": ["practice"],
    "registers": ["practice", "condition"],
    "lists": ["practice", "area"],
    "trusts": ["trust"],
    "sites": ["site"],
    "commissioners": ["commissioner"],
    "councils": ["council"],
    "services": ["commissioner", "pathway", "setting"],
}


def check_columns(tables: dict[str, pd.DataFrame], file: Any = None) -> None:
    """`InputError` about the first value of any table that its column may not hold."""
    for table, columns in COLUMNS.items():
        for column, about in columns.items():
            wrong = about.wrong(tables[table][column])
            if wrong.any():
                _refuse(table, column, tables[table][wrong].iloc[0], file)
    for table, columns in COLUMNS.items():
        for column, about in columns.items():
            if about.of:
                _check_codes(table, column, tables, file)


def _refuse(table: str, column: str, row: pd.Series, file: Any) -> None:
    about = COLUMNS[table][column]
    if about.words:
        raise InputError(
            f"no such {column}", file=file, key=f"{table}.{column}", value=row[column],
            allowed=[str(word) for word in about.words],
        )  # fmt: skip
    who = " ".join(str(row[key]) for key in KEYS[table])
    shown = row[column] if row[column] != "" else "nothing"
    raise InputError(
        _problem(about, who, row[column]), file=file, key=f"{table}.{column}", value=shown,
        allowed=about.allowed(),
    )  # fmt: skip


def _problem(about: Column, who: str, value: Any) -> str:
    if about.kind == TEXT:
        return "no usable text"
    if not np.isfinite(value):
        return f"{who} has no finite number here"
    return f"{who} has a negative number" if value < min(about.low, 0) else f"{who}: out of range"


def _check_codes(table: str, column: str, tables: dict[str, pd.DataFrame], file: Any) -> None:
    about = COLUMNS[table][column]
    known = {code for other in about.of for code in tables[other][KEYS[other][0]]}
    values = tables[table][column]
    unknown = values[~values.isin(known | ({""} if about.empty else set()))]
    if len(unknown):
        raise InputError(
            f"no such {column} in this place", file=file, key=f"{table}.{column}",
            value=unknown.iloc[0], allowed=sorted(known),
        )  # fmt: skip
