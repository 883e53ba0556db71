"""Planned service lines of hospitals: whether they are open, what a trust sees of that, and what
opening or closing one does.

What a trust sees of an option is what the world then books: operations by the rule of the queue,
referrals by the rule of choice, at the prices announced; cost as `money.line_costs` reckons it.
"""

import numpy as np

from agents.organisations import trust
from agents.organisations.trust import LineObservation, Trust
from agents.patients.patient_tables import World
from model.deciding import objects
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.hospitals.capacity import trusts_set_capacity
from model.hospitals.lines_ahead import (
    lists_after,
    one_look,
    years_ahead,
)
from model.hospitals.protected import is_last_in_reach
from model.hospitals.staff_moves import (
    line_as_if,
    mix_if_open,
    room_left,
    size_of,
    staff_back,
    staying_with_owner,
    with_staff_moved,
)
from model.hospitals.standing_costs import closing_pence, lag_of_line, semi_moved, shed_later
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.in_force import InForce
from model.payments.money import Prices
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import levels_ahead
from model.payments.solvency import yearly_deficit
from model.state.bodies import MARKET, Bodies
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import Docket, State


def trusts_plan_lines(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year: capacity of lines, and which lines are offered."""
    if trust.CAPACITY.is_due(state.month):
        trusts_set_capacity(minds, setup, state, in_force, world)
        _trusts_consider_lines(minds, setup, state, in_force, world)


def _trusts_consider_lines(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Lines with years of loss, closed ones, and all of trusts in long deficit get attention."""
    lines, year = state.hospitals.lines, state.yearbooks.last_year
    losing = year.line_income < year.line_avoidable
    lines.years_of_loss = np.where(losing & lines.open, lines.years_of_loss + 1, 0)
    patience = setup.parameters["minds.closing_loss_years"]
    once_offered = (lines.base_income > 0) & ~state.hospitals.closed_sites[:, None]
    noticed = _taken_over(state.bodies, state.provision) | _in_deficit(setup.parameters, state)
    quiet = lines.open & (lines.years_of_loss < patience) & ~noticed[:, None]
    for _, agent in hospital_agents(minds, setup.place, state.bodies):
        for site in sites_of(state.bodies, state.provision, agent):
            for p in np.flatnonzero(once_offered[site] & ~quiet[site]).tolist():
                if not lines.open[site, p] or _may_close(setup, state, agent, int(site), p):
                    _consider_line(minds, setup, state, in_force, world, agent, int(site), p)


def _may_close(setup: Setup, state: State, agent: Trust, site: int, pathway: int) -> bool:
    """Whether a trust may think of closing a line: one of a kind at a time, and no last one.

    Lines of others that are said to close count as shut.
    """
    going = _going(state.docket, pathway)
    return not (
        closes_lines(state, agent, pathway) or is_last_in_reach(setup, state, site, pathway, going)
    )


def _going(docket: Docket, pathway: int) -> list[int]:
    """Sites whose line of `pathway` is to close, by itself or with its hospital."""
    scheduled_effects = docket.scheduled_effects
    lines = [
        at[0] for _, change, at in scheduled_effects if change == "close_line" and at[1] == pathway
    ]
    return lines + [at[0] for _, change, at in scheduled_effects if change == "close_site"]


def closes_lines(state: State, agent: Trust, pathway: int | None = None) -> bool:
    """Whether a trust has decided to close a line (of `pathway`), and waits for that."""
    owner = state.provision.site_owner(state.bodies)
    return any(
        change == "close_line" and pathway in (None, details[1]) and owner[details[0]] == agent.body
        for _, change, details in state.docket.scheduled_effects
    )


def _taken_over(bodies: Bodies, provision: Provision) -> np.ndarray:
    """Sites whose owner has sites of another trust, too: what both do gets attention [sites]."""
    body = provision.slot_body[provision.site_slot]
    owner = bodies.owner[body]
    merged = np.unique(owner[owner != body])
    return np.isin(owner, merged)


def _in_deficit(value: Parameters, state: State) -> np.ndarray:
    """Sites of trusts whose deficits have gone on for so long that boards look at all they do."""
    years = value["trusts.deficit_years"]
    long = state.provision.trust_owner(state.bodies)[state.hospitals.deficit_years >= years]
    return np.isin(state.provision.site_owner(state.bodies), long)


def _consider_line(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    agent: Trust,
    site: int,
    pathway: int,
) -> None:
    observation = line_observation(minds, setup, state, in_force, world, site, pathway)
    about = setup.place.line_name(site, pathway)
    forced = forced_option(minds, state.month, agent.code, trust.LINE, about)
    decision = agent.consider_line(observation, state.month, about, forced)
    schedule_effect(
        setup.place,
        state.docket,
        decision,
        "close_line" if observation.is_open else "open_line",
        (site, pathway),
    )


def line_observation(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    site: int,
    pathway: int,
    lag: int | None = None,
) -> LineObservation:
    """What a trust sees of a line of a site, open or closed.

    `lag`: months until what is decided takes effect, if not those that a line alone takes.
    """
    with one_look(minds):
        months = (
            lag_of_line(setup.parameters, state.hospitals, site, pathway) if lag is None else lag
        )
        return _line_observation(minds, setup, state, in_force, world, site, pathway, months)


def _line_observation(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    site: int,
    pathway: int,
    lag: int,
) -> LineObservation:
    value = setup.parameters
    lines = state.hospitals.lines
    paid = state.hospitals.market_forces.paid[site]
    prices = in_force.prices
    as_it_is = line_as_if(
        minds,
        setup,
        state,
        prices,
        world,
        site,
        pathway,
        bool(lines.open[site, pathway]),
        lines.backlog[:, pathway],
    )
    lists = lists_after(
        minds, setup, state, prices, world, as_it_is, int(value["trusts.entry_months"])
    )
    options = [
        line_as_if(minds, setup, state, prices, world, site, pathway, is_open, lists)
        for is_open in (True, False)
    ]
    staying, once_shut = np.zeros(lists.size), 0.0
    if lines.open[site, pathway]:
        staying = staying_with_owner(minds, setup, state, prices, world, site, pathway)
        once_shut = closing_pence(value, state.yearbooks, site, pathway, float(staying.sum()))
        options[1] = with_staff_moved(value, options[1], staying)
    size = size_of(minds, setup, state, prices, world, options[0], lists)
    base = YEAR * lines.base_income[site, pathway]
    moved = semi_moved(value, state.month, state.hospitals, site, pathway, size.share)
    years = int(value["trusts.felt_years"])
    levels = levels_ahead(setup.place, value, state, in_force, lag, YEAR * years)
    mean, first = levels.mean(), float(levels.price[0])
    open_ahead, shut_ahead = (
        years_ahead(minds, setup, state, prices, world, one, lists, levels).worth(prices, pathway)
        for one in options
    )
    worth, money = open_ahead[:, site], planned_margins(setup, state, in_force)[:, pathway].T
    variable = money[1, site] * mix_if_open(value, setup.activity, state.hospitals, site, pathway)
    semi_each = (
        prices.planned_cost[pathway] * prices.semi_fixed[pathway] * lines.unit_cost[:, pathway]
    )
    semi_each = mean.cost * semi_each * YEAR * lines.base_income[:, pathway]
    semi = semi_each[site]
    kept = np.where(
        state.provision.site_owner(state.bodies) == state.provision.site_owner(state.bodies)[site],
        shut_ahead - open_ahead,
        0.0,
    )
    kept[:, site] = shut_ahead[:, site]  # those who wait for a line when it shuts are treated
    margin = (kept[0] * money[0] - kept[1] * money[1]).sum()
    margin -= (
        semi * lines.semi_kept[site, pathway] * staying.sum()
    )  # staff move with those who stay
    if not lines.open[site, pathway]:  # staff come back with those who return
        back = staff_back(minds, setup, state, prices, world, options[0], lists, moved)
        margin -= (semi_each * back).sum()
    once = first * value["trusts.entry_cost_years"] * size.share * base * paid
    by_activity = in_force.payment.planned_by_activity
    income = worth[0] * money[0, site] if by_activity else mean.price * base * paid
    return LineObservation(
        line=PATHWAYS[pathway],
        is_open=bool(lines.open[site, pathway]),
        income=float(income) / PENCE_PER_POUND,
        avoidable_cost=float(worth[1] * variable + semi * moved) / PENCE_PER_POUND,
        years_of_loss=float(lines.years_of_loss[site, pathway]),
        entry_cost=float(once / value["trusts.felt_years"]) / PENCE_PER_POUND,
        entry_months=int(value["trusts.entry_months"]),
        patients=size.referrals,
        kept_share=float((kept[0].sum() - kept[0, site]) / max(worth[0], 1e-30)),
        kept_margin=float(margin) / PENCE_PER_POUND,
        shed_later=shed_later(
            value, state.month, state.hospitals, prices, site, pathway, levels.cost
        )
        / PENCE_PER_POUND,
        closing_cost=first * once_shut / PENCE_PER_POUND / years,
        deficit=owners_deficit(state, site),
    )


def owners_deficit(state: State, site: int) -> float:
    """Mean deficit of a site's owner over its years of deficit in a row, pounds a year."""
    row = np.flatnonzero(
        state.provision.slot_body == state.provision.site_owner(state.bodies)[site]
    )[0]
    return yearly_deficit(state.hospitals, int(row))


@effect("close_line", "minds", "setup", "state", "prices", "world", touches=objects.of_line)
def close_line(
    minds: Minds, setup: Setup, state: State, prices: Prices, world: World, site: int, pathway: int
) -> None:
    """A line shuts, and its owner pays for that; not if it has become the last in reach."""
    if is_last_in_reach(setup, state, site, pathway):
        return
    part = staying_with_owner(minds, setup, state, prices, world, site, pathway)
    cost = round(closing_pence(setup.parameters, state.yearbooks, site, pathway, float(part.sum())))
    state.money.ledger.post(
        state.month,
        int(state.provision.site_owner(state.bodies)[site]),
        MARKET,
        "closing_cost",
        cost,
    )
    shut_line(setup.parameters, state.hospitals, site, pathway, part)


def shut_line(
    value: Parameters, hospitals: Hospitals, site: int, pathway: int, part: np.ndarray
) -> None:
    """A line takes no more referrals; a quarter of its direct cost stays for now.

    Its owner's other sites get the room, and the staff, for the `part` who go there [sites].
    """
    lines = hospitals.lines
    scale = lines.unit_cost[:, pathway] * lines.base_income[:, pathway]
    lines.semi_kept[:, pathway] += (
        part * lines.semi_kept[site, pathway] * scale[site] / np.maximum(scale, 1e-30)
    )
    lines.capacity[:, pathway] += part * lines.capacity[site, pathway]
    lines.capacity[site, pathway] *= room_left(value, float(part.sum()))
    lines.open[site, pathway] = False
    lines.semi_kept[site, pathway] *= 1.0 - value["costs.removable_share_of_direct_cost"]


@effect("open_line", "minds", "setup", "state", "prices", "world", touches=objects.of_line)
def open_line(
    minds: Minds, setup: Setup, state: State, prices: Prices, world: World, site: int, pathway: int
) -> None:
    """A closed line starts again, smaller than it was, since skills and referrers have gone.

    It has room, and staff, for the patients that it can expect; of its owner's other sites as far
    as it takes patients from them.
    """
    lines, value = state.hospitals.lines, setup.parameters
    lists = lines.backlog[:, pathway]
    line = line_as_if(minds, setup, state, prices, world, site, pathway, True, lists)
    size = size_of(minds, setup, state, prices, world, line, lists)
    need = max(size.share - float(lines.semi_kept[site, pathway]), 0.0)
    lines.semi_kept[:, pathway] -= staff_back(minds, setup, state, prices, world, line, lists, need)
    lines.capacity[:, pathway] += line.others
    lines.open[site, pathway], lines.pull[site, pathway] = True, line.pull
    lines.capacity[site, pathway] = line.capacity
    lines.semi_kept[site, pathway] = max(lines.semi_kept[site, pathway], size.share)
    body = int(state.provision.site_owner(state.bodies)[site])
    income = YEAR * lines.base_income[site, pathway] * state.hospitals.market_forces.paid[site]
    cost = value["trusts.entry_cost_years"] * size.share * income
    state.money.ledger.post(state.month, body, MARKET, "capital", round(cost))
