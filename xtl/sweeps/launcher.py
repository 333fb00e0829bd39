"""What launchers share whose cells are processes of their own: each cell composed, and written as a file."""

import logging
import math
import sys
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from xtl.config import dump, finalize
from xtl.errors import ConfigError, XtlError
from xtl.runs.claim import claimed_by_others, in_use
from xtl.runs.file_names import CONFIG
from xtl.runs.status import CellStatus
from xtl.schemas.cell import TrainConfig
from xtl.sweeps.basic import BasicLauncher
from xtl.sweeps.cells import prepare_recorded
from xtl.sweeps.queued import queued_config, write_queued_config

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComposedCell:
    """A cell that is to run, whose config file is written.

    Attributes:
        number: Number of the cell in its sweep.
        label: Name for messages.
        folder: Run folder.
        config: Resolved and valid settings.
        config_file: File with the config that it waits with; of one that is running, what it has written.
        turn: Number of its seed among those of the sweep.
        variables: Environment variables of its own.
        arguments: Further arguments of the program, such as ``--quiet``.
    """

    number: int
    label: str
    folder: Path
    config: TrainConfig
    config_file: Path
    turn: int = 0
    variables: Mapping[str, str]
    arguments: Sequence[str]


class CellLauncher(BasicLauncher):
    """Composes cells in this process, and has others run them. A dry run stays in this process.

    Attributes:
        title: Value of ``hydra/launcher`` that chooses it.
        is_elsewhere: Whether cells run on machines that may have other devices than this one.
    """

    title: ClassVar[str]
    is_elsewhere: ClassVar[bool] = False
    _in_use: Collection[Path] = ()

    @abstractmethod
    def check(self, configs: Sequence[DictConfig]) -> None:
        """Refuse cells that cannot run at all, before anything is written.

        Raises:
            XtlError: for what a user can mend.
        """

    def is_running(self, cell: ComposedCell) -> bool:  # noqa: ARG002  of some
        """Whether an earlier call has started this very cell, and it is not over: it is not prepared again.

        Raises:
            RunInUseError: if that cell has other settings.
        """
        return False

    @abstractmethod
    def accept(self, cell: ComposedCell) -> Any:  # noqa: ANN401  what run takes
        """What :meth:`run` needs of a cell.

        Raises:
            XtlError: if this cell cannot run; others may.
        """

    @abstractmethod
    def run(self, cells: Sequence[Any]) -> Mapping[int, CellStatus]:
        """Run the cells that :meth:`accept` has accepted.

        Returns:
            How each ended, by its number.

        Raises:
            Stopped: if a signal asked this process to end.
        """

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run cells.

        Args:
            job_overrides: Overrides of each cell.
            initial_job_idx: Number of the first cell.

        Returns:
            Score of each cell, not-a-number of those that have none.

        Raises:
            SystemExit: with status 1 if none can run.
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
            self.check(configs)
            self._in_use = claimed_by_others([_folder(config) for config in configs])
            seeds = list(dict.fromkeys(config.seed for config in configs))
            cells = [
                cell
                for config in configs
                if (cell := self._accepted(config, seeds.index(config.seed))) is not None
            ]
            statuses = self.run(cells)
        except XtlError as error:
            logger.error("%s", error)
            raise SystemExit(1) from None
        return [_returned(config, statuses) for config in configs]

    def _composed(self, overrides: Sequence[str], number: int) -> DictConfig:
        """Config of a cell as Hydra hands it to a job."""
        assert self.hydra_context is not None  # noqa: S101
        assert self.config is not None  # noqa: S101
        loader = self.hydra_context.config_loader
        config = loader.load_sweep_config(self.config, list(overrides))
        if "target" not in config or "seed" not in config:
            raise ConfigError(
                f"hydra/launcher={self.title}: expected cells of xtl-train, got another command"
            )
        with read_write(config), open_dict(config):
            config.hydra.job.id = config.hydra.job.num = number
            config.hydra.runtime.output_dir = str(_folder(config).absolute())
        return config

    def _accepted(self, config: DictConfig, turn: int) -> Any:  # noqa: ANN401  as accept
        """Cell that is to run, its config file written; ``None`` if it is done, or makes no sense."""
        before = HydraConfig.instance().cfg
        HydraConfig.instance().set_config(config)  # for what looks into it while it is resolved
        try:
            folder = _folder(config)
            return prepare_recorded(folder, partial(self._prepared, config, folder, turn))
        finally:
            HydraConfig.instance().cfg = before

    def _prepared(self, config: DictConfig, folder: Path, turn: int) -> Any:  # noqa: ANN401  as accept
        from xtl.runs.fingerprint import is_complete

        folder.mkdir(parents=True, exist_ok=True)
        settings = config.copy()
        with read_write(settings), open_dict(settings):
            del settings["hydra"]
        cell = finalize(settings)
        if cell.tracking.group is None:
            group = Path(config.hydra.sweep.dir).name
            cell = replace(cell, tracking=replace(cell.tracking, group=group))
        composed = ComposedCell(
            number=config.hydra.job.num,
            label=str(config.hydra.sweep.subdir) or folder.name,
            folder=folder,
            config=cell,
            config_file=folder / CONFIG,
            turn=turn,
            variables={str(name): str(value) for name, value in config.hydra.job.env_set.items()},
            arguments=[*_flags(config), "--command", *sys.argv],
        )
        if self.is_running(composed):
            return self.accept(composed)
        if folder in self._in_use:
            raise in_use(folder)
        if is_complete(cell, folder, is_elsewhere=self.is_elsewhere):
            return None
        text = dump(cell)  # not before: of a cell that is done it would take a third of the time
        accepted = self.accept(replace(composed, config_file=queued_config(folder, text)))
        write_queued_config(folder, text)
        return accepted


def _folder(config: DictConfig) -> Path:
    """Run folder of a cell."""
    return Path(str(config.hydra.sweep.dir)) / str(config.hydra.sweep.subdir)


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
