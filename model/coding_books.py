"""How deeply hospitals code, how hard commissioners check, and the year's sums of both."""

from dataclasses import dataclass

import numpy as np

from model.place import Place

USUAL = "audit_usual"


@dataclass
class CodingYear:
    """A year's sums, in pence at tariff."""

    income: np.ndarray  # [sites], outside patients included
    paid: np.ndarray  # [sites], by payers of the place
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
    balance: np.ndarray  # [trusts], pence at the end of the last year
    margin: np.ndarray  # [trusts], of the last year, share of tariff income
    usual_margin: np.ndarray  # [trusts], mean of the base years
    base_years: int


def first_coding(place: Place) -> CodingBooks:
    """Everybody codes, and is checked, as in the base year."""
    sites, trusts, buyers = len(place.sites), len(place.trusts), len(place.commissioners)
    return CodingBooks(
        depth=np.zeros(sites),
        effort=[USUAL] * buyers,
        base_effort=[USUAL] * buyers,
        year=empty_coding_year(sites, buyers),
        balance=np.zeros(trusts),
        margin=np.zeros(trusts),
        usual_margin=np.zeros(trusts),
        base_years=0,
    )


def empty_coding_year(sites: int, buyers: int) -> CodingYear:
    """A year of nothing."""
    return CodingYear(
        income=np.zeros(sites),
        paid=np.zeros(sites),
        recoverable=np.zeros(sites),
        recoverable_then=np.zeros(sites),
        bought=np.zeros(buyers),
        deeper=np.zeros(buyers),
    )
