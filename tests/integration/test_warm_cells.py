"""Forked processes of cells: their variables and cores, how they end, and that they end with the sweep."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.commands import ROOT, context
from xtl.sweeps.local.warm import WarmProcess


@pytest.fixture
def start(tmp_path):
    """Start a process whose config file does not exist, or is a pipe that it waits for."""
    context()  # forks from the process that tests have anyway
    processes = []

    def make(*arguments):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [str(tmp_path / "run/config.yaml"), *arguments]
        processes.append(WarmProcess(command, environment=environment, log=tmp_path / "log"))
        return processes[-1]

    (tmp_path / "run").mkdir()
    yield make
    for process in processes:
        process.wait()


def ended(process):
    for _ in range(600):
        if process.poll() is not None:
            return process.returncode
        time.sleep(0.05)
    raise TimeoutError("expected the process to end")


def test_a_cell_that_cannot_run_says_so_in_its_log_and_status(start, tmp_path):
    assert ended(start("--cores=0")) == 0
    assert "expected a resolved config file, found none" in (tmp_path / "log").read_text()
    assert json.loads((tmp_path / "run/status.json").read_text())["status"] == "failed"


def test_it_is_kept_on_its_cores_in_a_session_of_its_own_and_is_killed(start, tmp_path):
    os.mkfifo(tmp_path / "run/train.log")  # a log that is opened only when there is somebody to read it
    (tmp_path / "run/config.yaml").write_text("x: 1")
    core = min(os.sched_getaffinity(0))
    process = start(f"--cores={core}")
    for _ in range(600):
        if os.sched_getaffinity(process.pid) == {core} and os.getsid(process.pid) == process.pid:
            break
        time.sleep(0.05)
    else:
        pytest.fail("expected it to be kept on its core")
    os.kill(process.pid, signal.SIGKILL)
    assert ended(process) == -signal.SIGKILL


def test_it_ends_when_the_process_of_the_sweep_is_gone(start, tmp_path):
    os.mkfifo(tmp_path / "run/train.log")
    process = start()
    for _ in range(600):
        if os.getsid(process.pid) == process.pid:
            break
        time.sleep(0.05)
    else:
        pytest.fail("expected it to be in a session of its own")
    process._writer.close()
    assert ended(process) == 1


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
def run_forked(arguments, environment, log, alive):
    os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
    Path(arguments[0]).touch()
    time.sleep(9)
"""
SWEEP = """
import multiprocessing.forkserver, os, signal, time
from pathlib import Path
from xtl.sweeps.local import warm
warm._PROGRAM, warm._PRELOADED = "small", ()
signal.signal(signal.SIGTERM, lambda *_: None)
def wait_for(what):
    limit = time.monotonic() + 20
    while not what():
        assert time.monotonic() < limit
        time.sleep(0.01)
def started(name):
    process = warm.WarmProcess([name], environment={}, log=Path("log"))
    wait_for(Path(name).exists)
    return process
def ended(process):
    wait_for(lambda: process.poll() is not None)
    return process.poll()
"""
TO_THE_GROUP = """
first = started("first")
os.killpg(0, signal.SIGTERM)  # as timeout does, and a shell of the command that it ends
time.sleep(0.1)
assert first.poll() is None
first.send_signal(signal.SIGTERM)
assert ended(first) == 3, first.poll()
second = started("second")
second.wait()
assert second.poll() == -signal.SIGKILL
"""
OF_THE_PROCESS_THAT_FORKS = """
first = started("first")
os.kill(multiprocessing.forkserver._forkserver._forkserver_pid, signal.SIGKILL)
time.sleep(0.1)
assert first.poll() is None
first.send_signal(signal.SIGTERM)
assert ended(first)
second = started("second")  # from a new one
os.killpg(0, signal.SIGTERM)
time.sleep(0.1)
assert second.poll() is None
second.send_signal(signal.SIGTERM)
assert ended(second) == 3
"""


@pytest.mark.parametrize("end", [TO_THE_GROUP, OF_THE_PROCESS_THAT_FORKS], ids=["group", "forking process"])
def test_it_goes_on_until_it_is_asked_itself_to_end(tmp_path, end):
    (tmp_path / "small.py").write_text(PROGRAM)
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", SWEEP + end], cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_what_it_is_forked_from_has_no_threads(start):
    import multiprocessing.forkserver

    start()
    server = multiprocessing.forkserver._forkserver._forkserver_pid
    names = [path.read_text().strip() for path in Path(f"/proc/{server}/task").glob("*/comm")]
    # The allocator of pyarrow has one that is made again where a process is forked.
    assert len([name for name in names if name != "jemalloc_bg_thd"]) == 1, names
