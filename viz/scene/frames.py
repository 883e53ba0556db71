"""A month of one or two economies as bytes that the browser draws without parsing numbers.

Layout: the length of the header (uint32, little-endian), the header (JSON, padded with
blanks), then the arrays one after the other, each at a multiple of 8 bytes from the end of the
header. The header tells of each array its name, kind, shape and offset. A frame never changes once
it is made.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

ALIGN = 8
KINDS = {"float32": "f4", "int32": "i4", "int16": "i2", "uint8": "u1", "int8": "i1"}


class Frame(NamedTuple):
    """One month on the clock: what every economy of the session looked like after it."""

    month: int
    data: bytes


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The header and arrays as bytes; `KeyError` for a kind of number the browser has no array of.

    Economies on one clock are told apart by the names of their arrays ("0.few", "1.few").
    """
    described, parts, offset = [], [], 0
    for name, array in arrays.items():
        KINDS[array.dtype.name]
        body = np.ascontiguousarray(array).tobytes()
        described.append([name, array.dtype.name, list(array.shape), offset])
        parts.append(body + b"\0" * (-len(body) % ALIGN))
        offset += len(parts[-1])
    text = json.dumps({**header, "arrays": described}, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % ALIGN)
    return struct.pack("<I", len(text)) + text + b"".join(parts)


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and arrays of a packed frame."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    arrays = {}
    for name, kind, shape, offset in header["arrays"]:
        start, count = 4 + length + offset, int(np.prod(shape))
        arrays[name] = np.frombuffer(data, kind, count, start).reshape(shape)
    return header, arrays
