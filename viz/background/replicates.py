"""Two policies under other seeds, in the background: how sure a difference is.

One process of low priority at a time lives them (`viz.background.seed_trials`), whatever the
number of
pages. Differences are paired by seed, with intervals and stars as `joinedup compare` has them.
"""

import math
import shlex
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from model.outcomes.paired_differences import level_and_difference
from model.outcomes.regimes import REGIMES
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.outcomes.statistics import mean_interval
from model.sizes import PATIENTS
from viz.background.beside import POLL_INTERVAL_SECONDS, lines_of
from viz.background.seed_trials import live_seeds
from viz.server.page_requests import LARGEST_SEED, PageRequest
from viz.server.strings import strings, text
from viz.sharing.command import place_words, policy_word

SEEDS = 12  # of one comparison; a session of fewer patients has fewer here, too
MOST_KEPT = 20  # comparisons that need not be lived again
IDLE_TIMEOUT_SECONDS = 10.0  # seconds after which a page that asks no more is taken for closed
WAITING, RUNNING, DONE, STOPPED, FAILED = "waiting", "running", "done", "stopped", "failed"


class ReplicatesRequest(NamedTuple):
    """What is to be lived: two policies, where, by how many, which seeds."""

    policies: tuple[str, ...]
    place: str
    data: str
    folder: str
    patients: int
    years: int
    seeds: tuple[int, ...]


def asked_for(page_request: PageRequest, patients: int, data: Path | None) -> ReplicatesRequest:
    """The replicates of a page of so many patients: the seeds that follow its own, small.

    `data`: the folder of real data, if any.
    """
    seeds = tuple((page_request.seed + 1 + n) % (LARGEST_SEED + 1) for n in range(SEEDS))
    return ReplicatesRequest(
        page_request.policies, page_request.place, str(data or ""), str(page_request.folder),
        min(patients, PATIENTS), page_request.years, seeds,
    )  # fmt: skip


Lived = list[dict[str, Any]]  # by seed: "seed", the "outcomes" and "regimes" of each policy
_turn = threading.Lock()  # who may have a process now
_kept: OrderedDict[ReplicatesRequest, Lived] = OrderedDict()


class Replicates:
    """A comparison under other seeds that goes on until it is done or stopped.

    What an earlier one with the same wish has lived is taken over. `news` is called from another
    thread whenever there is more to tell.
    """

    def __init__(self, asked: ReplicatesRequest, news: Callable[[], None]):
        self.asked, self.news = asked, news
        self.lived: Lived = list(_kept.get(asked, []))
        self.state, self.failure = DONE if self._whole() else WAITING, ""
        self._stop = threading.Event()
        self._closing = threading.Timer(IDLE_TIMEOUT_SECONDS, self.stop)
        if self.state == WAITING:
            self.want()
            threading.Thread(target=self._work, daemon=True).start()

    def want(self) -> None:
        """Somebody still looks at it: without that it stops after a while."""
        self._closing.cancel()
        self._closing = threading.Timer(IDLE_TIMEOUT_SECONDS, self.stop)
        self._closing.daemon = True
        self._closing.start()

    @property
    def is_busy(self) -> bool:
        """Whether it waits for its turn or lives seeds."""
        return self.state in (WAITING, RUNNING)

    def stop(self) -> None:
        """End the process soon; what was lived is kept."""
        self._stop.set()
        self._closing.cancel()
        if self.is_busy:
            self.state = STOPPED

    def _is_wanted(self) -> bool:
        return not self._stop.is_set()

    def told(self) -> dict[str, Any]:
        """How far it is and what came of it, as the page shows it."""
        lived = list(self.lived)
        return {
            "state": self.state, "failure": self.failure, "done": len(lived),
            "seeds": self.asked.seeds, "patients": self.asked.patients, "years": self.asked.years,
            "rows": rows_of(lived) if lived else [], "regimes": regimes_of(lived),
            "command": command(self.asked),
        }  # fmt: skip

    def _whole(self) -> bool:
        return len(self.lived) == len(self.asked.seeds)

    def _work(self) -> None:
        """Wait for a turn and live the seeds that lack."""
        while not _turn.acquire(timeout=POLL_INTERVAL_SECONDS):
            if self._stop.is_set():
                return
        try:
            if not self._stop.is_set():
                self.state = RUNNING
                self.news()
                self._live()
        finally:
            self._closing.cancel()
            _turn.release()
        self.news()

    def _live(self) -> None:
        left = self.asked._replace(seeds=self.asked.seeds[len(self.lived) :])
        with closing(lines_of(live_seeds, left._asdict(), self._is_wanted)) as lines:
            for line in lines:
                if self._stop.is_set():
                    break
                self._hear(line)
        if self.state == RUNNING:
            whole = self._whole()
            self.state, self.failure = (DONE, "") if whole else (FAILED, text("luck", "ended"))

    def _hear(self, line: dict[str, Any]) -> None:
        if "failed" in line:
            self.state, self.failure = FAILED, line["failed"]
        else:
            self.lived.append(line)
            _keep(self.asked, self.lived)
        self.news()


def _keep(asked: ReplicatesRequest, lived: Lived) -> None:
    _kept[asked] = list(lived)
    _kept.move_to_end(asked)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)


def rows_of(lived: Lived) -> list[dict[str, Any]]:
    """By outcome: means under both policies and the paired difference, judged as in `compare`."""
    return [_row(name, title, lived) for name, title in strings()["outcomes"].items()]


def _row(name: str, title: str, lived: Lived) -> dict[str, Any]:
    about = OUTCOMES[name]
    one, other = ([seed["outcomes"][n][name] for seed in lived] for n in range(2))
    level, found = level_and_difference(name, one, other, len(HEADLINES))
    (beside,) = level_and_difference(name, other, None, len(HEADLINES))
    return {
        "outcome": name, "title": title, "family": about.family, "unit": about.unit,
        "decimals": about.decimals, "meaning": about.meaning,
        "levels": [_known(row["estimate"]) for row in (level, beside)],
        **{key: _known(found[key]) for key in ("estimate", "low_all", "high_all")},
        "star": found["star"], "negligible": found["negligible"],
    }  # fmt: skip


def regimes_of(lived: Lived) -> dict[str, Any]:
    """Mean shares of people by regime under both policies, with half their interval, as `compare`.

    One seed without a verdict is enough for there to be none; `reason` then says why.
    """
    seeds = [one["regimes"] for one in lived]
    reason = next((found["reason"] for one in seeds for found in one if found["reason"]), "")
    told = [] if reason or not seeds else [_regime(name, seeds) for name in REGIMES]
    return {"reason": reason, "rows": [row for row in told if any(row["levels"])]}


def _regime(name: str, seeds: list[list[dict[str, Any]]]) -> dict[str, Any]:
    both = [mean_interval([one[n]["shares"][name] for one in seeds]) for n in range(2)]
    return {
        "name": name,
        "levels": [found.estimate for found in both],
        "halves": [_known(found.half) for found in both],
    }


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def command(asked: ReplicatesRequest) -> str:
    """The same on the command line, where every policy is put beside the status quo."""
    words = ["joinedup", "compare", *(policy_word(p) for p in asked.policies if p != "status_quo")]
    words += place_words(asked.place)
    words += ["--patients", f"{asked.patients}", "--years", f"{asked.years}"]
    words += ["--seed", f"{asked.seeds[0]}", "--replicates", f"{len(asked.seeds)}"]
    return shlex.join(words)
