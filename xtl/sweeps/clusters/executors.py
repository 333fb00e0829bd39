"""Where submitit's jobs run: Slurm, or processes of this machine that stand in for it."""

import os
import shutil
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from xtl.errors import ConfigError
from xtl.sweeps.clusters.job import CellJob
from xtl.sweeps.clusters.queue import active_jobs, cancel, job_fields
from xtl.sweeps.clusters.request import Request, executor_parameters

_COMMANDS = ("sbatch", "srun", "squeue", "scontrol", "scancel")

_PAUSES = (5.0, 10.0, 20.0, 30.0)
"""Seconds between questions to a cluster that does not answer, before a sweep begins."""


class Executor(ABC):
    """Submits jobs and knows which are not over.

    Attributes:
        name: Name that submitit has for it.
        title: Name for messages.
        most: Most jobs to submit at once; ``None``: any number, the cluster runs them in turn.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    most: int | None = None

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Make one.

        Args:
            settings: Settings of ``hydra.launcher``.
        """
        self._settings = settings
        self._jobs: list[Any] = []  # of processes here, which nobody else waits for

    def submit(self, jobs: Sequence[CellJob], request: Request) -> list[str]:
        """Submit cells that need the same.

        Args:
            jobs: What each job does.
            request: Resources of each.

        Returns:
            Numbers of the jobs.

        Raises:
            ConfigError: if the cluster refuses them.
        """
        import submitit
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        folder = Path(self._settings["submitit_folder"]).absolute()
        is_slurm = self.name == "slurm"
        limit = {f"{self.name}_max_num_timeout": self._settings["max_num_timeout"]}
        executor = submitit.AutoExecutor(folder, cluster=self.name, **limit)
        try:
            executor.update_parameters(**executor_parameters(request, self._settings, is_slurm=is_slurm))
            submitted = executor.submit_array(jobs)
        except (FailedJobError, FailedSubmissionError) as error:
            said = [line for line in str(error).splitlines() if "error" in line.lower()]
            raise ConfigError(
                f"{self.title} does not take the job: {' '.join(said) or error}; look at hydra.launcher.*"
            ) from error
        except (NameError, ValueError, AssertionError) as error:
            raise ConfigError(f"hydra.launcher: submitit does not take it: {error}") from error
        self._jobs += submitted
        return [job.job_id for job in submitted]

    @abstractmethod
    def active(self) -> Collection[str] | None:
        """Numbers of jobs that are not over; ``None``: not known now."""

    def known_active(self) -> Collection[str]:
        """Numbers of jobs that are not over, asked for again while the cluster does not answer.

        Raises:
            ConfigError: if it does not answer for a minute: cells might be submitted twice.
        """
        for pause in (*_PAUSES, 0.0):
            active = self.active()
            if active is not None:
                return active
            time.sleep(pause)
        raise ConfigError(
            f"{self.title}: expected its list of jobs (squeue), got no answer in {sum(_PAUSES):.0f} s; "
            "nothing was submitted, since cells may be in the queue; repeat the command when it answers"
        )

    @abstractmethod
    def cancel(self, jobs: list[str]) -> None:
        """Cancel jobs."""

    def ending(self, job: str) -> str:  # noqa: ARG002  of some
        """State in which a job ended, for a message; may be empty."""
        return ""


class SlurmExecutor(Executor):
    """A cluster with Slurm."""

    name = "slurm"
    title = "Slurm"

    def active(self) -> Collection[str] | None:
        """Numbers of this user's jobs that are not over."""
        return active_jobs()

    def cancel(self, jobs: list[str]) -> None:
        """Cancel jobs."""
        cancel(jobs)

    def ending(self, job: str) -> str:
        """State in which a job ended."""
        return job_fields(job).get("JobState", "")


class LocalExecutor(Executor):
    """Processes of this machine, as many at a time as ``array_parallelism`` says."""

    name = "local"
    title = "submitit"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Make one; as :class:`Executor`."""
        super().__init__(settings)
        self.most = settings["array_parallelism"]

    def active(self) -> Collection[str] | None:
        """Numbers of the jobs of this process that are not over."""
        return [job.job_id for job in self._jobs if not job.done()]

    def cancel(self, jobs: list[str]) -> None:
        """End jobs; the process of each passes the signal on."""
        for job in jobs:
            with suppress(OSError):
                os.kill(int(job), signal.SIGTERM)


def check_installed(title: str, *, is_slurm: bool) -> None:
    """Refuse a launcher that lacks something on this machine.

    Args:
        title: Value of ``hydra/launcher``.
        is_slurm: Whether Slurm is needed.

    Raises:
        ConfigError: with what is missing, and what to do.
    """
    if find_spec("submitit") is None:
        raise ConfigError(
            f"hydra/launcher={title}: expected the package submitit, found none; pip install submitit"
        )
    absent = [command for command in _COMMANDS if is_slurm and shutil.which(command) is None]
    if absent:
        raise ConfigError(
            f"hydra/launcher={title}: expected the commands of Slurm, found no {', '.join(absent)}; start "
            "the sweep on a login node of the cluster (perhaps after 'module load slurm'), or use "
            "hydra/launcher=local on this machine"
        )
