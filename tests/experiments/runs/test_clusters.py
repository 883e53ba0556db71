"""A sweep on a Dask cluster of several processes, one of which is killed on the way."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from experiments.commands.cli import exit_code

STUDY = """
title = "A small study"
policies = ["status_quo", "carveout_msk"]
patients = 500
years = 1
replicates = 16
"""


@pytest.fixture(scope="module")
def cluster():
    """Three worker processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as running:
        yield running


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def kill_one_worker(cluster, folder: Path, killed: list[int]) -> None:
    """Kill a worker as soon as the first runs are back."""
    while not list((folder / "parts").glob("*.parquet")):
        time.sleep(0.05)
    process = next(iter(cluster.workers.values())).pid
    os.kill(process, signal.SIGKILL)
    killed.append(process)


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_folder(cluster, tmp_path):
    study, killed = tmp_path / "study.toml", []
    study.write_text(STUDY, encoding="utf-8")
    folder = tmp_path / "cluster"
    watch = threading.Thread(target=kill_one_worker, args=(cluster, folder, killed), daemon=True)
    watch.start()
    line = ["sweep", str(study), "--out", str(folder), "--cluster", cluster.scheduler_address]
    assert exit_code(line) == 0
    assert killed
    assert exit_code(["sweep", str(study), "--out", str(tmp_path / "here")]) == 0
    assert content(folder) == content(tmp_path / "here")
