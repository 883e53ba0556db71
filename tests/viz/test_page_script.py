"""The modules of the page: bundled as they are, in rooms, tested by tests of their own."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from deno import find_deno_bin

from viz.bundle import SOURCES, digest, script, sources, stated_digest

TESTS = Path(__file__).parent / "js"
# From low to high: a module uses its own room and those below it.
ROOMS = ("library", "core", "share", "evidence", "charts", "watch", "person", "")
ASIDE = {("watch", "person"), ("person", "watch")}  # screens that know nothing of one another
MOST_MODULES = 15
IMPORT = re.compile(r'^(?:import|export) [^"]*"(\.[^"]+)"', re.MULTILINE)


def done(*words: str | Path) -> str:
    """What deno says of the modules; it must be content."""
    settings = ["--config", SOURCES / "deno.json"]
    asked = [find_deno_bin(), words[0], *settings, *words[1:]]
    plain = os.environ | {"NO_COLOR": "1"}
    found = subprocess.run(asked, capture_output=True, text=True, env=plain)
    assert found.returncode == 0, (found.stdout + found.stderr)[-5_000:]
    return found.stdout


def imported() -> dict[Path, set[Path]]:
    """What each module takes from others."""
    modules = [path for path in sources() if path.suffix == ".js"]
    return {
        path: {(path.parent / name).resolve() for name in IMPORT.findall(path.read_text())}
        for path in modules
    }


def room_of(path: Path) -> str:
    return path.relative_to(SOURCES).parts[0] if path.parent != SOURCES else ""


def test_the_bundle_is_made_of_the_modules_as_they_are():
    assert stated_digest(script()) == digest(sources()), "stale: uv run python -m viz.bundle"


def test_a_stale_bundle_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("viz.bundle.SOURCES", tmp_path)
    (tmp_path / "deno.json").write_text("{}")
    (tmp_path / "main.js").write_text("export default 1;\n")
    before = digest(sources())
    (tmp_path / "main.js").write_text("export default 1;\r\n")
    assert digest(sources()) == before
    (tmp_path / "main.js").rename(tmp_path / "other.js")
    renamed = digest(sources())
    (tmp_path / "other.js").write_text("export default 2;\n")
    assert len({before, renamed, digest(sources())}) == 3


def test_the_bundle_has_the_licence_of_the_library_and_names_no_machine():
    licence = (SOURCES / "library" / "LICENSE").read_text()
    assert "Mike Bostock" in licence and licence in script()
    kept = script() + (SOURCES / "library" / "d3.js").read_text()
    assert "// d3-scale/" in kept and not re.search(r"npmjs|/npm/|file:///|/home/|/ro{2}t/", kept)


def test_every_module_is_part_of_the_page():
    known = imported()
    reached, asked = set(), {SOURCES / "main.js"}
    while asked:
        reached |= asked
        asked = {other for path in asked for other in known[path]} - reached
    assert len(known) > 30 and reached == set(known)


def test_rooms_use_only_what_stands_below_them_and_none_is_crowded():
    edges = {(room_of(path), room_of(other)) for path, to in imported().items() for other in to}
    assert len(edges) > 10
    upward = {(a, b) for a, b in edges if ROOMS.index(b) > ROOMS.index(a)}
    assert upward | (edges & ASIDE) == set()
    counts = {room: len(list((SOURCES / room).glob("*.js"))) for room in ROOMS}
    assert max(counts.values()) <= MOST_MODULES, counts


def test_types_of_the_modules_are_consistent():
    done("check", SOURCES / "main.js")


def test_a_wrong_type_is_found(tmp_path):
    store = (SOURCES / "core" / "store.js").as_posix()
    (tmp_path / "wrong.js").write_text(
        f'import {{ line }} from "{store}";\n'
        "/** @param {Store} store */\n"
        'export const wrong = (store) => line(store, "first", store.shwon);\n'
    )
    with pytest.raises(AssertionError, match=r"shwon(.|\n)*Found 2 errors"):
        done("check", tmp_path / "wrong.js")


def test_modules_and_their_tests_keep_the_rules_of_the_linter():
    done("lint", SOURCES, TESTS)


def test_unit_tests_of_the_modules():
    passed = re.search(r"(\d+) passed", done("test", "--quiet", "--no-check", TESTS))
    assert passed is not None and int(passed[1]) > len(list(TESTS.glob("*.test.js"))) > 10
