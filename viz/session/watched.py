"""One economy of a session with what was measured and told of it."""

from pathlib import Path
from typing import Any

import numpy as np

from agents.choice.deciding import MINDS
from model.outcomes.area_years import AreaYears, area_years
from model.outcomes.regimes import NOT_MEASURED
from model.outcomes.verdict import Verdict, verdict_of
from model.policies.policy_finding import find_policy
from model.state.state import BURN_IN_MONTHS
from model.stories.events import Event, event_from
from viz.scene import levers
from viz.scene.measures import Measures
from viz.scene.remembered import Moment, Payments, moment_of
from viz.scene.sentences import begun, moved, shortened, told
from viz.session.beginnings import Beginning

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
        self.verdict = verdict_of(self.economy.record, status_quo)

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
        """Move a lever from the next month on; `InputError` if there is no such lever or choice."""
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
