"""Middles of commissioners from boundaries as published: every corner counts, all else is told."""

from pathlib import Path

import pandas as pd
import pytest
from published import placemark, write, write_official

from model.places.sources.boundaries import boundary_centres
from model.places.sources.build import build_place
from model.places.sources.published_statistics import grid_km
from model.places.sources.source_files import Files, found_files


def boundaries(folder: Path, marks: str) -> tuple[pd.DataFrame, Files]:
    files = found_files(write(folder / "kml", {"map.kml": f"<kml>{marks}</kml>"}))
    return boundary_centres(files), files


def test_corners_near_the_meridian_count(tmp_path):
    """Degrees below one are published without a digit before the point."""
    across = "-1.2,51.5,0 -.243032,51.6,0 .2,51.7,0"
    centres, _ = boundaries(tmp_path, placemark("07M", across))
    middle = grid_km([51.5, 51.6, 51.7], [-1.2, -0.243032, 0.2]).mean(axis=0)
    assert centres.loc["07M"].tolist() == pytest.approx(middle.tolist())


def test_both_forms_of_a_number_are_used(tmp_path):
    place = build_place(write_official(tmp_path / "official"), ["01A"], "leigh")
    (told,) = [one for one in place.files if one["kind"] == "boundaries"]
    assert (told["rows"], told["used"], told["dropped"]) == (2, 2, "")


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (placemark("NHS Leigh", "-2.0,52.6,0"), "without a commissioner's code"),
        (placemark("01B", "-2.0,52.6,0 -1.9;52.7"), "with a corner that is no pair of numbers"),
        (placemark("01B", "-2.0,52.6,0 -1.9,nan,0"), "with a corner that is no pair of numbers"),
        (placemark("01B", ""), "without corners"),
        (placemark("01A", "-2.0,52.6,0"), "smaller parts"),
    ],
)
def test_placemarks_that_are_left_out_are_told(tmp_path, mark, why):
    whole = placemark("01A", "-2.0,52.6,0 -1.9,52.7,0")
    centres, files = boundaries(tmp_path, mark + whole)
    assert centres.index.tolist() == ["01A"]
    assert centres.loc["01A"].tolist() == pytest.approx(grid_km([52.6, 52.7], [-2.0, -1.9]).mean(0))
    told = files.by_kind["boundaries"]
    assert (told.rows, told.used, told.dropped) == (2, 1, {why: 1})


def test_placemarks_may_have_attributes_and_prefixes(tmp_path):
    plain = placemark("01A", "-2.0,52.6,0 -1.9,52.7,0")
    prefixed = plain.replace("</", "</kml:").replace("<", "<kml:").replace("<kml:/kml:", "</kml:")
    prefixed = prefixed.replace("<kml:!", "<!").replace("<kml:Placemark", '<kml:Placemark id="1"')
    centres, _ = boundaries(tmp_path, prefixed)
    assert centres.index.tolist() == ["01A"]
