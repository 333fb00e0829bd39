"""``hydra/launcher=local``: cells side by side as processes of their own, with the results of one by one."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.helpers.commands import command, context, ended, start_command
from xtl import results
from xtl.cli.cell import main as run_cell_of_sweep
from xtl.threads import usable_cores

SETTINGS = (
    "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true", "trainer.save_encoder=false",
    "trainer.compare_selections=false", "target.langs=[de]", "data.sizes.train=40", "data.sizes.validation=4",
    "data.sizes.test=4", "target.recipe.epochs=1",
)  # fmt: skip
two_cores = pytest.mark.skipif(usable_cores() < 2, reason="two slots want two cores")


def local(slots):
    return ("hydra/launcher=local", f"hydra.launcher.n_jobs={slots}")


def numbers(sweep):
    """Scores by cell, with all that a result says but when and how long."""
    of_cell = {}
    for path in sweep.rglob("results.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            line.pop("seconds", None)
        of_cell[str(path.parent.relative_to(sweep))] = lines
    return of_cell


def stages(sweep):
    """When each cell came how far."""
    return {
        str(path.parents[1].relative_to(sweep)): [json.loads(line) for line in path.read_text().splitlines()]
        for path in sweep.rglob("stages.jsonl")
    }


def test_slots_that_make_no_sense_are_refused_and_cells_that_cannot_run_fail_alone(tmp_path):
    arguments = ("-m", "target=pocket_pos", "target.lang=xx", "seed=1,2", *SETTINGS)
    done = command("xtl-train", *arguments, *local(0), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("error: hydra.launcher.n_jobs: expected a number from 1 on, got 0\n")
    done = command("xtl-train", *arguments, *local(1), "hydra.sweep.dir=sweep", cwd=tmp_path)
    assert done.returncode == 1
    assert "2 cells: 0 done, 0 skipped, 2 failed" in done.stdout
    assert "expected languages of task 'pocket_pos'" in (tmp_path / "sweep/seed=1/error.txt").read_text()


def test_a_dry_run_says_how_cells_share_the_slots(tmp_path):
    grid = ("-m", "intermediate=pocket_nli", "target=pocket_pos,pocket_ner", "sweep.dry_run=true")
    done = command("xtl-train", *grid, *SETTINGS, *local(1), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 slots (" in done.stdout
    assert "2 waves: 1 cells, then 1 cells; " in done.stdout
    assert not list(tmp_path.rglob("results.jsonl"))


def test_a_process_of_a_cell_leaves_what_a_cell_of_a_sweep_leaves(tmp_path):
    once = command(
        "xtl-train",
        "-m",
        "target=pocket_pos",
        *SETTINGS,
        "hydra.sweep.dir=sweep",
        "hydra.sweep.subdir=cell",
        cwd=tmp_path,
    )
    assert once.returncode == 0, once.stderr
    first = tmp_path / "sweep/cell"
    second = tmp_path / "again"
    second.mkdir()
    (second / "config.yaml").write_text((first / "config.yaml").read_text())
    process = context().Process(target=run_cell_of_sweep, args=([str(second / "config.yaml"), "--quiet"],))
    process.start()
    assert ended(process) == 0
    assert json.loads((second / "status.json").read_text())["status"] == "done"
    assert {path.name for path in first.iterdir()} == {path.name for path in second.iterdir()}
    status = (second / "status.json").read_text()
    again = context().Process(target=run_cell_of_sweep, args=([str(second / "config.yaml"), "--quiet"],))
    again.start()
    assert ended(again) == 0
    assert (second / "status.json").read_text() == status  # of the one that has run it
    old, new = (results.read(folder / "results.jsonl") for folder in (first, second))
    assert [line.value for line in old] == [line.value for line in new]


@pytest.mark.slow
@two_cores
@pytest.mark.parametrize(("langs", "rates", "seeds"), [("en", "1e-3,2e-3,3e-3", 1), ("en,de,sw", "1e-3", 1)])
def test_no_slot_waits_and_every_digit_is_that_of_cells_one_by_one(tmp_path, langs, rates, seeds):
    grid = (
        "-m", "intermediate=pocket_nli", f"intermediate.lang={langs}", "intermediate.recipe.epochs=3",
        "target=pocket_pos,pocket_ner,pocket_nli", f"target.recipe.lr={rates}",
        f"seed={','.join(map(str, range(1, seeds + 1)))}", "trainer.threads=1",
    )  # fmt: skip
    done = [
        command(
            "xtl-train", *grid, *SETTINGS, *launcher, f"hydra.sweep.dir={folder}", cwd=tmp_path,
            environment={"XTL_CACHE": str(tmp_path / f"cache-{folder}")},
        )
        for folder, launcher in (("side", local(2)), ("one", ()))
    ]  # fmt: skip
    assert [one.returncode for one in done] == [0, 0], done[0].stderr[-3000:]
    assert numbers(tmp_path / "side") == numbers(tmp_path / "one")
    of_cell = stages(tmp_path / "side")
    phases = len(langs.split(",")) * seeds  # each intermediate phase once
    trained = [name for name, lines in of_cell.items() if lines[0]["stage"] == "trains"]
    assert len([name for name in trained if of_cell[name][0]["phase"] == "intermediate"]) == phases
    assert not [line for lines in of_cell.values() for line in lines if line["stage"] == "waits"]
    again = command("xtl-train", *grid, *SETTINGS, *local(2), "hydra.sweep.dir=side", cwd=tmp_path)
    cells = len(of_cell)
    assert f"{cells} cells: 0 done, {cells} skipped, 0 failed" in again.stdout


@pytest.mark.slow
@two_cores
def test_other_numbers_of_devices_a_killed_cell_and_a_stopped_sweep(tmp_path):
    grid = ("-m", "target=pocket_pos", "trainer.devices=1,2,3", *SETTINGS, *local(2), "hydra.sweep.dir=sweep")
    cache = {"XTL_CACHE": str(tmp_path / "cache")}
    done = command("xtl-train", *grid, cwd=tmp_path, environment=cache)
    assert done.returncode == 1
    assert "3 cells: 2 done, 0 skipped, 1 failed" in done.stdout
    assert "trainer.devices: expected at most 2" in done.stdout + done.stderr

    long = (
        *grid[:2], "trainer.devices=1,2", *SETTINGS, "target.recipe.epochs=2000",
        "trainer.checkpoint_seconds=0", *local(2), "hydra.sweep.dir=long",
    )  # fmt: skip
    process = start_command("xtl-train", *long, cwd=tmp_path, environment=cache)
    first, both = (tmp_path / f"long/trainer.devices={devices}" for devices in (1, 2))
    wait_for(lambda: (first / "metrics.jsonl").exists(), process, tmp_path)
    (leader,) = processes_of(first)
    os.kill(leader, signal.SIGKILL)
    wait_for(lambda: (both / "metrics.jsonl").exists(), process, tmp_path)
    assert len(processes_of(both)) >= 2
    process.terminate()
    assert ended(process) == 143
    status = json.loads((first / "status.json").read_text())
    assert status["status"] == "failed"
    assert "was killed by SIGKILL; its log: long/trainer.devices=1/logs/terminal.log" in status["error"]
    assert json.loads((both / "status.json").read_text())["status"] == "stopped"
    assert processes_of(both) == []
    assert "2 cells: 0 done, 0 skipped, 1 failed, 1 stopped" in (tmp_path / "out.txt").read_text()


def wait_for(is_so, process, folder: Path):
    for _ in range(3000):
        if is_so():
            return
        assert process.exitcode is None, (folder / "err.txt").read_text()[-3000:]
        time.sleep(0.1)
    raise TimeoutError((folder / "err.txt").read_text()[-3000:])


def processes_of(folder: Path) -> list[int]:
    """Processes whose messages go to a file in a run folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/fd/2"):
        with suppress(OSError):
            if path.readlink().is_relative_to(folder):
                found.append(int(path.parts[2]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [(), local(1)], ids=["basic", "local"])
def test_two_sweeps_in_one_folder_share_its_cells(tmp_path, launcher):
    arguments = ("-m", "target=pocket_pos", "seed=1,2,3,4,5,6", *SETTINGS, "hydra.sweep.dir=sweep")
    sweeps = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sweep").symlink_to(tmp_path / "sweep", target_is_directory=True)
        (tmp_path / "sweep").mkdir(exist_ok=True)
        environment = {"XTL_CACHE": str(tmp_path / "cache")}
        sweeps.append(
            start_command("xtl-train", *arguments, *launcher, cwd=tmp_path / name, environment=environment)
        )
    assert [ended(process) for process in sweeps] == [0, 0]
    for name in ("a", "b"):
        assert ", 0 failed" in (tmp_path / name / "out.txt").read_text()
    assert len(numbers(tmp_path / "sweep")) == 6
    assert not list((tmp_path / "sweep").rglob("run.lease"))
    # A cell that both ran would have found its phases in the store the second time.
    phases = [json.loads(path.read_text()) for path in (tmp_path / "sweep").rglob("phases.json")]
    assert [phase["reused"] for cell in phases for phase in cell["phases"]] == [False] * 6
