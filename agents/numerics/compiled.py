"""The one way to compile a rule: serial, without the interpreter's lock, cached where it is safe.

`lean` and `hot` leave out the counting of references to arrays, which are lent to a rule and
outlive it; such a rule makes no arrays of its own. Where the cache has no room, nothing is kept.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

# A lower level of optimisation compiles a fifth faster, and the rules run as fast.
os.environ.setdefault("NUMBA_OPT", "1")
import numba
from numba.core.caching import FunctionCache

from agents.numerics.kernel_cache import CACHE_FOLDER

numba.config.CACHE_DIR = str(CACHE_FOLDER or "")  # type: ignore[attr-defined]
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


class Compile(Protocol):
    """Compile a rule, which is called as before."""

    def __call__[Rule: Callable[..., object]](self, rule: Rule, /) -> Rule: ...


class RuleCache(FunctionCache):
    """What is compiled of a rule, kept if there is room: a full disk stops no run."""

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for arguments of such types, whole or not at all."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def _compile(**options: Any) -> Compile:
    def compile_rule(rule: Any) -> Any:
        found = numba.njit(**OPTIONS, **options)(rule)
        if CACHE_FOLDER is not None and found is not rule:
            cache = RuleCache(rule)  # type: ignore[no-untyped-call]
            # Where no folder can be made in it, numba falls back to others by itself.
            if CACHE_FOLDER in Path(cache.cache_path).parents:
                found._cache = cache
        return found

    return compile_rule


compiled: Compile = _compile()
#: For rules of one row that make no arrays: arrays are lent to them, never counted or freed.
lean: Compile = _compile(_nrt=False)
#: The same for what every row needs every month: made part of its caller.
hot: Compile = _compile(_nrt=False, forceinline=True)

__all__ = ["compiled", "hot", "lean"]
