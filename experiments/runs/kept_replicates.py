"""Replicates of a comparison, kept one by one as they are lived, so that none is lived twice.

They lie in `<folder>.lived` beside where the comparison will be, a file a job, and go when the
comparison is whole. Numbers are written so that reading them gives the same to the bit. Above what
came of a job stands a seal, the digest of every byte and of which job of which comparison it is:
one that is damaged, or is of another job, does not fit it and is lived again.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from experiments.runs.folders import (
    building,
    difference,
    digest_of,
    hash_of,
    read_manifest,
    write_manifest,
    write_whole,
)
from experiments.runs.jobs import Job, Lived, said
from experiments.terminal.output import say
from model.input.errors import InputError, RunFailed
from model.input.reading import parsed_json, read_text

Replicate = Mapping[str, Lived]  # of each policy: what came of its run
LIVED = TypeAdapter(dict[str, Lived])


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
        """What came of a job that was lived before; none if the file is damaged."""
        path = self._path(job)
        if not path.is_file():
            return None
        body = self._body(job)
        if body is None:
            say(f"{path}: damaged, not as it was written; this replicate is lived again.")
            return None
        return _replicate(body, job, path)

    def _body(self, job: Job) -> str | None:
        """What stands below the seal, if it fits it."""
        try:
            seal, _, body = read_text(self._path(job)).partition("\n")
        except InputError:
            return None
        return body if seal == self._seal(job, body) else None

    def keep(self, job: Job, replicate: Replicate) -> None:
        """Write what came of a job, whole or not at all."""
        if not self.folder.exists():
            with building(self.folder) as partial:
                write_manifest(partial, self.manifest, {})
        body = json.dumps({policy: _record(one) for policy, one in replicate.items()})
        write_whole(f"{self._seal(job, body)}\n{body}".encode(), self._path(job))

    def _seal(self, job: Job, body: str) -> str:
        """A digest of what came of a job, and of which job of which comparison it is."""
        return digest_of(json.dumps([hash_of(self.manifest), job.key, body]).encode())

    def _path(self, job: Job) -> Path:
        return self.folder / f"{job.options.minds}_{job.options.seed}.lived"

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
        count = len(list(self.folder.glob("*_*.lived")))
        if not count:
            return "no replicate was lived to its end."
        return f"replicates kept: {count:,}; {go_on} goes on with the rest."


def _record(one: Lived) -> dict[str, Any]:
    """A run as JSON holds it; the keys of what moves with thresholds are pairs."""
    regimes = one.regimes and {**one.regimes, "moved": list(one.regimes["moved"].items())}
    return {**one._asdict(), "regimes": regimes}


def _replicate(body: str, job: Job, file: Path) -> Replicate:
    """What was written; `InputError` if it is no replicate of the job, as if forged."""
    content = parsed_json(body, file)
    try:
        found = LIVED.validate_python({policy: _fields(one) for policy, one in content.items()})
        if list(found) == [arm.policy for arm in job.arms]:
            return found
    except (TypeError, KeyError, AttributeError, ValueError):
        pass
    raise InputError("damaged: no replicate of this comparison; delete it and it is lived again",
                   file=file)  # fmt: skip


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    """A run as it was before `_record`."""
    regimes = record["regimes"]
    if regimes:
        moved = {(name, factor): share for (name, factor), share in regimes["moved"]}
        regimes = {**regimes, "moved": moved}
    return {**record, "regimes": regimes}
