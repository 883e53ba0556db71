"""Replicates of a comparison, kept one by one as they are lived, so that none is lived twice.

They lie in `<folder>.lived` beside where the comparison will be, a file a job, and go when the
comparison is whole. Numbers are written so that reading them gives the same to the bit.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.runs.folders import building, difference, read_manifest, write_manifest
from experiments.runs.jobs import Job, Lived, said
from experiments.terminal.output import say
from model.input.errors import InputError, RunFailed
from model.input.reading import read_json

Replicate = Mapping[str, Lived]  # of each policy: what came of its run


class KeptReplicates:
    """The replicates that are there already, and a place for those that come."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]):
        self.folder = folder.with_name(f"{folder.name}.lived")
        self.manifest = manifest

    def begin(self, may_be_there: bool) -> None:
        """`InputError` if the folder is there and may not be, or is of another comparison."""
        if not self.folder.exists():
            return
        if not may_be_there:
            raise InputError(
                "begun before; --resume goes on with it",
                file=self.folder,
                key="--out",
                allowed="another --out, or --resume",
            )
        found, _ = read_manifest(self.folder)
        if found != self.manifest:
            raise InputError(
                f"begun before with something else: {difference(found, self.manifest)}",
                file=self.folder, key="--out", allowed="another --out",
            )  # fmt: skip

    def of(self, job: Job) -> Replicate | None:
        """What came of a job that was lived before."""
        path = self._path(job)
        if not path.is_file():
            return None
        try:
            return {policy: _lived(one) for policy, one in read_json(path).items()}
        except (TypeError, KeyError, AttributeError, ValueError):
            raise InputError("damaged: not as it was written", file=path) from None

    def keep(self, job: Job, replicate: Replicate) -> None:
        """Write what came of a job, whole or not at all."""
        if not self.folder.exists():
            with building(self.folder) as partial:
                write_manifest(partial, self.manifest, {})
        path = self._path(job)
        partial = path.with_suffix(".partial")
        written = {policy: _record(one) for policy, one in replicate.items()}
        try:
            partial.write_text(json.dumps(written), encoding="utf-8")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        return self.folder / f"{job.options.minds}_{job.options.seed}.json"

    @contextmanager
    def told(self, go_on: str) -> Iterator[None]:
        """Say what is kept, and how to go on, when user or disk stops it; clear up at the end."""
        try:
            yield
        except (OSError, RunFailed) as error:
            raise RunFailed(f"{self.folder}: {said(error)}; {self._kept(go_on)}") from error
        except KeyboardInterrupt:
            say(f"{self.folder}: {self._kept(go_on)}")
            raise
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kept(self, go_on: str) -> str:
        count = len(list(self.folder.glob("*_*.json")))
        if not count:
            return "no replicate was lived to its end."
        return f"replicates kept: {count:,}; {go_on} goes on with the rest."


def _record(one: Lived) -> dict[str, Any]:
    """A run as JSON holds it; the keys of what moves with thresholds are pairs."""
    regimes = one.regimes and {**one.regimes, "moved": list(one.regimes["moved"].items())}
    return {**one._asdict(), "regimes": regimes}


def _lived(record: dict[str, Any]) -> Lived:
    regimes = record["regimes"]
    if regimes:
        moved = {(name, factor): share for (name, factor), share in regimes["moved"]}
        regimes = {**regimes, "moved": moved}
    return Lived(**{**record, "regimes": regimes})
