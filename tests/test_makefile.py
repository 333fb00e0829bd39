"""What ``make`` does with the Python that it is given, before it installs anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# An interpreter that says it is another version, and makes environments in which pip fails.
INTERPRETER = """#!{python}
import sys
from pathlib import Path

sys.version_info = {version}
if sys.argv[1] == "-c":
    exec(sys.argv[2])
elif sys.argv[1:3] == ["-m", "venv"]:
    for argument in sys.argv[3:]:
        print("venv", argument)
    python = Path(".venv/bin/python")
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("#!/bin/sh\\nexit 1\\n")
    python.chmod(0o755)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Folder with the files that ``make install`` reads."""
    if shutil.which("make") is None:
        pytest.skip("no make")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def made(
    checkout: Path, version: tuple[int, ...], target: str = "install"
) -> subprocess.CompletedProcess[str]:
    """``make`` with an interpreter of a version."""
    python = checkout / "python"
    python.write_text(INTERPRETER.format(python=sys.executable, version=version))
    python.chmod(0o755)
    return subprocess.run(
        ["make", f"PYTHON={python}", target], cwd=checkout, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("target", ["quickstart", "test-oldest"])
def test_a_python_that_is_too_old_is_refused_before_anything_is_made(checkout: Path, target: str):
    done = made(checkout, (3, 10, 12), target)
    assert done.returncode
    assert f"{checkout / 'python'} is Python 3.10, xtl needs 3.11 or newer" in done.stderr
    assert f"make PYTHON=python3.12 {target}" in done.stderr
    assert "venv" not in done.stdout
    assert not list(checkout.glob(".venv*"))


def test_an_environment_that_was_not_finished_is_made_anew(checkout: Path):
    assert "--clear\n" not in made(checkout, (3, 12, 1)).stdout
    for _ in range(2):
        assert "venv --clear\nvenv .venv\n" in made(checkout, (3, 12, 1)).stdout


def test_an_environment_of_the_user_is_completed(checkout: Path):
    (checkout / ".venv").mkdir()
    done = made(checkout, (3, 12, 1))
    assert "venv .venv\n" in done.stdout
    assert "--clear\n" not in done.stdout


def test_a_finished_environment_is_brought_up_to_date(checkout: Path):
    made(checkout, (3, 12, 1))
    (checkout / ".venv/.unfinished").unlink()
    (checkout / ".venv/.installed").touch()
    os.utime(checkout / ".venv/.installed", (0, 0))  # older than what it was installed from
    done = made(checkout, (3, 12, 1))
    assert "venv .venv\n" in done.stdout
    assert "--clear\n" not in done.stdout
