"""What runs need of the machine's memory: refused before they start if it has less."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from model.input.errors import InputError

if TYPE_CHECKING:
    from model.places.place import Place

# Measured as the largest resident size of `run label_only`: libraries and compiled rules; what each
# forked worker has of its own; two states of all patients and the draw of them (Anyshire, 1,000 to
# 300,000 patients); what a place has for each of its practices (England, a million patients and
# one year: 3.93 GB). What libraries have is a rounded guess.
LIBRARIES, WORKER, PATIENT, PRACTICE = 500e6, 150e6, 320.0, 450e3
CGROUPS = Path("/sys/fs/cgroup")
LIMITS = (  # the second and the first version of control groups: limit, use, what of it is cache
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def check_memory(place: "Place", patients: int, processes: int = 1) -> None:
    """`InputError` if so many patients in so many processes need more memory than there is."""
    people = int(place.practices["list_size"].sum())
    free, needed = available(), needs(place, patients, processes)
    if needed <= free or patients > people:  # which is refused for what it is
        return
    raise InputError(
        f"{patients:,} patients of {place.name}"
        + f" in {_processes(processes)}" * (processes > 1)
        + f" need about {gigabytes(needed)} of memory, and {gigabytes(free)} are free",
        key="--patients", allowed=_that_fits(place, free, processes),
    )  # fmt: skip


def needs(place: "Place", patients: int, processes: int = 1) -> float:
    """Bytes of memory, about; forked processes share the libraries.

    `patients`: simulated in each process.
    """
    each = PATIENT * patients + PRACTICE * len(place.practices)
    return LIBRARIES + processes * each + (processes > 1) * (processes * WORKER + each)


def _that_fits(place: "Place", free: float, processes: int) -> str:
    """What would fit, in words: fewer patients, or fewer processes."""
    said = []
    for workers in sorted({processes, 1}, reverse=True):
        copies = workers + (workers > 1)
        left = free - needs(place, 0, workers)
        fits = _rounded(left / (copies * PATIENT)) if left > 0 else 0
        if fits >= len(place.practices):
            said.append(
                f"at most {fits:,} patients" + f" in {_processes(workers)}" * (processes > 1)
            )
    return " or ".join(said) or "a smaller place, or a machine with more memory"


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _rounded(number: float) -> int:
    """Two digits of it, never more than it is."""
    digits = max(math.floor(math.log10(max(number, 1.0))) - 1, 0)
    rounded: int = math.floor(number / 10**digits) * 10**digits
    return rounded


def gigabytes(size: float) -> str:
    """`1.2 GB`, or megabytes if it is less than one."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):,.1f} MB"


def available() -> float:
    """Bytes that this process may still take: of the machine, its control group, its own limit."""
    import psutil

    return min([float(psutil.virtual_memory().available), *_of_groups(), *_of_process()])


def _of_groups() -> Iterable[float]:
    """What is left in each control group that this process is in."""
    for folder in _groups():
        for limit, use, cache in LIMITS:
            most, used = _number(folder / limit), _number(folder / use)
            if most is not None and used is not None:
                yield max(most - used + _cached(folder, cache), 0.0)


def _groups() -> Iterable[Path]:
    """The folders of the groups, from the innermost out; within a container only the root."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        root = CGROUPS / "memory" if kinds else CGROUPS
        inner = root / path.strip("/")
        yield from dict.fromkeys(
            [inner, *(one for one in inner.parents if one.is_relative_to(root))]
        )


def _number(path: Path) -> float | None:
    try:
        return float(path.read_text())
    except (OSError, ValueError):  # no such file, or "max"
        return None


def _cached(folder: Path, key: str) -> float:
    """Bytes of files that the system gives back when they are needed."""
    try:
        lines = (line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return next((float(size) for name, size in lines if name == key), 0.0)
    except (OSError, ValueError):
        return 0.0


def _of_process() -> Iterable[float]:
    """What a limit on the size of this process leaves (`ulimit -v`)."""
    try:
        import resource
    except ImportError:  # Windows
        return
    import psutil

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        yield max(most - float(psutil.Process().memory_info().vms), 0.0)
