"""The address of a run covers the kernels that its sums come from."""

import os
import platform
import subprocess
import sys

import pytest

from experiments.runs.folders import hash_of, installed, manifest_of
from experiments.runs.processor import processor

ASK = "from experiments.runs.processor import processor; print(processor())"
OTHER = [{"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR X86_V3"},
         {"OPENBLAS_CORETYPE": "Nehalem"}]  # fmt: skip


def kernels(more: dict[str, str]) -> str:
    asked = [sys.executable, "-W", "ignore", "-c", ASK]
    done = subprocess.run(asked, capture_output=True, text=True, env={**os.environ, **more})
    return done.stdout.strip()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="kernels of other processors")
@pytest.mark.parametrize("more", OTHER, ids=["NumPy", "BLAS"])
def test_other_kernels_are_told_apart(more):
    assert kernels({}) == processor()
    assert kernels(more) not in ("", processor())


def test_addresses_and_workers_hold_it(monkeypatch):
    here = manifest_of("run", {"seed": 0}, {})
    assert here["processor"] == processor() and processor() in installed()
    monkeypatch.setattr("experiments.runs.folders.processor", lambda: "another")
    assert hash_of(manifest_of("run", {"seed": 0}, {})) != hash_of(here)
    assert "another" in installed()
