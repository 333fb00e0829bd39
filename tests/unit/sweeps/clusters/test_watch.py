"""Jobs from submission to end, with an executor that only remembers: ends, queues, cancelled, found again."""

import os
import signal
import threading
from dataclasses import replace

import pytest

from xtl.errors import ConfigError
from xtl.runs.claim import CLAIM_FILE
from xtl.runs.status import (
    DONE,
    FAILED,
    LEFT,
    SKIPPED,
    STOPPED,
    CellStatus,
    read_status,
    stamp_of,
    write_status,
)  # fmt: skip
from xtl.stops import Stopped, raise_when_stopped
from xtl.store.lease import Lease
from xtl.sweeps.clusters import watch as module
from xtl.sweeps.clusters.executors import Executor
from xtl.sweeps.clusters.job import CellJob
from xtl.sweeps.clusters.request import Request
from xtl.sweeps.clusters.submitted import SubmittedJob, note_left, read_job, write_job
from xtl.sweeps.clusters.watch import SubmittedCell, Watch


class Remembering(Executor):
    """An executor whose jobs do, when they are looked at for the n-th time, what a test has planned."""

    name, title = "slurm", "Slurm"

    def __init__(self, plans, *, most=None, answers=()):
        super().__init__({})
        self.plans, self.most, self.answers = plans, most, list(answers)
        self.submitted, self.queue, self.cancelled, self.looks = [], {}, [], 0

    def submit(self, jobs, request):
        numbers = [f"9_{len(self.queue) + index}" for index in range(len(jobs))]
        self.submitted.append((numbers, request))
        self.queue |= {number: job.folder for number, job in zip(numbers, jobs, strict=True)}
        return numbers

    def active(self):
        self.looks += 1
        if self.answers:
            return self.answers.pop(0)
        for number, folder in list(self.queue.items()):
            act = self.plans.get(folder.name) if folder is not None else None
            if act is not None and act(folder, self.looks):
                self.queue[number] = None
        return [number for number, folder in self.queue.items() if folder is not None]

    def cancel(self, jobs):
        self.cancelled += jobs
        self.queue = dict.fromkeys(self.queue)

    def ending(self, job):
        return "TIMEOUT"


def ends(status, error="", score=2.0):
    """Plan of a job that ends at once, its cell with a status."""

    def act(folder, looks):
        if status is not None:
            write_status(folder, CellStatus(status=status, seconds=1.0, score=score, error=error))
        return True

    return act


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(module, "_LONGEST_BETWEEN_QUESTIONS", 0.01)
    monkeypatch.setattr(module, "_SECONDS_FOR_FILES", 0.1)


@pytest.fixture
def cells(tmp_path):
    def make(*names, requests=()):
        made = []
        for number, name in enumerate(names):
            folder = tmp_path / name
            folder.mkdir()
            job = CellJob(folder, folder / "config.yaml", arguments=[], variables={})
            request = requests[number] if requests else Request()
            made.append(
                SubmittedCell(
                    number=number,
                    label=name,
                    folder=folder,
                    job=job,
                    request=request,
                    fingerprint=f"settings of {name}",
                )
            )
        return made

    return make


def test_each_end_is_recorded_and_cells_that_need_the_same_are_one_array(cells):
    plans = {
        "a": ends(DONE),
        "b": ends(FAILED, "no space"),
        "c": ends(None),
        "d": ends(STOPPED, "stopped by SIGTERM"),
    }
    small, large = Request(), Request(nodes=2)
    executor = Remembering(plans)
    made = cells("a", "b", "c", "d", requests=(small, large, small, small))
    statuses = Watch(executor).run(made)
    assert executor.submitted == [(["9_0", "9_1", "9_2"], small), (["9_3"], large)]
    assert [statuses[number].status for number in range(4)] == [DONE, FAILED, FAILED, FAILED]
    assert (statuses[0].score, statuses[1].error) == (2.0, "no space")
    lost = "its Slurm job 9_1 is over (TIMEOUT); its log: "
    assert statuses[2].error.startswith(lost)
    assert statuses[3].error == "its Slurm job 9_2 is over (TIMEOUT): stopped by SIGTERM"
    assert [read_status(cell.folder / "status.json").status for cell in made] == [
        DONE,
        FAILED,
        FAILED,
        FAILED,
    ]
    assert read_job(made[1].folder) == SubmittedJob(cluster="slurm", job="9_3", cell="settings of b")


def test_a_preempted_cell_that_waits_in_the_queue_is_waited_for(cells):
    def preempted(folder, looks):
        status = STOPPED if looks < 5 else DONE
        write_status(folder, CellStatus(status=status, seconds=1.0))
        return looks >= 5

    assert Watch(Remembering({"a": preempted})).run(cells("a"))[0].status == DONE


