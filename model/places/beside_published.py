"""A place beside what is published: each figure here, in the literature, and where it stands."""

import numpy as np
import pandas as pd

from model.parameters import Parameters, load_parameters
from model.places.columns import TRUST_KINDS
from model.places.homes_and_flows import points_km
from model.places.place import Place

OVER_65 = ["m_65_74", "f_65_74", "m_75plus", "f_75plus"]
OVER_75 = ["m_75plus", "f_75plus"]


def describe(place: Place) -> dict[str, pd.DataFrame]:
    """Tables that show what a place is.

    `organisations` (kind, count), and `figures` (name, here, published, source): list sizes,
    distances in km, deprivation and ages, each beside the published figure for England or (for
    distances) South West England. Places differ: a dense one is nearer to its hospitals.
    """
    return {"organisations": _organisations(place), "figures": _figures(place, load_parameters())}


def _organisations(place: Place) -> pd.DataFrame:
    kinds = place.trusts["kind"].value_counts().reindex(TRUST_KINDS, fill_value=0)
    counts = {f"{kind} trusts": int(count) for kind, count in kinds.items()}
    counts |= {"emergency sites": int(place.sites["emergency"].sum())}
    tables = ["areas", "practices", "sites", "commissioners", "councils"]
    counts |= {table: len(getattr(place, table)) for table in tables}
    return pd.DataFrame({"kind": list(counts), "count": list(counts.values())})


def _figures(place: Place, parameters: Parameters) -> pd.DataFrame:
    lists = place.practices["list_size"]
    score = place.practices["deprivation_score"]
    low, high = parameters["geography.list_size_quartiles"]
    rows = [
        ("list size, lower quartile", lists.quantile(0.25), low, "list_size_quartiles"),
        ("list size, median", lists.median(), None, "list_size_median"),
        ("list size, upper quartile", lists.quantile(0.75), high, "list_size_quartiles"),
        ("practice deprivation, mean", score.mean(), None, "deprivation_mean"),
        ("practice deprivation, spread", score.std(), None, "deprivation_standard_deviation"),
        ("share aged 65 and over", _share(place, OVER_65), None, "share_aged_65_plus"),
        ("share aged 75 and over", _share(place, OVER_75), None, "share_aged_75_plus"),
        *_distance_rows("home to practice", practice_km(place), "practice_distance_km", parameters),
        *_distance_rows(
            "home to emergency site", emergency_km(place), "hospital_distance_km", parameters
        ),
    ]
    named = [(n, h, parameters["geography." + p] if v is None else v, p) for n, h, v, p in rows]
    frame = pd.DataFrame(named, columns=["name", "here", "published", "parameter"])
    entries = [parameters.entry("geography." + name) for name in frame.pop("parameter")]
    return frame.assign(unit=[e.unit for e in entries], source=[str(e.source) for e in entries])


def _share(place: Place, columns: list[str]) -> float:
    total = place.practices[columns].to_numpy().sum()
    return float(total / place.practices["list_size"].sum())


def _distance_rows(
    name: str, km: pd.DataFrame, parameter: str, parameters: Parameters
) -> list[tuple[str, float, float, str]]:
    quantiles = weighted_quantiles(km["km"], km["people"], [0.25, 0.5, 0.75])
    labels = ["lower quartile", "median", "upper quartile"]
    published = parameters["geography." + parameter]
    return [
        (f"{name}, {label}", float(here), there, parameter)
        for label, here, there in zip(labels, quantiles, published, strict=True)
    ]


def practice_km(place: Place) -> pd.DataFrame:
    """Distance from home to practice: `km` and `people` for every practice and area of homes."""
    home = place.areas.set_index("area").loc[place.lists["area"]]
    practice = place.practices.set_index("practice").loc[place.lists["practice"]]
    away = np.hypot(*(points_km(home) - points_km(practice)).T)
    return pd.DataFrame({"km": away, "people": place.lists["patients"].to_numpy()})


def emergency_km(place: Place) -> pd.DataFrame:
    """Distance from each area to its nearest emergency site: `km` and `people`."""
    sites = points_km(place.sites[place.sites["emergency"]])
    gap = points_km(place.areas)[:, None, :] - sites[None, :, :]
    nearest = np.hypot(gap[..., 0], gap[..., 1]).min(axis=1)
    return pd.DataFrame({"km": nearest, "people": place.areas["population"].to_numpy()})


def weighted_quantiles(values: pd.Series, weights: pd.Series, shares: list[float]) -> np.ndarray:
    """Quantiles [shares] of values that stand for `weights` people each."""
    order = np.argsort(values.to_numpy(), kind="stable")
    reached = np.cumsum(weights.to_numpy()[order]) / weights.sum()
    return values.to_numpy()[order][np.searchsorted(reached, shares)]
