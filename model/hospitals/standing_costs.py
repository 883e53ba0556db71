"""What a shut line goes on costing: fixed cost, semi-fixed cost, and the cost of closing it."""

import numpy as np

from agents.organisations import trust
from model.parameters import Parameters
from model.payments.money import Prices
from model.payments.planned_care import YEAR
from model.state.hospitals import Hospitals
from model.state.state import Yearbooks


def left_after_a_year(parameters: Parameters) -> tuple[float, float]:
    """Shares of the semi-fixed and of the fixed cost of what has closed that a year leaves."""
    years = parameters["costs.trust_cost_structure"]
    return parameters["costs.semi_fixed_left_after_a_year"], (
        years["year_3"]["fixed"] / years["year_1"]["fixed"]
    ) ** 0.5


def fixed_after(
    parameters: Parameters, kept: np.ndarray, stands: np.ndarray | bool, years: np.ndarray | int = 1
) -> np.ndarray:
    """Share of the fixed cost of shut lines that so many years leave of what is `kept`.

    Of a hospital that has closed all leaves in time. Where it `stands`, what is fixed after three
    years stays: buildings and managers serve what goes on there.
    """
    structure = parameters["costs.trust_cost_structure"]
    stays = structure["year_3"]["fixed"] / structure["year_1"]["fixed"]
    leaving = left_after_a_year(parameters)[1] ** years * kept
    left: np.ndarray = np.where(stands, np.minimum(kept, np.maximum(leaving, stays)), leaving)
    return left


def left_in_time(
    value: Parameters,
    month: int,
    lag: int,
    cost: np.ndarray,
    kept: float = 1.0,
    stands: bool = False,
) -> tuple[float, float]:
    """Shares of semi-fixed and fixed cost that are gone in a mean month of the years felt.

    Of what is `kept` when something closes after `lag` months; part of it leaves every April, less
    of a line than of a hospital, which no longer `stands`. `cost`: its level in every month.
    """
    closes = month + lag
    aprils = (closes % YEAR + np.arange(cost.size)) // YEAR
    semi = float((cost * (1.0 - left_after_a_year(value)[0] ** aprils)).mean())
    fixed = fixed_after(value, np.full(aprils.shape, kept), stands, aprils)
    return semi, float((cost * (1.0 - fixed / max(kept, 1e-30))).mean())


def shed_later(
    value: Parameters,
    month: int,
    hospitals: Hospitals,
    prices: Prices,
    site: int,
    pathway: int,
    cost: np.ndarray,
) -> float:
    """What leaves a closed line after the first year, a year over the years felt (pence).

    `cost`: its level in every month of them.
    """
    lines = hospitals.lines
    semi_kept, fixed_kept = carried(value, month, hospitals, site, pathway)
    lag = lag_of_line(value, hospitals, site, pathway)
    semi, fixed = left_in_time(value, month, lag, cost, fixed_kept, stands=True)
    stays = semi_kept - semi_moved(value, month, hospitals, site, pathway, 0.0)
    standing = (
        prices.semi_fixed[pathway] * stays * semi + prices.fixed[pathway] * fixed_kept * fixed
    )
    scale = prices.planned_cost[pathway] * lines.unit_cost[site, pathway]
    return float(YEAR * lines.base_income[site, pathway] * scale * standing)


def semi_moved(
    value: Parameters, month: int, hospitals: Hospitals, site: int, pathway: int, size: float
) -> float:
    """Part of a line's semi-fixed cost that closing it saves, or that opening it brings."""
    kept = carried(value, month, hospitals, site, pathway)[0]
    if hospitals.lines.open[site, pathway]:
        return kept * float(value["costs.removable_share_of_direct_cost"])
    return max(size - kept, 0.0)


def carried(
    value: Parameters, month: int, hospitals: Hospitals, site: int, pathway: int
) -> tuple[float, float]:
    """Shares of its semi-fixed and fixed cost that a line carries when its owner has decided.

    One that is shut sheds more each April, until it could open again.
    """
    lines = hospitals.lines
    semi, fixed = float(lines.semi_kept[site, pathway]), lines.fixed_kept[site, pathway]
    if lines.open[site, pathway]:
        return semi, float(fixed)
    aprils = (month % YEAR + int(value["trusts.entry_months"])) // YEAR
    semi *= left_after_a_year(value)[0] ** aprils
    return semi, float(fixed_after(value, fixed, True, aprils))


def closing_pence(
    value: Parameters, yearbooks: Yearbooks, site: int, pathway: int, part: float
) -> float:
    """What shutting a line costs its owner once, in pence.

    People leave, it is planned and consulted on, and for the `part` of its patients who go to the
    owner's other sites beds and theatres are made ready there.
    """
    income = yearbooks.last_year.line_income[site, pathway]
    share = value["trusts.line_closing_cost_share"] + value["trusts.room_cost_share"] * part
    return float(share * income)


def lag_of_line(value: Parameters, hospitals: Hospitals, site: int, pathway: int) -> int:
    """Months until a line that is open shuts, or one that is shut opens, once that is decided."""
    if hospitals.lines.open[site, pathway]:
        return trust.LINE.of(value).lag_months
    return int(value["trusts.entry_months"])
