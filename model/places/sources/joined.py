"""The joined tables of England 2014/15 (practices, areas, trusts, hospitals, registers) as sources.

Practices are those with patients in October to December 2014, areas the middle-layer areas with
their deprivation of 2015, beds those of July to September 2014. Sites are of 2016/17: a site that
stands at the address of a trust dissolved since goes back to that trust.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from model.parameters import Parameters
from model.places.columns import AGE_SEX_COLUMNS
from model.places.homes_and_flows import points_km
from model.places.sources.published_statistics import (
    REGISTERS,
    Sieve,
    grid_km,
    proper,
    register_prevalence,
)
from model.places.sources.source_files import JOINED, Files, required

ACUTE_SITE_TYPES = "123"
SAME_ADDRESS_KM = 2.0
SMALLEST_SITE_BEDS = 5
SMALL = f"with fewer than {SMALLEST_SITE_BEDS} beds"
CONTRACTS = {"GMS", "PMS", "APMS"}
NOTES = [
    "beds of sites are estimates: a trust's beds shared by inpatient meals",
]
# England's counties with districts (ONS 2021): county code, name, first and last district number.
COUNTIES = [
    ("E10000003", "Cambridgeshire", 8, 12),
    ("E10000006", "Cumbria", 26, 31),
    ("E10000007", "Derbyshire", 32, 39),
    ("E10000008", "Devon", 40, 47),
    ("E10000011", "East Sussex", 61, 65),
    ("E10000012", "Essex", 66, 77),
    ("E10000013", "Gloucestershire", 78, 83),
    ("E10000014", "Hampshire", 84, 94),
    ("E10000015", "Hertfordshire", 95, 104),
    ("E10000016", "Kent", 105, 116),
    ("E10000017", "Lancashire", 117, 128),
    ("E10000018", "Leicestershire", 129, 135),
    ("E10000019", "Lincolnshire", 136, 142),
    ("E10000020", "Norfolk", 143, 149),
    ("E10000023", "North Yorkshire", 163, 169),
    ("E10000024", "Nottinghamshire", 170, 176),
    ("E10000025", "Oxfordshire", 177, 181),
    ("E10000027", "Somerset", 187, 191),
    ("E10000028", "Staffordshire", 192, 199),
    ("E10000029", "Suffolk", 200, 206),
    ("E10000030", "Surrey", 207, 217),
    ("E10000031", "Warwickshire", 218, 222),
    ("E10000032", "West Sussex", 223, 229),
    ("E10000034", "Worcestershire", 234, 239),
    ("E10000015", "Hertfordshire", 240, 243),
    ("E10000029", "Suffolk", 244, 245),
    ("E10000027", "Somerset", 246, 246),
]


@dataclass(frozen=True)
class Sources:
    """All England as published, from which places are cut.

    `areas` and `practices` have the columns of a place; `trusts` (trust, name, kind, beds,
    easting_km, northing_km); `sites` (site, name, trust, easting_km, northing_km, beds, role,
    emergency), role acute, independent or other; `commissioners` and `councils` (code, name).
    """

    areas: pd.DataFrame
    practices: pd.DataFrame
    trusts: pd.DataFrame
    sites: pd.DataFrame
    registers: pd.DataFrame
    commissioners: pd.DataFrame
    councils: pd.DataFrame
    notes: list[str]


def joined_sources(files: Files, parameters: Parameters) -> Sources:
    """England from the joined tables; `InputError` names a missing file, column, line or number."""
    required(files, JOINED)
    lsoas = _lsoas(files)
    areas, councils = _areas(lsoas, parameters)
    practices = _practices(files, lsoas, parameters)
    trusts = _trusts(files)
    sites = _sites(files, trusts, parameters)
    independents, owners = independent_sites(files, parameters)
    names = files.table("commissioners")
    files.tell("commissioners", len(names.rows))
    return Sources(
        areas=areas,
        practices=practices,
        trusts=pd.concat([trusts.drop(columns=["lasted", "emergency"]), owners]),
        sites=pd.concat([sites, independents], ignore_index=True),
        registers=_registers(files, practices),
        commissioners=pd.DataFrame(
            {
                "commissioner": names.text("ccg_code"),
                "name": names.text("name"),
                "ons": names.text("ons_code_2013") if names.has("ons_code_2013") else "",
            }
        ).drop_duplicates("commissioner"),
        councils=councils,
        notes=NOTES,
    )


def _lsoas(files: Files) -> pd.DataFrame:
    table = files.table("lsoas")
    texts = {"lsoa": "lsoa11cd", "lsoa_name": "lsoa11nm", "area": "msoa11cd"}
    texts |= {"district": "lad21cd", "commissioner": "ccg13", "kind": "ruc11"}
    frame = pd.DataFrame({name: table.text(column) for name, column in texts.items()})
    frame["easting_km"] = table.numbers("easting") / 1000
    frame["northing_km"] = table.numbers("northing") / 1000
    frame["population"] = table.counts("pop_2015")
    frame["deprivation_score"] = table.numbers("imd2015_score")
    kept = Sieve(frame).keep_first("lsoa")
    files.tell("lsoas", len(kept.frame), kept.dropped)
    return kept.frame.reset_index(drop=True)


def _areas(lsoas: pd.DataFrame, parameters: Parameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Middle-layer areas: population-weighted points and scores, commissioner by majority."""
    averaged = ["easting_km", "northing_km", "deprivation_score"]
    people = lsoas["population"]
    weighted = lsoas[averaged].mul(people, axis=0).groupby(lsoas["area"]).sum()
    total = people.groupby(lsoas["area"]).sum()
    areas = weighted.div(total, axis=0).assign(population=total)
    names = lsoas["lsoa_name"].str.slice(stop=-1)
    areas["name"] = names.groupby(lsoas["area"]).first()
    upper = _councils(lsoas)
    areas["rural"] = _majority(lsoas["area"], lsoas["kind"] == "Rural", people)
    areas["commissioner"] = _majority(lsoas["area"], lsoas["commissioner"], people)
    areas["council"] = _majority(lsoas["area"], upper["council"], people)
    bounds = parameters["geography.deprivation_fifth_bounds"]
    areas["deprivation_fifth"] = 1 + np.searchsorted(bounds, areas["deprivation_score"])
    return areas.reset_index(), upper.drop_duplicates("council")


