"""Drawn places: laid out in places.toml, filled from published distributions, always the same.

List sizes follow the published quartiles, deprivation its published mean and spread, ages the
national shares tilted between town and country; homes follow from gravity (`place_lists`). Every
draw is keyed by the place and the thing drawn. Numbers and sources: parameters/geography.toml.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, ndtri

from agents.numerics.random_streams import STREAM_PLACE, key_of, keyed_normal, keyed_uniform
from model.input.errors import InputError
from model.parameters import Parameters, load_parameters
from model.places.columns import AGE_SEX_COLUMNS, BANDS
from model.places.homes_and_flows import homes_of_patients, hospital_shares, whole_numbers
from model.places.named_places import named_places
from model.places.place import Place, check, make_place
from model.places.sources.services import services_table

LICENCE = "MIT, with the model"
YEAR = 2014
MID_AGE_YEARS = [2.5, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 82.0]
COMMUNITY, MENTAL_HEALTH, AMBULANCE, HOSPICE = (
    "community_trust",
    "mental_health_trust",
    "ambulance_trust",
    "hospice",
)


def draw_place(name: str) -> Place:
    """The drawn place of this name (anyshire, metropolis, lakeland); `InputError` for another."""
    layouts = {key: entry for key, entry in named_places().items() if entry["synthetic"]}
    if name not in layouts:
        raise InputError("no such drawn place", key="place", value=name, allowed=layouts)
    layout, parameters = layouts[name], load_parameters()
    areas = _areas(name, layout, parameters)
    practices = _practices(name, layout, areas, parameters)
    lists = homes_of_patients(practices, areas, parameters)
    practices = _described(name, practices, areas, lists, parameters)
    sites = _sites(name, layout, parameters)
    tables = {
        "areas": areas.drop(columns="older"),
        "practices": practices,
        "registers": pd.DataFrame({"practice": [], "condition": [], "prevalence": []}),
        "lists": lists,
        "trusts": _trusts(areas, sites, layout, parameters),
        "sites": sites,
        "commissioners": _commissioners(layout, practices),
        "councils": _named("council", layout["councils"]),
        "services": services_table(_providers(areas, layout), parameters),
    }
    sources = ["drawn from published distributions; each is cited in parameters/geography.toml"]
    about = {"title": layout["title"], "sources": sources, "licence": LICENCE}
    return check(make_place(name=name, year=YEAR, synthetic=True, tables=tables, **about))


def _seed(name: str) -> np.uint64:
    return np.uint64(key_of(name))


def _normals(name: str, what: str, count: int) -> np.ndarray:
    """Standard normal numbers [count], each keyed by the place, what it is for and its number."""
    key = np.uint64(key_of(what))
    return np.array([keyed_normal(_seed(name), STREAM_PLACE, key, 0, i) for i in range(count)])


def _uniforms(name: str, what: str, count: int) -> np.ndarray:
    key = np.uint64(key_of(what))
    return np.array([keyed_uniform(_seed(name), STREAM_PLACE, key, 0, i) for i in range(count)])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Evenly spread ranks in (0, 1), in the order of the values."""
    return (np.argsort(np.argsort(values, kind="stable"), kind="stable") + 0.5) / len(values)


def _areas(name: str, layout: dict[str, Any], parameters: Parameters) -> pd.DataFrame:
    """Areas of about 8,000 people, scattered round towns and over the country."""
    count = round(layout["population"] / parameters["geography.area_population"])
    parts = [*layout["towns"], layout["villages"]]
    shares = np.array([part["share"] for part in parts])
    per_part = whole_numbers(shares * count, np.zeros(len(parts), int), np.array([count]))
    frames = [
        _areas_of_part(name, part, int(n), layout)
        for part, n in zip(parts, per_part, strict=True)
        if n
    ]
    areas = pd.concat(frames, ignore_index=True)
    size = np.exp(
        parameters["geography.area_population_spread"] * _normals(name, "area population", count)
    )
    size *= layout["population"] / size.sum()
    areas["population"] = whole_numbers(
        size, np.zeros(count, int), np.array([layout["population"]])
    )
    leaning = areas.pop("leaning").to_numpy(float)
    luck = parameters["geography.area_deprivation_luck"]
    rank = _ranks(leaning + luck * _normals(name, "area deprivation", count))
    areas["deprivation_score"] = _deprivation(rank, parameters).round(3)
    bounds = parameters["geography.deprivation_fifth_bounds"]
    areas["deprivation_fifth"] = 1 + np.searchsorted(bounds, areas["deprivation_score"])
    areas["area"] = [f"{name}_{i:03d}" for i in range(1, count + 1)]
    return areas


