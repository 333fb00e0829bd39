"""Cells as jobs, from their submission to their ends; what is in the queue is not submitted again."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xtl.runs.claim import in_use, is_claimed_here
from xtl.runs.file_names import TERMINAL_LOG
from xtl.runs.status import (
    DONE,
    FAILED,
    LEFT,
    SKIPPED,
    STATUS_FILE,
    STOPPED,
    CellStatus,
    Stamp,
    new_status,
    stamp_of,
)
from xtl.stops import Stopped, raise_pending
from xtl.sweeps.cells import ending_of, record
from xtl.sweeps.clusters.executors import Executor
from xtl.sweeps.clusters.job import CellJob
from xtl.sweeps.clusters.request import Request
from xtl.sweeps.clusters.submitted import JOB_FILE, SubmittedJob, read_job, was_left, write_job

logger = logging.getLogger(__name__)

"""File in a run folder: what the terminal would have shown."""

_LARGEST_ARRAY = 1000
"""Most cells in an array: by default Slurm numbers its jobs up to 1,000 (MaxArraySize)."""

ENDS = (DONE, SKIPPED, FAILED)
"""Statuses after which a cell does no more; one that was stopped may go on, as its job may be requeued."""

_SECONDS_BETWEEN_LOOKS = 1.0

_LONGEST_BETWEEN_QUESTIONS = 30.0
"""Seconds between two questions to Slurm after minutes; in the beginning they are fewer."""

_SECONDS_FOR_FILES = 20.0
"""Time that a file takes from one machine to another."""

_SECONDS_TO_END = 40.0
"""Time that cells have to end after a signal: Slurm gives them half a minute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmittedCell:
    """A cell that a cluster is to run.

    Attributes:
        number: Number of the cell in its sweep.
        label: Name for messages.
        folder: Run folder.
        job: What its job does.
        request: Resources that it needs.
        fingerprint: Hash of its settings.
        queued_job: Job in the queue that runs it already; empty: none.
    """

    number: int
    label: str
    folder: Path
    job: CellJob
    request: Request
    fingerprint: str = ""
    queued_job: str = ""


