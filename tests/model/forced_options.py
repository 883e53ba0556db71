"""Two futures that differ by forced options, and what moves in the books between them.

What a mind is shown of an option is held against what the ledger then books. Everybody else is
inert in both futures, so that nothing else is decided, and both have the same luck. Motives other
than money are switched off: what is left of an option's pounds is the money it is said to bring.
"""

import hashlib
import pickle
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from agents.choice.deciding import Decision
from agents.patients.patient_tables import World
from model.hospitals import acceptance, bed_days, quality, service_lines, steering
from model.integrated import plans
from model.mergers import site_closings, trust_failures, trust_mergers
from model.month.economy import HealthEconomy
from model.outcomes.record import Record
from model.parameters import Parameters
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy
from model.state.ledger import CODES, HEADINGS, Ledger
from model.state.setup import Setup
from model.state.state import State

PENCE_PER_POUND = 100.0
CLOSE = 0.05  # of what is booked, by which what is shown may differ
FIRST_KEPT = 6  # first futures, for other cases
Options = Mapping[tuple[str, str, int], str]  # (agent's code, rule and subject, month) -> option
_FIRST: dict[bytes, HealthEconomy] = {}  # by a hash of all that they follow from

#: Parameters by which motives other than money, and time that nobody is paid for, count.
MOTIVES: dict[str, float] = {
    "minds.practice_altruism": 0.0,
    "minds.practice_risk_aversion_per_pound": 0.0,
    "minds.peer_pounds": 0.0,
    "minds.incentivised_effort_pence_per_patient": 0,
    "minds.referral_effort_pence_per_patient": 0,
    "minds.practice_merger_cost_pounds": 0,
    "minds.exception_conscience_pounds": 0,
    "budgets.private_share": 1.0,  # what may be spent on services only counts in full
    "budgets.federation_leading_pence": 0,
    "practices.list_closing_cost_pence": 0,
    "practices.access_curvature": 0.0,
    "practices.work_supply_elasticity": 1e12,  # an hour of work is worth the same at any hour
    "minds.quality_pounds": 0.0,
    "minds.mission_pounds": 0.0,
    "minds.bidder_quality_pounds": 0.0,
    "minds.incumbency_share": 0.0,
    "minds.political_push_pounds": 0.0,
    "commissioning.copying_pounds": 0.0,
    "commissioning.overspend_pressure": 0.0,
    "commissioning.room_pounds_per_patient": 0,
    "minds.coordination_value_pence_per_patient": 0,
    "social_care.worth_elasticity": 0.0,  # a pound is a pound, however small the budget
    "social_care.pooling_control_pence_per_head": 0,
    "trusts.public_money_cost": 1.0,
    "trusts.failing_harm_share": 0.0,
    "trusts.deficit_pressure": 0.0,
    "choice.steering_pence_per_patient": 0,
    "trusts.growth_share": 0.0,
    "trusts.alternative_pounds": 0,
}

#: Where inert minds look far ahead to leave all as it is, and what they are asked there.
LOOKS: tuple[tuple[Any, str, str], ...] = (
    (quality, "trusts_set_quality", "quality"),
    (service_lines, "trusts_plan_lines", "capacity line"),
    (plans, "organisations_plan", "make_or_buy coordination redesign membership give_up"),
    (site_closings, "trusts_consider_closings", "site_closing site_review"),
    (
        trust_mergers, "trusts_consider_mergers",
        "trust_merger trust_merger_offer merger_review merger_support merger_direction",
    ),
    (
        trust_failures, "regulator_answers_failures",
        "trust_failure failing_trust_offer merger_review administration",
    ),
    (bed_days, "trusts_plan_stays", "length_of_stay day_cases"),
    (acceptance, "independents_choose_patients", "acceptance"),
    (steering, "decide_on_steering", "referral_steering"),
)  # fmt: skip


def _nobody_looks(*_: object) -> None:
    pass


