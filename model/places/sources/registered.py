"""Lists of patients by practice, age and sex, as published up to 2016 and as published since."""

import numpy as np
import pandas as pd

from model.places.columns import AGE_SEX_COLUMNS, BANDS
from model.places.commissioner_codes import FORM, short_code
from model.places.sources.published_statistics import Sieve, proper
from model.places.sources.source_files import Files

AGES = ["0-4", "5-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"]
SEXES = {"MALE": "m", "FEMALE": "f"}
# Where the commissioner and the name of a practice stand, the best first.
DIRECTORIES = [
    ("registered_map", "PRACTICE_CODE", "CCG_CODE", "PRACTICE_NAME"),
    ("registered_totals", "CODE", "CCG_CODE", None),
    ("epraccur", "field_1", "field_15", "field_2"),
]


def kind_of_lists(files: Files) -> str:
    """Which kind of file the lists are taken from."""
    return "list_sizes" if "list_sizes" in files else "registered_by_age"


def lists_of_patients(files: Files) -> pd.DataFrame:
    """Practices with patients of commissioners: codes, names, patients by age and sex."""
    if "list_sizes" in files:
        for kind in ("registered_by_age", "registered_totals", "registered_map"):
            files.leave(kind, f"{files['list_sizes'].name} is used, which has all in one file")
        frame = _by_ten_years(files)
    else:
        frame = _by_five_years(files)
    frame["list_size"] = frame[AGE_SEX_COLUMNS].sum(axis=1)
    # Prescribing units of hospitals, hospices and the like have no patients or no commissioner.
    kept = Sieve(frame).keep(frame["list_size"] > 0, "without patients")
    known = kept.frame["commissioner"].str.fullmatch(FORM)
    kept.keep(known, "of bodies that are no commissioners").keep_first("practice")
    files.tell(kind_of_lists(files), len(kept.frame), kept.dropped)
    return kept.frame.reset_index(drop=True)


def _by_ten_years(files: Files) -> pd.DataFrame:
    table = files.table("list_sizes")
    frame = pd.DataFrame({"practice": table.text("Practice Code")})
    frame["name"] = proper(table.text("Practice Name"))
    frame["commissioner"] = [short_code(code) for code in table.text("PCO Code")]
    published = [f"{sex} {age}" for age in AGES for sex in ("Male", "Female")]
    for column, name in zip(AGE_SEX_COLUMNS, published, strict=True):
        frame[column] = table.counts(name)
    return frame


def _by_five_years(files: Files) -> pd.DataFrame:
    """One row a practice, from one row a practice, sex and group of five years."""
    table = files.table("registered_by_age")
    rows = pd.DataFrame({"practice": table.text("ORG_CODE")})
    sex = pd.Series([text.upper() for text in table.text("SEX")]).map(SEXES)
    band = pd.Series([_band(text) for text in table.text("AGE_GROUP_5")])
    rows["column"], rows["patients"] = sex + "_" + band, table.counts("NUMBER_OF_PATIENTS")
    counted = rows[rows["column"].isin(AGE_SEX_COLUMNS)]
    wide = counted.pivot_table(index="practice", columns="column", values="patients",
                               aggfunc="sum", fill_value=0)  # fmt: skip
    frame = wide.reindex(columns=AGE_SEX_COLUMNS, fill_value=0).astype(np.int64).reset_index()
    commissioner, name = _directory(files)
    frame["commissioner"] = frame["practice"].map(commissioner).fillna("").map(short_code)
    names = frame["practice"].map(name)
    return frame.assign(name=proper(names.where(names.notna(), frame["practice"])))


def _band(group: str) -> str:
    """The band of ten years in which a group of five (10_14, 95+) lies; empty for all ages."""
    first = group.split("_")[0].rstrip("+")
    if not first.isdigit():
        return ""
    starts = [int(band.split("_")[0].removesuffix("plus")) for band in BANDS]
    return BANDS[max(k for k, start in enumerate(starts) if int(first) >= start)]


def _directory(files: Files) -> tuple[dict[str, str], dict[str, str]]:
    """The commissioner and the name of every practice that some file gives."""
    commissioners: dict[str, str] = {}
    names: dict[str, str] = {}
    for kind, code, commissioner, name in DIRECTORIES:
        if kind not in files:
            continue
        table = files.table(kind)
        codes = table.text(code)
        commissioners = dict(zip(codes, table.text(commissioner), strict=True)) | commissioners
        if name is not None:
            names = dict(zip(codes, table.text(name), strict=True)) | names
        files.tell(kind, len(codes))
    return commissioners, names
