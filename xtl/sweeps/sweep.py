"""Cells of a sweep: one that fails stops no other, one that is done is left alone, a table at the end."""

from __future__ import annotations

import json
import math
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from rich import box
from rich.console import Console
from rich.table import Table

from xtl.atomic import write_json, write_text
from xtl.progress import say

if TYPE_CHECKING:
    from xtl.pipeline.plan import PlannedPhase
    from xtl.schemas.cell import TrainConfig


STATUS, LOG = "status.json", "error.txt"


_DONE, _SKIPPED, _FAILED = "done", "skipped", "failed"


_MOST_ROWS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How a cell of a sweep ended.

    Attributes:
        status: ``done``, ``skipped`` (it was done before) or ``failed``.
        seconds: That it took.
        score: What it returned.
        error: First line of what went wrong; empty otherwise.
    """

    status: str
    seconds: float
    score: float
    error: str = ""


class Outcome:
    """What became of the cells of this process: the exit status, and the plan of a dry run."""

    failed = False
    cells_done = 0
    plans: ClassVar[list[list[PlannedPhase]]] = []
    backbone = ""


def in_sweep() -> bool:
    """Whether Hydra runs this cell as one of several."""
    return HydraConfig.get().mode == RunMode.MULTIRUN


def threads_of_cell() -> int | None:
    """CPU threads of one of several cells that run side by side; ``None`` where they run one by one."""
    jobs = OmegaConf.select(cast(DictConfig, HydraConfig.get()), "launcher.n_jobs", default=None)
    if jobs is None or not in_sweep():
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // (jobs if jobs > 0 else cores))


def run_one(
    folder: Path, done: Callable[[], bool], run: Callable[[], float], *, dry_run: bool = False
) -> float:
    """Run a cell of a sweep and write down how it ended.

    Args:
        folder: Its run folder.
        done: Whether it was done before.
        run: Runs it.
        dry_run: Write nothing down.

    Returns:
        Its score, or not-a-number.
    """
    if dry_run:
        if done():
            Outcome.cells_done += 1
            return math.nan
        return run()
    begin = time.monotonic()
    score, error, status = math.nan, "", _DONE
    try:
        if done():
            say(f"{folder}: done before")
            status = _SKIPPED
        else:
            score = run()
    except Exception as problem:  # whatever it is, the other cells go on
        status, error = _FAILED, str(problem).strip().split("\n", maxsplit=1)[0] or type(problem).__name__
        write_text(folder / LOG, traceback.format_exc())
        say(f"error: {problem}\nthe sweep goes on; log: {folder / LOG}")
    ended = Status(status=status, seconds=round(time.monotonic() - begin, 1), score=score, error=error)
    write_json(folder / STATUS, asdict(ended))
    return score


class SweepTable(Callback):
    """Prints what became of the cells when a sweep ends."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002  Hydra's hook
        """Remember when it began."""
        self._begin = time.time()
        # Other launchers send the loader, with all that it keeps, to their processes.
        if str(config.hydra.launcher._target_).endswith(".BasicLauncher"):
            _compose_once(GlobalHydra.instance().config_loader())

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Print the table."""
        folder = Path(config.hydra.sweep.dir)
        if config.sweep.dry_run:
            return
        cells = _cells(folder, since=self._begin)
        Outcome.failed = any(status.status == _FAILED for _, status in cells)
        count = Counter(status.status for _, status in cells)
        told = ", ".join(f"{count[one]} {one}" for one in (_DONE, _SKIPPED, _FAILED))
        console = Console(highlight=False)
        console.print(sweep_table(folder, cells))
        console.print(f"{len(cells)} cells: {told}")
        say(f"sweep: {folder}\nreport: xtl-report {folder}")


def plan(config: TrainConfig) -> float:
    """Plan a cell instead of running it."""
    from xtl.caching.session import shared_cache
    from xtl.pipeline.plan import plan_cell
    from xtl.store.store import PhaseStore

    Outcome.backbone = config.backbone.name
    Outcome.plans.append(plan_cell(config, PhaseStore(), shared_cache()))
    return math.nan


def show_plan() -> None:
    """Print what the cells of a dry run would do; nothing if there was none."""
    if not Outcome.plans and not Outcome.cells_done:
        return
    from xtl.pipeline.plan import usual_rate
    from xtl.store.store import PhaseStore

    phases = {phase.key: phase for cell in Outcome.plans for phase in cell}
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("phase", "task", "lang"):
        table.add_column(name)
    for name in ("rows", "seed", "tokens", ""):
        table.add_column(name, justify="right")
    for phase in list(phases.values())[:_MOST_ROWS]:
        state = "in the store" if phase.reused else "to train"
        numbers = (f"{phase.rows:,}", str(phase.seed), f"{phase.tokens:,}")
        table.add_row(phase.name, phase.task.config, phase.lang, *numbers, state)
    console = Console(highlight=False)
    console.print(table)
    if len(phases) > _MOST_ROWS:
        console.print(f"and {len(phases) - _MOST_ROWS:,} more phases")
    to_train = [phase for phase in phases.values() if not phase.reused]
    tokens, rate = sum(phase.tokens for phase in to_train), usual_rate(PhaseStore(), Outcome.backbone)
    cells = len(Outcome.plans) + Outcome.cells_done
    time_ = f", about {tokens / rate / 60:,.0f} min at {rate:,.0f} tokens/s" if rate else ""
    console.print(
        f"{cells:,} cells, {Outcome.cells_done:,} of them done; {len(phases):,} different phases: "
        f"{len(to_train):,} to train, {len(phases) - len(to_train):,} in the store; {tokens:,} tokens to "
        f"train on{time_}, evaluation not counted",
        soft_wrap=True,
    )


def sweep_table(folder: Path, cells: Sequence[tuple[Path, Status]]) -> Table:
    """Lay out how cells ended: the failed ones always, the others while there is room.

    Args:
        folder: Of the sweep.
        cells: Run folders and how they ended.
    """
    table = Table()
    for name in ("cell", "", "seconds", "score"):
        table.add_column(name, justify="right" if name in ("seconds", "score") else "left", overflow="fold")
    shown = [one for one in cells if len(cells) <= _MOST_ROWS or one[1].status == _FAILED]
    for path, status in shown:
        told = f"{status.status}: {status.error} ({path / LOG})" if status.error else status.status
        score = "" if math.isnan(status.score) else f"{status.score:.1f}"
        table.add_row(str(path.relative_to(folder)), told, f"{status.seconds:.1f}", score)
    return table


def _compose_once(loader: ConfigLoader) -> None:
    """Give the launcher what the sweeper composed as a check, at 0.3 s a cell: Hydra would do it again."""
    compose, kept = loader.load_sweep_config, dict[tuple[str, ...], DictConfig]()

    def once(master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        cell = tuple(sweep_overrides)
        if cell in kept:
            return kept.pop(cell)
        kept[cell] = compose(master_config, sweep_overrides)
        return kept[cell]

    loader.load_sweep_config = once  # type: ignore[method-assign]


def _cells(folder: Path, *, since: float) -> list[tuple[Path, Status]]:
    """Read how the cells of this sweep ended; files of an earlier one are older."""
    return [
        (path.parent, Status(**json.loads(path.read_text(encoding="utf-8"))))
        for path in sorted(folder.rglob(STATUS))
        if path.stat().st_mtime >= since - 1
    ]
