"""Where results go is tried by writing before anything is lived; what was lived is not lost."""

import errno
import json
import math
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents.numerics.private_folder import private_folder
from experiments.commands.cli import exit_code
from experiments.runs import folders
from experiments.runs.folders import check_writable, kept_or_made, reason_of
from experiments.runs.jobs import Arm, Lived, said
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


LIVED = {"status_quo": Lived("", {"hhi": math.nan, "n": 0.1}, regimes=REGIMES, paths={})}


def job_of(seed: int, minds: str = "reasoned") -> SimpleNamespace:
    """What is told of a job whose replicate is kept."""
    options, arms = SimpleNamespace(minds=minds, seed=seed), (Arm("status_quo"),)
    return SimpleNamespace(options=options, arms=arms, key=(seed, minds, arms))


@pytest.fixture
def kept(tmp_path):
    """A comparison of which one replicate is kept, and where."""
    one = KeptReplicates(tmp_path / "new", MANIFEST)
    one.keep(job_of(3), LIVED)
    (path,) = one.folder.glob("reasoned_3.*")
    return one, path


def test_no_byte_of_a_kept_replicate_can_change_unseen(kept, capsys):
    """What is damaged is lived again, as a part of a sweep is."""
    one, path = kept
    whole = path.read_bytes()
    for k in range(len(whole)):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :])
        assert one.of(job_of(3)) is None, k
        path.write_bytes(whole[:k])
        assert one.of(job_of(3)) is None, f"cut at {k}"
    assert f"{path}: damaged" in " ".join(capsys.readouterr().err.split())
    one.keep(job_of(3), LIVED)
    assert path.read_bytes() == whole and repr(one.of(job_of(3))) == repr(LIVED)


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.1", "0.99"), ("0.1", '"abc"'), ("0.1", "null"), ("0.25", "0.75"), ('"n"', '"m"'),
     ('"status": "done", ', ""), ('{"hhi": NaN, "n": 0.1}', "3"), ('"status_quo"', '"other"')],
)  # fmt: skip
def test_an_edited_replicate_is_not_believed(kept, old, new):
    one, path = kept
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert one.of(job_of(3)) is None


def test_a_replicate_of_another_job_or_comparison_is_not_taken(kept, tmp_path):
    one, path = kept
    other = KeptReplicates(tmp_path / "other", {**MANIFEST, "years": 3})
    for there, job in [(one, job_of(4)), (one, job_of(3, "random")), (other, job_of(3))]:
        there.keep(job, LIVED)
        assert there.of(job) is not None
        shutil.copy(path, there.folder / f"{job.options.minds}_{job.options.seed}{path.suffix}")
        assert there.of(job) is None


@pytest.mark.parametrize(
    "body", ["3", "[]", "{}", '{"status_quo": 3}', '{"status_quo": {"values": 3, "regimes": {}}}',
             '{"status_quo": {"address": "", "values": {"n": null}, "regimes": null}}', "{"],
)  # fmt: skip
def test_what_was_sealed_and_is_no_replicate_is_refused(kept, body):
    one, path = kept
    path.write_text(f"{one._seal(job_of(3), body)}\n{body}")
    with pytest.raises(InputError, match=r"delete it and it is lived again|not valid JSON"):
        one.of(job_of(3))


def test_replicates_of_another_comparison_are_not_gone_on_with(tmp_path):
    job = job_of(3)
    one = KeptReplicates(tmp_path / "new", MANIFEST)
    one.begin(may_be_there=False)
    assert list(tmp_path.iterdir()) == [] and one.of(job) is None
    one.keep(job, LIVED)
    assert repr(one.of(job)) == repr(LIVED)
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
