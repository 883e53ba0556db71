"""One simulated person in two futures: what a page may ask, and the work that it takes.

The work is done in small steps (`follow`, `count_more`): a session's runner takes the next one
whenever nothing else is due, so a page that plays goes on playing and a closed page stops the work.
Both futures begin where the session did, as the policies were written: levers are not in them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from model.input.errors import InputError
from model.month.economy import HealthEconomy, burning_in
from model.paired_runs.start import Start
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy
from model.population.person_groups import (
    Group,
    find_group,
    group_with,
    groups,
    in_drawn_order,
    members,
)
from model.state.state import BURN_IN_MONTHS, State
from model.stories.life import LifeDiary
from model.stories.life_words import person as person_in_words
from model.stories.two_lives import DEFAULT_GROUP, added, diary_of, like_them, person_of, told
from viz.person.kept_lives import KeptLives, Key, Told
from viz.person.life_page import life_page
from viz.server.page_requests import PageRequest, page_request_with
from viz.session.beginnings import Beginning

LETTERS = ("A", "B")  # of the two policies; also in the sentences about them
MOST_FOLLOWED = 6  # people of one pair of runs, to have the next ready
MOST_SEEDS, SEEDS_A_TIME = 20, 4
MONTHS_A_WORD = 4  # months between two words on how far the work is
TOLD_EVERY = 24  # months between two pictures of the wanted life while it is lived
ALONE, AGAINST = "status_quo", "population_ico"  # what a single policy is held against


class PersonRequest(NamedTuple):
    """Whom to follow: people of a group by `numbers`, or as they are drawn, from `rank` on."""

    policies: tuple[Policy, Policy]
    group: str | None
    rank: int = 0
    numbers: tuple[int, ...] = ()


def asked_of(page_request: PageRequest, message: Mapping[str, Any]) -> PersonRequest:
    """What a page's message asks for; `InputError` if it names what is not there."""
    names = list(page_request.policies)
    if len(names) == 1:
        beside = ALONE if names[0] != ALONE else AGAINST
        names += page_request_with(
            page_request, {"policies": [str(message.get("against") or beside)]}
        ).policies
    one, other = (find_policy(name, page_request.folder) for name in names)
    if one.name == other.name:
        raise InputError("the same policy twice", key="policies", value=one.name,
                       allowed="two that differ")  # fmt: skip
    numbers = message.get("numbers") or ()
    if not isinstance(numbers, list | tuple):
        raise InputError("not a list of people", key="numbers", value=numbers)
    group = message.get("group")
    return PersonRequest(
        (one, other), None if group is None and numbers else str(group or DEFAULT_GROUP),
        _whole(message.get("rank", 0)), tuple(_whole(n) for n in numbers[:MOST_FOLLOWED]),
    )  # fmt: skip


