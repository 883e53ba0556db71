"""The card of an agent: what it is, what it saw and decided and why, and its accounts of a year.

A card holds what there was in every month lived, so that a page, or a recording, shows the month
that it is at: facts as [month from which it is so, what], decisions with the month after which they
are known, balances and payments by month.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from model.input.errors import InputError
from model.outcomes.regimes import NOT_MEASURED, REGIMES
from model.places.place import Place
from model.state.bodies import Bodies
from model.stories import decision_words as words
from model.stories.decision_words import with_names as named
from model.stories.events import Event, when
from viz.scene.remembered import Moment
from viz.scene.sentences import pounds
from viz.server.strings import strings, text
from viz.session.watched import Watched

Fact = list[Any]  # a name and its history
History = list[list[Any]]  # [month from which it is so, what; None: nothing to say]


def card_of(watched: Watched, what: str, code: str) -> dict[str, Any]:
    """The card of an area, a site (its owner's) or a body by its code; `InputError` if unknown."""
    economy = watched.economy
    lived = {"lived": len(watched.moments) - 1}
    if what == "area":
        return lived | _area(watched, code)
    bodies = economy.state.bodies
    own = _trust_of(economy.setup.place, code) if what == "site" else code
    if own not in bodies.number:
        raise InputError("no such organisation here", key=what, value=code, allowed=bodies.codes)
    body = bodies.number[own]
    return lived | {
        "what": what, "code": code, "name": watched.names[code],
        "sort": words.kind(bodies.kinds[body]),
        "facts": _facts(watched, what, code, body),
        "decisions": [_decision(event, watched.names)
                      for event in watched.decisions if event.agent == own],
        "balance": _balance(watched, body),
        "accounts": _accounts(watched, body),
    }  # fmt: skip


def _trust_of(place: Place, site: str) -> str:
    found = place.sites.loc[place.sites["site"] == site, "trust"]
    if found.empty:
        raise InputError("no such site here", key="site", value=site,
                       allowed=list(place.sites["site"]))  # fmt: skip
    return str(found.iloc[0])


def _area(watched: Watched, code: str) -> dict[str, Any]:
    areas = watched.economy.setup.place.areas
    found = areas[areas["area"] == code]
    if found.empty:
        raise InputError("no such area here", key="area", value=code, allowed=list(areas["area"]))
    row, n = found.iloc[0], int(found.index[0])
    facts = [
        _always("residents", f"{row['population']:,}"),
        _always(
            "deprivation_quintile", text("card", "fifth_value").format(n=row["deprivation_fifth"])
        ),
        _always("setting", text("card", "rural" if row["rural"] else "urban")),
        _told("regime", watched, lambda moment: _regime(int(moment.regimes[n]))),
    ]
    return {"what": "area", "code": code, "name": row["name"], "sort": text("card", "area"),
            "facts": facts, "decisions": [], "balance": [], "accounts": None}  # fmt: skip


def _regime(code: int) -> str:
    told = code != NOT_MEASURED
    return text("regime", f"name_{REGIMES[code]}") if told else text("card", "regime_unsaid")


def _always(name: str, value: str) -> Fact:
    return [text("card", name), [[0, value]]]


def _told(name: str, watched: Watched, value: Callable[[Moment], str | None]) -> Fact:
    return [text("card", name), changes_of(map(value, watched.moments))]


def changes_of(values: Iterable[Any]) -> History:
    """The months in which something became another, and what it became."""
    found: History = []
    for month, value in enumerate(values):
        if not found or found[-1][1] != value:
            found.append([month, value])
    return found


def _facts(watched: Watched, what: str, code: str, body: int) -> list[Fact]:
    bodies, place = watched.economy.state.bodies, watched.economy.setup.place
    facts = [_told("owner", watched, lambda moment: _owner(moment, bodies, body))]
    if what == "site":
        n = int(np.flatnonzero(place.sites["site"] == code)[0])
        facts += [_always("trust", bodies.names[body]),
                  _always("beds", f"{place.sites['beds'].iloc[n]:,.0f}"),
                  _told("department", watched, lambda moment: _department(moment, n))]  # fmt: skip
    if bodies.kinds[body] == "practice":
        facts += _of_practice(watched, body)
    return [fact for fact in facts if any(value is not None for _, value in fact[1])]


def _owner(moment: Moment, bodies: Bodies, body: int) -> str | None:
    """Who owns it, if that is another."""
    owner = int(moment.owner[body]) if body < moment.owner.size else body
    return bodies.names[owner] if owner != body else None


def _department(moment: Moment, site: int) -> str:
    if moment.closed_sites[site]:
        return text("card", "site_closed")
    return text("card", "department_open" if moment.emergency_open[site] else "department_none")


def _of_practice(watched: Watched, body: int) -> list[Fact]:
    """How a practice stands; nothing before it opens, no patients once another is in its place."""

    def of(
        value: Callable[[Moment, int], str | None], gone: str | None = None
    ) -> Callable[[Moment], str | None]:
        def told(moment: Moment) -> str | None:
            held = np.flatnonzero(moment.practice_body == body)
            if held.size:
                return value(moment, int(held[0]))
            return gone if body < moment.owner.size else None

        return told

    names = watched.names
    parts: dict[str, Callable[[Moment], str | None]] = {
        "patients": of(lambda moment, g: f"{int(moment.lists[g]):,}", "0"),
        "effort": of(lambda moment, g: moment.effort[g].replace("_", " ")),
        "access": of(lambda moment, g: text("card", _access(int(moment.access[g])))),
        "budget": of(lambda moment, g: _budget(moment, g, names)),
        "member": of(lambda moment, g: names.get(moment.member_of.get(g, ""))),
    }
    return [_told(name, watched, value) for name, value in parts.items()]


def _access(steps: int) -> str:
    return "access_usual" if steps == 0 else "access_more" if steps > 0 else "access_less"


def _budget(moment: Moment, practice: int, names: dict[str, str]) -> str | None:
    """Whether a practice has its budget to itself, or who leads the federation that pools it."""
    if practice not in moment.budgets:
        return None
    pooled, leader = moment.budgets[practice]
    if not leader:
        return text("card", "budget_own")
    return text("card", "budget_pooled").format(n=pooled, leader=names[leader])


def signed(amount: float) -> str:
    """Pounds with their sign."""
    return ("+" if amount >= 0 else "−") + pounds(abs(amount))


def _decision(event: Event, names: dict[str, str]) -> dict[str, Any]:
    options = zip(event.options, event.pounds, event.probabilities, strict=True)
    return {
        "known": event.month + 1,
        "when": when(event.month),
        "question": named(words.question(event), names),
        "did": named(words.did(event), names),
        "forced": event.forced,
        "options": [
            {"did": named(words.did(event, name), names), "pounds": signed(worth),
             "chance": probability, "chosen": name == event.chosen}
            for name, worth, probability in options
        ],
        "saw": [[words.figure(name, event.rule), _figure(value)]
                for name, value in event.figures.items()],
    }  # fmt: skip


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _balance(watched: Watched, body: int) -> list[str | None]:
    """By month, what a body has gained since the policy began, in words; None before it exists."""
    opening = watched.moments[0].balance
    start = int(opening[body]) if body < opening.size else 0
    return [
        signed((int(moment.balance[body]) - start) / 100) if body < moment.balance.size else None
        for moment in watched.moments
    ]


def _accounts(watched: Watched, body: int) -> dict[str, list[list[Any]]]:
    """Income and expenditure by heading: pence by month, first the year before the policy."""
    return {
        side: [[_heading(heading), pence] for heading, pence in told.items()]
        for side, told in watched.payments.of(body).items()
    }


def _heading(name: str) -> str:
    """A heading of the ledger as it is said."""
    heading: str = strings()["headings"].get(name, name.replace("_", " "))
    return heading
