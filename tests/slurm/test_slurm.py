"""Cells as jobs of a real Slurm: cancelled, preempted, failed in one rank alone, on two nodes, in waves.

sacct is not asked for anything, so that there need be no accounting. Slurm holds what was requeued for two
minutes; the test does not wait for that.
"""

import hashlib
import json
import os
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.helpers.commands import command, ended, start_command
from tests.helpers.processes import run_group
from tests.helpers.slurm import SlurmCannotStartError, output, release_requeued, slurm, states
from xtl import results
from xtl.pipeline.cell import main

pytest.importorskip("submitit", reason="pip install submitit")

pytestmark = pytest.mark.slow

SMALL = (
    "target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.save_encoder=false", "trainer.compare_selections=false", "trainer.threads=1",
    "target.langs=[de]", "data.sizes.train=40", "data.sizes.validation=4", "data.sizes.test=4",
)  # fmt: skip
SLURM = ("hydra/launcher=submitit_slurm", "hydra.launcher.timeout_min=30")

BREAKS_RANK_1 = """
import os, sys
if os.environ.get("RANK") == "1" and any("seed=1" in argument for argument in sys.orig_argv):
    from xtl.evaluation.evaluate import Evaluation
    def broken(*arguments, **settings):
        raise ValueError("in rank 1 alone")
    Evaluation.evaluate = broken
"""


@pytest.fixture(scope="module", autouse=True)
def cluster():
    # Not in pytest's folder: names of sockets are short.
    with TemporaryDirectory(prefix="xtl-") as folder:
        try:
            with slurm(Path(folder), cpus=4):
                yield
        except SlurmCannotStartError as error:
            pytest.skip(f"Slurm cannot start here: {error}")