def _whole(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if number < 0:
        raise InputError("no such person", key="person", value=value, allowed="a whole number")
    return number


@dataclass(frozen=True)
class Cast:
    """Who is followed: rows of the group, rows of some of them, the wanted one first."""

    group: Group
    rows: np.ndarray
    followed: tuple[int, ...]
    rank: int  # of the wanted one among those drawn; -1 for one asked for by number


class CastDiary(LifeDiary):
    """A diary of each of several people, and counts of all like them."""

    def __init__(self, people: np.ndarray, rows: np.ndarray, followed: Sequence[int]):
        super().__init__(people, rows)
        self.own = {row: LifeDiary(people, np.array([row]), row) for row in followed}

    def write(self, economy: HealthEconomy) -> None:
        """Write down the month that is about to be lived."""
        super().write(economy)
        for diary in self.own.values():
            diary.write(economy)


def cast_of(state: State, seed: int, asked: PersonRequest) -> Cast:
    """The people whom a page asks for; `InputError` if there are none.

    `asked`: numbers of people, or a group.
    """
    people = state.residents.people
    wanted = [_row(people, number) for number in asked.numbers]
    group = find_group(asked.group) if asked.group else group_with(people[wanted[0]], state.month)
    rows = members(group, people, state.month)
    if not wanted:
        drawn = in_drawn_order(people, rows, seed, group)
        rank = asked.rank % drawn.size
        return Cast(group, rows, tuple(map(int, np.roll(drawn, -rank)[:MOST_FOLLOWED])), rank)
    if wanted[0] not in rows:
        raise InputError(f"is none of the {group.title}", key="person", value=asked.numbers[0],
                       allowed="another person, or another group")  # fmt: skip
    return Cast(group, rows, tuple(row for row in wanted if row in rows), -1)


def _row(people: np.ndarray, number: int) -> int:
    found = np.flatnonzero(people["slot"] == number)
    if found.size == 0:
        raise InputError("no such person", key="person", value=number,
                       allowed=f"a whole number from 0 to {people.size - 1}")  # fmt: skip
    return int(found[0])


def key_of(beginning: Beginning, years: int, asked: PersonRequest, group: Group) -> Key:
    """What the lives of a group depend on."""
    setup = beginning.setup
    terms = tuple(policy.model_dump_json() for policy in asked.policies)
    return setup.place.hash(), setup.patients, beginning.seed, years, *terms, group.name


def choices() -> list[Told]:
    """The groups that a person can be drawn from."""
    return [{"name": group.name, "title": group.title} for group in groups().values()]


def follow(
    beginning: Beginning, years: int, asked: PersonRequest, kept: KeptLives
) -> Iterator[Told]:
    """The wanted person's two lives, step by step: messages for the page, {} where there is none.

    Those who come next in line are told too, and kept, so that the page has them at once.
    """
    start = beginning.state
    cast = cast_of(start, beginning.seed, asked)
    key = key_of(beginning, years, asked, cast.group)
    known = kept.life((*key, int(start.residents.people["slot"][cast.followed[0]])))
    if known is not None:
        yield {**known, "rank": cast.rank}
        return
    yield _progress(0, 24 * years, lives=True, person=_who(beginning, cast))
    economies = _futures(beginning, asked)
    for economy in economies:
        economy.diary = CastDiary(start.residents.people, cast.rows, cast.followed)
    for first in range(0, 12 * years, TOLD_EVERY):
        for done in _lived(economies, range(first, min(first + TOLD_EVERY, 12 * years))):
            yield {} if done is None else _progress(done, 24 * years, lives=True)
        like = like_them(list(LETTERS), [diary_of(e) for e in economies])
        life = _tell(beginning, economies, asked, cast, cast.followed[0])
        yield {**life, "like": like, "rank": cast.rank, "partial": first + TOLD_EVERY < 12 * years}
    kept.keep_counts(key, like)
    kept.keep_life((*key, life["person"]), life)
    for row in cast.followed[1:]:
        life = _tell(beginning, economies, asked, cast, row)
        kept.keep_life((*key, life["person"]), life)
        yield {}


def _who(beginning: Beginning, cast: Cast) -> str:
    who = person_of(
        beginning.setup.place, beginning.state.month, beginning.state.residents, cast.followed[0]
    )
    practices = beginning.setup.place.practices
    names = dict(zip(practices["practice"], practices["name"], strict=True))
    return person_in_words({"person": who, "names": names})


def _futures(start: Start, asked: PersonRequest) -> list[HealthEconomy]:
    return [
        start.run_under(policy.model_copy(update={"name": letter}))
        for letter, policy in zip(LETTERS, asked.policies, strict=True)
    ]


def _lived(economies: list[HealthEconomy], months: range) -> Iterator[int | None]:
    """These months of both economies, one a step; now and then how many months it was."""
    for month in months:
        for economy in economies:
            economy.step()
            yield None
        if month % MONTHS_A_WORD == 0:
            yield 2 * month


def _progress(done: int, of: int, **more: Any) -> Told:
    return {"kind": "person_progress", "done": done, "of": of, **more}


def _tell(
    beginning: Beginning, economies: list[HealthEconomy], asked: PersonRequest, cast: Cast, row: int
) -> Told:
    """The life of one who is followed, as far as it has been lived."""
    diaries = [diary_of(economy) for economy in economies]
    for economy, diary in zip(economies, diaries, strict=True):
        assert isinstance(diary, CastDiary)
        economy.diary = diary.own[row]
    life = life_page(
        told(beginning.state.month, beginning.state.residents, row, cast.group, economies)
    )
    for economy, diary in zip(economies, diaries, strict=True):
        economy.diary = diary
    life["titles"] = [policy.title for policy in asked.policies]
    life["policies"] = [policy.name for policy in asked.policies]
    return life


def count_more(
    beginning: Beginning, years: int, asked: PersonRequest, group: Group, kept: KeptLives
) -> Iterator[Told]:
    """People of the group under more seeds, step by step; after each seed the counts of all."""
    key = key_of(beginning, years, asked, group)
    like = kept.counts(key)
    if like is None:
        return
    first = like["seeds"]
    months = BURN_IN_MONTHS + 24 * years
    last = min(first + SEEDS_A_TIME, MOST_SEEDS)
    for k in range(first, last):
        done, of = (k - first) * months, (last - first) * months
        burning = burning_in(beginning.setup, beginning.seed + k)
        begun = next(burning)
        for _ in burning:
            yield {}
        state = begun.state
        economies = _futures(Start(beginning.setup, beginning.seed + k, state), asked)
        rows = members(group, state.residents.people, state.month)
        for economy in economies:
            economy.diary = LifeDiary(state.residents.people, rows)
        for lived in _lived(economies, range(12 * years)):
            yield {} if lived is None else _progress(done + BURN_IN_MONTHS + lived, of)
        like = added(like, like_them(list(LETTERS), [diary_of(e) for e in economies]))
        kept.keep_counts(key, like)
        yield {"kind": "person_counts", "group": group.name, "like": like}
