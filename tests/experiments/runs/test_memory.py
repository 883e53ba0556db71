"""A run that needs more memory than there is is refused before it starts, with what would fit."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.commands.cli import exit_code
from experiments.runs import memory
from experiments.runs.memory import available, check_memory, needs
from model.input.errors import InputError
from model.places.place_finding import find_place

GB = 1e9


@pytest.fixture(scope="module")
def place():
    return find_place("anyshire")


def with_free(monkeypatch, size: float) -> None:
    monkeypatch.setattr(memory, "available", lambda: size)


def fits(text: str) -> int:
    return int(text.split("at most ")[-1].split(" ")[0].replace(",", ""))


def test_what_would_fit_is_said_and_fits(place, monkeypatch):
    with_free(monkeypatch, 0.55 * GB)
    with pytest.raises(InputError, match=r"300,000 patients of anyshire.* need about") as refused:
        check_memory(place, 300_000)
    check_memory(place, fits(refused.value.allowed))
    with pytest.raises(InputError):
        check_memory(place, 2 * fits(refused.value.allowed))


def test_fewer_processes_are_offered(place, monkeypatch):
    with_free(monkeypatch, 0.8 * GB)
    with pytest.raises(InputError, match="in 16 processes") as refused:
        check_memory(place, 30_000, 16)
    assert "patients in 1 process" in refused.value.allowed
    with_free(monkeypatch, 0.1 * GB)
    with pytest.raises(InputError, match="a smaller place, or a machine with more memory"):
        check_memory(place, 1_000)


@pytest.mark.parametrize("line", ["run label_only", "compare label_only", "place describe --check"])
def test_a_command_is_refused_before_anything_is_lived(line, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    with_free(monkeypatch, 0.4 * GB)
    words = line.split()
    words = [*words[:2], "anyshire", *words[2:]] if words[0] == "place" else [*words, "--quick"]
    assert exit_code(words) == 2
    said = capsys.readouterr().err
    assert "--patients" in said and "are free" in said and "months" not in said
    assert list(tmp_path.iterdir()) == []


def test_everybody_in_england_needs_more_than_a_usual_machine(place):
    assert needs(place, 300_000) < 0.7 * GB  # measured: 0.57
    england = SimpleNamespace(practices=range(7_898))
    assert 3.93 * GB < needs(england, 1_000_000) < 4.4 * GB  # measured: 3.93
    assert needs(england, 56_809_372) > 21 * GB


@pytest.mark.parametrize(
    ("names", "group"), [(memory.LIMITS[0], "0::/a/b"), (memory.LIMITS[1], "4:memory:/a/b")]
)
def test_limits_of_control_groups_count(names, group, tmp_path, monkeypatch):
    limit, use, cache = names
    root = tmp_path / "memory" if "memory:" in group else tmp_path
    inner = root / "a" / "b"
    inner.mkdir(parents=True)
    (inner / limit).write_text("max\n")
    (inner / use).write_text("5\n")
    (root / "a" / limit).write_text("3000000\n")
    (root / "a" / use).write_text("2000000\n")
    (root / "a" / "memory.stat").write_text(f"other 7\n{cache} 500000\n")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    read = Path.read_text
    monkeypatch.setattr(
        Path, "read_text",
        lambda self, *a, **k: group if str(self) == "/proc/self/cgroup" else read(self, *a, **k),
    )  # fmt: skip
    assert available() == 1_500_000
