"""What the licences of the data ask for, in every form in which results go out."""

from collections.abc import Mapping
from typing import Any

COLUMN = "licence"  # of tables that are opened elsewhere, away from their manifest
FILE = "licence.txt"  # of folders


def licences_of(manifest: Mapping[str, Any]) -> list[str]:
    """The sentences of the places of a run, comparison or sweep; none if all are drawn."""
    places = [*manifest.get("places", {}).values(), manifest.get("place", {})]
    return list(dict.fromkeys(place["licence"] for place in places if "licence" in place))


def licence_column(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The last cell of every row of a table that is written; none if all places are drawn."""
    told = licences_of(manifest)
    return {COLUMN: " ".join(told)} if told else {}