class Unasked(HealthEconomy):
    """A place in which nobody looks far ahead but in months in which an option of it is forced.

    The minds are inert: to be asked would change nothing but the time that a test takes.
    """

    def organisations_decide(self) -> None:
        """Take the decisions of the month without those that nobody need look at."""
        now = {rule.split()[0] for _, rule, m in self.minds.forced if m == self.state.month}
        with ExitStack() as left_out:
            for module, look, rules in LOOKS:
                if now.isdisjoint(rules.split()):
                    left_out.enter_context(patch.object(module, look, _nobody_looks))
            super().organisations_decide()


class Unmeasured(Record):
    """What is kept of a run whose books alone are looked at: nothing that a year's end takes."""

    def _keep_year(self, state: State, world: World) -> None:
        state.residents.people["crises"] = 0


class Booked(Unasked):
    """The same, for those who look at its books alone."""

    def __init__(self, setup: Setup, *given: Any, **named: Any):
        super().__init__(setup, *given, **named)
        self.record = Unmeasured(setup)


@dataclass(frozen=True)
class Futures:
    """A future in which nothing is forced, and one in which `decisions` were."""

    first: HealthEconomy
    second: HealthEconomy
    decisions: tuple[Decision, ...]
    moved: pd.DataFrame  # month, body, heading, pounds: second future less first

    def shown(self) -> float:
        """Pounds a year that the options taken were said to be worth, beside the status quo."""
        assert self.decisions, "no option was forced: nothing is shown"
        return sum(d.pounds[d.options.index(d.chosen)] - d.pounds[0] for d in self.decisions)

    def booked(
        self,
        bodies: int | Iterable[int],
        months: range,
        headings: Iterable[str] | None = None,
    ) -> float:
        """Pounds that these bodies together have more in the second future, in these months.

        Of all `headings` if none are named. A sum over the months: divide it by the years.
        """
        of = {bodies} if isinstance(bodies, int) else set(bodies)
        rows = self.moved[self.moved["body"].isin(of) & self.moved["month"].isin(list(months))]
        if headings is not None:
            known = {CODES[heading] for heading in headings}
            rows = rows[rows["heading"].isin(known)]
        return float(rows["pounds"].sum())

    def by_heading(self, bodies: int | Iterable[int], months: range) -> dict[str, float]:
        """What `booked` sums, by heading, for those who look for a difference."""
        return {
            heading: pounds
            for heading in CODES
            if abs(pounds := self.booked(bodies, months, [heading])) > 0.5
        }


def hold_close(shown: Iterable[float], booked: Iterable[float], share: float = CLOSE) -> None:
    """Hold what was shown, on average over seeds or lines, to a share of what was booked."""
    seen, paid = np.array(list(shown)), np.array(list(booked))
    off = seen - paid
    error = off.std(ddof=1) / off.size**0.5 if off.size > 1 else float("nan")
    told = f"shown {seen.mean():,.0f}, booked {paid.mean():,.0f}: {off.mean():,.0f} +- {error:,.0f}"
    assert abs(off.mean()) <= share * abs(paid.mean()), f"{told} (standard error)"


def hold_close_or_luck(
    shown: Iterable[float], booked: Iterable[float], share: float = CLOSE
) -> None:
    """Hold small stakes so over seeds: what is off may be twice its standard error instead."""
    seen, paid = np.array(list(shown)), np.array(list(booked))
    off = seen - paid
    error = off.std(ddof=1) / off.size**0.5
    told = f"shown {seen.mean():,.0f}, booked {paid.mean():,.0f}: {off.mean():,.0f} +- {error:,.0f}"
    assert abs(off.mean()) <= max(share * abs(paid.mean()), 2.0 * error), told


def without_motives(setup: Setup, values: Mapping[str, float] | None = None) -> Setup:
    """The place with motives other than money switched off, and parameters of a case's own."""
    entries = dict(setup.parameters.entries)
    for name, value in {**MOTIVES, **(values or {})}.items():
        entries[name] = replace(entries[name], value=value)
    return replace(setup, parameters=Parameters(entries))


