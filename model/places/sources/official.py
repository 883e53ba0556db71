"""England from the officially published files alone, as they are published.

They hold no positions of practices and no people by area. A practice stands where NHS Choices
gives coordinates for its postcode, else the mean of its postcode district, else the middle of its
commissioner's boundary. Each practice is its own neighbourhood: an area with as many people as
its list, of mean deprivation. The sources of the place say so.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.input.errors import InputError
from model.parameters import Parameters
from model.places.commissioner_codes import FORM, of_these, short_code
from model.places.sources.boundaries import POINT, boundary_centres
from model.places.sources.joined import (
    ACUTE_SITE_TYPES,
    CONTRACTS,
    Sources,
    beds_shared,
    emergency_sites,
    independent_sites,
)
from model.places.sources.kinds import plain_code
from model.places.sources.published_statistics import (
    REGISTERS,
    Sieve,
    Table,
    cells_of,
    grid_km,
    opened_workbook,
    proper,
    register_prevalence,
)
from model.places.sources.registered import kind_of_lists, lists_of_patients
from model.places.sources.source_files import Files, required

KINDS: list[str | tuple[str, ...]] = [
    *(("list_sizes", "registered_by_age"), "epraccur", "choices_hospitals", "choices_trusts"),
    *(("etrust", "etr", "ets"), "kh03", "eric"),
]
NOTES = [
    "beds of sites are estimates: a trust's beds shared by inpatient meals",
    "positions of practices are those of their postcode district or commissioner, areas are one"
    " per practice with its list as population and national mean deprivation, councils one per"
    " commissioner, and major emergency departments the large general sites of acute trusts",
]
# Codes of the Organisation Data Service: trusts for health (R) and care (T).
TRUST_CODE = r"[RT][A-Z0-9]{2}"
TRUST_KINDS = {"Acute": "acute", "MentalHealth": "mental_health", "Mental Health": "mental_health"}
TRUST_KINDS |= {"Health and Care": "community", "Ambulance": "ambulance"}
CCG_CODE = ("ccg code", "ccg ods code", "ccg ods code (practice parent)")
POSTCODES = [  # lists of bodies: their columns of codes and postcodes, the best list first
    ("etrust", "organisation_code", "postcode"),
    ("ets", "field_1", "field_10"),
    ("etr", "field_1", "field_10"),
    ("choices_trusts", "OrganisationCode", "Postcode"),
    ("choices_hospitals", "OrganisationCode", "Postcode"),
]


def official_sources(files: Files, parameters: Parameters) -> Sources:
    """England from the published files; `InputError` names a missing file, column, line or
    number."""
    required(files, KINDS)
    gazetteer = Gazetteer(files)
    practices = _practices(files, gazetteer, parameters)
    postcodes = _bodies_postcodes(files)
    trusts = _trusts(files, gazetteer, postcodes)
    sites = _sites(files, trusts, gazetteer, postcodes, parameters)
    for kind, code, _ in POSTCODES[:3]:
        if kind in files:
            named = pd.concat([sites["site"], trusts["trust"]])
            _tell_matched(files, kind, pd.Series(files.table(kind).text(code)), named)
    independents, owners = independent_sites(files, parameters)
    named = _commissioner_names(files, practices)
    return Sources(
        areas=_neighbourhoods(practices, parameters),
        practices=practices,
        trusts=pd.concat([trusts.drop(columns="emergency"), owners]),
        sites=pd.concat([sites, independents], ignore_index=True),
        registers=_registers(files, practices),
        commissioners=named,
        councils=pd.DataFrame(
            {
                "council": "council_" + named["commissioner"],
                "name": "Council of " + named["name"],
            }
        ),
        notes=NOTES,
    )


class Gazetteer:
    """Points in km by postcode, then by postcode district, from hospitals and trusts."""

    def __init__(self, files: Files):
        kinds = ("choices_hospitals", "choices_trusts")
        parts = [_choices_points(files.table(kind)) for kind in kinds]
        known = pd.concat(parts)
        self.by_postcode = known.groupby("postcode")[POINT].mean()
        self.by_district = known.groupby(known["postcode"].map(district))[POINT].mean()
        self.by_commissioner = boundary_centres(files)

    def points(self, postcodes: pd.Series, commissioners: pd.Series | None = None) -> pd.DataFrame:
        """Easting and northing [rows], missing where nothing is known."""
        points = self.by_postcode.reindex(postcodes.map(compact)).to_numpy()
        coarser = [self.by_district.reindex(postcodes.map(compact).map(district)).to_numpy()]
        if commissioners is not None:
            coarser.append(self.by_commissioner.reindex(commissioners).to_numpy())
        for table in coarser:
            points = np.where(np.isnan(points), table, points)
        return pd.DataFrame(points, columns=POINT, index=postcodes.index)


def compact(postcode: str) -> str:
    """A postcode in capitals without spaces."""
    return re.sub(r"\s+", "", postcode).upper()


def district(postcode: str) -> str:
    """The outward part of a compact postcode (its last three characters are the inward part)."""
    return postcode[:-3]


def _choices_points(table: Table) -> pd.DataFrame:
    frame = pd.DataFrame({"postcode": [compact(code) for code in table.text("Postcode")]})
    latitude = table.numbers("Latitude", blank=np.nan)
    longitude = table.numbers("Longitude", blank=np.nan)
    frame[POINT] = grid_km(latitude, longitude)
    return frame.dropna()


def _practices(files: Files, gazetteer: Gazetteer, parameters: Parameters) -> pd.DataFrame:
    frame = lists_of_patients(files)
    where = gazetteer.points(_postcodes(files, frame["practice"]), frame["commissioner"])
    frame[POINT] = where.to_numpy()
    frame[POINT] = frame[POINT].fillna(frame.groupby("commissioner")[POINT].transform("mean"))
    lost = frame[frame["easting_km"].isna()]
    if len(lost):
        raise InputError(
            "no published point near this commissioner's practices (add a file of boundaries)",
            file=files[kind_of_lists(files)],
            key="commissioner",
            value=lost["commissioner"].iloc[0],
        )
    frame = frame.merge(_payments(files, frame["practice"]), how="left", on="practice")
    frame["contract"] = frame["contract"].where(frame["contract"].isin(CONTRACTS), "GMS")
    frame["rural"] = frame["rurality"] == "Rural"
    return frame.assign(deprivation_score=parameters["geography.deprivation_mean"])


def _postcodes(files: Files, practices: pd.Series) -> pd.Series:
    table = files.table("epraccur")
    known = pd.Series(table.text("field_10"), index=table.text("field_1"))
    _tell_matched(files, "epraccur", known.index.to_series(), practices)
    return practices.map(known[~known.index.duplicated()]).fillna("")


def _payments(files: Files, practices: pd.Series) -> pd.DataFrame:
    columns = {"practice": "Practice Code", "contract": "Contract Type"}
    columns |= {"rurality": "Practice Rurality"}
    if "payments" not in files:
        return pd.DataFrame({column: pd.Series(dtype=str) for column in columns})
    table = files.table("payments")
    frame = pd.DataFrame({name: table.text(column) for name, column in columns.items()})
    _tell_matched(files, "payments", frame["practice"], practices)
    return frame.drop_duplicates("practice")


def _tell_matched(files: Files, kind: str, codes: pd.Series, wanted: pd.Series) -> None:
    """Say how many rows of a file are about bodies that other files name."""
    matched = Sieve(pd.DataFrame({"code": codes.to_numpy()}))
    matched.keep(matched.frame["code"].isin(wanted), "about bodies that no other file needs")
    files.tell(kind, len(matched.keep_first("code").frame), matched.dropped)


def _neighbourhoods(practices: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    bounds = parameters["geography.deprivation_fifth_bounds"]
    deprivation_quintile = 1 + int(
        np.searchsorted(bounds, parameters["geography.deprivation_mean"])
    )
    areas = practices[["name", *POINT, "deprivation_score", "rural", "commissioner"]]
    return areas.assign(
        area="around_" + practices["practice"],
        population=practices["list_size"],
        deprivation_fifth=deprivation_quintile,
        council="council_" + practices["commissioner"],
    )


def _commissioner_names(files: Files, practices: pd.DataFrame) -> pd.DataFrame:
    codes = pd.DataFrame({"commissioner": sorted(practices["commissioner"].unique())})
    names: dict[str, str] = {}
    ons: dict[str, str] = {}
    if "eccg" in files:
        table = files.table("eccg")
        names |= zip(table.text("field_1"), proper(table.text("field_2")), strict=True)
        _tell_matched(files, "eccg", pd.Series(table.text("field_1")), codes["commissioner"])
    if "commissioner_names" in files:
        table = files.table("commissioner_names")
        names |= zip(table.text("CCG13CDH"), table.text("CCG13NM"), strict=True)
        ons |= zip(table.text("CCG13CDH"), table.text("CCG13CD"), strict=True)
        found = pd.Series(table.text("CCG13CDH"))
        _tell_matched(files, "commissioner_names", found, codes["commissioner"])
    return codes.assign(
        name=[names.get(code, code) for code in codes["commissioner"]],
        ons=[ons.get(code, "") for code in codes["commissioner"]],
    )


def _trusts(files: Files, gazetteer: Gazetteer, postcodes: dict[str, str]) -> pd.DataFrame:
    """NHS trusts with beds by KH03; acute trusts without beds have dissolved."""
    table = files.table("choices_trusts")
    frame = pd.DataFrame({"trust": table.text("OrganisationCode")})
    frame["name"] = proper(table.text("OrganisationName"))
    frame["kind"] = pd.Series(table.text("SubType")).map(TRUST_KINDS)
    own = pd.Series(table.text("Postcode"))
    own = own.where(own != "", frame["trust"].map(postcodes).fillna(""))
    frame[POINT] = gazetteer.points(own).to_numpy()
    ours = frame["kind"].notna() & frame["trust"].str.fullmatch(TRUST_CODE)
    kept = Sieve(frame).keep(ours, "that are no NHS trusts").keep_first("trust")
    kept.keep(kept.frame["easting_km"].notna(), "without a known point")
    beds = _beds(files, kept.frame["trust"]).reindex(kept.frame["trust"]).fillna(0.0).to_numpy()
    frame = kept.frame = kept.frame.assign(beds=beds[:, 0])
    # Trusts for "health and care" run community services, mental health services, or both.
    mostly_mental = (frame["kind"] == "community") & (beds[:, 1] > 0.5 * beds[:, 0])
    frame.loc[mostly_mental, "kind"] = "mental_health"
    frame["emergency"] = frame["kind"] == "acute"
    kept.keep((frame["kind"] != "acute") | (frame["beds"] > 0), "acute without beds (dissolved)")
    files.tell("choices_trusts", len(kept.frame), kept.dropped)
    return kept.frame.reset_index(drop=True)


def _beds(files: Files, trusts: pd.Series) -> pd.DataFrame:
    """Overnight beds available by trust, all and mental illness, from the sheet of trusts."""
    path = files.path("kh03")
    book = opened_workbook(path)
    assert book is not None  # it has been opened to know its kind
    rows = cells_of(book, "NHS Trust by Sector", path)
    header = _header(rows, "org code", path=path)
    code = [name.casefold() for name in header].index("org code")
    columns = ["Total", "Mental Illness"]
    for column in columns:
        if column not in header:
            raise InputError(f"the column {column} is missing", file=path, key=column)
    body = [row for row in rows if re.fullmatch(TRUST_CODE, plain_code(row[code]))]
    beds = [[_cell(row[header.index(name)], path, name) for name in columns] for row in body]
    table = pd.DataFrame(beds, index=[plain_code(row[code]) for row in body], columns=columns)
    _tell_matched(files, "kh03", table.index.to_series(), trusts)
    return table.groupby(level=0).sum()


def _header(rows: list[list[Any]], *wanted: str, path: Path) -> list[str]:
    """The row that has one of some names, whatever their case."""
    for row in rows:
        names = [" ".join(str(cell).split()) for cell in row]
        if {name.casefold() for name in names} & set(wanted):
            return names
    raise InputError(f"the column {wanted[0]} is missing", file=path, key=wanted[0])


def _cell(value: object, path: Path, column: str) -> float:
    if isinstance(value, int | float) and np.isfinite(value):
        return float(value)
    raise InputError("not a number", file=path, key=column, value=value, allowed="a finite number")


def _sites(
    files: Files,
    trusts: pd.DataFrame,
    gazetteer: Gazetteer,
    postcodes: dict[str, str],
    parameters: Parameters,
) -> pd.DataFrame:
    """Sites of the estates return; the published files place a site by its postcode."""
    table = files.table("eric")
    sites = pd.DataFrame({"site": table.text("Site Code"), "name": proper(table.text("Site Name"))})
    sites["trust"] = table.text("Organisation Code")
    sites["type"] = [kind[:1] for kind in table.text("Site Type")]
    sites["beds"] = table.numbers("Inpatient main meals requested (No.)", blank=0.0)
    sites[POINT] = gazetteer.points(sites["site"].map(postcodes).fillna("")).to_numpy()
    kept = Sieve(sites).keep(sites["type"].str.isdigit(), "of no type of hospital")
    kept.keep(kept.frame["trust"].isin(trusts["trust"]), "of no trust of then").keep_first("site")
    kept.keep(kept.frame["easting_km"].notna(), "without a known point")
    kept.keep(kept.frame["beds"] > 0, "without inpatients' meals")
    files.tell("eric", len(kept.frame), kept.dropped)
    sites = kept.frame.reset_index(drop=True)
    sites = sites.merge(trusts[["trust", "kind"]], on="trust")
    acute = (sites["kind"] == "acute") & sites["type"].isin(list(ACUTE_SITE_TYPES))
    sites = sites.assign(role=np.where(acute, "acute", "other"), emergency=False)
    sites = beds_shared(sites, trusts)
    # A trust without a located site is taken to be one general hospital at its own address.
    sites["type"] = sites["type"].fillna("1")
    return sites.assign(emergency=_with_department(sites, trusts, parameters))


def _bodies_postcodes(files: Files) -> dict[str, str]:
    """Postcodes of trusts and sites by code, from whichever lists are there, else NHS Choices."""
    known: dict[str, str] = {}
    for kind, code, postcode in POSTCODES:
        if kind in files:
            table = files.table(kind)
            pairs = zip(table.text(code), table.text(postcode), strict=True)
            known = dict(reversed([*pairs])) | known
    return known


def _with_department(
    sites: pd.DataFrame, trusts: pd.DataFrame, parameters: Parameters
) -> pd.Series:
    """Major departments: no file says where, so specialist trusts (no general site) have none."""
    general = sites.loc[(sites["role"] == "acute") & (sites["type"] == "1"), "trust"]
    with_general = trusts.assign(emergency=trusts["trust"].isin(general) & trusts["emergency"])
    return emergency_sites(sites, with_general, parameters)


def _registers(files: Files, practices: pd.DataFrame) -> pd.DataFrame:
    """Prevalence from registers by practice, by commissioner or both; none without either."""
    none = pd.DataFrame(columns=["condition", "register", "list_size"])
    by_practice = _practice_registers(files, practices) if "qof_prevalence" in files else none
    by_commissioner = _workbook_registers(files, practices) if "qof_workbook" in files else none
    return register_prevalence(practices, by_practice, by_commissioner)


def _practice_registers(files: Files, practices: pd.DataFrame) -> pd.DataFrame:
    table = files.table("qof_prevalence")
    frame = pd.DataFrame(
        {"practice": table.text("PRACTICE_CODE"), "group": table.text("GROUP_CODE")}
    )
    frame["register"] = table.numbers("REGISTER", blank=0.0)
    frame["list_size"] = table.numbers("PATIENT_LIST_SIZE", blank=0.0)
    lists = frame.groupby("practice")["list_size"].max()  # of all ages, where ages are given
    frame["list_size"] = frame["practice"].map(lists)
    frame["condition"] = frame["group"].map(REGISTERS)
    kept = Sieve(frame).keep(frame["condition"].notna(), "of conditions that are not modelled")
    kept.keep(kept.frame["practice"].isin(practices["practice"]), "of practices without a list")
    kept.keep(kept.frame["list_size"] > 0, "without a list size")
    files.tell("qof_prevalence", len(kept.frame), kept.dropped)
    return kept.frame


def _workbook_registers(files: Files, practices: pd.DataFrame) -> pd.DataFrame:
    """Registers and whole lists by commissioner: a sheet a condition, last year's first.

    Some registers are of adults, and their sheets give the adults of a list; all are put over the
    whole list, which the other sheets give.
    """
    path = files.path("qof_workbook")
    book = opened_workbook(path)
    assert book is not None  # it has been opened to know its kind
    rows = []
    for code, condition in REGISTERS.items():
        if code in book.sheet_names:
            rows += _sheet_registers(cells_of(book, code, path), condition, path)
    table = pd.DataFrame(rows, columns=["commissioner", "condition", "register", "list_size"])
    table["list_size"] = table.groupby("commissioner")["list_size"].transform("max")
    kept = Sieve(table).keep(table["list_size"] > 0, "without the list of all ages")
    found = of_these(kept.frame, practices["commissioner"])
    files.tell("qof_workbook", len(kept.frame) if len(found) else 0, kept.dropped)
    return found


def _sheet_registers(sheet: list[list[Any]], condition: str, path: Path) -> list[tuple[Any, ...]]:
    """Commissioner, condition, register and whole list (NaN if not given) of the later year."""
    header = [name.casefold() for name in _header(sheet, *CCG_CODE, path=path)]
    ccg = next(i for i, name in enumerate(header) if name in CCG_CODE)
    lists = [i for i, name in enumerate(header) if name == "list size"]
    registers = [i for i, name in enumerate(header) if name == "register"]
    if len(registers) < 2:
        raise InputError("this sheet lacks two years of registers", file=path, key=condition)
    return [
        (
            short_code(str(row[ccg])),
            condition,
            _cell(row[registers[1]], path, "Register"),
            _cell(row[lists[1]], path, "List Size") if len(lists) > 1 else np.nan,
        )
        for row in sheet
        if len(row) > registers[1] and re.fullmatch(FORM, short_code(str(row[ccg])))
    ]
