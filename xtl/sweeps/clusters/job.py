"""What a task of a job does: it runs the cell of a config file, and ends it when the cluster asks for that.

submitit sends an object of this file to the job. Nothing heavy is imported here: the cell is another process.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from xtl.distributed.environment import worker_environment
from xtl.runs.file_names import CONFIG, RESULTS, TERMINAL_LOG
from xtl.runs.status import EXIT_STATUS_OF_LEFT, FAILED, stamp_of, status_of, write_status
from xtl.sweeps.clusters.submitted import note_left
from xtl.sweeps.queued import write_queued_config

_SECONDS_BETWEEN_LOOKS = 0.2

_SECONDS_FOR_SIGNAL = 2.0
"""Time within which a signal that has ended the cell reaches this process too."""

_SECONDS_TO_END = 25.0
"""Time that a cell has to end: between its two signals Slurm gives a job half a minute (KillWait)."""


_ADDRESS = ("MASTER_ADDR", "MASTER_PORT")
"""Variables with which a user says where the nodes of a cell meet."""


class CellJob:
    """A cell, run by one task on each of its nodes."""

    def __init__(
        self, folder: Path, config_file: Path, *, arguments: Sequence[str], variables: Mapping[str, str]
    ) -> None:
        """Describe a cell.

        Args:
            folder: Run folder; as a path from the root on.
            config_file: Config that the cell waits with; as a path from the root on.
            arguments: Further arguments of the program, such as ``--quiet``.
            variables: Environment variables of its own.
        """
        self._folder = folder
        self._config_file = config_file
        self._arguments = [*arguments]
        self._variables = {**variables}

    @property
    def folder(self) -> Path:
        """Run folder."""
        # A job that an older version has submitted knows its config file alone, which lies there.
        return getattr(self, "_folder", self._config_file.parent)

    def __call__(self) -> None:
        """Run the cell.

        Raises:
            SystemExit: if it failed or was stopped; submitit's own, if the job goes back into the queue.
        """
        import submitit

        preempted = submitit.JobEnvironment._usr_sig()
        before = signal.getsignal(preempted)
        signals: list[int] = []

        def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the interpreter passes it
            signals.append(number)

        for number in (signal.SIGTERM, preempted):
            signal.signal(number, note)
        config = stamp_of(self.folder / CONFIG)
        process = self._start(preempted)
        _wait(process, signals)
        if not signals:
            if process.returncode == EXIT_STATUS_OF_LEFT:
                note_left(self.folder, submitit.JobEnvironment().job_id)
                raise SystemExit(0)
            raise SystemExit(_exit_status(process, self.folder))
        _end(process)
        if preempted in signals or _is_preempted():
            if stamp_of(self.folder / CONFIG) != config:
                self._keep_resolved()
            self._requeue(before, preempted)
        raise SystemExit(128 + signal.SIGTERM)

    def checkpoint(self) -> Any:  # noqa: ANN401  a class of submitit's
        """What the job does when it comes back: the same, which goes on from the last checkpoint."""
        import submitit

        return submitit.helpers.DelayedSubmission(self)

    def _keep_resolved(self) -> None:
        """Come back with what the cell had here in the place of ``auto``: another node may have less."""
        if not _is_first() or (self.folder / RESULTS).is_file():  # of an earlier run, whose config is back
            return
        with suppress(OSError):
            text = (self.folder / CONFIG).read_text(encoding="utf-8")
            self._config_file = write_queued_config(self.folder, text)

    def _requeue(self, handler: Any, number: int) -> None:  # noqa: ANN401  as signal has it
        """Let submitit put the job back into the queue, which the first task does for all."""
        from submitit.core.utils import UncompletedJobError

        if not _is_first():
            raise SystemExit(0)  # another status might end the first task
        try:
            handler(number, None)
        except UncompletedJobError as error:
            folder = self.folder
            status = status_of(folder)
            text = f"{error} Give more time (hydra.launcher.timeout_min) or more retries (max_num_timeout)"
            if status is not None:
                with suppress(OSError):
                    write_status(folder, replace(status, status=FAILED, error=text))
            raise

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        folder = self.folder
        (folder / "logs").mkdir(exist_ok=True)
        if _is_first():
            program, log = "xtl.cli.cell", folder / TERMINAL_LOG
            arguments = [str(self._config_file), f"--folder={folder}", *self._arguments]
        else:  # which reads the config that the first one writes
            arguments = [str(folder / CONFIG)]
            program, log = "xtl.pipeline.cell", folder / f"logs/node{os.environ['SLURM_NODEID']}.log"
        variables = worker_environment(os.environ, threads=_threads(os.environ))
        variables |= {name: os.environ[name] for name in _ADDRESS if name in os.environ}
        with log.open("ab") as output, _blocked(number):
            return subprocess.Popen(  # noqa: S603  this interpreter
                [sys.executable, "-m", program, *arguments], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env={**variables, **self._variables}, start_new_session=True,
            )  # fmt: skip


@contextmanager
def _blocked(number: int) -> Iterator[None]:
    """Block a signal, also in processes that the block starts.

    Slurm sends it to all processes of a job, and only this one knows what it means.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_first() -> bool:
    return os.environ.get("SLURM_PROCID", "0") == "0"


def _threads(environment: Mapping[str, str]) -> int:
    """CPU threads of the cell: no more than CPUs were asked for, whether or not the cluster enforces that."""
    from xtl.threads import usable_cores

    numbers = [environment.get(name, "") for name in ("OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK")]
    limits = [int(number) for number in numbers if number.isdecimal()]
    return max(1, min([usable_cores(), *limits]))


def _wait(process: subprocess.Popen[bytes], signals: Sequence[int]) -> None:
    """Wait until the cell ends, or this process has a signal."""
    while process.poll() is None and not signals:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    # Slurm sends a signal to all processes of a job, one after the other: ours may be on its way.
    if process.returncode in (128 + signal.SIGTERM, -signal.SIGTERM):
        end = time.monotonic() + _SECONDS_FOR_SIGNAL
        while not signals and time.monotonic() < end:
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a cell to end, as Slurm may have done already, and end all that it has started."""
    with suppress(OSError):
        process.send_signal(signal.SIGTERM)
    end = time.monotonic() + _SECONDS_TO_END
    while process.poll() is None and time.monotonic() < end:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _exit_status(process: subprocess.Popen[bytes], folder: Path) -> int:
    """Exit status of the job: cells of a sweep that have failed end well, but the cluster shall know."""
    if process.returncode or not _is_first():
        return abs(int(process.returncode))
    status = status_of(folder)
    return int(status is None or status.status == FAILED)


def _is_preempted() -> bool:
    """Whether Slurm has preempted this job, and will not requeue it by itself if it ends before its time."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return False
    from xtl.sweeps.clusters.queue import job_fields

    fields = job_fields(job)
    return fields.get("JobState") == "RUNNING" and fields.get("PreemptTime", "None") != "None"
