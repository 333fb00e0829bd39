"""``hydra/launcher=local``: Hydra's launcher that runs the cells of a sweep side by side on this machine."""

import logging
from collections.abc import Mapping, Sequence

from omegaconf import DictConfig

from xtl.runs.status import CellStatus
from xtl.sweeps.launcher import CellLauncher, ComposedCell
from xtl.sweeps.local.process import QueuedCell
from xtl.sweeps.local.schedule import Job
from xtl.sweeps.local.slots import Slot
from xtl.sweeps.phases import phases_of

logger = logging.getLogger(__name__)


class LocalLauncher(CellLauncher):
    """Runs cells in slots: a GPU each, or a share of the cores."""

    title = "local"

    def __init__(self, n_jobs: int | None = None, cells_per_device: int = 1) -> None:
        """Make a launcher.

        Args:
            n_jobs: Number of slots; ``None``: one for each GPU, on a CPU one for every four cores.
            cells_per_device: Cells that share a GPU.
        """
        super().__init__()
        self._n_jobs = n_jobs
        self._cells_per_device = cells_per_device
        self._slots: list[Slot] = []

    def check(self, configs: Sequence[DictConfig]) -> None:
        """Divide the machine.

        Raises:
            ConfigError: if the slots make no sense.
        """
        from xtl.sweeps.local.machine import slots_of_machine

        accelerators = {str(config.trainer.accelerator) for config in configs}
        self._slots = slots_of_machine(
            accelerators, n_jobs=self._n_jobs, cells_per_device=self._cells_per_device
        )

    def accept(self, cell: ComposedCell) -> QueuedCell:
        """Count the devices and phases of a cell.

        Raises:
            ConfigError: if the machine has not as many devices.
        """
        from xtl.sweeps.local.machine import devices_of

        phases = phases_of(cell.config)
        devices = devices_of(cell.config.trainer)
        return QueuedCell(
            job=Job(number=cell.number, phases=tuple(phases.values()), devices=devices, turn=cell.turn),
            label=cell.label,
            folder=cell.folder,
            config_file=cell.config_file,
            phase_names=phases,
            variables=cell.variables,
            arguments=cell.arguments,
        )

    def run(self, cells: Sequence[QueuedCell]) -> Mapping[int, CellStatus]:
        """Run cells in the slots; as :meth:`CellLauncher.run`."""
        # Here, since torch takes seconds to load, and no other launcher needs it in this process.
        from xtl.sweeps.local.pool import Pool
        from xtl.sweeps.local.view import View

        logger.info("%s cells to run in %s slots", len(cells), len(self._slots))
        return Pool(self._slots, View(len(cells))).run(cells)
