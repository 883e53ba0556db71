"""What the tables of a place must say together: sums that agree, and enough of each thing."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from model.input.errors import InputError
from model.pathway_names import PATHWAYS
from model.places.columns import AGE_SEX_COLUMNS, MOST_PEOPLE

Tables = dict[str, pd.DataFrame]
RESIDENTS_PER_PATIENT = (0.2, 5.0)  # bounds: residents of a commissioner's areas to its patients
AREA_RESIDENTS_PER_PATIENT = (0.1, 10.0)  # the same of one area, whose people register elsewhere
FARTHEST_SITE_KM = 200.0  # from the nearest area of a place whose people it treats
LARGEST_MEAN_PREVALENCE = 0.5  # of a condition on all registers of a place
MAY_TREAT = {"emergency": ("acute",), "planned_lines": ("acute", "independent")}
BEDS_APART = 1.0  # sums of rounded beds may differ by so much
BODIES = {"commissioners": "commissioner", "practices": "practice", "trusts": "trust"}
BODIES |= {"councils": "council"}
RESERVED = {"treasury", "market", "regulator", "competition", "elsewhere"}


def check_totals(tables: Tables, file: Any = None) -> None:
    """`InputError` about the first sum that does not agree, or the first thing that is lacking."""
    for check in (_codes_apart, _ages, _homes, _commissioners, _residents, _areas, _registers,
                  _beds, _emergency, _kinds, _distances, _providers, _services):  # fmt: skip
        check(tables, file)


def _codes_apart(tables: Tables, file: Any) -> None:
    """Bodies are known by their codes alone, whatever they are."""
    taken = dict.fromkeys(RESERVED, "the model")
    for table, column in BODIES.items():
        for code in tables[table][column]:
            if code in taken:
                raise InputError(f"{taken[code]} has this code already", file=file,
                               key=f"{table}.{column}", value=code)  # fmt: skip
        taken |= dict.fromkeys(tables[table][column], f"one of the {table}")


def _ages(tables: Tables, file: Any) -> None:
    practices = tables["practices"]
    by_age = practices[AGE_SEX_COLUMNS].sum(axis=1)
    for row in practices.assign(by_age=by_age)[by_age != practices["list_size"]].itertuples():
        raise InputError(
            f"the age and sex columns of {row.practice} sum to {row.by_age:,}, not its list",
            file=file, key="practices.list_size", value=row.list_size,
        )  # fmt: skip
    if practices["list_size"].sum() > MOST_PEOPLE:
        raise InputError(
            "too many patients", file=file, key="practices.list_size",
            value=f"{practices['list_size'].sum():,}", allowed=f"at most {MOST_PEOPLE:,} in all",
        )  # fmt: skip


def _homes(tables: Tables, file: Any) -> None:
    patients = tables["lists"].groupby("practice")["patients"].sum()
    sizes = tables["practices"].set_index("practice")["list_size"]
    wrong = sizes.index[patients.reindex(sizes.index, fill_value=0) != sizes]
    if len(wrong):
        raise InputError(
            f"the homes of the patients of {wrong[0]} do not sum to its list",
            file=file, key="lists.patients", value=int(patients.get(wrong[0], 0)),
            allowed=f"{sizes[wrong[0]]}",
        )  # fmt: skip


def _commissioners(tables: Tables, file: Any) -> None:
    commissioners = tables["commissioners"].set_index("commissioner")["population"]
    lists = tables["practices"].groupby("commissioner")["list_size"].sum()
    lists = lists.reindex(commissioners.index, fill_value=0)
    wrong = commissioners.index[lists != commissioners]
    if len(wrong):
        raise InputError(
            f"the lists of the practices of {wrong[0]} do not sum to its population",
            file=file, key="commissioners.population", value=int(commissioners[wrong[0]]),
            allowed=f"{lists[wrong[0]]}",
        )  # fmt: skip


def _residents(tables: Tables, file: Any) -> None:
    residents = tables["areas"].groupby("commissioner")["population"].sum()
    patients = tables["commissioners"].set_index("commissioner")["population"]
    share = residents.reindex(patients.index, fill_value=0) / patients
    low, high = RESIDENTS_PER_PATIENT
    for code in share.index[(share < low) | (share > high)]:
        raise InputError(
            f"the areas of {code} have too many or too few residents for its {patients[code]:,}"
            " patients", file=file, key="areas.population", value=int(residents.get(code, 0)),
            allowed=f"{low:g} to {high:g} times as many",
        )  # fmt: skip


def _areas(tables: Tables, file: Any) -> None:
    residents = tables["areas"].set_index("area")["population"]
    patients = tables["lists"].groupby("area")["patients"].sum()
    patients = patients.reindex(residents.index, fill_value=0)
    low, high = AREA_RESIDENTS_PER_PATIENT
    for code in residents.index[(residents < low * patients) | (residents > high * patients)]:
        raise InputError(
            f"the area {code} has too many or too few residents for the {patients[code]:,} patients"
            " who live there", file=file, key="areas.population", value=int(residents[code]),
            allowed=f"{low:g} to {high:g} times as many",
        )  # fmt: skip


def _registers(tables: Tables, file: Any) -> None:
    means = tables["registers"].groupby("condition")["prevalence"].mean()
    for condition in means.index[means > LARGEST_MEAN_PREVALENCE]:
        raise InputError(
            f"{condition} is on the registers of {100 * means[condition]:.0f}% of patients",
            file=file, key="registers.prevalence", value=f"{means[condition]:g}",
            allowed=f"at most {LARGEST_MEAN_PREVALENCE:g} in the mean of the practices",
        )  # fmt: skip


def _beds(tables: Tables, file: Any) -> None:
    trusts = tables["trusts"].set_index("trust")["beds"]
    sites = tables["sites"].groupby("trust")["beds"].sum().reindex(trusts.index)
    for code in trusts.index[sites.isna()]:
        raise InputError("this trust has no site", file=file, key="sites.trust", value=code)
    for code in trusts.index[(sites - trusts).abs() > BEDS_APART]:
        raise InputError(
            f"the beds of the sites of {code} sum to {sites[code]:g}, not to its beds",
            file=file, key="trusts.beds", value=f"{trusts[code]:g}", allowed=f"{sites[code]:g}",
        )  # fmt: skip


def _emergency(tables: Tables, file: Any) -> None:
    sites = tables["sites"]
    if not sites["emergency"].any():
        raise InputError("no site takes emergencies", file=file, key="sites.emergency")
    without = sites[(sites["emergency"] | (sites["planned_lines"] != "none")) & (sites["beds"] < 1)]
    for row in without.itertuples():
        raise InputError(
            f"{row.site} takes patients and has no bed", file=file, key="sites.beds",
            value=row.beds, allowed="1 or more where emergencies or planned patients are taken",
        )  # fmt: skip


def _kinds(tables: Tables, file: Any) -> None:
    """Who treats in hospital; what a hospice or an ambulance service does is another setting."""
    sites, trusts = tables["sites"], tables["trusts"].set_index("trust")
    kind = sites["trust"].map(trusts["kind"])
    does = {"emergency": sites["emergency"], "planned_lines": sites["planned_lines"] != "none"}
    for column, kinds in MAY_TREAT.items():
        for row in sites.assign(kind=kind)[does[column] & ~kind.isin(kinds)].itertuples():
            raise InputError(
                f"{row.site} belongs to a trust of the kind {row.kind}", file=file,
                key=f"sites.{column}", value=getattr(row, column),
                allowed=f"trusts of the kind {' or '.join(kinds)}",
            )  # fmt: skip
    if not (trusts["modelled_share"] > 0.0).any():
        raise InputError(
            "no trust treats anybody of this place", file=file, key="trusts.modelled_share",
            value=0, allowed="more than 0 for some",
        )  # fmt: skip


def _distances(tables: Tables, file: Any) -> None:
    points = ["easting_km", "northing_km"]
    areas = cKDTree(tables["areas"][points].to_numpy(np.float64))
    for table, who in (("sites", "site"), ("practices", "practice")):
        km, _ = areas.query(tables[table][points].to_numpy(np.float64))
        for row in tables[table].assign(km=km)[km > FARTHEST_SITE_KM].itertuples():
            raise InputError(
                f"{getattr(row, who)} lies {row.km:,.0f} km from the nearest area of the place",
                file=file, key=f"{table}.easting_km, {table}.northing_km",
                value=f"{row.easting_km:g}, {row.northing_km:g}",
                allowed=f"at most {FARTHEST_SITE_KM:g} km",
            )  # fmt: skip


def _services(tables: Tables, file: Any) -> None:
    """Every commissioner has somebody for every pathway."""
    services = tables["services"]
    for code, pathways in services.groupby("commissioner")["pathway"]:
        missing = [pathway for pathway in PATHWAYS if pathway not in set(pathways)]
        if missing:
            raise InputError(
                f"{code} has no services for {missing[0]}", file=file, key="services.pathway",
                value=f"{pathways.nunique()} pathways",
                allowed=f"a row at least for each of {len(PATHWAYS)}",
            )  # fmt: skip


def _providers(tables: Tables, file: Any) -> None:
    """Councils provide social care and trusts all else; where patients choose, nobody is named."""
    services, councils = tables["services"], set(tables["councils"]["council"])
    named = services[services["provider"] != ""]
    by_council = named["provider"].isin(councils).to_numpy()
    for row in named[by_council != (named["setting"] == "council").to_numpy()].itertuples():
        raise InputError(
            f"the wrong kind of provider for {row.setting} of {row.commissioner}", file=file,
            key="services.provider", value=row.provider,
            allowed="a council" if row.setting == "council" else "a trust, or nothing",
        )  # fmt: skip
    missing = sorted(set(tables["commissioners"]["commissioner"]) - set(services["commissioner"]))
    if missing:
        raise InputError("this commissioner has no services", file=file,
                       key="services.commissioner", value=missing[0])  # fmt: skip