def waited_for(found, process, folder, *, seconds=300):
    """What ``found`` gives, as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        assert process.exitcode is None, (folder / "err.txt").read_text()
        time.sleep(0.2)
    raise TimeoutError((folder / "err.txt").read_text())


def job_of(folder):
    return json.loads((folder / "logs/job.json").read_text())["job"]


def weights(cache):
    """Hash of the weights of each phase in a store, by its key."""
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(cache.glob("phases/*/*.safetensors"))
    }


def run_cell_file(rank, config, cache):
    """Run the cell of a config file as one of several processes, which nothing stops."""
    os.environ |= {"XTL_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    return main([str(config)])


def test_cells_of_a_sweep_are_cancelled_preempted_broken_and_go_on(tmp_path):
    cache, sweep = tmp_path / "cache", tmp_path / "sweep"
    breaking = tmp_path / "breaking"
    breaking.mkdir()
    (breaking / "sitecustomize.py").write_text(BREAKS_RANK_1)
    arguments = (
        "-m", *SMALL, *SLURM, "seed=1,2,3", "trainer.devices=2", "target.recipe.epochs=30",
        "trainer.checkpoint_seconds=1e9", "hydra.sweep.dir=sweep",
    )  # fmt: skip
    environment = {"XTL_CACHE": str(cache), "PYTHONPATH": f"{breaking}:{Path(__file__).parents[2]}"}
    process = start_command("xtl-train", *arguments, cwd=tmp_path, environment=environment)
    cells = {seed: sweep / f"seed={seed}" for seed in (1, 2, 3)}

    def trains(seed):
        path = cells[seed] / "metrics.jsonl"
        return path.exists() and len(path.read_text().splitlines()) >= 2  # some epochs

    waited_for(lambda: trains(2), process, tmp_path)
    output("scancel", job_of(cells[2]))
    waited_for(lambda: trains(3), process, tmp_path)
    preempted = job_of(cells[3])
    node = output("squeue", "--noheader", f"--jobs={preempted}", "--format=%N").strip()
    urgent = ("--partition=urgent", f"--nodelist={node}", "--exclusive", "--output=/dev/null", "--wrap=true")
    output("sbatch", *urgent)
    waited_for(lambda: states().get(preempted) == "PENDING", process, tmp_path, seconds=60)
    assert json.loads((cells[3] / "status.json").read_text())["status"] == "stopped"
    while process.exitcode is None:
        for job, state in states().items():
            if state == "PENDING":  # cells that were on the same node too
                release_requeued(job)
        process.join(1)
    assert ended(process) == 1
    text = (tmp_path / "out.txt").read_text(), (tmp_path / "err.txt").read_text()
    assert "3 cells: 1 done, 0 skipped, 2 failed" in text[0], text
    assert f"its Slurm job {job_of(cells[2])} is over (CANCELLED): stopped by SIGTERM" in text[1]
    assert "rank 1 of 2: ValueError: in rank 1 alone; the others were ended; its log: " in text[1]
    assert "Traceback" in (cells[1] / "logs/rank1.log").read_text()
    assert "going on from" in (cells[3] / "train.log").read_text()
    # One job a cell, one cell a seed: nothing has walked the sweep a second time.
    assert sorted(path.name for path in sweep.glob("seed=*")) == [f"seed={seed}" for seed in cells]
    assert len({job_of(cell) for cell in cells.values()}) == 3

    again = command("xtl-train", *arguments, cwd=tmp_path, environment={"XTL_CACHE": str(cache)})
    assert "3 cells: 2 done, 1 skipped, 0 failed" in again.stdout, again.stderr
    assert again.returncode == 0
    assert "going on from" in (cells[2] / "train.log").read_text()
    never_stopped = tmp_path / "other"
    for seed in (2, 3):
        score = results.read(cells[seed] / "results.jsonl")[0].value
        config = cells[seed] / "config.yaml"
        assert run_group(partial(run_cell_file, config=config, cache=never_stopped), 2) == [0, 0]
        assert results.read(cells[seed] / "results.jsonl")[0].value == score
    assert weights(never_stopped).items() <= weights(cache).items()
    assert len(weights(never_stopped)) == 2


def test_a_cell_on_two_nodes_is_that_of_two_devices(tmp_path):
    arguments = ("-m", *SMALL, "seed=1", "target.recipe.epochs=2", "hydra.sweep.subdir=cell")
    caches = {name: {"XTL_CACHE": str(tmp_path / name)} for name in ("nodes", "devices")}
    setup = 'hydra.launcher.setup=["export MASTER_ADDR=127.0.0.1"]'
    nodes = command(
        "xtl-train", *arguments, *SLURM, setup, "trainer.nodes=2", "hydra.sweep.dir=two", cwd=tmp_path,
        environment=caches["nodes"],
    )  # fmt: skip
    cell = tmp_path / "two/cell"
    assert nodes.returncode == 0, nodes.stderr
    log = (cell / "train.log").read_text()
    assert "all 2 nodes are here: n1, n2" in log
    assert json.loads((cell / "logs/nodes.json").read_text())["host"] == "127.0.0.1"
    assert (cell / "logs/node1.log").exists()  # the second node has started a process of its own
    assert results.read(cell / "results.jsonl")[0].run.devices == 2  # which each process has counted
    devices = command(
        "xtl-train", *arguments, "trainer.devices=2", "hydra.sweep.dir=one", cwd=tmp_path,
        environment=caches["devices"],
    )  # fmt: skip
    assert devices.returncode == 0, devices.stderr
    assert weights(tmp_path / "nodes") == weights(tmp_path / "devices")


def test_a_wave_begins_when_the_one_before_has_ended_and_a_refused_job_is_one_error(tmp_path):
    grid = ("-m", "intermediate=pocket_nli", *SMALL, "target.recipe.lr=1e-3,2e-3", *SLURM)
    arguments = (*grid, "intermediate.recipe.epochs=1", "target.recipe.epochs=1", "hydra.sweep.dir=sweep")
    refused = command("xtl-train", *arguments, "hydra.launcher.partition=none", cwd=tmp_path)
    assert refused.returncode == 1
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("error: ")]
    assert "Slurm does not take the job" in line
    assert "invalid partition" in line
    done = command("xtl-train", *arguments, cwd=tmp_path)
    assert "2 cells: 2 done, 0 skipped, 0 failed" in done.stdout, done.stderr
    assert "2 waves of cells: 1, 1" in done.stderr
    first, second = sorted((tmp_path / "sweep").glob("target.recipe.lr=*"))
    assert int(job_of(first)) < int(job_of(second))
    assert (second / "logs/job.json").stat().st_mtime >= (first / "results.jsonl").stat().st_mtime
    reused = [
        [phase["reused"] for phase in json.loads((cell / "phases.json").read_text())["phases"]]
        for cell in (first, second)
    ]
    assert reused == [[False, False], [True, False]]
