"""Sweeps of ``hydra/launcher=joblib``, whose processes are ended from outside."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow  # each of its processes is a new interpreter

SETTINGS = (
    "-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweep.dir=sweep", "seed=1,2",
    "backbone=tiny",
    "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false", "target=pocket_pos",
    "target.langs=[de]", "data.sizes.train=600", "data.sizes.validation=4", "data.sizes.test=4",
    "target.recipe.epochs=200",
)  # fmt: skip


@pytest.fixture
def begun(tmp_path):
    """A sweep whose two cells train: its process, and the folders of the cells.

    A third one was claimed in an earlier start, and is no cell of this one.
    """
    (tmp_path / "sweep/seed=3").mkdir(parents=True)
    (tmp_path / "sweep/seed=3/run.lease").write_text('{"pid": 999999}')
    with subprocess.Popen(
        [sys.executable, "-m", "xtl.cli.train", *SETTINGS],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        cells = [tmp_path / f"sweep/seed={seed}" for seed in (1, 2)]
        end = time.monotonic() + 120
        while not all((cell / "metrics.jsonl").exists() for cell in cells):
            assert time.monotonic() < end, "the cells did not begin"
            assert process.poll() is None, process.communicate()
            time.sleep(0.2)
        yield process, cells
        os.killpg(process.pid, signal.SIGKILL)


def rows_of(output):
    return [line for line in output.splitlines() if "seed=" in line]


def test_a_process_that_was_killed_is_told_with_the_cells_that_had_begun(begun):
    process, cells = begun
    os.kill(json.loads((cells[0] / "run.lease").read_text())["pid"], signal.SIGKILL)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(rows_of(output)) == 2
    assert "2 cells: 0 done, 0 skipped, 0 failed, 2 stopped" in output
    assert "the launcher broke off, so that cells are missing (TerminatedWorkerError" in errors
    assert "Traceback" not in errors


def test_a_mistake_in_the_command_is_told_as_hydra_tells_it(tmp_path):
    arguments = [argument for argument in SETTINGS if "seed" not in argument]
    done = subprocess.run(
        [sys.executable, "-m", "xtl.cli.train", *arguments, "trainer.nope=1,2"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "trainer.nope: expected one of accelerator, devices" in done.stderr
    assert "broke off" not in done.stderr


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_told_with_the_cells_that_had_begun(begun, signum):
    process, _ = begun
    process.send_signal(signum)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signum
    assert len(rows_of(output)) == 2
    assert "2 stopped" in output
    assert f"stopped by {signum.name}" in errors
    assert "Traceback" not in errors
