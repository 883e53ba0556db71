"""England from the officially published files alone, as they are published.

They hold no positions of practices and no people by area. A practice stands where NHS Choices
gives coordinates for its postcode, else the mean of its postcode district, else the middle of its
commissioner's boundary. Each practice is its own neighbourhood: an area with as many people as
its list, of mean deprivation. The sources of the place say so.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from model.errors import BadInput
from model.parameters import Parameters
from model.place import AGE_SEX_COLUMNS
from model.place_joined import (
    ACUTE_SITE_TYPES,
    CONTRACTS,
    Sources,
    beds_shared,
    emergency_sites,
    independent_sites,
)
from model.place_sources import (
    HEADERLESS_FIELDS,
    REGISTERS,
    decoded,
    grid_km,
    proper,
    read_table,
    register_prevalence,
    required,
)

KINDS = ["list_sizes", "epraccur", "choices_hospitals", "choices_trusts", "etrust", "kh03", "eric"]
NOTES = [
    "Patient List Size (NHS Business Services Authority)",
    "Organisation Data Service: epraccur, etrust, eccg (HSCIC)",
    "NHS Choices: Hospital.csv, Trust.csv (NHS Digital)",
    "KH03 Bed Availability and Occupancy (NHS England)",
    "Estates Returns Information Collection, sites (NHS Digital); site beds are estimates:"
    " a trust's beds shared by inpatient meals",
    "NHS Payments to General Practice; Quality and Outcomes Framework (NHS Digital)",
    "positions of practices are those of their postcode district or commissioner, areas are one"
    " per practice with its list as population and national mean deprivation, councils one per"
    " commissioner, and major emergency departments the large general sites of acute trusts",
]
TRUST_KINDS = {"Acute": "acute", "MentalHealth": "mental_health", "Mental Health": "mental_health"}
TRUST_KINDS |= {"Health and Care": "community", "Ambulance": "ambulance"}
POINT = ["easting_km", "northing_km"]
AGES = ["0-4", "5-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"]


def official_sources(files: dict[str, Path], folder: Path, parameters: Parameters) -> Sources:
    """England from the published files; `BadInput` names a missing file, column, line or number."""
    required(files, KINDS, folder)
    gazetteer = Gazetteer(files)
    practices = _practices(files, gazetteer, parameters)
    trusts = _trusts(files, gazetteer)
    sites = _sites(files, trusts, gazetteer, parameters)
    independents, owners = independent_sites(files["choices_hospitals"], parameters)
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

    def __init__(self, files: dict[str, Path]):
        parts = [_choices_points(files[kind]) for kind in ("choices_hospitals", "choices_trusts")]
        known = pd.concat(parts)
        self.by_postcode = known.groupby("postcode")[POINT].mean()
        self.by_district = known.groupby(known["postcode"].map(district))[POINT].mean()
        self.by_commissioner = _boundary_centres(files.get("boundaries"))

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


def _choices_points(path: Path) -> pd.DataFrame:
    table = read_table(path)
    frame = pd.DataFrame({"postcode": [compact(code) for code in table.text("Postcode")]})
    latitude = table.numbers("Latitude", blank=np.nan)
    longitude = table.numbers("Longitude", blank=np.nan)
    frame[POINT] = grid_km(latitude, longitude)
    return frame.dropna()


def _boundary_centres(path: Path | None) -> pd.DataFrame:
    """The middle of each commissioner's boundary (mean of its corners), from a KML file."""
    if path is None:
        return pd.DataFrame(columns=POINT, dtype=float)
    rows = []
    for mark in decoded(path).split("<Placemark>")[1:]:
        code = re.search(r"<name>\s*(?:<!\[CDATA\[)?\s*(\w+)", mark)
        corners = re.findall(r"(-?\d+\.\d+),(\d+\.\d+)", mark)
        if code and corners:
            longitude, latitude = np.array(corners, float).T
            east, north = grid_km(latitude, longitude).mean(axis=0)
            rows.append((code[1], east, north, len(corners)))
    table = pd.DataFrame(rows, columns=["commissioner", *POINT, "corners"])
    largest = table.sort_values("corners").drop_duplicates("commissioner", keep="last")
    return largest.set_index("commissioner")[POINT]


