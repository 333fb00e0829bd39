"""A task of a job, with a small program in the place of the cell: ends, signals, requeueing."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from xtl.runs.status import DONE, EXIT_STATUS_OF_LEFT, FAILED, CellStatus, write_status
from xtl.sweeps.clusters import job as module
from xtl.sweeps.clusters.job import CellJob, _blocked, _threads
from xtl.sweeps.clusters.submitted import was_left

SLEEPS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a job whose cell is a line of Python; give its exit status and the signals that submitit got."""
    passed_on = []

    class Environment:
        job_id = "17_3"
        _usr_sig = staticmethod(lambda: signal.SIGUSR2)

    monkeypatch.setitem(sys.modules, "submitit", SimpleNamespace(JobEnvironment=Environment))
    core = SimpleNamespace(UncompletedJobError=RuntimeError)
    monkeypatch.setitem(sys.modules, "submitit.core", SimpleNamespace(utils=core))
    monkeypatch.setitem(sys.modules, "submitit.core.utils", core)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR2)}

    def submitits_own(number, frame):
        passed_on.append(number)
        raise SystemExit(1)

    waits_with = tmp_path / "logs/config-1.yaml"

    def start(program, *, sent=(), delay=0.1):
        signal.signal(signal.SIGUSR2, submitits_own)

        def started(self, number):
            with _blocked(number):
                process = subprocess.Popen(
                    [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True
                )
            process.stdout.readline()
            process.stdout.close()
            if sent:
                for number in sent:
                    # Slurm sends it to all processes of the job.
                    os.killpg(process.pid, number)
                    threading.Timer(delay, os.kill, (os.getpid(), number)).start()
            return process

        monkeypatch.setattr(CellJob, "_start", started)
        start.job = CellJob(tmp_path, waits_with, arguments=[], variables={})
        with pytest.raises(SystemExit) as ended:
            start.job()
        return ended.value.code, passed_on

    yield start
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_status_of_a_job_is_that_of_its_cell(run, tmp_path):
    assert run("pass") == (1, [])  # it has said nothing of how it ended
    write_status(tmp_path, CellStatus(status=DONE, seconds=1.0))
    assert run("pass") == (0, [])
    assert run("raise SystemExit(3)") == (3, [])
    write_status(tmp_path, CellStatus(status=FAILED, seconds=1.0))
    assert run("pass") == (1, [])  # a cell of a sweep ends well, a job that failed does not


def test_a_job_says_that_it_has_left_its_cell_to_another_process(run, tmp_path):
    assert run(f"raise SystemExit({EXIT_STATUS_OF_LEFT})") == (0, [])
    assert not was_left(tmp_path, "17_2")
    assert was_left(tmp_path, "17_3")


def test_a_preempted_cell_is_stopped_before_the_job_is_requeued_and_sees_no_signal_of_submitits(run):
    begin = time.monotonic()
    assert run(SLEEPS, sent=[signal.SIGUSR2]) == (1, [signal.SIGUSR2])
    assert time.monotonic() - begin < 10


RESOLVES = f"""
from pathlib import Path
Path("{{}}").write_text("resolved")
{SLEEPS}
"""


def test_a_requeued_cell_comes_back_with_the_settings_that_it_had(run, tmp_path):
    config = tmp_path / "config.yaml"
    run(RESOLVES.format(config), sent=[signal.SIGUSR2])
    kept = run.job._config_file
    assert (kept.parent, kept.read_text()) == (tmp_path / "logs", "resolved")
    # One that was stopped while it read its data has put back what stands beside the results that are there.
    (tmp_path / "results.jsonl").touch()
    for program in (SLEEPS, RESOLVES.format(config)):
        run(program, sent=[signal.SIGUSR2])
        assert run.job._config_file == tmp_path / "logs/config-1.yaml"


def test_a_job_that_an_older_version_has_submitted_begins_from_the_config_in_its_run_folder(tmp_path):
    older = CellJob.__new__(CellJob)
    older.__dict__ |= {"_config_file": tmp_path / "config.yaml", "_arguments": [], "_variables": {}}
    assert pickle.loads(pickle.dumps(older)).folder == tmp_path  # noqa: S301


def test_the_first_node_begins_from_the_file_that_the_cell_waits_with_and_the_others_from_what_it_writes(
    tmp_path, monkeypatch
):
    started = []
    monkeypatch.setattr(module.subprocess, "Popen", lambda command, **_: started.append(command[2:]))
    monkeypatch.setenv("SLURM_NODEID", "1")
    job = CellJob(tmp_path, tmp_path / "logs/config-1.yaml", arguments=["--quiet"], variables={})
    for task in "01":
        monkeypatch.setenv("SLURM_PROCID", task)
        job._start(signal.SIGUSR2)
    assert started == [
        ["xtl.cli.cell", str(tmp_path / "logs/config-1.yaml"), f"--folder={tmp_path}", "--quiet"],
        ["xtl.pipeline.cell", str(tmp_path / "config.yaml")],
    ]


def test_sigterm_stops_the_cell_and_requeues_only_what_slurm_has_preempted(run, monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert run(SLEEPS, sent=[signal.SIGTERM]) == (143, [])
    monkeypatch.setattr(module, "_is_preempted", lambda: True)
    assert run(SLEEPS, sent=[signal.SIGTERM]) == (1, [signal.SIGUSR2])


def test_a_signal_that_comes_after_the_cell_has_ended_of_it_counts(run, monkeypatch):
    monkeypatch.setattr(module, "_is_preempted", lambda: True)
    assert run(SLEEPS, sent=[signal.SIGTERM], delay=1.0) == (1, [signal.SIGUSR2])


@pytest.mark.parametrize(
    ("fields", "is_preempted"),
    [
        ({"JobState": "RUNNING", "PreemptTime": "2026-01-01T00:00:00"}, True),
        ({"JobState": "RUNNING", "PreemptTime": "None"}, False),
        ({"JobState": "CANCELLED", "PreemptTime": "None"}, False),
        ({"JobState": "PENDING", "PreemptTime": "2026-01-01T00:00:00"}, False),  # Slurm requeues it itself
        ({}, False),
    ],
)
def test_whether_slurm_has_preempted_it(fields, is_preempted, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setattr("xtl.sweeps.clusters.queue.job_fields", lambda job: fields)
    assert module._is_preempted() is is_preempted


def test_a_further_node_leaves_requeueing_to_the_first_one(run, monkeypatch):
    monkeypatch.setenv("SLURM_PROCID", "1")
    assert run(SLEEPS, sent=[signal.SIGUSR2]) == (0, [])


def test_a_cell_has_no_more_threads_than_cpus_were_asked_for(monkeypatch):
    monkeypatch.setattr("xtl.threads.usable_cores", lambda: 64)
    assert _threads({}) == 64
    assert _threads({"SLURM_CPUS_PER_TASK": "8"}) == 8
    assert _threads({"SLURM_CPUS_PER_TASK": "8", "OMP_NUM_THREADS": "2"}) == 2
