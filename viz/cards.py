"""The card of an agent: what it is, what it saw and decided and why, and its accounts of a year."""

from typing import Any

import numpy as np

from model import decision_words as words
from model.decision_words import with_names as named
from model.economy import HealthEconomy
from model.errors import BadInput
from model.events import Event, when
from model.ledger import HEADINGS, Ledger
from model.outcomes.regimes import NOT_MEASURED, REGIMES
from viz.sentences import pounds
from viz.session import Watched
from viz.strings import strings, text

DECISIONS_SHOWN = 6
MONTHS = 12
PENCE = 100.0


def card_of(watched: Watched, what: str, code: str) -> dict[str, Any]:
    """The card of an area, a site (its owner's) or a body by its code; `BadInput` if unknown."""
    economy = watched.economy
    if what == "area":
        return _area(watched, code)
    bodies = economy.state.bodies
    own = _trust_of(economy, code) if what == "site" else code
    if own not in bodies.number:
        raise BadInput("no such organisation here", key=what, value=code, allowed=bodies.codes)
    body = bodies.number[own]
    owner = int(bodies.owner[body])
    return {
        "what": what, "code": code, "name": watched.names[code],
        "sort": words.kind(bodies.kinds[body]),
        "facts": _facts(economy, watched, what, code, body, owner),
        "decisions": _decisions(watched, own),
        "accounts": _accounts(economy, body, watched.names),
    }  # fmt: skip


def _trust_of(economy: HealthEconomy, site: str) -> str:
    sites = economy.setup.place.sites
    found = sites.loc[sites["site"] == site, "trust"]
    return str(found.iloc[0]) if len(found) else site


def _area(watched: Watched, code: str) -> dict[str, Any]:
    areas = watched.economy.setup.place.areas
    found = areas[areas["area"] == code]
    if found.empty:
        raise BadInput("no such area here", key="area", value=code, allowed=list(areas["area"]))
    row = found.iloc[0]
    facts = [
        [text("card", "residents"), f"{row['population']:,}"],
        [text("card", "fifth"), text("card", "fifth_value").format(n=row["deprivation_fifth"])],
        [text("card", "setting"), text("card", "rural" if row["rural"] else "urban")],
        [text("card", "regime"), _regime(int(watched.area_regimes()[found.index[0]]))],
    ]
    return {"what": "area", "code": code, "name": row["name"], "sort": text("card", "area"),
            "facts": facts, "decisions": [], "accounts": None}  # fmt: skip


def _regime(code: int) -> str:
    told = code != NOT_MEASURED
    return text("regime", f"name_{REGIMES[code]}") if told else text("card", "regime_unsaid")


def _facts(
    economy: HealthEconomy, watched: Watched, what: str, code: str, body: int, owner: int
) -> list[list[str]]:
    state, bodies, place = economy.state, economy.state.bodies, economy.setup.place
    facts = []
    if owner != body:
        facts.append([text("card", "owner"), bodies.names[owner]])
    if what == "site":
        row = place.sites[place.sites["site"] == code].iloc[0]
        facts += [[text("card", "trust"), bodies.names[body]],
                  [text("card", "beds"), f"{row['beds']:,.0f}"]]  # fmt: skip
    if bodies.kinds[body] == "practice":
        facts += _of_practice(watched, body)
    if body < state.ledger.balance.size:
        before = watched.measures.opening
        start = int(before[body]) if body < before.size else 0
        gained = (state.ledger.balance_of(body) - start) / PENCE
        facts.append([text("card", "balance"), signed(gained)])
    return facts


def _of_practice(watched: Watched, body: int) -> list[list[str]]:
    state = watched.economy.state
    held = np.flatnonzero(state.provision.practice_body == body)
    if not held.size:  # it has closed, and another has opened in its place
        return [[text("card", "patients"), "0"]]
    g = int(held[0])
    network = int(state.provision.network[g])
    member = [watched.names[o.code] for o in state.organisations if o.network == network]
    facts = [[text("card", "patients"), f"{int(state.lists[g]):,}"],
             [text("card", "effort"), state.effort[g].replace("_", " ")],
             [text("card", "access"), text("card", _access(int(state.access[g])))]]  # fmt: skip
    if g in state.budgets.held_in(state.month):
        facts.append([text("card", "budget"), _budget(watched, g)])
    return facts + [[text("card", "member"), name] for name in member]


def _access(steps: int) -> str:
    return "access_usual" if steps == 0 else "access_more" if steps > 0 else "access_less"


def _budget(watched: Watched, g: int) -> str:
    """Whether a practice has its budget to itself, or who leads the federation that pools it."""
    state = watched.economy.state
    books = state.budgets
    if g not in books.pool_of:
        return text("card", "budget_own")
    leader = state.bodies.codes[state.provision.practice_body[books.leaders[books.pool_of[g]]]]
    return text("card", "budget_pooled").format(
        n=len(books.pooled_with(g)), leader=watched.names[leader]
    )


def signed(amount: float) -> str:
    """Pounds with their sign."""
    return ("+" if amount >= 0 else "−") + pounds(abs(amount))


def _decisions(watched: Watched, code: str) -> list[dict[str, Any]]:
    """The last decisions of a body, the newest first, with what it saw and could have done."""
    own = [event for event in watched.decisions if event.agent == code]
    return [_decision(event, watched.names) for event in own[: -DECISIONS_SHOWN - 1 : -1]]


def _decision(event: Event, names: dict[str, str]) -> dict[str, Any]:
    options = zip(event.options, event.pounds, event.probabilities, strict=True)
    return {
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


def _accounts(economy: HealthEconomy, body: int, names: dict[str, str]) -> dict[str, Any]:
    """Income and expenditure of the last twelve months by heading, in pounds."""
    state = economy.state
    recent = Ledger()
    for entry in reversed(state.ledger.posted):
        if entry[0] < state.month - MONTHS:
            break
        recent.posted.append(entry)
    entries = recent.entries()
    sides = {"income": entries[entries["payee"] == body],
             "spending": entries[entries["payer"] == body]}  # fmt: skip
    table = {}
    for side, rows in sides.items():
        sums = rows.groupby("heading")["pence"].sum().sort_values(ascending=False)
        table[side] = [[_heading(HEADINGS[int(str(h))]), float(p) / PENCE]
                       for h, p in sums.items() if p]  # fmt: skip
    return table


def _heading(name: str) -> str:
    """A heading of the ledger as it is said."""
    return strings()["headings"].get(name, name.replace("_", " "))