def _practices(
    files: dict[str, Path], gazetteer: Gazetteer, parameters: Parameters
) -> pd.DataFrame:
    table = read_table(files["list_sizes"])
    frame = pd.DataFrame({"practice": table.text("Practice Code")})
    frame["name"] = proper(table.text("Practice Name"))
    # Commissioners are published with their site: 07M00 is the commissioner 07M.
    frame["commissioner"] = pd.Series(table.text("PCO Code")).str.replace(r"00$", "", regex=True)
    published = [f"{sex} {age}" for age in AGES for sex in ("Male", "Female")]
    for column, name in zip(AGE_SEX_COLUMNS, published, strict=True):
        frame[column] = table.counts(name)
    frame["list_size"] = frame[AGE_SEX_COLUMNS].sum(axis=1)
    # Prescribing units of hospitals, hospices and the like have no patients or no commissioner.
    patients = frame["list_size"] > 0
    frame = frame[patients & frame["commissioner"].str.fullmatch(r"\d\d[A-Z]")]
    frame = frame.drop_duplicates("practice").reset_index(drop=True)
    where = gazetteer.points(
        _postcodes(files["epraccur"], frame["practice"]), frame["commissioner"]
    )
    frame[POINT] = where.to_numpy()
    frame[POINT] = frame[POINT].fillna(frame.groupby("commissioner")[POINT].transform("mean"))
    lost = frame[frame["easting_km"].isna()]
    if len(lost):
        raise BadInput(
            "no published point near this commissioner's practices (add a file of boundaries)",
            file=files["list_sizes"],
            key="PCO Code",
            value=lost["commissioner"].iloc[0],
        )
    frame = frame.merge(_payments(files.get("payments")), how="left", on="practice")
    frame["contract"] = frame["contract"].where(frame["contract"].isin(CONTRACTS), "GMS")
    frame["rural"] = frame["rurality"] == "Rural"
    return frame.assign(deprivation_score=parameters["geography.deprivation_mean"])


def _postcodes(path: Path, practices: pd.Series) -> pd.Series:
    header = [f"field_{i}" for i in range(1, HEADERLESS_FIELDS + 1)]
    table = read_table(path, header=header)
    known = pd.Series(table.text("field_10"), index=table.text("field_1"))
    return practices.map(known[~known.index.duplicated()]).fillna("")


def _payments(path: Path | None) -> pd.DataFrame:
    columns = {"practice": "Practice Code", "contract": "Contract Type"}
    columns |= {"rurality": "Practice Rurality"}
    if path is None:
        return pd.DataFrame({column: pd.Series(dtype=str) for column in columns})
    table = read_table(path)
    frame = pd.DataFrame({name: table.text(column) for name, column in columns.items()})
    return frame.drop_duplicates("practice")


