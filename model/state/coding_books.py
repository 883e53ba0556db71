"""How deeply hospitals code, how hard commissioners check, and the year's sums of both."""

from dataclasses import dataclass

import numpy as np

from model.places.place import Place

USUAL = "audit_usual"


@dataclass
class CodingYear:
    """A year's sums, in pence at tariff."""

    paid: np.ndarray  # [sites], by activity
    recoverable: np.ndarray  # [sites], of it times the share that the payer finds
    recoverable_then: np.ndarray  # [sites], the same with the checking of the base year
    bought: np.ndarray  # [commissioners]
    deeper: np.ndarray  # [commissioners], of it for deeper coding


@dataclass
class CodingBooks:
    """What trusts and commissioners go by when they decide on coding."""

    depth: np.ndarray  # [sites], tariff income beyond that of the base year's coding, share
    effort: list[str]  # of checking [commissioners]
    base_effort: list[str]  # the same in the base year, with which the tariff was paid
    year: CodingYear
    base_deficit: np.ndarray  # [trusts], pence a year when the base years ended


def first_coding(place: Place) -> CodingBooks:
    """Everybody codes, and is checked, as in the base year."""
    sites, trusts, buyers = len(place.sites), len(place.trusts), len(place.commissioners)
    return CodingBooks(
        depth=np.zeros(sites),
        effort=[USUAL] * buyers,
        base_effort=[USUAL] * buyers,
        year=empty_coding_year(sites, buyers),
        base_deficit=np.zeros(trusts),
    )


def empty_coding_year(sites: int, buyers: int) -> CodingYear:
    """A year of nothing."""
    return CodingYear(
        paid=np.zeros(sites),
        recoverable=np.zeros(sites),
        recoverable_then=np.zeros(sites),
        bought=np.zeros(buyers),
        deeper=np.zeros(buyers),
    )