def _areas_of_part(
    name: str, part: dict[str, Any], count: int, layout: dict[str, Any]
) -> pd.DataFrame:
    label, rural = part.get("name", "Villages"), "name" not in part
    if rural:
        x = layout["villages"]["width"] * _spread_out(_uniforms(name, "villages x", count))
        y = layout["villages"]["height"] * _uniforms(name, "villages y", count)
    else:
        x = part["x"] + part["spread"] * _normals(name, label + " x", count)
        y = part["y"] + part["spread"] * _normals(name, label + " y", count)
    towns = layout["towns"]
    gap = np.hypot(*(np.stack([x, y])[:, :, None] - [[[t[a] for t in towns]] for a in "xy"]))
    nearest = [towns[i] for i in gap.argmin(axis=1)]
    home = nearest if rural else [part] * count
    return pd.DataFrame(
        {
            "name": [f"{label} {i}" for i in range(1, count + 1)],
            "easting_km": x,
            "northing_km": y,
            "rural": rural,
            "leaning": part["deprived"],
            "older": part["older"],
            "commissioner": [town["commissioner"] for town in home],
            "council": [town["council"] for town in home],
        }
    )


def _spread_out(uniforms: np.ndarray) -> np.ndarray:
    """One number in each of as many equal strips of (0, 1): even, but not regular."""
    even: np.ndarray = (np.arange(len(uniforms)) + uniforms) / max(len(uniforms), 1)
    return even


