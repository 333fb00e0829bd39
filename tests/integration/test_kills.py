"""Cells that are killed and go on, and cells that run at the same time: real processes, real signals."""

import hashlib
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from tests.helpers.cells import tiny_cell
from tests.helpers.commands import context, ended, start_cell
from tests.helpers.processes import start_group
from tests.helpers.runs import INTERMEDIATE, MIXTURE, phase_summaries, scores
from xtl import config, results
from xtl.pipeline.cell import main
from xtl.pipeline.devices import leave
from xtl.threads import usable_cores

KILLED = {"tagging": (*INTERMEDIATE, "intermediate.lang=de"), "mixture": MIXTURE}


LONG = pytest.mark.timeout(3600)
TWO_CORES = pytest.mark.skipif(usable_cores() < 2, reason="two processes want two cores")


def new_run(folder: Path, cell: config.TrainConfig) -> Path:
    folder.mkdir()
    (folder / "config.yaml").write_text(config.dump(cell), encoding="utf-8")
    return folder


def weights_hash(cache: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(cache.glob("phases/*/*.safetensors")):
        digest.update(path.parent.name.encode() + path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def checkpoints(cache: Path) -> list[Path]:
    return list(cache.glob("phases/unfinished/*/checkpoint.pt"))


def wait_for(condition: Callable[[], object]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < 120
        time.sleep(0.02)


def start_alone(run: Path, cache: Path) -> list[ForkServerProcess]:
    return [start_cell(run, cache)]


def start_two(run: Path, cache: Path) -> list[ForkServerProcess]:
    """Two processes of one cell, as torch's launcher starts them."""
    return start_group(partial(run_as_rank, run=run, cache=cache), 2)


def run_as_rank(rank: int, run: Path, cache: Path) -> int:
    os.environ["XTL_CACHE"] = str(cache)
    with (run / "log.txt").open("a") as file:
        os.dup2(file.fileno(), 2)
    leave(main([str(run / "config.yaml")]))


def killed_one_of(processes: Sequence[ForkServerProcess], rng: random.Random) -> list[int]:
    victim = rng.choice(processes)
    victim.kill()
    victim.join()
    for process in processes:  # as the one that started them ends those that are left
        process.join(2 if victim.exitcode else None)
        if process.exitcode is None:
            process.kill()
    return status_of(processes)


def asked_to_end(processes: Sequence[ForkServerProcess]) -> list[int]:
    """Ask as a launcher or a cluster does, which kills after a time; none of them is to need that."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(20)
    assert None not in [process.exitcode for process in processes]
    return status_of(processes)


def status_of(processes: Sequence[ForkServerProcess]) -> list[int]:
    return [ended(process) for process in processes]


@pytest.mark.parametrize(
    ("kills", "intermediate", "start", "signum"),
    [
        (2, "tagging", start_alone, signal.SIGKILL),
        (1, "mixture", start_alone, signal.SIGTERM),
        pytest.param(50, "tagging", start_alone, signal.SIGKILL, marks=[pytest.mark.slow, LONG]),
        pytest.param(20, "tagging", start_alone, signal.SIGTERM, marks=[pytest.mark.slow, LONG]),
        pytest.param(50, "tagging", start_two, signal.SIGKILL, marks=[pytest.mark.slow, TWO_CORES, LONG]),
        pytest.param(20, "tagging", start_two, signal.SIGTERM, marks=[pytest.mark.slow, TWO_CORES, LONG]),
    ],
)
def test_killed_and_started_again_it_ends_with_the_same_weights(
    all_langs_root, tmp_path, kills, intermediate, start, signum
):
    # Killed with no warning, it has the checkpoint of every update; asked to end, one it writes then. Early
    # stopping and the best epoch are part of what must be kept.
    is_asked = signum == signal.SIGTERM
    cell = tiny_cell(
        all_langs_root, *KILLED[intermediate], "target.recipe.epochs=6", "target.recipe.patience=3",
        f"trainer.checkpoint_seconds={1e9 if is_asked else 0}", "trainer.save_encoder=false",
        "target.langs=[de]", "trainer.compare_selections=true", f"trainer.devices={1 + (start is start_two)}",
    )  # fmt: skip
    whole = new_run(tmp_path / "whole", cell)
    context()  # the first process waits for all imports, which is no part of what is measured
    began = time.monotonic()
    assert not any(status_of(start(whole, tmp_path / "whole_cache"))), (whole / "log.txt").read_text()
    seconds = time.monotonic() - began
    expected = weights_hash(tmp_path / "whole_cache")
    lines = (whole / "metrics.jsonl").read_text().splitlines()
    rng = random.Random(kills)  # noqa: S311
    killed = went_on = 0
    for number in range(3 * kills):
        if killed == kills:
            break
        run, cache = new_run(tmp_path / f"run{number}", cell), tmp_path / f"cache{number}"
        processes = start(run, cache)
        moment = rng.uniform(0.2, 0.95) * seconds
        if number == 0:  # while it surely trains; the others at any moment
            wait_for((run / "metrics.jsonl").exists if is_asked else partial(checkpoints, cache))
        else:
            time.sleep(moment)
        statuses = asked_to_end(processes) if is_asked else killed_one_of(processes, rng)
        if not any(statuses):  # the machine got faster meanwhile: it had ended
            seconds = moment
            continue
        assert set(statuses) & {-signum, 128 + signum}, (run / "log.txt").read_text()
        if is_asked and number == 0:  # or it came when the last update was done
            assert checkpoints(cache) or list(cache.glob("phases/*/phase.json"))
        killed += 1
        statuses = status_of(start(run, cache))
        log = (run / "log.txt").read_text()
        assert not any(statuses), log
        assert weights_hash(cache) == expected, log
        went_on += "going on from" in log
        now = (run / "metrics.jsonl").read_text().splitlines()
        for line, same in zip(lines, now, strict=True):
            measured = {"seconds": 0, "tokens_per_second": 0}
            assert json.loads(line) | measured == json.loads(same) | measured
        assert not list((cache / "phases" / "unfinished").glob("*"))
        shutil.rmtree(cache)
    assert killed == kills
    assert went_on >= max(1, kills // 4)


def test_two_processes_that_need_a_phase_train_it_once(all_langs_root, tmp_path):
    cell = tiny_cell(
        all_langs_root, "target.recipe.epochs=3", "target.langs=[de]", "trainer.save_encoder=false"
    )
    runs = [new_run(tmp_path / name, cell) for name in ("a", "b")]
    processes = [start_cell(run, tmp_path / "cache") for run in runs]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0], [
        (run / "log.txt").read_text() for run in runs
    ]
    assert sorted(phase_summaries(run)[0]["reused"] for run in runs) == [False, True]
    assert scores(results.read(runs[0] / "results.jsonl")) == scores(results.read(runs[1] / "results.jsonl"))
