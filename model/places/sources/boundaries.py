"""The middles of commissioners, from the corners of their published boundaries (KML)."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from model.places.commissioner_codes import FORM, short_code
from model.places.sources.published_statistics import Sieve, decoded, grid_km
from model.places.sources.source_files import Files

POINT = ["easting_km", "northing_km"]
COLUMNS = ["commissioner", *POINT, "corners", "readable"]
PLACEMARK = r"<(?:\w+:)?Placemark\b[^>]*>"
NAME = r"<(?:\w+:)?name\b[^>]*>\s*(?:<!\[CDATA\[)?\s*(\w+)"
CORNERS = r"<(?:\w+:)?coordinates\b[^>]*>([^<]*)<"


def boundary_centres(files: Files) -> pd.DataFrame:
    """The middle in km of each commissioner's boundary: the mean of its corners.

    A commissioner that has several placemarks counts by the one with the most corners. None without
    a file of boundaries; placemarks that are left out are told with the reason.
    """
    if "boundaries" not in files:
        return pd.DataFrame(columns=POINT, dtype=float)
    kept = Sieve(_placemarks(files.path("boundaries")).sort_values("corners", ascending=False))
    kept.keep(kept.frame["commissioner"] != "", "without a commissioner's code")
    kept.keep(kept.frame["readable"], "with a corner that is no pair of numbers")
    kept.keep(kept.frame["corners"] > 0, "without corners")
    kept.keep(~kept.frame.duplicated("commissioner"), "smaller parts")
    files.tell("boundaries", len(kept.frame), kept.dropped)
    return kept.frame.set_index("commissioner")[POINT]


def _placemarks(path: Path) -> pd.DataFrame:
    """Every placemark with its code (empty if it has none), middle and number of corners."""
    marks = re.split(PLACEMARK, decoded(path))[1:]
    return pd.DataFrame([_placemark(mark) for mark in marks], columns=COLUMNS)


def _placemark(mark: str) -> tuple[str, float, float, int, bool]:
    corners = [_corner(text) for part in re.findall(CORNERS, mark) for text in part.split()]
    readable = [corner for corner in corners if corner is not None]
    east, north = _middle(readable) if readable else (np.nan, np.nan)
    return _code(mark), east, north, len(corners), len(readable) == len(corners)


def _code(mark: str) -> str:
    name = re.search(NAME, mark)
    code = short_code(name[1]) if name else ""
    return code if re.fullmatch(FORM, code) else ""


def _corner(text: str) -> tuple[float, float] | None:
    """Longitude and latitude (a height may follow); None if they are no numbers."""
    try:
        longitude, latitude = (float(number) for number in text.split(",")[:2])
    except ValueError:
        return None
    return (longitude, latitude) if np.isfinite([longitude, latitude]).all() else None


def _middle(corners: list[tuple[float, float]]) -> tuple[float, float]:
    longitude, latitude = np.array(corners).T
    east, north = grid_km(latitude, longitude).mean(axis=0)
    return float(east), float(north)
