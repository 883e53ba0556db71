"""Where results go is tried by writing before anything is lived; what was lived is not lost."""

import errno
import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents.numerics.private_folder import private_folder
from experiments.commands.cli import exit_code
from experiments.runs import folders
from experiments.runs.folders import check_writable, kept_or_made, reason_of
from experiments.runs.jobs import Lived, said
from experiments.runs.kept_replicates import KeptReplicates
from model.input.errors import InputError, RunFailed

COMMAND = [sys.executable, "-m", "experiments.commands.entry"]
SMALL = ["--patients", "1000", "--years", "1", "--place", "lakeland"]
REGIMES = {"reason": "", "moved": {("few", 0.8): 0.25}, "onset": math.nan, "moves": {}}
MANIFEST = {"schema": folders.SCHEMA, "command": "run"}
WRITING = [
    ["run", "status_quo", *SMALL],
    ["compare", "label_only", *SMALL, "--replicates", "2", "--out", "deep/er/new"],
    ["compare", "label_only", *SMALL, "--replicates", "2", "--figure", "picture"],
    ["sweep", "handover_losses"],
    ["study", "new", "mine.toml"],
]


# Python 3.13 keeps bytecode that was cut short for want of room, and fails on it ever after.
READ_ONLY = {"PYTHONDONTWRITEBYTECODE": "1",
             "PYTHONPYCACHEPREFIX": str(private_folder("bytecode"))}  # fmt: skip


def no_room() -> None:
    """From here on this process can write next to nothing to any file, whoever it is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on the size of files")
@pytest.mark.parametrize("line", WRITING, ids=[" ".join(line[:2]) for line in WRITING])
def test_a_place_without_room_is_refused_before_anything_is_lived(line, tmp_path):
    done = subprocess.run(
        [*COMMAND, *line], cwd=tmp_path, capture_output=True, text=True, preexec_fn=no_room,
        env={**os.environ, **READ_ONLY},
    )  # fmt: skip
    said = done.stderr.splitlines()
    assert done.returncode == 2 and "nothing can be written here: file too large" in said[-1]
    assert "months" not in done.stderr and "replicates:" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_trial_leaves_nothing_and_names_the_nearest_folder_there_is(tmp_path, monkeypatch):
    check_writable(tmp_path / "deep" / "new")
    assert list(tmp_path.iterdir()) == []

    def full(path, content):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folders, "_write_and_sync", full)
    with pytest.raises(InputError, match="read-only file system") as refused:
        check_writable(tmp_path / "deep" / "new")
    assert refused.value.file == str(tmp_path) and list(tmp_path.iterdir()) == []


def filling_up(tmp_path, write):
    return kept_or_made(tmp_path / "new", False, MANIFEST, "{}", lambda: ({"rows": []}, write))


def test_what_was_lived_is_kept_elsewhere_when_the_disk_fills_up(tmp_path, monkeypatch):
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(folders.tempfile, "tempdir", str(spare))

    def write(folder: Path) -> None:
        if spare not in folder.parents:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RunFailed, match="no space left on device; what was lived is kept in"):
        filling_up(tmp_path, write)
    (kept,) = spare.glob("joinedup_*/new/manifest.json")
    assert json.loads(kept.read_text())["results"] == {"rows": []}
    assert [path.name for path in tmp_path.iterdir()] == ["spare"]


def test_an_answer_that_nobody_can_take_is_said(tmp_path):
    with open("/dev/full", "w") if Path("/dev/full").exists() else pytest.skip() as full:
        done = subprocess.run([*COMMAND, "list", "places"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode() == "the output: cannot be written: no space left on device.\n"


COMPARED = ["compare", "carveout_msk", *SMALL, "--replicates", "2", "--workers", "1"]


def test_a_comparison_goes_on_where_it_was_stopped(tmp_path, monkeypatch, capsys):
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert exit_code([*COMPARED, "--out", str(whole)]) == 0
    keep, lived = KeptReplicates.keep, []

    def keep_one(self, job, replicate):
        keep(self, job, replicate)
        lived.append(job.key)
        if len(lived) == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(KeptReplicates, "keep", keep_one)
        assert exit_code([*COMPARED, "--out", str(stopped)]) == 130
    assert "replicates kept: 1; --resume goes on with the rest" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"whole", "stopped.lived"}
    assert exit_code([*COMPARED, "--out", str(stopped)]) == 2, "begun before"
    assert "--resume goes on with it" in capsys.readouterr().err
    assert exit_code([*COMPARED, "--out", str(stopped), "--resume"]) == 0
    assert "with random minds: 2 replicates," in capsys.readouterr().err, "2 of 3"
    for path in whole.iterdir():
        assert path.read_bytes() == (stopped / path.name).read_bytes(), path.name
    assert {path.name for path in tmp_path.iterdir()} == {"whole", "stopped"}


def test_replicates_of_another_comparison_are_not_gone_on_with(tmp_path):
    job = SimpleNamespace(options=SimpleNamespace(minds="reasoned", seed=3))
    one = KeptReplicates(tmp_path / "new", MANIFEST)
    one.begin(may_be_there=False)
    assert list(tmp_path.iterdir()) == [] and one.of(job) is None
    lived = {"status_quo": Lived("", {"hhi": math.nan, "n": 0.1}, regimes=REGIMES, paths={})}
    one.keep(job, lived)
    assert repr(one.of(job)) == repr(lived)
    with pytest.raises(InputError, match="with something else: years is not told there and 3 here"):
        KeptReplicates(tmp_path / "new", {**MANIFEST, "years": 3}).begin(may_be_there=True)


def test_a_disk_that_fills_up_while_replicates_are_kept_is_named(tmp_path):
    kept = KeptReplicates(tmp_path / "new", MANIFEST)
    said = r"new\.lived: cannot be written or read: no space left"
    with pytest.raises(RunFailed, match=said), kept.told("--resume"):
        raise OSError(errno.ENOSPC, "No space left on device")  # as a write to an open file does


def test_a_full_disk_is_told_in_plain_words():
    full = OSError(errno.ENOSPC, "No space left on device", "out/c")
    assert said(full) == "out/c: cannot be written or read: no space left on device"
    in_a_library = OSError(
        "error writing bytes to file. Detail: [errno 28] No space left on device"
    )
    assert reason_of(in_a_library) == "no space left on device"


@pytest.mark.parametrize("line", ["run status_quo", "compare status_quo"])
def test_results_that_are_there_are_refused_before_anything_is_made_ready(
    tmp_path, monkeypatch, capsys, line
):
    """Not after the libraries and the place, which take seconds."""
    for name in ("experiments.runs.runs", "experiments.effects.comparison"):
        monkeypatch.setitem(sys.modules, name, None)  # what makes ready cannot even be imported
    assert exit_code([*line.split(), "--out", str(tmp_path)]) == 2
    assert "this exists already; give another --out, or --resume" in capsys.readouterr().err
