"""A page of institutions in Mesa's own visualisation: trusts' balances and lost handovers by month.

    uv run python -m viz.server.mesa_page

Then open the address it prints. It shows a small Anyshire (2,000 patients) from the first month of
a policy; Step lives a month, Reset starts anew with the policy and seed chosen.
"""

from functools import cache
from itertools import cycle
from typing import Any

import pandas as pd
import solara
from matplotlib.figure import Figure

from agents.patients.patient_tables import COUNTS
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy, policy_names
from model.state.setup import Setup
from model.state.state import State

PLACE, PATIENTS, YEARS = "anyshire", 2_000, 10
PENCE_PER_MILLION_POUNDS = 100_000_000.0
TRUST_KINDS = ("acute", "community", "mental_health", "independent")
LOST = {
    "within a team": "lost_within_team",
    "between teams of a body": "lost_within_body",
    "between bodies": "lost_between_bodies",
}
DASHES = ("-", "--", "-.", ":")
MARKS = ("o", "s", "^", "D", "v", "P", "X")


@cache
def small_setup() -> Setup:
    """The place and parameters that every page shares, read only."""
    return prepare(find_place(PLACE), load_parameters(), PATIENTS)


@cache
def settled(seed: int) -> State:
    """The end of the burn-in of a seed; runs take a copy."""
    return burn_in(small_setup(), seed)


class ShownEconomy(HealthEconomy):
    """A small health economy that Mesa can make again from the choices on the page."""

    def __init__(self, policy: str = "status_quo", seed: int = 0):
        state = settled(int(seed)).copy()
        super().__init__(small_setup(), find_policy(policy), int(seed), state=state)
        self.opening_balance = self.state.money.ledger.balance.copy()

    def step(self) -> None:
        """One month; after ten years the page stops playing."""
        super().step()
        self.running = self.policy_month < 12 * YEARS


def balances(economy: ShownEconomy) -> pd.DataFrame:
    """Surplus (+) or deficit (-) of trusts since the policy began, in pounds million."""
    bodies, start = economy.state.bodies, economy.opening_balance
    shown = [b for b in bodies.of_kind(*TRUST_KINDS) if b < start.size]
    rows = [(month[shown] - start[shown]) / PENCE_PER_MILLION_POUNDS
            for month in economy.record.balance]  # fmt: skip
    names = [bodies.names[b] for b in shown]
    return pd.DataFrame(rows, columns=names, index=pd.RangeIndex(1, len(rows) + 1, name="month"))


def lost_handovers(economy: ShownEconomy) -> pd.DataFrame:
    """Handovers lost among the patients simulated: number by month and boundary crossed."""
    columns = [COUNTS.index(count) for count in LOST.values()]
    rows = [groups.sum(axis=0)[columns] for groups in economy.record.by_group]
    index = pd.RangeIndex(1, len(rows) + 1, name="month")
    return pd.DataFrame(rows, columns=list(LOST), index=index)


def chart(table: pd.DataFrame, title: str, unit: str) -> Figure:
    """A line for each column, told apart by dashes and marks as well as by colour."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name, dash, mark in zip(table.columns, cycle(DASHES), cycle(MARKS), strict=False):
        axes.plot(table.index, table[name], dash, marker=mark, markevery=6, ms=4, label=name)
    axes.set(title=title, xlabel="month of the policy", ylabel=unit)
    if len(table):
        axes.legend(fontsize="small", frameon=False)
    return figure


def show_balances(economy: ShownEconomy) -> solara.Element[Any]:
    """The trusts' balances as a chart."""
    title = f"Trusts' balance since the start, {economy.policy.title}"
    figure: solara.Element[Any] = solara.FigureMatplotlib(
        chart(balances(economy), title, "pounds million"), format="png"
    )
    return figure


def show_lost_handovers(economy: ShownEconomy) -> solara.Element[Any]:
    """The lost handovers as a chart."""
    title = f"Lost handovers a month among {PATIENTS:,} patients"
    figure: solara.Element[Any] = solara.FigureMatplotlib(
        chart(lost_handovers(economy), title, "number"), format="png"
    )
    return figure


@solara.component
def Page() -> None:
    """Controls, charts and the model of one browser session."""
    from mesa.visualization import SolaraViz  # slow to import, and only this page needs it

    economy = solara.use_memo(ShownEconomy, [])
    choices = {
        "policy": {"type": "Select", "label": "Policy", "value": "status_quo",
                   "values": policy_names()},
        "seed": {"type": "SliderInt", "label": "Seed", "value": 0, "min": 0, "max": 20, "step": 1},
    }  # fmt: skip
    components = [(show_balances, 0), (show_lost_handovers, 0)]
    SolaraViz(economy, components=components, model_params=choices, name="Institutions of Anyshire")