def test_a_cell_that_another_sweep_has_run_is_over(cells):
    (cell,) = cells("a")
    executor = Remembering({"a": lambda folder, looks: ends(SKIPPED)(folder, looks) and False})
    assert Watch(executor).run([cell])[0].status == SKIPPED


def test_a_job_that_leaves_its_cell_to_another_process_writes_no_status_into_its_folder(cells):
    (cell,) = cells("a")

    def leaves(folder, looks):
        note_left(folder, "9_0")
        write_status(folder, CellStatus(status=STOPPED, seconds=1.0))  # the other one's
        return True

    assert Watch(Remembering({"a": leaves})).run([cell])[0].status == LEFT
    assert read_status(cell.folder / "status.json").status == STOPPED
    assert list((cell.folder / "logs").iterdir()) == [cell.folder / "logs/job.json"]


def test_a_cell_that_another_process_runs_is_not_submitted_and_its_files_stay(cells):
    (cell,) = cells("a")
    write_status(cell.folder, CellStatus(status=STOPPED, seconds=1.0))
    executor = Remembering({})
    with Lease(cell.folder / CLAIM_FILE).held():
        assert Watch(executor).run([cell])[0].status == LEFT
    assert executor.submitted == []
    assert read_status(cell.folder / "status.json").status == STOPPED


def test_the_status_of_another_sweep_stays_and_is_none_of_the_job_that_is_submitted(cells):
    (cell,) = cells("a")
    write_status(cell.folder, CellStatus(status=DONE, seconds=1.0))
    submit, statuses = Remembering.submit, []

    class Looking(Remembering):
        def submit(self, jobs, request):
            statuses.append(read_status(cell.folder / "status.json").status)
            return submit(self, jobs, request)

    assert Watch(Looking({"a": ends(None)})).run([cell])[0].status == FAILED
    assert statuses == [DONE]


def test_a_job_that_is_waited_for_again_has_ended_only_with_a_status_of_its_own(cells):
    (cell,) = cells("a")
    write_status(cell.folder, CellStatus(status=DONE, seconds=1.0))
    earlier = stamp_of(cell.folder / "status.json")
    job = SubmittedJob(cluster="slurm", job="8_0", earlier=earlier)
    write_job(cell.folder, job)
    assert read_job(cell.folder) == job
    assert job.status(cell.folder) is None
    executor = Remembering({"a": ends(FAILED, "no space")})
    executor.queue = {"8_0": cell.folder}
    assert Watch(executor).run([replace(cell, queued_job="8_0")])[0].error == "no space"


def test_arrays_are_no_larger_than_slurm_takes_them(cells, monkeypatch):
    monkeypatch.setattr(module, "_LARGEST_ARRAY", 2)
    executor = Remembering({name: ends(DONE) for name in "abc"})
    Watch(executor).run(cells("a", "b", "c"))
    assert [jobs for jobs, _ in executor.submitted] == [["9_0", "9_1"], ["9_2"]]


def test_a_controller_that_does_not_answer_ends_no_cell(cells):
    executor = Remembering({"a": ends(DONE)}, answers=[None, None, None])
    assert Watch(executor).run(cells("a"))[0].status == DONE


def test_no_more_jobs_at_once_than_asked_for(cells):
    executor = Remembering({name: ends(DONE) for name in "abc"}, most=1)
    Watch(executor).run(cells("a", "b", "c"))
    assert [jobs for jobs, _ in executor.submitted] == [["9_0"], ["9_1"], ["9_2"]]


def test_a_job_in_the_queue_is_not_submitted_again(cells):
    (cell,) = cells("a")
    cell = replace(cell, queued_job="8_0")
    executor = Remembering({"a": ends(DONE)})
    executor.queue = {"8_0": cell.folder}
    first_look = iter([False, False, True])
    executor.plans["a"] = lambda folder, looks: next(first_look) and ends(DONE)(folder, looks)
    assert Watch(executor).run([cell])[0].status == DONE
    assert executor.submitted == []


def test_a_stop_cancels_the_jobs(cells):
    (cell,) = cells("a")
    executor = Remembering({})
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(Stopped), raise_when_stopped():
        Watch(executor).run([cell])
    assert executor.cancelled == ["9_0"]
    assert read_status(cell.folder / "status.json").status == STOPPED


def test_a_refused_job_leaves_none_in_the_queue(cells):
    made = cells("a", "b", requests=(Request(), Request(nodes=9)))
    executor = Remembering({})
    submit = executor.submit

    def refuse(jobs, request):
        if request.nodes > 1:
            raise ConfigError("Slurm does not take the job")
        return submit(jobs, request)

    executor.submit = refuse
    with pytest.raises(ConfigError, match="does not take"):
        Watch(executor).run(made)
    assert executor.cancelled == ["9_0"]