class Watch:
    """Submits cells, and waits for their ends."""

    def __init__(self, executor: Executor) -> None:
        """Make one.

        Args:
            executor: Where the jobs run.
        """
        self._executor = executor
        self._running: dict[str, SubmittedCell] = {}
        self._before: dict[Path, Stamp | None] = {}  # statuses that are of earlier jobs
        self._gone: dict[str, float] = {}
        self._statuses: dict[int, CellStatus] = {}
        self._begin = self._asked = time.monotonic()

    def run(self, cells: Sequence[SubmittedCell]) -> dict[int, CellStatus]:
        """Run all cells; one that fails stops no other.

        Returns:
            How each cell ended, by its number.

        Raises:
            ConfigError: if the cluster refuses a job.
            Stopped: if a signal asked this process to end; the jobs are cancelled then.
        """
        waiting = self._rejoined(cells)
        try:
            while waiting or self._running:
                waiting = self._submit(waiting)
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                raise_pending()
                self._look()
        except Stopped as stop:
            self._stop(stop.signum)
            raise
        except BaseException:
            self._executor.cancel([*self._running])
            raise
        return self._statuses

    def _rejoined(self, cells: Sequence[SubmittedCell]) -> list[SubmittedCell]:
        """Cells that no job in the queue runs; the others are waited for."""
        for cell in cells:
            if cell.queued_job:
                self._running[cell.queued_job] = cell
                job = read_job(cell.folder)
                self._before[cell.folder] = None if job is None else job.earlier
                logger.info("%s: job %s is in the queue already", cell.label, cell.queued_job)
        return [cell for cell in cells if not cell.queued_job]

    def _submit(self, cells: Sequence[SubmittedCell]) -> list[SubmittedCell]:
        """Submit as many cells as may be, those that need the same together; return the others."""
        most = self._executor.most
        count = len(cells) if most is None else max(0, most - len(self._running))
        chosen, rest = list(cells[:count]), list(cells[count:])
        for cell in [cell for cell in chosen if is_claimed_here(cell.folder)]:
            chosen.remove(cell)
            self._leave(cell)
        for request in dict.fromkeys(cell.request for cell in chosen):
            group = [cell for cell in chosen if cell.request == request]
            for begin in range(0, len(group), _LARGEST_ARRAY):
                self._submit_array(group[begin : begin + _LARGEST_ARRAY], request)
        return rest

    def _submit_array(self, cells: Sequence[SubmittedCell], request: Request) -> None:
        for cell in cells:
            # The status stays: it may be that of another sweep, which has just run the cell.
            self._before[cell.folder] = stamp_of(cell.folder / STATUS_FILE)
            (cell.folder / JOB_FILE).unlink(missing_ok=True)
        jobs = self._executor.submit([cell.job for cell in cells], request)
        logger.info("jobs submitted: %s (%s each)", _range(jobs), request)
        self._running |= dict(zip(jobs, cells, strict=True))
        for job, cell in zip(jobs, cells, strict=True):
            submitted = SubmittedJob(
                cluster=self._executor.name,
                job=job,
                cell=cell.fingerprint,
                earlier=self._before[cell.folder],
            )
            write_job(cell.folder, submitted)
            logger.info("%s: job %s; log: %s", cell.label, job, cell.folder / TERMINAL_LOG)

    def _look(self) -> None:
        for job, cell in list(self._running.items()):
            status = new_status(cell.folder, self._before)
            if status is not None and status.status in ENDS:
                self._end(job, status)
        now = time.monotonic()
        pause = min(_LONGEST_BETWEEN_QUESTIONS, 2.0 + (now - self._begin) / 20)
        if self._executor.most is None and now - self._asked < pause:
            return
        self._asked = now
        active = self._executor.active()
        if active is None:  # the controller is away; it will come back
            return
        for job in list(self._running):
            if job in active:
                self._gone.pop(job, None)
            elif now - self._gone.setdefault(job, now) >= self._patience:
                self._end_of_job(job)

    @property
    def _patience(self) -> float:
        """Seconds in which what a job that is over has written arrives here."""
        return _SECONDS_FOR_FILES if self._executor.most is None else 2 * _SECONDS_BETWEEN_LOOKS

    def _end_of_job(self, job: str) -> None:
        """End a cell whose job is over, though the cell has not said how it ended."""
        cell = self._running[job]
        if was_left(cell.folder, job):
            del self._running[job]
            self._leave(cell)
            return
        status = new_status(cell.folder, self._before)
        if status is not None and status.status in ENDS:  # it has come meanwhile
            self._end(job, status)
            return
        state = self._executor.ending(job)
        error = f"its {self._executor.title} job {job} is over{f' ({state})' if state else ''}"
        if status is not None and status.error:
            error = f"{error}: {status.error}"
        else:
            log = cell.folder / TERMINAL_LOG
            error = f"{error}; its log: {log}. The same command goes on from the last checkpoint"
        seconds = 0.0 if status is None else status.seconds
        self._end(job, CellStatus(status=FAILED, seconds=seconds, error=error))

    def _end(self, job: str, status: CellStatus) -> None:
        cell = self._running.pop(job)
        record(cell.folder, status)  # by the clock of this machine, which the table of the sweep asks
        self._statuses[cell.number] = status
        log = logger.error if status.status == FAILED else logger.info
        log("%s", ending_of(cell.label, status))

    def _leave(self, cell: SubmittedCell) -> None:
        """Leave a cell to another process, which runs it and writes its status."""
        status = CellStatus(status=LEFT, seconds=0.0, error=str(in_use(cell.folder)))
        record(cell.folder, status)
        self._statuses[cell.number] = status
        logger.info("%s; left to it", status.error)

    def _stop(self, signum: int) -> None:
        """Cancel the jobs, and give the cells time to end by themselves."""
        logger.info("cancelling %s jobs", len(self._running))
        self._executor.cancel([*self._running])
        end = time.monotonic() + _SECONDS_TO_END
        while time.monotonic() < end and not {*self._running}.isdisjoint(self._executor.active() or ()):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        for job, cell in self._running.items():
            if was_left(cell.folder, job):
                self._leave(cell)
                continue
            status = new_status(cell.folder, self._before) or CellStatus(
                status=STOPPED, seconds=0.0, error=Stopped(signum).message
            )
            record(cell.folder, replace(status))


def _range(jobs: Sequence[str]) -> str:
    return jobs[0] if len(jobs) == 1 else f"{jobs[0]} to {jobs[-1]}"
