"""``hydra/launcher=submitit_slurm`` and ``submitit_local``: a job for each cell."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from omegaconf import DictConfig, OmegaConf

from xtl.runs.status import CellStatus
from xtl.sweeps.clusters.executors import Executor, LocalExecutor, SlurmExecutor, check_installed
from xtl.sweeps.clusters.job import CellJob
from xtl.sweeps.clusters.request import check_settings, request_of
from xtl.sweeps.clusters.watch import SubmittedCell, Watch
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

    def check(self, configs: Sequence[DictConfig]) -> None:  # noqa: ARG002  of CellLauncher
        """Look whether there is what jobs need.

        Raises:
            ConfigError: if something is missing, or a setting makes no sense.
        """
        check_installed(self.title, is_slurm=self.executor is SlurmExecutor)
        check_settings(self._settings)

    def accept(self, cell: ComposedCell) -> SubmittedCell:
        """Count what a cell needs.

        Raises:
            ConfigError: if its settings and those of the launcher contradict each other.
        """
        path = cell.config_file.absolute()
        return SubmittedCell(
            number=cell.number,
            label=cell.label,
            folder=path.parent,
            job=CellJob(path, arguments=cell.arguments, variables=cell.variables),
            request=request_of(cell.config.trainer, self._settings),
        )

    def run(self, cells: Sequence[SubmittedCell]) -> Mapping[int, CellStatus]:
        """Submit cells and wait for their ends; as :meth:`CellLauncher.run`."""
        return Watch(self.executor(self._settings)).run(cells)


class SubmititSlurmLauncher(SubmititLauncher):
    """Runs cells as jobs of Slurm, those that need the same as an array."""

    title = "submitit_slurm"
    executor = SlurmExecutor


class SubmititLocalLauncher(SubmititLauncher):
    """Runs cells as Slurm would, in processes of this machine."""

    title = "submitit_local"
    executor = LocalExecutor
