"""One simulated person under two policies with the same luck, as plain data for any page.

`two_lives` runs both futures from one burn-in. A page that has two economies already sets a
`LifeDiary`
on each and asks `told` and `like_them`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.patients.health import CONDITIONS
from model.deciding.objects import named
from model.input.errors import InputError
from model.month.economy import HealthEconomy
from model.paired_runs.start import Start, begin
from model.places.place import Place
from model.policies.policy import Policy
from model.population.person_groups import Group, find_group, group_with, members, someone
from model.state.contracts import Contracts
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, Docket, Residents
from model.stories.decision_words import did
from model.stories.events import Event, changes, event_from
from model.stories.life import LifeDiary
from model.stories.life_causes import differences
from model.stories.life_pages import entries_of

Record = dict[str, Any]


@dataclass(frozen=True)
class Who:
    """Whom to follow: somebody of a group, or the person of a home, where its number is given."""

    group: str | None = None
    person: int | None = None


MOVES_TEAMS = ("membership", "give_up")  # decisions by which community teams can change hands
DEFAULT_GROUP = "older_many_conditions"


def two_lives(
    setup: Setup, policies: tuple[Policy, Policy], years: int, seed: int, who: Who, seeds: int = 1,
    mind: str = "reasoned", threads: int = 1,
    advance: Callable[[int], object] = lambda months: None,
) -> Record:  # fmt: skip
    """A person's life under each policy, how the two differ and why, and all people like them.

    The person lives under `seed`; people like them are counted under `seeds` seeds from it on.
    `advance` is told how many months more have been lived. `InputError` if nobody fits `who`.
    """
    _check_person(setup, who)

    def lived(start: Start, rows: np.ndarray, someone: int | None) -> list[HealthEconomy]:
        economies = []
        for policy in policies:
            economy = start.run_under(policy)
            economy.diary = LifeDiary(economy.state.residents.people, rows, someone)
            for _ in range(12 * years):
                economy.step()
                advance(1)
            economies.append(economy)
        return economies

    start = begin(setup, seed, mind, threads)
    month, residents = start.state.month, start.state.residents
    advance(BURN_IN_MONTHS)
    group, rows, row = find_person(month, residents, seed, who)
    record = told(month, residents, row, group, lived(start, rows, row))
    for k in range(1, seeds):
        start = begin(setup, seed + k, mind, threads)
        advance(BURN_IN_MONTHS)
        rows = members(group, start.state.residents.people, start.state.month)
        diaries = [diary_of(economy) for economy in lived(start, rows, None)]
        record["like_them"] = added(record["like_them"], like_them(record["policies"], diaries))
    return record


def _check_person(setup: Setup, who: Who) -> None:
    if who.person is not None and not 0 <= who.person < setup.patients:
        raise InputError("no such person", key="--person", value=who.person,
                       allowed=f"a whole number from 0 to {setup.patients - 1}")  # fmt: skip


def find_person(
    month: int, residents: Residents, seed: int, who: Who
) -> tuple[Group, np.ndarray, int]:
    """The group that was asked for, the rows of all who belong to it, and the row of one."""
    people = residents.people
    if who.person is None:
        group = find_group(who.group or DEFAULT_GROUP)
        rows = members(group, people, month)
        return group, rows, someone(people, rows, seed, group)
    row = int(np.flatnonzero(people["slot"] == who.person)[0])
    group = find_group(who.group) if who.group else group_with(people[row], month)
    rows = members(group, people, month)
    if row not in rows:
        raise InputError(f"is none of the {group.title}", key="--person", value=who.person,
                       allowed="leave out --person, or --group")  # fmt: skip
    return group, rows, row


def told(
    month: int, residents: Residents, row: int, group: Group, economies: list[HealthEconomy]
) -> Record:
    """All that is known of a person who has been followed through two economies.

    `start` is the state in which both began. The economies' policies must have different names.
    """
    names = [economy.policy.name for economy in economies]
    diaries = [diary_of(economy) for economy in economies]
    lives = {name: life_of(diary) for name, diary in zip(names, diaries, strict=True)}
    met = _objects_met(lives)
    for life, economy in zip(lives.values(), economies, strict=True):
        life["decisions"] = _decisions_on(economy.state.contracts, economy.state.docket, met)
    return {
        "simulated": True,
        "person": person_of(economies[0].setup.place, month, residents, row),
        "policies": names,
        "lives": lives,
        "organisations": _organisations(lives),
        "names": _names(economies),
        "differences": differences(lives),
        "group": {"name": group.name, "title": group.title},
        "like_them": like_them(names, diaries),
    }


def diary_of(economy: HealthEconomy) -> LifeDiary:
    """The diary that an economy keeps."""
    assert isinstance(economy.diary, LifeDiary), "the economy follows nobody"
    return economy.diary


def person_of(place: Place, month: int, residents: Residents, row: int) -> Record:
    """Who somebody is in the month of `state`.

    `row`: of the person.
    """
    person = residents.people[row]
    return {
        "person": int(person["slot"]),
        "age_years": (month - int(person["born"])) // 12,
        "sex": "female" if person["sex"] else "male",
        "conditions": [n for c, n in enumerate(CONDITIONS) if int(person["conditions"]) >> c & 1],
        "practice": place.practice_codes[person["practice"]],
        "area": str(place.areas["area"].iloc[person["area"]]),
        "deprivation_fifth": int(person["deprivation_quintile"]),
    }


def life_of(diary: LifeDiary) -> Record:
    """One life: `months` followed, how it `end`ed, `entries` in order, `risks` by month, totals."""
    entries = entries_of(diary.pages)
    ends = [entry["what"] for entry in entries if entry["what"] in ("died", "moved_away")]
    return {
        "months": len(diary.pages),
        "end": ends[0] if ends else None,
        "entries": entries,
        "risks": {page["month"]: page["risk"] for page in diary.pages},
        "totals": _totals(entries) | {"expected_crises": _expected_crises(diary)},
    }


def _expected_crises(diary: LifeDiary) -> float:
    return float(sum(page["risk"]["chance"] for page in diary.pages))


def _objects_met(lives: dict[str, Record]) -> set[str]:
    """All objects on which anything hangs that happened, or could have, in either life."""
    entries = [entry for life in lives.values() for entry in life["entries"]]
    risks = [risk for life in lives.values() for risk in life["risks"].values()]
    by_part = [handover["hangs_on"] for entry in entries for handover in entry["handovers"]]
    by_part += [risk["hangs_on"] for risk in risks]
    met = {o for parts in by_part for objects in parts.values() for o in objects}
    treated = [entry[fact] for entry in entries for fact in ("treats", "stay") if fact in entry]
    return met.union(o for one in treated for o in (*one["hangs_on"], *one.get("where", ())))


def _decisions_on(contracts: Contracts, docket: Docket, met: set[str]) -> list[Record]:
    """Decisions since the policy began that changed one of the objects `met`, in order."""
    decided = enumerate(docket.decisions)
    events = [event_from(n, decision, BURN_IN_MONTHS) for n, decision in decided]
    found = []
    for event in changes([event for event in events if event.month >= 0]):
        objects = sorted(met & objects_changed(contracts, event))
        if objects:
            found.append({
                "effect_month": event.effect_month, "agent": event.agent, "did": did(event),
                "question": event.decision, "objects": objects,
            })  # fmt: skip
    return found


def objects_changed(contracts: Contracts, event: Event) -> frozenset[str]:
    """What a decision changed, and the community teams, if they changed hands by it."""
    moved = {
        named("teams", commissioner)
        for month, agent, commissioner in contracts.team_moves
        if (month - BURN_IN_MONTHS, agent) == (event.effect_month, event.agent)
        and event.rule in MOVES_TEAMS
    }
    return event.objects | moved


def _totals(entries: list[Record]) -> Record:
    handovers = [handover for entry in entries for handover in entry["handovers"]]
    visits = [step for entry in entries for step in visits_of(entry)]
    usual = [entry for entry in entries if entry.get("clinician") == "usual_gp"]
    doctors = [e for e in entries if e["what"] == "consultation" and e["clinician"] != "nurse"]
    return {
        **Counter(entry["what"] for entry in entries),
        "handovers": len(handovers),
        "lost": sum(handover["lost"] for handover in handovers),
        "expected_lost": sum(handover["chance"] for handover in handovers),
        "boundaries": Counter(handover["boundary"] for handover in handovers),
        "boundaries_lost": Counter(h["boundary"] for h in handovers if h["lost"]),
        "gp_consultations": len(doctors),
        "gp_consultations_usual": len(usual),
        "teams": len({(step["body"], step["setting"], step["team"]) for step in visits}),
        "bodies": len({step["body"] for step in visits}),
        "contracts": len({(s["contract"]["kind"], s["contract"]["holder"]) for s in visits}),
    }


def visits_of(entry: Record) -> list[Record]:
    """The steps of an entry in which the person met a team."""
    return [step for step in entry["steps"] if step["visit"]]


def _organisations(lives: dict[str, Record]) -> list[Record]:
    """Contacts with every legal body in each life, the most seen first."""
    seen = {
        name: Counter(s["body"] for entry in life["entries"] for s in visits_of(entry))
        for name, life in lives.items()
    }
    both = sum(seen.values(), Counter())
    bodies = sorted(both, key=lambda body: (-both[body], body))
    return [{"body": b, "contacts": {name: seen[name][b] for name in seen}} for b in bodies]


def _names(economies: list[HealthEconomy]) -> dict[str, str]:
    """Names of all bodies and sites by code."""
    sites = economies[0].setup.place.sites
    names = dict(zip(map(str, sites["site"]), map(str, sites["name"]), strict=True))
    for economy in economies:
        bodies = economy.state.bodies
        names |= dict(zip(bodies.codes, bodies.names, strict=True))
    return names


def like_them(names: list[str], diaries: list[LifeDiary]) -> Record:
    """Everybody of the group in both futures: lost handovers and crises of how many people.

    `rows` holds the numbers under each policy, `pairs` how many people had more of them under
    which, `differ` the numbers of those whose admissions differ.
    """
    counts = [diary.counts for diary in diaries]
    return {
        "people": int(counts[0].size),
        "seeds": 1,
        "rows": [
            {"policy": name, **_of_group(count)} for name, count in zip(names, counts, strict=True)
        ],
        "pairs": [
            {"what": what, **_more(names, counts[0][what], counts[1][what])}
            for what in ("lost", "crises")
        ],
        "differ": diaries[0].slots[counts[0]["crises"] != counts[1]["crises"]].tolist(),
    }


def _of_group(count: np.ndarray) -> Record:
    return {
        "people": int(count.size),
        "person_months": int(count["months"].sum()),
        "with_lost_handover": int((count["lost"] > 0).sum()),
        "with_crisis": int((count["crises"] > 0).sum()),
        **{what: int(count[what].sum()) for what in ("handovers", "lost", "crises")},
    }


def _more(names: list[str], one: np.ndarray, other: np.ndarray) -> Record:
    return {
        f"more_under_{names[0]}": int((one > other).sum()),
        f"more_under_{names[1]}": int((other > one).sum()),
        "alike": int((one == other).sum()),
    }


def added(one: Record, other: Record) -> Record:
    """The counts of two seeds together; `differ` stays that of the first."""
    both = {"people": one["people"] + other["people"], "seeds": one["seeds"] + other["seeds"]}
    for table in ("rows", "pairs"):
        both[table] = [
            {key: value if isinstance(value, str) else value + theirs[key]
             for key, value in mine.items()}
            for mine, theirs in zip(one[table], other[table], strict=True)
        ]  # fmt: skip
    return {**both, "differ": one["differ"]}
