"""``hydra/launcher=local``: Hydra's launcher that runs the cells of a sweep side by side on this machine."""

import logging
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from xtl.atomic import write_text
from xtl.config import dump, finalize
from xtl.errors import ConfigError, XtlError
from xtl.runs.status import CellStatus
from xtl.sweeps.basic import BasicLauncher
from xtl.sweeps.cells import prepare_recorded
from xtl.sweeps.local.process import QueuedCell
from xtl.sweeps.local.schedule import Job
from xtl.sweeps.local.slots import Slot
from xtl.sweeps.phases import phases_of

logger = logging.getLogger(__name__)

_CONFIG = "config.yaml"


class LocalLauncher(BasicLauncher):
    """Runs cells in slots: a GPU each, or a share of the cores. A dry run stays in this process."""

    def __init__(self, n_jobs: int | None = None, cells_per_device: int = 1) -> None:
        """Make a launcher.

        Args:
            n_jobs: Number of slots; ``None``: one for each GPU, on a CPU one for every four cores.
            cells_per_device: Cells that share a GPU.
        """
        super().__init__()
        self._n_jobs = n_jobs
        self._cells_per_device = cells_per_device

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run cells.

        Args:
            job_overrides: Overrides of each cell.
            initial_job_idx: Number of the first cell.

        Returns:
            Score of each cell, not-a-number of those that have none.

        Raises:
            SystemExit: with status 1 if the slots make no sense.
            Stopped: if a signal asked this process to end; all cells have ended then.
        """
        assert self.config is not None  # noqa: S101  Hydra calls setup first
        if OmegaConf.select(self.config, "sweep.dry_run"):
            return super().launch(job_overrides, initial_job_idx)
        setup_globals()
        configure_log(self.config.hydra.hydra_logging, self.config.hydra.verbose)
        try:
            configs = [
                self._composed(overrides, initial_job_idx + index)
                for index, overrides in enumerate(job_overrides)
            ]
            slots = self._slots(configs)
        except XtlError as error:
            logger.error("%s", error)
            raise SystemExit(1) from None
        seeds = list(dict.fromkeys(config.seed for config in configs))
        cells = [
            cell for config in configs if (cell := _queued(config, turn=seeds.index(config.seed))) is not None
        ]
        # Here, since torch takes seconds to load, and no other launcher needs it in this process.
        from xtl.sweeps.local.pool import Pool
        from xtl.sweeps.local.view import View

        logger.info("%s cells, %s to run in %s slots", len(configs), len(cells), len(slots))
        statuses = Pool(slots, View(len(cells))).run(cells)
        return [_returned(config, statuses) for config in configs]

    def _composed(self, overrides: Sequence[str], number: int) -> DictConfig:
        """Config of a cell as Hydra hands it to a job."""
        assert self.hydra_context is not None  # noqa: S101
        assert self.config is not None  # noqa: S101
        loader = self.hydra_context.config_loader
        config = loader.load_sweep_config(self.config, list(overrides))
        if "target" not in config or "seed" not in config:
            raise ConfigError("hydra/launcher=local: expected cells of xtl-train, got another command")
        with read_write(config), open_dict(config):
            config.hydra.job.id = config.hydra.job.num = number
            config.hydra.runtime.output_dir = str(_folder(config).absolute())
        return config

    def _slots(self, configs: Sequence[DictConfig]) -> list[Slot]:
        from xtl.sweeps.local.machine import slots_of_machine

        accelerators = {str(config.trainer.accelerator) for config in configs}
        return slots_of_machine(accelerators, n_jobs=self._n_jobs, cells_per_device=self._cells_per_device)


def _folder(config: DictConfig) -> Path:
    """Run folder of a cell."""
    return Path(str(config.hydra.sweep.dir)) / str(config.hydra.sweep.subdir)


def _queued(config: DictConfig, *, turn: int) -> QueuedCell | None:
    """Cell that is to run, its config file written; ``None`` if it is done, or makes no sense."""
    before = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(config)  # for what looks into it while it is resolved
    try:
        folder = _folder(config)
        folder.mkdir(parents=True, exist_ok=True)
        return prepare_recorded(folder, partial(_prepared, config, folder, turn))
    finally:
        HydraConfig.instance().cfg = before


def _prepared(config: DictConfig, folder: Path, turn: int) -> QueuedCell | None:
    from xtl.runs.fingerprint import is_complete
    from xtl.sweeps.local.machine import devices_of

    settings = config.copy()
    with read_write(settings), open_dict(settings):
        del settings["hydra"]
    cell = finalize(settings)
    if is_complete(cell, folder):
        return None
    devices = devices_of(cell.trainer)
    if cell.tracking.group is None:
        group = Path(config.hydra.sweep.dir).name
        cell = replace(cell, tracking=replace(cell.tracking, group=group))
    write_text(folder / _CONFIG, dump(cell))
    phases = phases_of(cell)
    return QueuedCell(
        job=Job(number=config.hydra.job.num, phases=tuple(phases.values()), devices=devices, turn=turn),
        label=str(config.hydra.sweep.subdir) or folder.name,
        config_file=folder / _CONFIG,
        phase_names=phases,
        variables={str(name): str(value) for name, value in config.hydra.job.env_set.items()},
        arguments=[*_flags(config), "--command", *sys.argv],
    )


def _flags(config: DictConfig) -> list[str]:
    """Flags that say as much as the command was asked to."""
    if config.hydra.verbose:
        return ["--verbose"]
    level = OmegaConf.select(config, "hydra.job_logging.handlers.terminal.level")
    return ["--quiet"] if level == logging.getLevelName(logging.WARNING) else []


def _returned(config: DictConfig, statuses: Mapping[int, CellStatus]) -> JobReturn:
    number = config.hydra.job.num
    score = statuses[number].score if number in statuses else math.nan
    overrides = list(config.hydra.overrides.task)
    returned = JobReturn(overrides=overrides, cfg=config, hydra_cfg=config, status=JobStatus.COMPLETED)
    returned.return_value = score
    return returned
