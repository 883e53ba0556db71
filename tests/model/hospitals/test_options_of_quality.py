"""What trusts are shown of a step of quality is what the ledger then books, part by part.

The worth of a step is the small rest of large sums: what is earned with the patients drawn, what
they cost, and what the step costs on all care. Each is held to a share of itself. Care that is
moved is booked apart from the cost of the step: by a world in which the step costs nothing.
"""

from dataclasses import dataclass

import pandas as pd
import pytest
from forced_options import CLOSE, Futures, Unasked, apart, hold_close, without_motives

from agents.organisations.trust import QUALITY
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.setup import Setup
from model.state.state import State

LAG, YEAR = QUALITY.lag_months, 12
#: Whoever is drawn lengthens the list for patients from outside, too, whose operations are put off.
INCOME = ("tariff_planned", "outside_income", "quality_goals")
PARTS = ("income", "care", "step")
#: A board that looks three years ahead needs shorter futures.
SHORT = {"trusts.felt_years": 3}
SEEDS, FEW = range(1, 9), 300  # money is the same however many patients are simulated
WHOLE_LISTS = 1e6  # pounds a year that are at stake if practices turn


@dataclass(frozen=True)
class Case:
    """A world from which trusts take a step of quality: as it is, and where steps cost nothing."""

    place: Setup
    free: Setup
    state: State
    policy: str
    seed: int
    kept: HealthEconomy  # the future in which nobody takes a step

    @classmethod
    def of(cls, setup: Setup, state: State, policy: str, seed: int = 1, **values: float) -> "Case":
        place = without_motives(setup, values)
        free = without_motives(place, {"quality.step_cost_share": 0.0})
        state = state.copy()
        state.docket.scheduled_effects = []  # mergers and closings that nobody who decides is shown
        # Only the money of today: not what it was at the start.
        state.hospitals.quality_start.net[:], state.hospitals.quality_start.drawn[:] = 0.0, 0.0
        kept = live(free, state, policy, seed, {}, LAG + YEAR * years(place))
        return cls(place, free, state, policy, seed, kept)

    def step(self, code: str, option: str) -> dict[str, tuple[float, float]]:
        """What each part of a step is shown, and booked, in pounds a year."""
        start = self.state.month
        forced = {(code, "quality", start): option}
        body, many = self.state.bodies.number[code], years(self.place)
        args = (self.state, self.policy, self.seed, forced)
        bare = apart(self.kept, live(self.free, *args, LAG + YEAR * many), forced)
        full = apart(bare.second, live(self.place, *args, LAG + YEAR * many), forced)
        care = range(start + LAG, start + LAG + YEAR * many)
        income = bare.booked(body, care, INCOME)
        paid = (
            income / many,
            (bare.booked(body, care) - income) / many,
            full.booked(body, care) / many,
        )
        return dict(zip(PARTS, zip(shown(full, option), paid, strict=True), strict=True))


def years(place: Setup) -> int:
    return int(place.parameters["trusts.felt_years"])


def live(setup, state, policy, seed, forced, months):
    chosen = find_policy(policy)
    return Unasked(setup, chosen, seed, "inert", forced, state=state.copy()).run(months)


def shown(futures: Futures, option: str) -> tuple[float, float, float]:
    """What the parts were said to be; together the worth of the option."""
    figures, way = futures.decisions[0].figures, {"raise": 1.0, "lower": -1.0}[option]
    names = {"raise": ("drawn_income", "drawn_cost", "step_cost"),
             "lower": ("lost_income", "lost_cost", "step_saving")}  # fmt: skip
    income, cost, step = (way * figures[name] for name in names[option])
    return income + way * figures["goal_income"], way * figures["readmissions"] - cost, -step


@pytest.mark.decision("quality")
@pytest.mark.parametrize(("policy", "option"), [
    ("status_quo", "raise"), ("status_quo", "lower"), ("block_payment", "raise"),
    ("quality_goals_tenth", "raise"),
    pytest.param("tariff_cut", "raise", marks=pytest.mark.slow),
    pytest.param("tariff_cut", "lower", marks=pytest.mark.slow),
])  # fmt: skip
def test_each_part_of_a_step_is_what_was_shown(shire, after_burn_in, policy, option):
    case = Case.of(shire, after_burn_in, policy, **SHORT)
    for seen, booked in case.step("westford_hospitals", option).values():
        hold_close([round(seen)], [booked])


