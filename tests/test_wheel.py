"""The wheel, installed outside of the checkout, holds all that the command needs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_BYTES = 600 * 2**20  # of what runs, comparisons and sweeps on one machine need


def done(*words: str, cwd: Path) -> str:
    """What a command prints; it must end well."""
    found = subprocess.run(words, cwd=cwd, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-2_000:]
    return found.stdout


@pytest.mark.slow
def test_the_wheel_runs_where_the_project_is_not(tmp_path):
    done("uv", "build", "--wheel", "--out-dir", str(tmp_path), cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    done("uv", "venv", "-q", "--python", sys.executable, "fresh", cwd=tmp_path)
    python = tmp_path / "fresh" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done("uv", "pip", "install", "-q", "--python", str(python), str(wheel), cwd=tmp_path)
    installed = sum(
        path.stat().st_size for path in (tmp_path / "fresh").rglob("*") if path.is_file()
    )
    assert installed < MOST_BYTES
    asked = [str(python.with_name("joinedup")), "run", "carveout_msk", "--patients", "1000"]
    assert "status quo" in done(*asked, "--years", "1", "--out", "kept", cwd=tmp_path).lower()
    assert (tmp_path / "kept" / "manifest.json").is_file()
    said = "import joinedup; print(joinedup.__file__, len(joinedup.policies()))"
    path, count = done(str(python), "-c", said, cwd=tmp_path).split()
    assert path.startswith(str(tmp_path)) and int(count) > 30