def _neighbourhoods(practices: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    bounds = parameters["geography.deprivation_fifth_bounds"]
    fifth = 1 + int(np.searchsorted(bounds, parameters["geography.deprivation_mean"]))
    areas = practices[["name", *POINT, "deprivation_score", "rural", "commissioner"]]
    return areas.assign(
        area="around_" + practices["practice"],
        population=practices["list_size"],
        deprivation_fifth=fifth,
        council="council_" + practices["commissioner"],
    )


def _commissioner_names(files: dict[str, Path], practices: pd.DataFrame) -> pd.DataFrame:
    codes = pd.DataFrame({"commissioner": sorted(practices["commissioner"].unique())})
    names: dict[str, str] = {}
    if "eccg" in files:
        header = [f"field_{i}" for i in range(1, HEADERLESS_FIELDS + 1)]
        table = read_table(files["eccg"], header=header)
        names |= zip(table.text("field_1"), proper(table.text("field_2")), strict=True)
    if "commissioner_names" in files:
        table = read_table(files["commissioner_names"])
        names |= zip(table.text("CCG13CDH"), table.text("CCG13NM"), strict=True)
    return codes.assign(name=[names.get(code, code) for code in codes["commissioner"]])


def _trusts(files: dict[str, Path], gazetteer: Gazetteer) -> pd.DataFrame:
    """NHS trusts with beds by KH03; acute trusts without beds have dissolved."""
    table = read_table(files["choices_trusts"])
    frame = pd.DataFrame({"trust": table.text("OrganisationCode")})
    frame["name"] = proper(table.text("OrganisationName"))
    frame["kind"] = pd.Series(table.text("SubType")).map(TRUST_KINDS)
    frame[POINT] = gazetteer.points(pd.Series(table.text("Postcode"))).to_numpy()
    frame = frame[frame["kind"].notna() & frame["trust"].str.startswith("R")]
    frame = frame.drop_duplicates("trust").dropna(subset=POINT)
    beds = _beds(files["kh03"]).reindex(frame["trust"]).fillna(0.0).to_numpy()
    frame["beds"] = beds[:, 0]
    # Trusts for "health and care" run community services, mental health services, or both.
    mostly_mental = (frame["kind"] == "community") & (beds[:, 1] > 0.5 * beds[:, 0])
    frame.loc[mostly_mental, "kind"] = "mental_health"
    frame["emergency"] = frame["kind"] == "acute"
    return frame[(frame["kind"] != "acute") | (frame["beds"] > 0)].reset_index(drop=True)


def _beds(path: Path) -> pd.DataFrame:
    """Overnight beds available by trust, all and mental illness, from the sheet of trusts."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("NHS Trust by Sector").to_python()
    header = _header(rows, "Org Code", path)
    code, columns = header.index("Org Code"), ["Total", "Mental Illness"]
    for column in columns:
        if column not in header:
            raise BadInput(f"the column {column} is missing", file=path, key=column)
    body = [row for row in rows if re.fullmatch(r"R\w\w", str(row[code]))]
    beds = [[_cell(row[header.index(name)], path, name) for name in columns] for row in body]
    table = pd.DataFrame(beds, index=[row[code] for row in body], columns=columns)
    return table.groupby(level=0).sum()


def _header(rows: list[list], wanted: str, path: Path) -> list[str]:
    for row in rows:
        names = [" ".join(str(cell).split()) for cell in row]
        if wanted in names:
            return names
    raise BadInput(f"the column {wanted} is missing", file=path, key=wanted)


def _cell(value: object, path: Path, column: str) -> float:
    if isinstance(value, int | float) and np.isfinite(value):
        return float(value)
    raise BadInput("not a number", file=path, key=column, value=value, allowed="a finite number")


def _sites(
    files: dict[str, Path], trusts: pd.DataFrame, gazetteer: Gazetteer, parameters: Parameters
) -> pd.DataFrame:
    """Sites of the estates return; the published files place a site by its postcode."""
    table = read_table(files["eric"])
    sites = pd.DataFrame({"site": table.text("Site Code"), "name": proper(table.text("Site Name"))})
    sites["trust"] = table.text("Organisation Code")
    sites["type"] = [kind[:1] for kind in table.text("Site Type")]
    sites["beds"] = table.numbers("Inpatient main meals requested (No.)", blank=0.0)
    known = read_table(files["etrust"], shorter_by=1)
    postcode = pd.Series(known.text("postcode"), index=known.text("organisation_code"))
    postcode = sites["site"].map(postcode[~postcode.index.duplicated()]).fillna("")
    sites[POINT] = gazetteer.points(postcode).to_numpy()
    sites = sites[sites["type"].str.isdigit() & sites["trust"].isin(trusts["trust"])]
    sites = sites.drop_duplicates("site").dropna(subset=POINT).reset_index(drop=True)
    sites = sites.merge(trusts[["trust", "kind"]], on="trust")
    acute = (sites["kind"] == "acute") & sites["type"].isin(list(ACUTE_SITE_TYPES))
    sites = sites.assign(role=np.where(acute, "acute", "other"), emergency=False)
    sites = beds_shared(sites, trusts)
    # A trust without a located site is taken to be one general hospital at its own address.
    sites["type"] = sites["type"].fillna("1")
    return sites.assign(emergency=_with_department(sites, trusts, parameters))


def _with_department(
    sites: pd.DataFrame, trusts: pd.DataFrame, parameters: Parameters
) -> pd.Series:
    """Major departments: no file says where, so specialist trusts (no general site) have none."""
    general = sites.loc[(sites["role"] == "acute") & (sites["type"] == "1"), "trust"]
    with_general = trusts.assign(emergency=trusts["trust"].isin(general) & trusts["emergency"])
    return emergency_sites(sites, with_general, parameters)


def _registers(files: dict[str, Path], practices: pd.DataFrame) -> pd.DataFrame:
    if "qof_prevalence" not in files or "qof_workbook" not in files:
        return pd.DataFrame({"practice": [], "condition": [], "prevalence": []})
    table = read_table(files["qof_prevalence"])
    frame = pd.DataFrame(
        {"practice": table.text("PRACTICE_CODE"), "group": table.text("GROUP_CODE")}
    )
    frame["register"] = table.numbers("REGISTER", blank=0.0)
    size = "PRACTICE_LIST_SIZE" if "PRACTICE_LIST_SIZE" in table.header else "PATIENT_LIST_SIZE"
    frame["list_size"] = table.numbers(size, blank=0.0)
    whole = np.array(table.text("PATIENT_LIST_TYPE")) == "TOTAL"
    lists = frame[whole].groupby("practice")["list_size"].max()
    frame["list_size"] = frame["practice"].map(lists)
    frame["condition"] = frame["group"].map(REGISTERS)
    frame = frame.dropna(subset=["condition", "list_size"])
    return register_prevalence(practices, frame, _workbook_registers(files["qof_workbook"]))


def _workbook_registers(path: Path) -> pd.DataFrame:
    """Registers and whole lists by commissioner: a sheet a condition, last year's first."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    rows = []
    for code, condition in REGISTERS.items():
        if code not in book.sheet_names:
            continue
        sheet = book.get_sheet_by_name(code).to_python()
        header = _header(sheet, "CCG Code", path)
        ccg = header.index("CCG Code")
        lists = [i for i, name in enumerate(header) if name == "List Size"]
        registers = [i for i, name in enumerate(header) if name == "Register"]
        if len(lists) < 2 or len(registers) < 2:
            raise BadInput(f"sheet {code} lacks two years of registers", file=path, key=code)
        rows += [
            (row[ccg], condition, row[registers[1]], row[lists[1]])
            for row in sheet
            if len(row) > registers[1] and re.fullmatch(r"\d\d[A-Z]", str(row[ccg]).strip())
        ]
    table = pd.DataFrame(rows, columns=["commissioner", "condition", "register", "list_size"])
    for column in ("register", "list_size"):
        table[column] = [_cell(value, path, column) for value in table[column]]
    return table
