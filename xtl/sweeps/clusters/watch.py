"""Cells as jobs, from their submission to their ends; what is in the queue is not submitted again."""

import json
import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from xtl.atomic import write_json
from xtl.runs.status import DONE, FAILED, LEFT, SKIPPED, STATUS_FILE, STOPPED, CellStatus, read_status
from xtl.stops import Stopped, raise_pending
from xtl.sweeps.cells import record
from xtl.sweeps.clusters.executors import Executor
from xtl.sweeps.clusters.job import CellJob
from xtl.sweeps.clusters.request import Request

logger = logging.getLogger(__name__)

_JOB_FILE, _TERMINAL_LOG = "logs/job.json", "logs/terminal.log"
"""Files in a run folder: the job that runs the cell, and what the terminal would have shown."""

_ENDS = (DONE, SKIPPED, LEFT, FAILED)
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
    """

    number: int
    label: str
    folder: Path
    job: CellJob
    request: Request


class Watch:
    """Submits cells, and waits for their ends."""

    def __init__(self, executor: Executor) -> None:
        """Make one.

        Args:
            executor: Where the jobs run.
        """
        self._executor = executor
        self._running: dict[str, SubmittedCell] = {}
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
        active = self._executor.active() or ()
        waiting = []
        for cell in cells:
            job = _job_of(cell, self._executor.name)
            if job in active:
                self._running[job] = cell
                logger.info("%s: job %s is in the queue already", cell.label, job)
            else:
                waiting.append(cell)
        return waiting

    def _submit(self, cells: Sequence[SubmittedCell]) -> list[SubmittedCell]:
        """Submit as many cells as may be, those that need the same together; return the others."""
        most = self._executor.most
        count = len(cells) if most is None else max(0, most - len(self._running))
        chosen, rest = list(cells[:count]), list(cells[count:])
        for request in dict.fromkeys(cell.request for cell in chosen):
            group = [cell for cell in chosen if cell.request == request]
            for cell in group:
                for name in (STATUS_FILE, _TERMINAL_LOG, _JOB_FILE):  # those of an earlier job
                    (cell.folder / name).unlink(missing_ok=True)
            jobs = self._executor.submit([cell.job for cell in group], request)
            logger.info("jobs submitted: %s (%s each)", _range(jobs), request)
            for job, cell in zip(jobs, group, strict=True):
                write_json(cell.folder / _JOB_FILE, {"cluster": self._executor.name, "job": job})
                self._running[job] = cell
                logger.info("%s: job %s; log: %s", cell.label, job, cell.folder / _TERMINAL_LOG)
        return rest

    def _look(self) -> None:
        for job, cell in list(self._running.items()):
            status = _status_of(cell)
            if status is not None and status.status in _ENDS:
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
        status = _status_of(cell)
        state = self._executor.ending(job)
        error = f"its {self._executor.title} job {job} is over{f' ({state})' if state else ''}"
        if status is not None and status.error:
            error = f"{error}: {status.error}"
        else:
            log = cell.folder / _TERMINAL_LOG
            error = f"{error}; its log: {log}. The same command goes on from the last checkpoint"
        seconds = 0.0 if status is None else status.seconds
        self._end(job, CellStatus(status=FAILED, seconds=seconds, error=error))

    def _end(self, job: str, status: CellStatus) -> None:
        cell = self._running.pop(job)
        record(cell.folder, status)  # by the clock of this machine, which the table of the sweep asks
        self._statuses[cell.number] = status
        if status.status == FAILED:
            logger.error("%s: failed: %s\nthe sweep goes on", cell.label, status.error)
            return
        score = "" if math.isnan(status.score) else f", {status.score:.1f}"
        logger.info("%s: %s after %.1f s%s", cell.label, status.status, status.seconds, score)

    def _stop(self, signum: int) -> None:
        """Cancel the jobs, and give the cells time to end by themselves."""
        logger.info("cancelling %s jobs", len(self._running))
        self._executor.cancel([*self._running])
        end = time.monotonic() + _SECONDS_TO_END
        while time.monotonic() < end and not {*self._running}.isdisjoint(self._executor.active() or ()):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        for cell in self._running.values():
            status = _status_of(cell) or CellStatus(
                status=STOPPED, seconds=0.0, error=Stopped(signum).message
            )
            record(cell.folder, replace(status))


def _status_of(cell: SubmittedCell) -> CellStatus | None:
    with suppress(OSError, ValueError, TypeError):
        next(cell.folder.iterdir(), None)  # clients of a network's file system remember what is not there
        return read_status(cell.folder / STATUS_FILE)
    return None


def _job_of(cell: SubmittedCell, cluster: str) -> str:
    """Number of the job that was submitted for a cell; empty if none."""
    with suppress(OSError, ValueError):
        values = json.loads((cell.folder / _JOB_FILE).read_text(encoding="utf-8"))
        return str(values["job"]) if values["cluster"] == cluster else ""
    return ""


def _range(jobs: Sequence[str]) -> str:
    return jobs[0] if len(jobs) == 1 else f"{jobs[0]} to {jobs[-1]}"
