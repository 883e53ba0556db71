"""What of the processor results depend on: sums of NumPy and BLAS differ from kernel to kernel.

Both pick the code of a sum by what the processor can do. Whole numbers and compiled rules do not
differ, but logarithms of the system's library do, from one of its versions to the next.
"""

import platform
from functools import cache
from typing import Any


@cache
def processor() -> str:
    """The kernels that numbers come from, the same for machines that give the same to the bit."""
    libc = " ".join(platform.libc_ver()).strip() or platform.system()
    return f"{platform.machine()}, NumPy {_numpy_kernels()}, BLAS {_blas_kernels()}, {libc}"


def _numpy_kernels() -> str:
    """The kinds of processor that NumPy has code for, as far as this is one."""
    from numpy._core import _multiarray_umath as inner  # type: ignore[attr-defined]

    can: dict[str, bool] = inner.__cpu_features__
    kinds = [*inner.__cpu_baseline__, *inner.__cpu_dispatch__]
    return "+".join(kind for kind in kinds if can.get(kind)) or "without"


def _blas_kernels() -> str:
    import numpy.linalg  # noqa: F401 (it loads BLAS)
    from threadpoolctl import threadpool_info

    found: list[dict[str, Any]] = threadpool_info()
    kinds = {f"{one['internal_api']} {one.get('architecture', one.get('version'))}"
             for one in found if one["user_api"] == "blas"}  # fmt: skip
    return "+".join(sorted(kinds)) or "unknown"
