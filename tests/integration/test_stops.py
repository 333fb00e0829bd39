"""Commands that SIGTERM or SIGINT stops while they train: exit status, message, status file, going on."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.commands import command, context, ended, start_cell, start_command
from xtl import config

LONG = (
    "target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.save_encoder=false", "trainer.compare_selections=false", "trainer.checkpoint_seconds=0",
    "data.sizes.train=40", "data.sizes.validation=8", "data.sizes.test=8",
)  # fmt: skip
EPOCHS = "target.recipe.epochs=2000"
"""More than end before a signal comes."""


def checkpoint_in(cache: Path) -> Path:
    """The checkpoint of the phase in training, as soon as there is one."""
    for _ in range(600):
        paths = list(cache.glob("phases/unfinished/*/checkpoint.pt"))
        if paths:
            return paths[0]
        time.sleep(0.1)
    raise TimeoutError("expected a checkpoint within a minute")


def status_in(folder: Path) -> dict:
    return json.loads((folder / "status.json").read_text())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_cell_says_so_and_goes_on_when_it_is_started_again(tmp_path, number, code):
    cache = {"XTL_CACHE": str(tmp_path / "cache")}
    process = start_command("xtl-train", *LONG, EPOCHS, "hydra.run.dir=run", cwd=tmp_path, environment=cache)
    checkpoint = checkpoint_in(tmp_path / "cache")
    os.kill(process.pid, number)
    assert ended(process) == code
    message = f"stopped by {number.name}; the same command goes on from {checkpoint}"
    lines = (tmp_path / "err.txt").read_text().splitlines()
    assert [line for line in lines if "stopped by" in line] == [f"warning: {message}"]
    assert "Traceback" not in (tmp_path / "err.txt").read_text()
    assert message in (tmp_path / "run/train.log").read_text()
    status = status_in(tmp_path / "run")
    assert (status["status"], status["error"]) == ("stopped", message)
    assert not (tmp_path / "run/results.jsonl").exists()
    process = start_command("xtl-train", *LONG, EPOCHS, "hydra.run.dir=run", cwd=tmp_path, environment=cache)
    for _ in range(600):
        if "going on from" in (tmp_path / "err.txt").read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail("expected it to go on from the checkpoint")
    assert not (tmp_path / "run/status.json").exists()
    process.kill()
    process.join()


def test_a_stopped_sweep_prints_its_table_and_runs_no_more_cells(tmp_path):
    arguments = ("-m", *LONG, "target.recipe.epochs=1,2000,1999", "hydra.sweep.dir=sweep")
    cache = {"XTL_CACHE": str(tmp_path / "cache")}
    process = start_command("xtl-train", *arguments, cwd=tmp_path, environment=cache)
    while not (tmp_path / "sweep/target.recipe.epochs=2000/metrics.jsonl").exists():
        assert process.exitcode is None, (tmp_path / "err.txt").read_text()
        time.sleep(0.1)
    process.terminate()
    assert ended(process) == 143
    out = (tmp_path / "out.txt").read_text()
    assert "2 cells: 1 done, 0 skipped, 0 failed, 1 stopped" in out
    assert status_in(tmp_path / "sweep/target.recipe.epochs=2000")["status"] == "stopped"
    assert not (tmp_path / "sweep/target.recipe.epochs=1999").exists()
    assert (tmp_path / "err.txt").read_text().count("stopped by SIGTERM") == 1


def test_a_cell_of_a_config_file_writes_a_checkpoint_when_it_is_stopped(all_langs_root, tmp_path):
    cell = tiny_cell(all_langs_root, "target.recipe.epochs=2000", "trainer.checkpoint_seconds=1e9")
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    process = start_cell(run, tmp_path / "cache")
    while not (run / "metrics.jsonl").exists():
        assert process.exitcode is None, (run / "log.txt").read_text()
        time.sleep(0.1)
    process.terminate()
    assert ended(process) == 143
    [checkpoint] = (tmp_path / "cache").glob("phases/unfinished/*/checkpoint.pt")
    message = f"stopped by SIGTERM; the same command goes on from {checkpoint}"
    assert message in (run / "log.txt").read_text()
    assert status_in(run)["status"] == "stopped"


def test_other_commands_end_with_the_same_status(tmp_path):
    context()
    process = start_command("xtl-quickstart", "--backbone=tiny", "--out=q", cwd=tmp_path, environment={})
    while not (tmp_path / "q/baseline/train.log").exists():
        assert process.exitcode is None
        time.sleep(0.05)
    process.terminate()
    assert ended(process) == 143, (tmp_path / "err.txt").read_text()
    assert "warning: stopped by SIGTERM" in (tmp_path / "err.txt").read_text()


def test_a_command_that_nothing_stops_is_as_before(tmp_path):
    assert command("xtl-train", "--cfg", "job", "target=udpos", cwd=tmp_path).returncode == 0
