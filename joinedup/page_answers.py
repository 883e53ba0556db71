"""What a page asks of experiments: functions that run in a process of their own beside it."""

from collections.abc import Iterator
from typing import Any

import joinedup
from experiments.terminal.output import plain

Record = dict[str, Any]


def response(
    *, lever: str, policy: str, place: str, data: str | None, points: int, patients: int,
    years: int, replicates: int, seed: int,
) -> Iterator[Record]:  # fmt: skip
    """Yield the rows of `joinedup.response`, lived on one core.

    The arguments are those of `joinedup.response`.
    """
    rows = joinedup.response(
        lever, policy=policy, points=points, replicates=replicates, workers=1, place=place,
        data=data, patients=patients, years=years, seed=seed,
    )  # fmt: skip
    yield {"rows": plain(rows.to_dict("records"))}


def contrast(*, folder: str) -> Iterator[Record]:
    """Yield the rows of `joinedup.contrast`, how many runs are done, and the study."""
    from pathlib import Path

    from experiments.runs.folders import manifest_of_sweep
    from experiments.studies.contrast import progress_of

    rows = plain(joinedup.contrast(folder).to_dict("records"))
    where = Path(folder)
    yield {"rows": rows, "runs": progress_of(where), "study": manifest_of_sweep(where)["study"]}