def _deprivation(rank: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Scores with the published mean and spread, by a gamma distribution (skewed, above 0)."""
    mean = parameters["geography.deprivation_mean"]
    deviation = parameters["geography.deprivation_standard_deviation"]
    deprivation: np.ndarray = gammaincinv((mean / deviation) ** 2, rank) * (deviation**2 / mean)
    return deprivation


def _list_sizes(population: int, parameters: Parameters) -> np.ndarray:
    """Lists with the published quartiles (lognormal), as many as the population fills exactly."""
    median = parameters["geography.list_size_median"]
    low, high = parameters["geography.list_size_quartiles"]
    spread = np.log(high / low) / (2 * ndtri(0.75))

    def sizes(count: int) -> np.ndarray:
        sizes: np.ndarray = median * np.exp(spread * ndtri((np.arange(count) + 0.5) / count))
        return sizes

    count = min(range(1, population // 1000), key=lambda n: abs(sizes(n).sum() - population))
    exact = sizes(count) * population / sizes(count).sum()
    return whole_numbers(exact, np.zeros(count, int), np.array([population]))


def _lists_and_homes(
    name: str, areas: pd.DataFrame, sizes: np.ndarray
) -> tuple[np.ndarray, pd.DataFrame]:
    """Lists and the area each practice stands in.

    Country areas get one practice of about their own size, since nobody else is near; the others
    stand along the towns in a keyed order, spaced by the people that they need.
    """
    country, towns = areas[areas["rural"]], areas[~areas["rural"]]
    by_fit = np.argsort(np.abs(sizes - country["population"].mean()), kind="stable")
    near, rest = np.sort(by_fit[: len(country)]), np.sort(by_fit[len(country) :])
    rest = rest[np.argsort(_uniforms(name, "order of lists", len(rest)))]
    reached = np.cumsum(towns["population"]) / towns["population"].sum()
    middle = (np.cumsum(sizes[rest]) - sizes[rest] / 2) / sizes[rest].sum()
    in_towns = towns.iloc[np.searchsorted(reached, middle)]
    return sizes[np.r_[rest, near]], pd.concat([in_towns, country], ignore_index=True)


def _practices(
    name: str, layout: dict[str, Any], areas: pd.DataFrame, parameters: Parameters
) -> pd.DataFrame:
    """Practices near the people: one for each country area, the rest along the towns."""
    sizes, home = _lists_and_homes(name, areas, _list_sizes(layout["population"], parameters))
    away = parameters["geography.practice_offset_km"]
    offset = {axis: away * _normals(name, f"practice {axis}", len(sizes)) for axis in "xy"}
    town = home["name"].str.replace(r" \d+$", "", regex=True)
    return pd.DataFrame(
        {
            "practice": [f"{name}_gp_{i:03d}" for i in range(1, len(sizes) + 1)],
            "name": [f"{where} Practice {i}" for i, where in enumerate(town, 1)],
            "easting_km": home["easting_km"] + offset["x"],
            "northing_km": home["northing_km"] + offset["y"],
            "commissioner": home["commissioner"],
            "list_size": sizes,
            "rural": home["rural"],
        }
    )


def _described(
    name: str,
    practices: pd.DataFrame,
    areas: pd.DataFrame,
    lists: pd.DataFrame,
    parameters: Parameters,
) -> pd.DataFrame:
    """Practices with the ages, deprivation and contract that follow from where patients live."""
    homes = lists.merge(areas[["area", "deprivation_score", "older"]], on="area")
    for column in ("deprivation_score", "older"):
        homes[column] *= homes["patients"]
    mean = homes.groupby("practice")[["deprivation_score", "older"]].sum()
    mean = mean.loc[practices["practice"]].to_numpy() / practices[["list_size"]].to_numpy()
    score = _deprivation(_ranks(mean[:, 0]), parameters).round(3)
    draw = _uniforms(name, "contract", len(practices))
    first, last = parameters["geography.gms_share"], parameters["geography.apms_share"]
    contract = np.select([draw < first, draw < 1.0 - last], ["GMS", "PMS"], "APMS")
    ages = _ages(practices["list_size"].to_numpy(), mean[:, 1], parameters)
    described = practices.assign(deprivation_score=score, contract=contract)
    return pd.concat([described, pd.DataFrame(ages, columns=AGE_SEX_COLUMNS)], axis=1)


def _ages(sizes: np.ndarray, older: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Whole patients [practices, 18] by age and sex: national shares tilted to younger or older."""
    shares = parameters["geography.age_sex_shares"]
    national = np.array([shares[column] for column in AGE_SEX_COLUMNS])
    age = np.repeat(np.array(MID_AGE_YEARS), 2)
    assert len(MID_AGE_YEARS) == len(BANDS)
    tilt = parameters["geography.age_tilt_per_year"]
    tilted = national * np.exp(tilt * older[:, None] * (age - 40.0))
    expected = tilted / tilted.sum(axis=1, keepdims=True) * sizes[:, None]
    rows = np.repeat(np.arange(len(sizes)), len(national))
    return whole_numbers(expected.ravel(), rows, sizes).reshape(expected.shape)


def _sites(name: str, layout: dict[str, Any], parameters: Parameters) -> pd.DataFrame:
    centre = layout["towns"][0]
    rows = [site | {"planned_lines": _lines(site)} for site in layout["hospitals"]]
    beds = parameters["geography.independent_site_beds"]
    elective = {"beds": beds, "emergency": False, "planned_lines": "msk+other_planned"}
    rows += [site | elective for site in layout["independents"]]
    for trust, (title, _, beds) in _other_trusts(layout, parameters).items():
        where = {"x": centre["x"] + 1.0, "y": centre["y"] - 1.0, "beds": beds}
        about = {"site": f"{trust}_site", "trust": trust, "name": title}
        rows.append(about | where | {"emergency": False, "planned_lines": "none"})
    return pd.DataFrame(rows).rename(columns={"x": "easting_km", "y": "northing_km"})


def _lines(site: dict[str, Any]) -> str:
    return "all" if site["emergency"] else "elective_only"


def _other_trusts(
    layout: dict[str, Any], parameters: Parameters
) -> dict[str, tuple[str, str, float]]:
    """Trusts other than acute and independent: title, kind and beds."""
    per_1000 = layout["population"] / 1000
    beds = {
        kind: round(parameters[f"geography.{kind}_beds_per_1000"] * per_1000)
        for kind in ("community", "mental_health", "hospice")
    }
    return {
        COMMUNITY: ("Community Services Trust", "community", beds["community"]),
        MENTAL_HEALTH: ("Mental Health Trust", "mental_health", beds["mental_health"]),
        AMBULANCE: ("Ambulance Service", "ambulance", 0.0),
        HOSPICE: ("Hospice and voluntary bodies", "hospice", beds["hospice"]),
    }


def _trusts(
    areas: pd.DataFrame, sites: pd.DataFrame, layout: dict[str, Any], parameters: Parameters
) -> pd.DataFrame:
    """Acute and independent trusts by predicted flow; the others serve this place alone."""
    others = _other_trusts(layout, parameters)
    rows = [
        {"trust": code, "name": title, "kind": kind, "beds": beds, "modelled_share": 1.0}
        for code, (title, kind, beds) in others.items()
    ]
    for kind, entries in (("acute", layout["hospitals"]), ("independent", layout["independents"])):
        own = sites[sites["trust"].isin([entry["trust"] for entry in entries])]
        rows += _flow_trusts(kind, areas, own, parameters) if len(own) else []
    return pd.DataFrame(rows)


def _flow_trusts(
    kind: str, areas: pd.DataFrame, sites: pd.DataFrame, parameters: Parameters
) -> list[dict[str, Any]]:
    flow = areas["population"].to_numpy() @ hospital_shares(areas, sites, parameters)
    needed = flow * parameters["geography.beds_per_1000"] / 1000
    # Drawn independent hospitals live on this place; the other beds of trusts serve outsiders.
    by_trust = sites.assign(needed=needed).groupby("trust", sort=True)
    return [
        {
            "trust": trust,
            "name": own["name"].iloc[0] + (" Trust" if kind == "acute" else ""),
            "kind": kind,
            "beds": float(own["beds"].sum()),
            "modelled_share": min(1.0, own["needed"].sum() / own["beds"].sum())
            if kind == "acute"
            else 1.0,
        }
        for trust, own in by_trust
    ]


def _commissioners(layout: dict[str, Any], practices: pd.DataFrame) -> pd.DataFrame:
    named = _named("commissioner", layout["commissioners"])
    registered = practices.groupby("commissioner")["list_size"].sum()
    return named.assign(population=named["commissioner"].map(registered))


def _named(column: str, names: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({column: list(names), "name": list(names.values())})


def _providers(areas: pd.DataFrame, layout: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Each commissioner's provider by setting: one stand-alone community trust for all."""
    fixed = {"community": COMMUNITY, "mental_health": MENTAL_HEALTH}
    fixed |= {"ambulance": AMBULANCE, "hospice": HOSPICE}
    people = areas.groupby(["commissioner", "council"])["population"].sum()
    return {
        code: fixed | {"council": str(people.loc[code].idxmax())}
        for code in layout["commissioners"]
    }