def at_once(expression: str, **terms: Any) -> Policy:
    """A policy all of whose parts begin in the first month, with other `terms` where they fit."""
    policy = find_policy(expression)

    def changed(part: Any) -> Any:
        known = {name: value for name, value in terms.items() if name in type(part).model_fields}
        return part.model_copy(update={"start_month": 0, **known})

    tables = {field: tuple(map(changed, rows)) for field, rows in policy if isinstance(rows, tuple)}
    return policy.model_copy(update=tables)


def force_options(
    setup: Setup,
    state: State,
    policy: Policy,
    options: Options,
    months: int,
    *,
    before: Options | None = None,
    seed: int = 1,
) -> Futures:
    """Live `months` months of a policy twice from `state`, with `options` in the second only.

    `before`: options that are forced in both futures. All other decisions are those of inert minds:
    the first option, by which nothing changes. An option that could not be taken is an error.
    Without `options` everybody is asked, for those who look at what they are asked.
    """
    common = dict(before or {})
    if not options:
        asked = HealthEconomy(setup, policy, seed, "inert", common, state=state.copy()).run(months)
        return apart(asked, asked, options)
    first = first_future(setup, state, policy, months, common, seed)
    forced = common | dict(options)
    return apart(first, _lived(setup, state, policy, months, forced, seed), options)


def apart(first: HealthEconomy, second: HealthEconomy, options: Options) -> Futures:
    """Two futures that have been lived, the second with `options`."""
    taken = tuple(d for d in second.state.docket.decisions if _key(d) in options and d.forced)
    missing = set(options) - {_key(d) for d in taken}
    assert not missing, f"never asked, or no such option: {sorted(missing)}"
    moved = flows_of(second.state.money.ledger, first.state.money.ledger)
    return Futures(first, second, taken, moved)


def _lived(
    setup: Setup, state: State, policy: Policy, months: int, forced: Options, seed: int
) -> HealthEconomy:
    return Booked(setup, policy, seed, "inert", forced, state=state.copy()).run(months)


def first_future(
    setup: Setup, state: State, policy: Policy, months: int, forced: Options, seed: int
) -> HealthEconomy:
    """The future in which no option is tried; many cases begin alike, and share it. Read only."""
    given = [getattr(setup, one.name) for one in fields(setup) if one.name != "place"]
    told = (setup.place.hash(), given, state, policy, months, sorted(forced.items()), seed)
    key = hashlib.sha256(pickle.dumps(told)).digest()
    if key not in _FIRST:
        _FIRST[key] = _lived(setup, state, policy, months, forced, seed)
        while len(_FIRST) > FIRST_KEPT:
            _FIRST.pop(next(iter(_FIRST)))
    return _FIRST[key]


def _key(decision: Decision) -> tuple[str, str, int]:
    rule = f"{decision.rule} {decision.about}" if decision.about else decision.rule
    return decision.agent, rule, decision.month


def flows_of(ledger: Ledger, less: Ledger | None = None) -> pd.DataFrame:
    """What every month does to bodies under each heading, in pounds; beside another, if any."""
    books = [one.entries() for one in (ledger, less) if one is not None]
    shape = (
        1 + max(int(entries["month"].max()) for entries in books if len(entries)),
        len(HEADINGS),
        max(one.balance.size for one in (ledger, less) if one is not None),
    )
    found = _moved(books[0], shape)
    for entries in books[1:]:
        found = found - _moved(entries, shape)
    months, headings, bodies = np.nonzero(found)
    pounds = found[months, headings, bodies] / PENCE_PER_POUND
    return pd.DataFrame(
        {"month": months, "body": bodies, "heading": headings, "pounds": pounds},
    )


def _moved(entries: pd.DataFrame, shape: tuple[int, int, int]) -> np.ndarray:
    """Pence that bodies have got, less what they have given [months, headings, bodies]."""
    pence = entries["pence"].to_numpy(dtype=np.float64)
    month, heading = entries["month"].to_numpy(), entries["heading"].to_numpy()
    gets, gives = (
        np.bincount(np.ravel_multi_index((month, heading, entries[side]), shape), pence,
                    minlength=int(np.prod(shape)))
        for side in ("payee", "payer")
    )  # fmt: skip
    moved: np.ndarray = (gets - gives).reshape(shape)
    return moved
