"""``hydra/launcher=submitit_slurm`` and ``submitit_local``: a job for each cell."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from omegaconf import DictConfig, OmegaConf

from xtl.runs.claim import in_use
from xtl.runs.status import CellStatus
from xtl.sweeps.clusters.executors import Executor, LocalExecutor, SlurmExecutor, check_installed
from xtl.sweeps.clusters.job import CellJob
from xtl.sweeps.clusters.request import Request, check_settings, request_of
from xtl.sweeps.clusters.submitted import read_job
from xtl.sweeps.clusters.watch import ENDS, SubmittedCell, Watch
from xtl.sweeps.launcher import CellLauncher, ComposedCell


class SubmititLauncher(CellLauncher):
    """Runs each cell as a job of submitit's."""

    is_elsewhere = True
    executor: ClassVar[type[Executor]]

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  those of conf/hydra/launcher, and Slurm's own
        """Make a launcher.

        Args:
            settings: Settings of ``hydra.launcher``, by the names of hydra-submitit-launcher.
        """
        super().__init__()
        self._settings = {
            name: OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
            for name, value in settings.items()
        }
        self._active: Collection[str] = ()

    def check(self, configs: Sequence[DictConfig]) -> None:  # noqa: ARG002  of CellLauncher
        """Look whether there is what jobs need.

        Raises:
            ConfigError: if something is missing, a setting makes no sense, or the cluster does not answer.
        """
        check_installed(self.title, is_slurm=self.executor is SlurmExecutor)
        check_settings(self._settings)
        self._active = self.executor(self._settings).known_active()

    def is_running(self, cell: ComposedCell) -> bool:
        """Whether a job in the queue runs this cell; as :meth:`CellLauncher.is_running`."""
        return bool(self._queued(cell))

    def _queued(self, cell: ComposedCell) -> str:
        """Number of the job in the queue that runs this cell; empty if none does."""
        job = read_job(cell.folder)
        if job is None or job.cluster != self.executor.name or job.job not in self._active:
            return ""
        status = job.status(cell.folder)
        if status is not None and status.status in ENDS:  # Slurm takes down a job that has ended
            return ""
        if job.cell != _fingerprint(cell):
            raise in_use(cell.folder, f"job {job.job} in the queue runs with other settings")
        return job.job

    def accept(self, cell: ComposedCell) -> SubmittedCell:
        """Count what a cell needs.

        Raises:
            ConfigError: if its settings and those of the launcher contradict each other.
        """
        folder = cell.folder.absolute()
        queued = self._queued(cell)
        return SubmittedCell(
            number=cell.number,
            label=cell.label,
            folder=folder,
            fingerprint=_fingerprint(cell),
            queued_job=queued,
            job=CellJob(
                folder,
                cell.config_file.absolute(),
                arguments=cell.arguments,
                variables=cell.variables,
            ),
            request=Request() if queued else request_of(cell.config.trainer, self._settings),
        )

    def run(self, cells: Sequence[SubmittedCell]) -> Mapping[int, CellStatus]:
        """Submit cells and wait for their ends; as :meth:`CellLauncher.run`."""
        return Watch(self.executor(self._settings)).run(cells)


def _fingerprint(cell: ComposedCell) -> str:
    from xtl.runs.fingerprint import run_fingerprint

    return run_fingerprint(cell.config)


class SubmititSlurmLauncher(SubmititLauncher):
    """Runs cells as jobs of Slurm, those that need the same as an array."""

    title = "submitit_slurm"
    executor = SlurmExecutor


class SubmititLocalLauncher(SubmititLauncher):
    """Runs cells as Slurm would, in processes of this machine."""

    title = "submitit_local"
    executor = LocalExecutor
