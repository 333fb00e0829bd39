"""What Hydra tells a sweep: a table of how its cells ended, or the plan of a dry run."""

import logging
import math
import os
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobReturn, JobStatus
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from xtl.errors import XtlError, explained
from xtl.runs.claim import CLAIM_FILE
from xtl.runs.file_names import ERROR
from xtl.runs.status import DONE, FAILED, LEFT, SKIPPED, STOPPED, CellStatus, Stamp, stamps_of
from xtl.sweeps.cells import remember_stamps
from xtl.sweeps.endings import read_statuses
from xtl.sweeps.flags import readable_flags
from xtl.sweeps.launch import LOCAL, STAY_IN_PROCESS, compose_once, is_foreign
from xtl.sweeps.names import cell_name
from xtl.sweeps.planning.dry_run import CellPlan, print_plans
from xtl.sweeps.planning.expectation import print_expectation
from xtl.sweeps.planning.plan import add_seeds, planned_seeds, write_plan
from xtl.terminal import PlainTable, plain_console

logger = logging.getLogger(__name__)

_MOST_ROWS = 60

# Here, since each process that runs cells imports this module, with the callback that configs name.
OmegaConf.register_new_resolver("xtl.cell_name", cell_name, replace=True)


class SweepTable(Callback):
    """Prints what became of the cells when a sweep ends, or what they would do after a dry run."""

    running: ClassVar["SweepTable | None"] = None
    """Table of the sweep that runs in this process."""

    handed_out: Sequence[Path] | None = None
    """Run folders of all its cells, when none is to come any more."""

    def __init__(self) -> None:
        self._folder = Path()
        self._plans: list[CellPlan] = []
        self._seeds: list[int] = []
        self._before: Mapping[Path, Stamp] = {}
        self._claims: Mapping[Path, Stamp] | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002  Hydra's hook
        """Write down what was planned; spare the launcher composing each cell a second time.

        Raises:
            SystemExit: with status 1 if the plan cannot be written; of other errors Hydra would only warn.
        """
        self._folder = Path(config.hydra.sweep.dir)
        try:
            self._start(config)
        except HydraException:
            return  # the sweeper reads the same, and says what is wrong with it
        except Exception as error:
            _tell(error, self._folder)
            raise SystemExit(1) from None

    def _start(self, config: DictConfig) -> None:
        loader = GlobalHydra.instance().config_loader()
        more = add_seeds(config, loader, config.sweep.seeds_more)
        self._seeds = planned_seeds(config, loader)
        if more:
            logger.info("seeds added to the grid: %s", ", ".join(map(str, more)))
        if not config.sweep.dry_run:
            write_plan(self._folder, config, loader, seeds_more=more)
            self._before = stamps_of(self._folder)
            if is_foreign(str(config.hydra.launcher._target_)):
                self._claims = stamps_of(self._folder, CLAIM_FILE)
            remember_stamps(self._before)
            SweepTable.running = self
        if str(config.hydra.launcher._target_).endswith(STAY_IN_PROCESS):
            compose_once(loader)

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Remember the plan of a cell; dry runs stay in one process."""
        if job_return.status is JobStatus.COMPLETED and isinstance(job_return.return_value, CellPlan):
            self._plans.append(job_return.return_value)

    def on_run_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Print the plan of a dry run of one cell."""
        if self._plans:
            print_plans(self._plans)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Print the table, or the plan.

        Raises:
            SystemExit: with status 1 if a cell failed, or if it cannot be said how they ended: of other
                errors Hydra would only warn.
        """
        try:
            count = self._print_plans(config) if config.sweep.dry_run else self.print_endings()
        except Exception as error:
            _tell(error, self._folder)
            raise SystemExit(1) from None
        if count[FAILED]:
            raise SystemExit(1)

    def _print_plans(self, config: DictConfig) -> Counter[str]:
        if self._plans:
            rate = print_plans(self._plans)
            if str(config.hydra.launcher._target_).endswith(LOCAL):
                # Here, since other launchers need none of it.
                from xtl.sweeps.local.forecast import print_forecast

                print_forecast(self._plans, config, rate)
            print_expectation(config.sweep.pilot, self._seeds, dict(config.sweep.rules))
        return Counter({FAILED: sum(bool(cell.error) for cell in self._plans)})

    def print_after_stop(self) -> None:
        """Print how the cells ended when the sweep was broken off, whose exit status stays what it is."""
        try:
            self.print_endings(is_broken_off=True)
        except Exception as error:
            _tell(error, self._folder)

    def print_endings(self, *, is_broken_off: bool = False) -> Counter[str]:
        """Print how the cells ended, as far as they ran; return the number of each ending.

        Args:
            is_broken_off: Whether the sweep was broken off, perhaps before any cell began.
        """
        SweepTable.running = None
        remember_stamps(None)
        cells = read_statuses(
            self._folder, before=self._before, handed_out=self.handed_out, claims=self._claims
        )
        count = Counter(status.status for _, status in cells)
        if is_broken_off and not cells:
            return count
        console = plain_console()
        flags = readable_flags(self._folder, [path for path, _ in cells])
        console.print(sweep_table(self._folder, cells, flags))
        endings = (DONE, SKIPPED, FAILED, *(ending for ending in (STOPPED, LEFT) if count[ending]))
        console.print(f"{len(cells)} cells: {', '.join(f'{count[status]} {status}' for status in endings)}")
        if flags:
            logger.warning(
                "%s of %s cells say little of their data (see the table): compare intermediate.recipe.lr",
                len(flags), len(cells),
            )  # fmt: skip
        logger.info("sweep: %s\nreport: xtl-report %s", self._folder, shlex.quote(str(self._folder)))
        return count


def _tell(error: Exception, folder: Path) -> None:
    """Say what went wrong, as far as a user can mend it without a traceback."""
    if isinstance(error, XtlError | OSError):
        text = explained(error, folder)
    else:
        text = f"{folder}: {type(error).__name__}: {error}"
    logger.error("%s", text)
    logger.debug("raised here:", exc_info=error)


def sweep_table(
    folder: Path, cells: Sequence[tuple[Path, CellStatus]], flags: Mapping[Path, str] | None = None
) -> PlainTable:
    """How cells ended: the failed and flagged ones always, the others while there is room.

    Args:
        folder: Folder of the sweep.
        cells: Run folders and how they ended.
        flags: What :func:`xtl.sweeps.flags.flags_of` says of them.
    """
    flags = flags or {}
    table = PlainTable()
    for name in ("cell", "", "seconds", "score"):
        table.add_column(name, justify="right" if name in ("seconds", "score") else "left", overflow="fold")
    for path, status in cells:
        if len(cells) > _MOST_ROWS and status.status not in (FAILED, STOPPED) and path not in flags:
            continue
        file = path / ERROR
        where = f" ({file})" if status.status == FAILED and file.is_file() else ""
        ending = f"{status.status}: {status.error}{where}" if status.error else status.status
        if path in flags:
            ending = f"{ending}; {flags[path]}"
        score = "" if math.isnan(status.score) else f"{status.score:.1f}"
        table.add_row(os.path.relpath(path, folder), ending, f"{status.seconds:.1f}", score)
    return table
