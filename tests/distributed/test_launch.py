"""Commands that start several processes: killed, stopped, in sweeps with other numbers of them."""

import hashlib
import json
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from tests.helpers.commands import command, ended, start_command
from tests.helpers.processes import run_group
from xtl.pipeline.cell import main
from xtl.threads import usable_cores

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(usable_cores() < 2, reason="two processes want two cores"),
]

SMALL = (
    "target=pocket_pos", "backbone=tiny", "trainer.accelerator=cpu", "trainer.precision=32-true",
    "trainer.save_encoder=false", "trainer.compare_selections=false", "target.langs=[de]",
    "data.sizes.train=40", "data.sizes.validation=8", "data.sizes.test=8",
)  # fmt: skip
LONG = (*SMALL, "trainer.devices=2", "trainer.checkpoint_seconds=0", "hydra.run.dir=run")


def wait_for(found, process, folder):
    """What ``found`` gives, as soon as it gives something."""
    for _ in range(1800):
        if value := found():
            return value
        assert process.exitcode is None, (folder / "err.txt").read_text()
        time.sleep(0.1)
    raise TimeoutError((folder / "err.txt").read_text())


def worker(rank, parent):
    """Process of a rank among the children of a command; ``None`` if there is none."""
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = environ.read_bytes().split(b"\0")
            status = (environ.parent / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(status[1]) == parent and f"RANK={rank}".encode() in variables:
            return int(environ.parent.name)
    return None


def weights_hash(cache):
    digest = hashlib.sha256()
    for path in sorted(cache.glob("phases/*/*.safetensors")):
        digest.update(path.parent.name.encode() + path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def run_cell_file(rank, config, cache, log):
    """Run the cell of a config file as one of several processes."""
    os.environ |= {"XTL_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    with log.open("a") as file:
        os.dup2(file.fileno(), 2)
    return main([str(config)])


def test_a_killed_process_ends_the_cell_which_then_goes_on_to_the_same_weights(tmp_path):
    cache = tmp_path / "cache"
    process = start_command(
        "xtl-train", *LONG, "target.recipe.epochs=30", cwd=tmp_path, environment={"XTL_CACHE": str(cache)}
    )
    wait_for(lambda: list(cache.glob("phases/unfinished/*/checkpoint.pt")), process, tmp_path)
    os.kill(worker(1, process.pid), signal.SIGKILL)
    began = time.monotonic()
    assert ended(process) == 1
    assert time.monotonic() - began < 20
    assert worker(0, process.pid) is None
    log = tmp_path / "run/logs/rank1.log"
    message = f"rank 1 of 2 was killed by SIGKILL, and the others were ended; its log: {log}"
    lines = (tmp_path / "err.txt").read_text().splitlines()
    assert [line for line in lines if line.startswith("error: ")] == [
        f"error: {message}. The same command goes on from the last checkpoint"
    ]
    assert "Traceback" not in (tmp_path / "err.txt").read_text()
    status = json.loads((tmp_path / "run/status.json").read_text())
    assert (status["status"], status["error"][: len(message)]) == ("failed", message)
    assert log.is_file()
    assert not (tmp_path / "run/results.jsonl").exists()

    config, log = tmp_path / "run/config.yaml", tmp_path / "log.txt"
    again = partial(run_cell_file, config=config, cache=cache, log=log)
    assert run_group(again, 2) == [0, 0], log.read_text()
    assert "going on from" in log.read_text()
    never_killed = partial(run_cell_file, config=config, cache=tmp_path / "other", log=log)
    assert run_group(never_killed, 2) == [0, 0], log.read_text()
    assert weights_hash(cache) == weights_hash(tmp_path / "other")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_all_processes(tmp_path, number, code):
    cache = tmp_path / "cache"
    arguments = (*LONG, "trainer.checkpoint_seconds=1e9", "target.recipe.epochs=2000")
    process = start_command("xtl-train", *arguments, cwd=tmp_path, environment={"XTL_CACHE": str(cache)})
    wait_for((tmp_path / "run/metrics.jsonl").exists, process, tmp_path)
    workers = [worker(rank, process.pid) for rank in (0, 1)]
    os.kill(process.pid, number)
    assert ended(process) == code
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    lines = (tmp_path / "err.txt").read_text().splitlines()
    (line,) = [line for line in lines if "stopped by" in line]
    [checkpoint] = cache.glob("phases/unfinished/*/checkpoint.pt")  # written then
    assert line == f"warning: stopped by {number.name}; the same command goes on from {checkpoint}"
    assert json.loads((tmp_path / "run/status.json").read_text())["status"] == "stopped"


def test_cells_of_a_sweep_have_each_their_number_of_processes(tmp_path):
    ended = command(
        "xtl-train", "-m", *SMALL, "target.recipe.epochs=1", "seed=1,2", "trainer.devices=1,2,512",
        "hydra.sweep.dir=sweep", cwd=tmp_path,
    )  # fmt: skip
    assert "6 cells: 4 done, 0 skipped, 2 failed" in ended.stdout, ended.stderr
    assert "for each of 512 devices, got 16" in ended.stderr
    found = [
        json.loads(path.read_text().splitlines()[0])
        for path in sorted((tmp_path / "sweep").rglob("results.jsonl"))
    ]
    assert sorted((line["seed"], line["devices"]) for line in found) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert len({line["phase_key"] for line in found}) == 4
    assert len({line["tokens"] for line in found}) == 1
