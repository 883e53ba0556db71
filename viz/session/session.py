"""One or two economies on one clock: what was lived, what it looked like, what may be changed.

Every economy of a session starts from the same burn-in, so they share the luck of every patient and
organisation. Month 0 is the start of the policy; frame n shows the economies after n months.
"""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from agents.choice.deciding import MINDS
from model.input.errors import BadInput
from model.outcomes.area_years import AreaYears, area_years
from model.outcomes.regimes import NOT_MEASURED
from model.outcomes.verdict import Criteria, Verdict, verdict
from model.policies.finding import find_policy
from model.state.state import BURN_IN_MONTHS
from model.stories.events import Event, event_from
from viz.scene import levers
from viz.scene.frames import Frame, pack
from viz.scene.measures import Measures
from viz.scene.remembered import Moment, Payments, moment_of
from viz.scene.sentences import begun, moved, shortened, told
from viz.server.address import Move
from viz.session.beginnings import Beginning
from viz.session.parting import parting_of

MOST_ECONOMIES = 2
MOST_HISTORY_BYTES = 64_000_000  # of frames; the oldest are forgotten first
MOST_EVENTS_A_MONTH = 20  # that are told, the biggest first
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Watched:
    """One economy of a session with what was measured and told of it."""

    def __init__(self, beginning: Beginning, policy: str, folder: Path, letters: str = LETTERS):
        self.letters = letters
        self.economy = beginning.economy(policy, folder)
        self.policy = self.economy.policy  # as it was begun with, before levers moved
        self.measures = Measures(self.economy, beginning.record)
        self.events: list[list[dict[str, Any]]] = [[]]  # by month lived, from the start
        self.decisions: list[Event] = []  # since the policy began
        self.before = len(self.economy.state.docket.decisions)
        self.names = _names(self.economy)
        self.verdict: Verdict | None = None  # of the years that have ended
        self.upcoming: list[dict[str, Any]] = []  # levers moved, told with the next month
        self.moments: list[Moment] = []  # by month lived, from the start
        self.payments = Payments(self.economy.state)

    @property
    def rows(self) -> list[list[float | None]]:
        """Series by month lived."""
        return self.measures.rows

    def live(self) -> None:
        """A month, and what happened in it."""
        month = self.economy.policy_month
        self.economy.step()
        self.payments.keep(self.economy.state)
        new = self._new_decisions()
        self.names = _names(self.economy)
        sentences = [*self.upcoming, *begun(self.policy, month)]
        sentences += shortened(told(new, self.names), month, MOST_EVENTS_A_MONTH)
        self.events.append(sentences)
        self.upcoming = []

    def areas(self) -> AreaYears:
        """Its areas by year, as far as it was lived."""
        return area_years(self.economy.record)

    def judge(self, status_quo: AreaYears) -> None:
        """Place every area beside the status quo of the same seed, as the command line does."""
        criteria = Criteria.from_parameters(self.economy.setup.parameters)
        self.verdict = verdict(self.areas(), status_quo, criteria)

    @property
    def is_plain(self) -> bool:
        """Whether it is a status quo in which nothing was moved."""
        as_before = self.economy.minds.mind is MINDS["reasoned"]
        return as_before and self.economy.policy == find_policy("status_quo")

    def _new_decisions(self) -> list[Event]:
        first = self.before + len(self.decisions)
        new = [
            event_from(first - self.before + n, decision, BURN_IN_MONTHS)
            for n, decision in enumerate(self.economy.state.docket.decisions[first:])
        ]
        self.decisions += new
        return new

    def set_lever(self, lever: str, choice: str) -> None:
        """Move a lever from the next month on; `BadInput` if there is no such lever or choice."""
        asked = levers.find_lever(lever)
        chosen = asked.choice(choice)
        levers.apply(self.economy, chosen)
        month = self.economy.policy_month
        self.upcoming.append(moved(month, asked.title, chosen.label))

    def look(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The month as it is now: what is said of it, and the arrays of the map."""
        arrays, regimes = self.measures.read(), self.area_regimes()
        self.moments.append(moment_of(self.economy.state, regimes))
        said = {
            "policy": self.policy.name,
            "title": self.policy.title,
            "regimes": self._regimes(),
            "organisations": self._organisations(),
            "levers": levers.in_force(self.economy),
            "idle": levers.idle(self.economy),
            "holders": self._holders(),
        }
        return said, arrays | {"regime": regimes}

    def area_regimes(self) -> np.ndarray:
        """Where every area has come to rest, as a code into REGIMES; -1 if that is not told."""
        if self.verdict is None or self.verdict.shares is None:
            areas = len(self.economy.setup.place.areas)
            return np.full(areas, NOT_MEASURED, dtype=np.int8)
        return self.verdict.settled.astype(np.int8)

    def _regimes(self) -> dict[str, Any]:
        """Shares of people by regime, their errors, and why there are none."""
        if self.verdict is None:
            return {"shares": {}, "errors": {}, "reason": ""}
        shares, errors = self.verdict.shares or {}, self.verdict.errors or {}
        return {
            "shares": {name: round(share, 4) for name, share in shares.items()},
            "errors": {name: round(error, 4) for name, error in errors.items()},
            "reason": self.verdict.reason,
        }

    def _holders(self) -> dict[str, dict[str, str]]:
        """By row, the practices that are now in the place of those that the place began with."""
        bodies, codes = self.economy.state.bodies, self.economy.setup.place.practices["practice"]
        now = [bodies.codes[b] for b in self.economy.state.provision.practice_body.tolist()]
        return {
            str(g): {"code": code, "name": self.names[code]}
            for g, (code, began) in enumerate(zip(now, codes, strict=True)) if code != began
        }  # fmt: skip

    def _organisations(self) -> list[dict[str, Any]]:
        state = self.economy.state
        members = state.provision.network
        return [
            {
                "letter": self.letters[n % len(self.letters)],
                "code": organisation.code,
                "name": self.names[organisation.code],
                "members": int((members == organisation.network).sum()),
            }
            for n, organisation in enumerate(state.integrated.organisations)
        ]


def _names(economy: Any) -> dict[str, str]:
    bodies, sites = economy.state.bodies, economy.setup.place.sites
    names = dict(zip(bodies.codes, bodies.names, strict=True))
    return names | dict(zip(sites["site"], sites["name"], strict=True))


class News(NamedTuple):
    """Series and sentences of months first to last, by economy."""

    first: int
    rows: list[list[list[float | None]]]
    events: list[list[list[dict[str, Any]]]]


class Session:
    """One or two economies that live month by month together, and the frames of what was lived."""

    def __init__(
        self, beginning: Beginning, policies: Sequence[str], years: int, folder: Path = Path()
    ):
        if not 1 <= len(policies) <= MOST_ECONOMIES:
            raise BadInput(
                "too many policies on one page", key="policies", value=len(policies),
                allowed=f"one to {MOST_ECONOMIES}",
            )  # fmt: skip
        self.beginning, self.months = beginning, 12 * years
        letters = LETTERS if len(policies) == 1 else LETTERS[MOST_ECONOMIES:]  # A, B: policies
        self.watched = [Watched(beginning, policy, folder, letters) for policy in policies]
        self.frames: deque[Frame] = deque()
        self.parting: dict[str, Any] | None = None  # when and how two futures first differed
        self.planned: list[Move] = []  # levers that move by themselves, by month
        self.moves: list[Move] = []  # levers that were moved
        self._keep_frame(0)

    @property
    def lived(self) -> int:
        """Months lived since the policy could begin."""
        return self.frames[-1].month

    @property
    def first(self) -> int:
        """The oldest month that is remembered."""
        return self.frames[0].month

    def live(self) -> None:
        """One more month of every economy; nothing once all years are lived."""
        if self.lived < self.months:
            self._move_as_planned()
            for watched in self.watched:
                watched.live()
            self._judge(self.lived + 1)
            self._keep_frame(self.lived + 1)
            if self.parting is None and len(self.watched) > 1:
                one, other = self.watched
                self.parting = parting_of(one, other, self.lived)

    def _judge(self, month: int) -> None:
        """At a year's end regimes are judged, beside a status quo that is shown or lived apart."""
        plain = next((w for w in self.watched if w.is_plain), None)
        if plain is None:
            self.beginning.status_quo.follow(month)
        if month % 12 == 0:
            beside = plain.areas() if plain else self.beginning.status_quo.areas(month)
            for watched in self.watched:
                watched.judge(beside)

    def frame(self, month: int) -> Frame:
        """The frame of a month, or the nearest one that is remembered."""
        month = min(max(month, self.first), self.lived)
        return self.frames[month - self.first]

    def news(self, first: int) -> News:
        """What a browser that knows the months before `first` has yet to hear."""
        return News(
            first, [w.rows[first:] for w in self.watched], [w.events[first:] for w in self.watched]
        )

    def set_lever(self, lever: str, choice: str) -> None:
        """Move a lever in every economy from the next month on."""
        for watched in self.watched:
            watched.set_lever(lever, choice)
        self.moves.append(Move(self.lived, lever, choice))

    def _move_as_planned(self) -> None:
        while self.planned and self.planned[0].month <= self.lived:
            _, lever, choice = self.planned.pop(0)
            self.set_lever(lever, choice)

    def _keep_frame(self, month: int) -> None:
        said = []
        arrays: dict[str, np.ndarray] = {}
        for n, watched in enumerate(self.watched):
            header, own = watched.look()
            said.append(header)
            arrays |= {f"{n}.{name}": array for name, array in own.items()}
        self.frames.append(Frame(month, pack({"month": month, "economies": said}, arrays)))
        while sum(len(f.data) for f in self.frames) > MOST_HISTORY_BYTES and len(self.frames) > 1:
            self.frames.popleft()
