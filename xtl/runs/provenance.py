"""What identifies a run beside each of its scores."""

from collections.abc import Sequence

import xtl
from xtl.data.subsets import data_digest, ids_digest
from xtl.results import UNTRAINED, PhaseInfo, RunInfo
from xtl.runs.environment import commit
from xtl.runs.fingerprint import run_fingerprint
from xtl.schemas.cell import TrainConfig
from xtl.schemas.ranges import updates_of
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase, TrainedPhase
from xtl.training.tuning import name_of


def run_info(
    config: TrainConfig,
    phases: Sequence[Phase],
    trained: Sequence[TrainedPhase],
    *,
    key: str,
    device: str,
) -> RunInfo:
    """Describe a run, from its config and from what its phases read and trained.

    Args:
        config: Config of the cell, ``auto`` resolved.
        phases: All phases, those that train nothing too; the last one is the target.
        trained: Outcomes of the phases that trained.
        key: Key of the encoder that is scored.
        device: Kind of device that the cell ran on, such as ``cpu``.
    """
    target = phases[-1]
    return RunInfo(
        phases=(*(_phase_info(phase, with_fraction=True) for phase in phases[:-1]), _phase_info(target)),
        cell=run_fingerprint(config),
        selection=target.task.config.recipe.selection if target.train else UNTRAINED,
        shots=target.task.config.shots if target.train else 0,
        phase_key=key,
        recipe=config.recipe.name,
        tuning=name_of([phase.task.config for phase in phases]),
        seed=config.seed,
        data_seed=config.data_seed,
        backbone=config.backbone.name,
        commit=commit(),
        version=xtl.__version__,
        device=device,
        seconds=round(sum(phase.report.seconds for phase in trained), 1),
        tokens=sum(phase.report.tokens for phase in trained),
        devices=config.trainer.processes,
        micro_batch=config.trainer.micro_batch or 0,
    )


def _phase_info(phase: Phase, *, with_fraction: bool = False) -> PhaseInfo:
    task = phase.task.config
    fraction = task.fraction if task.size is None else -1.0
    return PhaseInfo(
        task=phase.task.name,
        lang="+".join(task.lang),
        rows=phase.num_rows,
        ids=ids_digest(phase.train),
        data=data_digest(phase.train),
        budget=_budget(task),
        fraction=fraction
        if with_fraction
        else 0.0,  # a line has a field for that of the intermediate phase alone
    )


def _budget(task: TaskConfig) -> str:
    updates = updates_of(task, task.name)
    return f"epochs:{task.recipe.epochs}" if updates is None else f"steps:{updates}"
