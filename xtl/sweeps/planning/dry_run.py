"""A dry run: what the cells of a sweep would train, what is in the store, and how long it would take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box

from xtl.terminal import PlainTable, plain_console

if TYPE_CHECKING:
    from xtl.pipeline.plan import PlannedPhase
    from xtl.schemas.cell import TrainConfig


_MOST_ROWS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class CellPlan:
    """What a cell would do; nothing, if it is done.

    Attributes:
        backbone: Name of its backbone.
        phases: Phases that it would train or take from the store.
        devices: Number of devices that it computes on.
        done: Whether its run folder has its results.
        error: Reason why it would fail; empty: it would not.
        name: Name of its folder, where it would fail.
        assumed: Precision of this machine, where that of another one decides what the store has; empty: none.
    """

    backbone: str = ""
    phases: Sequence[PlannedPhase] = ()
    devices: int = 1
    done: bool = False
    error: str = ""
    name: str = ""
    assumed: str = ""


def plan(config: TrainConfig, *, is_elsewhere: bool = False) -> CellPlan:
    """Plan a cell instead of running it.

    Args:
        config: Config of the cell.
        is_elsewhere: Whether it would run on a machine that may have other devices than this one.

    Raises:
        XtlError: as :func:`xtl.pipeline.cell.run_cell`.
    """
    from xtl.caching.session import shared_cache
    from xtl.pipeline.plan import plan_cell
    from xtl.schemas.trainer import AUTO
    from xtl.store.store import PhaseStore
    from xtl.training.device import DeviceSettings

    phases = plan_cell(config, PhaseStore(), shared_cache(), is_elsewhere=is_elsewhere)
    settings = (DeviceSettings.elsewhere if is_elsewhere else DeviceSettings.of)(config.trainer)
    is_assumed = is_elsewhere and config.trainer.precision == AUTO
    return CellPlan(
        backbone=config.backbone.name,
        phases=phases,
        devices=settings.devices,
        assumed=settings.precision if is_assumed else "",
    )


def print_plans(plans: Sequence[CellPlan]) -> float | None:
    """Print what the cells of a dry run would do, each phase once however many cells share it.

    Args:
        plans: Plans of the cells, at least one.

    Returns:
        Tokens per second of earlier phases of the same backbone; ``None`` if there are none, or cells have
        different ones.
    """
    from xtl.pipeline.plan import usual_rate
    from xtl.store.store import PhaseStore

    phases = {phase.key: phase for cell in plans for phase in cell.phases}
    console = plain_console()
    console.print(_table(list(phases.values())[:_MOST_ROWS]))
    if len(phases) > _MOST_ROWS:
        console.print(f"and {len(phases) - _MOST_ROWS:,} more phases")
    to_train = [phase for phase in phases.values() if not phase.reused]
    tokens = sum(phase.tokens for phase in to_train)
    backbone_of = {phase.key: cell.backbone for cell in plans for phase in cell.phases}
    tokens_of = Counter({name: 0 for name in (cell.backbone for cell in plans) if name})
    for phase in to_train:
        tokens_of[backbone_of[phase.key]] += phase.tokens
    rates = {name: usual_rate(PhaseStore(), name) for name in tokens_of}
    rate = next(iter(rates.values())) if len(rates) == 1 else None
    minutes = _minutes(tokens_of, rates)
    console.print(
        f"{len(plans):,} cells, {sum(cell.done for cell in plans):,} of them done; {len(phases):,} different "
        f"phases: {len(to_train):,} to train, {len(phases) - len(to_train):,} in the store; {tokens:,} "
        f"tokens to train on{minutes}, evaluation not counted",
        soft_wrap=True,
    )
    for precision in dict.fromkeys(filter(None, (cell.assumed for cell in plans))):
        console.print(
            f"what is in the store holds for {precision}, which trainer.precision=auto is on this machine; "
            "give trainer.precision= as it is where the cells will run",
            soft_wrap=True,
        )
    failing = [cell for cell in plans if cell.error]
    for cell in failing[:_MOST_ROWS]:
        console.print(f"- would fail: {cell.name}: {cell.error}", soft_wrap=True)
    if failing:
        console.print(f"{len(failing):,} of {len(plans):,} cells would fail")
    return rate


def _minutes(tokens_of: Mapping[str, int], rates: Mapping[str, float | None]) -> str:
    """Time that tokens take, by backbone; empty where one of them has not trained before."""
    known = {name: rate for name, rate in rates.items() if rate}
    if not known or any(count and name not in known for name, count in tokens_of.items()):
        return ""
    minutes = sum(tokens_of[name] / rate / 60 for name, rate in known.items())
    listed = " and ".join(f"{rate:,.0f}" for rate in known.values())
    return f", about {minutes:,.0f} min at {listed} tokens/s"


def _table(phases: Sequence[PlannedPhase]) -> PlainTable:
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("phase", "task", "lang"):
        table.add_column(name)
    for name in ("rows", "seed", "tokens", ""):
        table.add_column(name, justify="right")
    for phase in phases:
        state = "in the store" if phase.reused else "to train"
        numbers = (f"{phase.rows:,}", str(phase.seed), f"{phase.tokens:,}")
        table.add_row(phase.name, phase.task, phase.lang, *numbers, state)
    return table
