"""The one way to compile a rule: serial, without the interpreter's lock, cached where it is safe.

`lean` and `hot` leave out the counting of references to arrays, which are lent to a rule and
outlive it; such a rule makes no arrays of its own.
"""

import os
from collections.abc import Callable
from typing import Any, Protocol

# A lower level of optimisation compiles a fifth faster, and the rules run as fast.
os.environ.setdefault("NUMBA_OPT", "1")
import numba

from agents.numerics.kernel_cache import CACHE_FOLDER

# Without a folder nothing may be kept: numba would fall back to others by itself.
numba.config.CACHE_DIR = str(CACHE_FOLDER or "")  # type: ignore[attr-defined]
OPTIONS: dict[str, Any] = {"cache": CACHE_FOLDER is not None, "nogil": True, "error_model": "numpy"}


class Compile(Protocol):
    """Compile a rule, which is called as before."""

    def __call__[Rule: Callable[..., object]](self, rule: Rule, /) -> Rule: ...


compiled: Compile = numba.njit(**OPTIONS)
#: For rules of one row that make no arrays: arrays are lent to them, never counted or freed.
lean: Compile = numba.njit(**OPTIONS, _nrt=False)  # type: ignore[call-overload]
#: The same for what every row needs every month: made part of its caller.
hot: Compile = numba.njit(**OPTIONS, _nrt=False, forceinline=True)  # type: ignore[call-overload]

__all__ = ["compiled", "hot", "lean"]