def test_a_step_that_turns_practices_without_choice_is_what_was_shown(shire, after_burn_in):
    """One list of a pathway is sent elsewhere as a whole: it is not a small part of many."""
    case = Case.of(shire, after_burn_in, "choice_none", **SHORT)
    income, care, step = case.step("eastbury_hospitals", "raise").values()
    assert income[1] > WHOLE_LISTS
    for seen, booked in (income, care, step):
        hold_close([seen], [booked])


@pytest.fixture(scope="module")
def city() -> Case:
    """A dense city, where lists of many hospitals answer to each other."""
    place = prepare(find_place("metropolis", None), load_parameters(), FEW)
    return Case.of(place, burn_in(place, 1), "status_quo", **SHORT)


@pytest.mark.parametrize(
    ("code", "option"),
    [
        ("docks_hospital", "raise"),
        pytest.param("heath_hospital", "raise", marks=pytest.mark.slow),
    ],
)
def test_steps_in_a_city_are_what_was_shown(city, code, option):
    for seen, booked in city.step(code, option).values():
        hold_close([seen], [booked])


def test_readmissions_that_a_step_spares_are_what_was_shown(shire, after_burn_in):
    """Where nobody is drawn they are all that care brings; of all trusts, since they are few.

    At full tariff: whether a year lies above the baseline of the marginal rate is luck.
    """
    strong = {"quality.readmissions_per_sd": -0.12, "choice.hospital_quality_per_sd": 0.0}
    case = Case.of(shire, after_burn_in, "emergencies_full_tariff", **SHORT, **strong)
    found = [case.step(code, "raise")["care"] for code in trusts(shire, "acute")]
    hold_close(*zip(*found, strict=True))


def test_a_step_costs_what_was_shown_where_stays_are_shorter(shire, after_burn_in):
    """Bed days saved are worth the same at any quality."""
    state = after_burn_in.copy()
    state.hospitals.lines.stay[:] = 0.5
    year = HealthEconomy(shire, find_policy("status_quo"), 1, "inert", state=state).run(YEAR)
    case = Case.of(shire, year.state, "status_quo", **SHORT)
    shown, booked = case.step("westford_hospitals", "raise")["step"]
    hold_close([shown], [booked])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["anyshire", "metropolis"])
def test_steps_of_all_trusts_are_what_was_shown_whatever_the_luck(name):
    """A practice that would refer to another hospital for a step of quality is a matter of luck.

    It moves much money at once, and hangs on the waits of one April. So a part of one trust may be
    off by twice its standard error if that is more; all trusts together may not, in any part or in
    the whole worth of an option.
    """
    place = prepare(find_place(name, None), load_parameters(), FEW)
    found = pd.DataFrame([
        {"code": code, "option": option, "part": part, "shown": seen, "booked": booked}
        for seed in SEEDS
        for case in [Case.of(place, burn_in(place, seed), "status_quo", seed)]
        for code in trusts(place, "acute", "independent")
        for option in ("raise", "lower")
        for part, (seen, booked) in case.step(code, option).items()
    ])  # fmt: skip
    for _, rows in found.groupby(["option", "part"]):
        hold_close(rows["shown"], rows["booked"])
    for _, rows in found.groupby("option"):  # a small rest of large sums
        hold_close(rows["shown"], rows["booked"])
    for key, rows in found.groupby(["code", "option", "part"]):
        off = rows["shown"] - rows["booked"]
        allowed = max(CLOSE * abs(rows["booked"].mean()), 2.0 * off.sem())
        assert abs(off.mean()) <= allowed, (key, rows["shown"].mean(), rows["booked"].mean())


@pytest.mark.slow
def test_steps_without_choice_are_what_was_shown_in_sum():
    """Whole lists turn, or nobody does: sums of acute trusts, up and down, under several lucks."""
    place = prepare(find_place("anyshire", None), load_parameters(), FEW)
    found = pd.DataFrame([
        {"option": option, "part": part, "shown": seen, "booked": booked}
        for seed in (1, 2, 3)
        for case in [Case.of(place, burn_in(place, seed), "choice_none", seed)]
        for code in trusts(place, "acute")
        for option in ("raise", "lower")
        for part, (seen, booked) in case.step(code, option).items()
    ])  # fmt: skip
    for (_, part), rows in found.groupby(["option", "part"]):
        hold_close(rows["shown"], rows["booked"])
        assert part != "income" or abs(rows["booked"].sum()) > WHOLE_LISTS


def trusts(setup: Setup, *kinds: str) -> list[str]:
    """Codes of the trusts of these kinds."""
    table = setup.place.trusts
    return table["trust"][table["kind"].isin(kinds)].tolist()
