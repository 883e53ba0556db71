"""Things handed to workers of this machine: large arrays as one read-only memory map.

Only the arrays go through the file, as raw bytes. What describes them travels with the job from one
process of ours to another and is never read from disk.
"""

import mmap
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALIGNMENT = 64  # bytes


@dataclass(frozen=True)
class Handed:
    """A description, and the file and spans (start, stop) of its arrays."""

    description: bytes
    path: Path
    spans: tuple[tuple[int, int], ...]


def hand_over(thing: Any, path: Path) -> Handed:
    """Write the arrays of `thing` to `path`, whole or not at all."""
    buffers: list[pickle.PickleBuffer] = []
    description = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    spans, at = [], 0
    with partial.open("wb") as file:
        for buffer in buffers:
            raw = buffer.raw()
            spans.append((at, at + raw.nbytes))
            at = -(-(at + raw.nbytes) // ALIGNMENT) * ALIGNMENT
            file.write(raw)
            file.write(bytes(at - spans[-1][1]))
    partial.replace(path)
    return Handed(description, path, tuple(spans))


def received(handed: Handed) -> Any:
    """The thing again; its arrays are read-only views of the file, shared with every worker."""
    whole = memoryview(b"")
    if handed.path.stat().st_size:
        with handed.path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return pickle.loads(handed.description, buffers=[whole[a:b] for a, b in handed.spans])