def _majority(group: pd.Series, value: pd.Series, weight: pd.Series) -> pd.Series:
    """The value that holds the most weight within each group (ties: the first by name)."""
    frame = pd.DataFrame({"group": group, "value": value, "weight": weight})
    sums = frame.groupby(["group", "value"])["weight"].sum().reset_index()
    sums = sums.sort_values(["group", "weight", "value"], ascending=[True, False, True])
    return sums.drop_duplicates("group").set_index("group")["value"]


def _councils(lsoas: pd.DataFrame) -> pd.DataFrame:
    """The council for social care of each small area: the county where there is one."""
    county = {
        f"E07{number:06d}": (code, f"{name} County Council")
        for code, name, first, last in COUNTIES
        for number in range(first, last + 1)
    }
    town = lsoas["lsoa_name"].str.replace(r" \d+[A-Z]$", "", regex=True)
    usual = _majority(lsoas["district"], town, lsoas["population"])
    pairs = {code: county.get(code, (code, f"{usual[code]} Council")) for code in usual.index}
    council = lsoas["district"].map(pairs)
    return pd.DataFrame({"council": council.str[0], "name": council.str[1]})


def _practices(files: Files, lsoas: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    table = files.table("practices")
    frame = pd.DataFrame(
        {"practice": table.text("practice_code"), "name": proper(table.text("name"))}
    )
    frame["commissioner"] = table.text("ccg_code")
    frame["easting_km"] = table.numbers("easting") / 1000
    frame["northing_km"] = table.numbers("northing") / 1000
    for column in ["list_size", *AGE_SEX_COLUMNS]:
        frame[column] = table.counts(column)
    frame["contract"] = pd.Series(table.text("contract_2017")).where(
        lambda c: c.isin(CONTRACTS), "GMS"
    )
    rural = pd.Series(table.text("rurality_2017"))
    around = pd.Series(table.text("lsoa11")).map(lsoas.set_index("lsoa")["kind"])
    frame["rural"] = rural.where(rural != "", around) == "Rural"
    registered = table.numbers("imd2019_score_registered", blank=np.nan)
    at_address = table.numbers("imd2015_score_at_postcode", blank=np.nan)
    score = np.where(np.isnan(registered), at_address, registered)
    mean = parameters["geography.deprivation_mean"]
    frame["deprivation_score"] = np.where(np.isnan(score), mean, score)
    kept = Sieve(frame).keep(frame["list_size"] > 0, "without patients")
    files.tell("practices", len(kept.frame), kept.dropped)
    return kept.frame.reset_index(drop=True)


def _trusts(files: Files) -> pd.DataFrame:
    """Trusts of 2014 with their beds; `lasted`: still there when sites were returned (2016/17)."""
    table = files.table("trusts")
    frame = pd.DataFrame({"trust": table.text("trust_code"), "name": proper(table.text("name"))})
    later = pd.Series(table.text("type_2017"))
    kind = pd.Series(table.text("type_2014"))
    kinds = {"Acute": "acute", "MentalHealth": "mental_health", "Ambulance": "ambulance"}
    frame["kind"] = kind.map(kinds | {"Health and Care": "community"})
    frame.loc[(frame["kind"] == "community") & (later == "Mental Health"), "kind"] = "mental_health"
    beds_2014 = table.numbers("kh03_2014q2_beds_avail_total", blank=np.nan)
    beds_2016 = table.numbers("kh03_beds_2016", blank=0.0)
    frame["beds"] = np.where(np.isnan(beds_2014), beds_2016, beds_2014)
    frame["easting_km"] = table.numbers("easting") / 1000
    frame["northing_km"] = table.numbers("northing") / 1000
    frame["emergency"] = table.numbers("ae_type1_attendances_2016_17", blank=0.0) > 0
    frame["lasted"] = later != ""
    existed = frame["kind"].notna() & ((frame["kind"] != "acute") | (frame["beds"] > 0))
    # Trusts founded later stay for a moment (kind unknown): their sites go back to 2014's trusts.
    later_only = pd.Series(table.text("type_2014")).eq("")
    kept = Sieve(frame).keep(existed | later_only, "dissolved by then, or of another kind")
    kept.keep_first("trust")
    files.tell("trusts", len(kept.frame), kept.dropped)
    return kept.frame.reset_index(drop=True)


def _sites(files: Files, trusts: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """Hospital sites of the trusts of 2014, each with its share of its trust's beds."""
    table = files.table("hospitals")
    sites = pd.DataFrame({"site": table.text("site_code"), "name": proper(table.text("site_name"))})
    sites["trust"] = table.text("trust_code")
    sites["type"] = [kind[:1] for kind in table.text("site_type")]
    sites["easting_km"] = table.numbers("easting", blank=np.nan) / 1000
    sites["northing_km"] = table.numbers("northing", blank=np.nan) / 1000
    sites["beds"] = table.numbers("beds_est_2016", blank=0.0)
    kept = Sieve(sites).keep(sites["easting_km"].notna(), "without a position")
    kept.keep(kept.frame["trust"].isin(trusts["trust"]), "of no trust of then")
    sites = kept.frame.reset_index(drop=True)
    sites["emergency"] = emergency_sites(sites, trusts, parameters)
    sites = _given_back(sites, trusts)
    sites = sites.merge(trusts[["trust", "kind"]], on="trust")
    acute = (sites["kind"] == "acute") & sites["type"].isin(list(ACUTE_SITE_TYPES))
    sites["role"] = np.where(acute, "acute", "other")
    kept = Sieve(sites).keep(~acute | (sites["beds"] >= SMALLEST_SITE_BEDS), SMALL) + kept
    files.tell("hospitals", len(kept.frame), kept.dropped)
    return beds_shared(kept.frame, trusts)


def emergency_sites(sites: pd.DataFrame, trusts: pd.DataFrame, parameters: Parameters) -> pd.Series:
    """Sites with a major department: large general sites of trusts that have one, or the largest.

    Departments are published by trust; `sites` needs trust, type and beds, `trusts` emergency.
    """
    has = sites["trust"].isin(trusts.loc[trusts["emergency"], "trust"])
    acute = has & sites["type"].isin(list(ACUTE_SITE_TYPES))
    large = acute & (sites["type"] == "1")
    large &= sites["beds"] >= parameters["geography.emergency_site_beds"]
    largest = sites["beds"].where(acute).groupby(sites["trust"]).transform("max")
    emergency: pd.Series = large | (acute & (sites["beds"] == largest))
    return emergency


def _given_back(sites: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """Sites of 2016/17 returned to the acute trusts of 2014 that stood at the same address."""
    dissolved = trusts[(trusts["kind"] == "acute") & ~trusts["trust"].isin(sites["trust"])]
    founded_later = set(trusts.loc[trusts["kind"].isna(), "trust"])
    general = sites[sites["type"].isin(list(ACUTE_SITE_TYPES))]
    for code, point in zip(dissolved["trust"], points_km(dissolved), strict=True):
        away = np.hypot(*(points_km(general) - point).T)
        if len(away) and away.min() <= SAME_ADDRESS_KM:
            sites.loc[general.index[away.argmin()], "trust"] = code
    orphan = sites["trust"].isin(founded_later)
    if orphan.any() and not orphan.all():
        kept = sites[~orphan].reset_index(drop=True)
        nearest = cKDTree(points_km(kept)).query(points_km(sites[orphan]))[1]
        sites.loc[orphan, "trust"] = kept["trust"].to_numpy()[nearest]
    return sites


def beds_shared(sites: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """Sites whose estimated beds are scaled to the trust's return; one site where none is known."""
    estimate = sites["beds"] + 1e-6
    total = estimate.groupby(sites["trust"]).transform("sum")
    returned = sites["trust"].map(trusts.set_index("trust")["beds"]).astype(float)
    sites = sites.assign(beds=(estimate / total * returned).round(1))
    without = trusts[trusts["kind"].notna() & ~trusts["trust"].isin(sites["trust"])]
    own = without[["trust", "name", "kind", "beds", "easting_km", "northing_km"]].assign(
        site=without["trust"] + "_main", emergency=False
    )
    own["role"] = np.where(own["kind"] == "acute", "acute", "other")
    return pd.concat([sites, own], ignore_index=True)


# Bodies on the list of independent hospitals that do no general surgery.
NOT_SURGICAL = [
    *(
        "priory",
        "cygnet",
        "huntercombe",
        "partnerships in care",
        "brookdale",
        "mental",
        "psychiatr",
    ),
    *("bpas", "marie stopes", "optegra", "isight", "rehabilitation", "hospice", "wellbeing"),
    *("community", "livewell", "central surrey"),
]


def independent_sites(files: Files, parameters: Parameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Surgical hospitals of the independent sector and the companies that own them."""
    columns = ["site", "name", "trust", "owner", "beds", "easting_km", "northing_km"]
    if "choices_hospitals" not in files:
        sites = pd.DataFrame({column: [] for column in columns})
    else:
        sites = _independents(files, parameters)
    sites = sites.assign(role="independent", emergency=False, kind="independent", type="")
    owners = sites.drop_duplicates("trust").assign(name=lambda f: f["owner"])
    beds = owners["trust"].map(sites.groupby("trust")["beds"].sum())
    owners = owners[["trust", "name", "kind", "easting_km", "northing_km"]].assign(beds=beds)
    return sites.drop(columns="owner"), owners


def _independents(files: Files, parameters: Parameters) -> pd.DataFrame:
    table = files.table("choices_hospitals")
    frame = pd.DataFrame(
        {"site": table.text("OrganisationCode"), "name": table.text("OrganisationName")}
    )
    frame["trust"] = table.text("ParentODSCode")
    frame["owner"] = table.text("ParentName")
    sector = pd.Series(table.text("Sector")), pd.Series(table.text("SubType"))
    latitude = table.numbers("Latitude", blank=np.nan)
    longitude = table.numbers("Longitude", blank=np.nan)
    frame[["easting_km", "northing_km"]] = grid_km(latitude, longitude)
    frame["beds"] = float(parameters["geography.independent_site_beds"])
    words = (frame["name"] + " " + frame["owner"]).str.lower()
    surgical = ~words.str.contains("|".join(NOT_SURGICAL), regex=True)
    independent = (sector[0] == "Independent Sector") & (sector[1] == "Hospital") & surgical
    independent &= frame["trust"].str.startswith("N") & frame["easting_km"].notna()
    kept = (
        Sieve(frame)
        .keep(independent, "that are no independent surgical hospitals")
        .keep_first("site")
    )
    files.tell("choices_hospitals", len(kept.frame), kept.dropped)
    return kept.frame


def _registers(files: Files, practices: pd.DataFrame) -> pd.DataFrame:
    """Prevalence from the registers by practice, by commissioner or both; none without either."""
    none = pd.DataFrame(columns=["condition", "register", "list_size"])
    by_practice = _practice_registers(files, practices) if "qof" in files else none
    by_commissioner = _commissioner_registers(files) if "qof_commissioners" in files else none
    return register_prevalence(practices, by_practice, by_commissioner)


def _practice_registers(files: Files, practices: pd.DataFrame) -> pd.DataFrame:
    table = files.table("qof")
    codes = pd.Series(table.text("practice_code"))
    here = codes.isin(practices["practice"])
    files.tell("qof", int(here.sum()), {"of practices without a list": int((~here).sum())})
    lists = table.numbers("list_size", blank=0.0)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "practice": codes,
                    "condition": condition,
                    "register": table.numbers(f"reg_{code}", blank=0.0),
                    "list_size": lists,
                }
            )
            for code, condition in REGISTERS.items()
        ]
    )


def _commissioner_registers(files: Files) -> pd.DataFrame:
    """Registers over whole lists: adult registers are published over adults, so the list of the
    same commissioner is taken from its atrial fibrillation register (all ages)."""
    table = files.table("qof_commissioners")
    frame = pd.DataFrame(
        {"commissioner": table.text("ccg_code"), "group": table.text("group_code")}
    )
    frame["register"] = table.numbers("register_2014_15")
    frame["denominator"] = table.numbers("denominator")
    lists = frame[frame["group"] == "AF"].groupby("commissioner")["denominator"].first()
    frame["list_size"] = frame["commissioner"].map(lists)
    frame["condition"] = frame["group"].map(REGISTERS)
    kept = Sieve(frame).keep(frame["condition"].notna(), "of conditions that are not modelled")
    kept.keep(kept.frame["list_size"].notna(), "without the list of all ages")
    files.tell("qof_commissioners", len(kept.frame), kept.dropped)
    return kept.frame
