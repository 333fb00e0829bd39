"""What identifies a cell in each of its results."""

from collections.abc import Sequence
from typing import Any, cast

import xtl
from xtl.data.subsets import ids_digest
from xtl.results import UNTRAINED, Result
from xtl.runs.environment import commit
from xtl.runs.fingerprint import run_fingerprint
from xtl.schemas.cell import TrainConfig
from xtl.schemas.ranges import updates_of
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase, TrainedPhase
from xtl.training.tuning import name_of
from xtl.types import SplitName


def origin(
    config: TrainConfig,
    phases: Sequence[Phase],
    trained: Sequence[TrainedPhase],
    *,
    key: str,
    device: str,
) -> Result:
    """Make a result that knows its cell; language, metric, value and n come with each score.

    Args:
        config: Of the cell, ``auto`` resolved.
        phases: All, those that train nothing too; the last one is the target.
        trained: What those that trained left.
        key: Of the encoder that is scored.
        device: Kind of device where the cell ran.
    """
    target = phases[-1]
    return Result(
        task=target.task.name,
        lang="",
        split=cast(SplitName, target.task.config.eval_split),
        metric="",
        value=float("nan"),
        n=0,
        cell=run_fingerprint(config),
        rule=target.task.config.recipe.selection if target.train else UNTRAINED,
        train_task=target.task.name,
        train_lang="+".join(target.task.config.lang),
        train_rows=target.num_rows,
        train_ids=ids_digest(target.train),
        train_budget=_budget(target.task.config),
        shots=target.task.config.shots if target.train else 0,
        **_intermediate(phases),
        phase_key=key,
        recipe=config.recipe.name,
        tuning=name_of([phase.task.config for phase in phases]),
        seed=config.seed,
        data_seed=config.data_seed,
        backbone=config.backbone.name,
        commit=commit(),
        version=xtl.__version__,
        device=device,
        seconds=round(sum(one.report.seconds for one in trained), 1),
        tokens=sum(one.report.tokens for one in trained),
    )


def _intermediate(phases: Sequence[Phase]) -> dict[str, Any]:
    if len(phases) == 1:
        return {
            "intermediate_task": "",
            "intermediate_lang": "",
            "intermediate_rows": 0,
            "intermediate_fraction": 0.0,
            "intermediate_ids": "",
            "intermediate_budget": "",
        }
    phase = phases[0]
    return {
        "intermediate_task": phase.task.name,
        "intermediate_lang": "+".join(phase.task.config.lang),
        "intermediate_rows": phase.num_rows,
        "intermediate_fraction": phase.task.config.fraction if phase.task.config.size is None else -1.0,
        "intermediate_ids": ids_digest(phase.train),
        "intermediate_budget": _budget(phase.task.config),
    }


def _budget(task: TaskConfig) -> str:
    updates = updates_of(task, task.name)
    return f"epochs:{task.recipe.epochs}" if updates is None else f"steps:{updates}"
