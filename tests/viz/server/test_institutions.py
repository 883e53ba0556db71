"""The page of institutions: its figures add up, it can be made anew, and it renders."""

import ipyvuetify as v
import numpy as np
import pytest
import solara

from agents.patients.patient_tables import COUNTS
from viz.server import institutions
from viz.server.institutions import LOST, ShownEconomy, balances, chart, lost_handovers


@pytest.fixture(scope="module")
def economy():
    return ShownEconomy(policy="carveout_msk", seed=1).run(14)


def test_balances_start_with_the_policy_and_follow_the_ledger(economy):
    table = balances(economy)
    assert list(table.index) == list(range(1, 15))
    codes = economy.setup.place.trusts.set_index("name")["trust"]
    for name in table.columns:
        body = economy.state.bodies.number[codes[name]]
        change = economy.state.money.ledger.balance[body] - economy.opening_balance[body]
        assert table[name].iloc[-1] == pytest.approx(change / 1e8)


def test_lost_handovers_are_those_of_the_record(economy):
    table = lost_handovers(economy)
    assert list(table.columns) == list(LOST)
    for name, count in LOST.items():
        by_area = np.sum([month[:, COUNTS.index(count)] for month in economy.record.by_area])
        assert table[name].sum() == by_area
    assert table.to_numpy().sum() > 0


def test_the_same_choices_make_the_same_economy(economy):
    again = ShownEconomy(policy="carveout_msk", seed=1).run(14)
    assert balances(again).equals(balances(economy))


def test_playing_stops_after_ten_years(monkeypatch):
    monkeypatch.setattr(institutions, "YEARS", 1)
    economy = ShownEconomy().run(11)
    assert economy.running
    economy.step()
    assert not economy.running


def test_a_chart_before_the_first_month_is_empty():
    figure = chart(balances(ShownEconomy()), "title", "pounds million")
    assert len(figure.axes[0].lines) > 0
    assert all(len(line.get_xdata()) == 0 for line in figure.axes[0].lines)


def test_the_page_renders_and_steps(monkeypatch):
    shown = []
    monkeypatch.setattr(institutions, "show_balances", lambda model: _seen(shown, model))
    page = solara.AppLayout(children=[institutions.Page()])  # as the server wraps it
    _, context = solara.render(page, handle_error=False)
    try:
        assert shown[-1].policy.name == "status_quo"
        context.find(v.Btn, children=["Step"]).widget.click()
        assert shown[-1].policy_month == 1
        assert len(balances(shown[-1])) == len(lost_handovers(shown[-1])) == 1
    finally:
        context.close()


def _seen(shown, model):
    shown.append(model)
    return solara.Text("seen")
