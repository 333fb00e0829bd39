"""``hydra/sweeper=phases``: a sweep in waves, in each of which no cell waits for a phase of another one."""

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

from xtl.config import finalize
from xtl.errors import ConfigError, XtlError, explained, first_line
from xtl.schemas.cell import TrainConfig
from xtl.sweeps.basic import BasicSweeper
from xtl.sweeps.launch import STAY_IN_PROCESS, is_foreign
from xtl.sweeps.local.schedule import Job, waves
from xtl.sweeps.phases import are_one_baseline, distinct_cells, phases_of

logger = logging.getLogger(__name__)


def _of_launcher(error: Exception, folder: Path) -> str:
    """What is to be said of an error of a launcher, such as that one of its processes was killed."""
    return (
        f"{folder}: the launcher broke off, so that cells are missing ({type(error).__name__}: "
        f"{first_line(error)}); the same command runs them"
    )


class PhaseSweeper(BasicSweeper):
    """Sweeps over every combination of a grid; hands its launcher one wave of cells at a time.

    In the first wave are the cells that train a phase which others need, and those that share none; in the
    second one are the others, and so on. A wave begins when all cells of the one before have ended.
    """

    def sweep(self, arguments: list[str]) -> Any:  # noqa: ANN401  as Hydra has it
        """Run the cells; tell the table of the sweep which they were, so that it misses none.

        Args:
            arguments: Overrides of the sweep.

        Raises:
            SystemExit: with status 1 if two cells have one folder, or that of a cell cannot be made, or the
                like, outside of the cell: other cells are not run then.
        """
        # Here, since only a sweep needs it, for which Hydra has loaded it.
        from xtl.sweeps.table import SweepTable

        assert self.config is not None  # noqa: S101  Hydra calls setup first
        self._cell_of_folder: dict[str, Sequence[str]] = {}
        try:
            waves_of_jobs = super().sweep(arguments)
        except Exception as error:
            if isinstance(error, HydraException):  # of which one is an OSError: a choice without a file
                raise  # Hydra tells it
            is_known = isinstance(error, OSError | XtlError)
            if not is_known and not is_foreign(str(self.config.hydra.launcher._target_)):
                raise
            if SweepTable.running is not None:
                SweepTable.running.print_after_stop()
            folder = Path(self.config.hydra.sweep.dir)
            text = explained(error, folder) if is_known else _of_launcher(error, folder)  # type: ignore[arg-type]
            logger.error("%s", text)
            logger.debug("raised here:", exc_info=True)
            raise SystemExit(1) from None
        if SweepTable.running is not None:
            jobs = [job for wave in waves_of_jobs for job in wave]
            SweepTable.running.handed_out = [Path(job.hydra_cfg.hydra.runtime.output_dir) for job in jobs]
        return waves_of_jobs

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """Compose cells, so that what is wrong with one is told before any runs.

        Args:
            batch: Overrides of each cell.

        Raises:
            ConfigError: if two cells have one folder, where the second would replace the first.
        """
        assert self.hydra_context is not None  # noqa: S101  Hydra calls setup first
        assert self.config is not None  # noqa: S101
        for overrides in batch:
            cell = self.hydra_context.config_loader.load_sweep_config(self.config, list(overrides))
            try:
                folder = str(cell.hydra.sweep.subdir)
            except OmegaConfBaseException:  # what only a job knows, such as its number, which is its own
                continue
            other = self._cell_of_folder.setdefault(folder, overrides)
            if list(other) != list(overrides):
                raise ConfigError(
                    f"hydra.sweep.subdir: expected a folder for each cell, got '{folder}' for two: "
                    f"{' '.join(other)}, and {' '.join(overrides)}; name in it what differs between them"
                )

    def split_arguments(  # type: ignore[override]  # Hydra calls it on the object
        self, overrides: list[Override], max_batch_size: int | None
    ) -> list[list[list[str]]]:
        """Put the cells of a grid into batches.

        Args:
            overrides: Overrides of the sweep.
            max_batch_size: Most cells of a batch; ``None``: any number.
        """
        (grid,) = BasicSweeper.split_arguments(overrides, None)
        cells = distinct_cells(grid, self._are_one)
        if len(cells) < len(grid):
            logger.info(
                "%s of %s cells are left out: without intermediate data they are what another cell is",
                f"{len(grid) - len(cells):,}",
                f"{len(grid):,}",
            )
        assert self.config is not None  # noqa: S101  Hydra calls setup first
        groups = [cells]
        if not str(self.config.hydra.launcher._target_).endswith(STAY_IN_PROCESS):
            jobs = [Job(number=number, phases=self._phases(cell)) for number, cell in enumerate(cells)]
            groups = [[cells[job.number] for job in group] for group in waves(jobs)]
            if len(groups) > 1:
                numbers = ", ".join(f"{len(group):,}" for group in groups)
                logger.info(
                    "%s waves of cells: %s; a later one finds its phases trained", len(groups), numbers
                )
        return [
            list(batch) for group in groups for batch in self.split_overrides_to_chunks(group, max_batch_size)
        ]

    def _are_one(self, first: Sequence[str], second: Sequence[str]) -> bool:
        configs = [self._finalized(tuple(cell)) for cell in (first, second)]
        return None not in configs and are_one_baseline(*filter(None, configs))

    def _phases(self, overrides: Sequence[str]) -> tuple[str, ...]:
        config = self._finalized(tuple(overrides))
        return () if config is None else tuple(phases_of(config).values())

    @cache  # noqa: B019  a sweeper lives as long as its process
    def _finalized(self, overrides: tuple[str, ...]) -> TrainConfig | None:
        """Config of a cell; ``None`` if it makes no sense."""
        assert self.hydra_context is not None  # noqa: S101
        assert self.config is not None  # noqa: S101
        try:
            # A copy, since the launcher may get the same object.
            cell = self.hydra_context.config_loader.load_sweep_config(self.config, list(overrides)).copy()
            with read_write(cell), open_dict(cell):
                del cell["hydra"]
            return finalize(cell, data_needed=False)
        except Exception as error:  # whatever it is, the cell itself will say it
            logger.debug("no config of %s: %s", " ".join(overrides), error)
            return None
