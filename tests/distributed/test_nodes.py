"""Two nodes, which are two processes here that have the variables of a step of Slurm: ends, full disks."""

import json
import os
import resource
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.cells import SMALL, composed_cell
from tests.helpers.commands import context, ended
from tests.helpers.processes import run_group
from xtl import config, results
from xtl.pipeline.cell import main
from xtl.threads import usable_cores

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(usable_cores() < 2, reason="two processes want two cores"),
]

CELL = (
    "target=pocket_pos", "backbone=tiny", *SMALL, "trainer.accelerator=cpu", "trainer.save_encoder=false",
    "trainer.compare_selections=false", "trainer.checkpoint_seconds=0", "target.langs=[de]",
)  # fmt: skip


def written(folder, *overrides):
    """Config file of a cell in its run folder."""
    folder.mkdir()
    path = folder / "config.yaml"
    path.write_text(config.dump(composed_cell(*CELL, *overrides)), encoding="utf-8")
    return path


def run_node(rank, path, cache):
    """Run what a task of Slurm runs on a node; its output goes to a file beside the run folder."""
    os.environ |= {
        "SLURM_STEP_NUM_NODES": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NODELIST": "n[1-2]",
        "SLURM_NODEID": str(rank), "SLURM_JOB_ID": "17", "SLURM_STEP_ID": "0",
        "XTL_CACHE": str(cache), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    with (path.parents[1] / f"node{rank}.txt").open("w") as log:
        os.dup2(log.fileno(), 2)
    raise SystemExit(main([str(path)]))


def worker(parent):
    """Process that a node has started, as soon as it is there."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            program = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"xtl.pipeline.cell" in program:
            return int(stat.parent.name)
    return None


def test_a_process_killed_on_one_node_ends_both_with_the_same_words(tmp_path):
    path = written(tmp_path / "run", "trainer.nodes=2", "target.recipe.epochs=2000")
    nodes = [context().Process(target=run_node, args=(rank, path, tmp_path / "cache")) for rank in (0, 1)]
    for node in nodes:
        node.start()
    while not (tmp_path / "run/metrics.jsonl").exists():
        assert [node.exitcode for node in nodes] == [None, None], (tmp_path / "node0.txt").read_text()
        time.sleep(0.1)
    os.kill(worker(nodes[1].pid), signal.SIGKILL)
    began = time.monotonic()
    assert [ended(node) for node in nodes] == [1, 1]
    assert time.monotonic() - began < 30
    message = (
        f"rank 1 of 2 was killed by SIGKILL, and the others were ended; its log: {path.parent}/logs/rank1.log"
    )
    for rank in (0, 1):
        assert message in (tmp_path / f"node{rank}.txt").read_text()
    status = json.loads((tmp_path / "run/status.json").read_text())
    assert (status["status"], status["error"][: len(message)]) == ("failed", message)


def run_limited(rank, path, cache, full):
    """Run one of two processes of a cell; on that of one rank the disk is full."""
    said = path.parents[1] / f"rank{rank}.json"  # where a launcher looks
    os.environ |= {"XTL_CACHE": str(cache), "OMP_NUM_THREADS": "1", "TORCHELASTIC_ERROR_FILE": str(said)}
    if rank == full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    return main([str(path)])


def test_a_disk_that_is_full_in_one_rank_alone(tmp_path):
    path = written(tmp_path / "run", "trainer.devices=2", "target.recipe.epochs=1")
    began = time.monotonic()
    assert run_group(partial(run_limited, path=path, cache=tmp_path / "cache", full=0), 2) == [1, 1]
    assert time.monotonic() - began < 60
    said = [json.loads((tmp_path / f"rank{rank}.json").read_text())["message"]["message"] for rank in (0, 1)]
    assert said[0].startswith(f"{tmp_path}/cache/phases/unfinished/")
    assert "checkpoint.pt: File too large; what could not be written whole" in said[0]
    assert "another process is gone" in said[1]
    assert not (tmp_path / "run/results.jsonl").exists()
    # The others write nothing that a result needs.
    assert run_group(partial(run_limited, path=path, cache=tmp_path / "other", full=1), 2) == [0, 0]
    assert results.read(tmp_path / "run/results.jsonl")[0].run.devices == 2
