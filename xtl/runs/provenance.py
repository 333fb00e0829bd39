"""What identifies a run beside each of its scores."""

from collections.abc import Sequence
from dataclasses import replace

import xtl
from xtl.data.subsets import data_digest, ids_digest
from xtl.results import UNTRAINED, PhaseInfo, RunInfo
from xtl.runs.environment import commit
from xtl.runs.fingerprint import run_fingerprint
from xtl.schemas.cell import TrainConfig
from xtl.schemas.ranges import budget_text
from xtl.schemas.trainer import TORCH_KERNELS, TrainerConfig
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
    outcome = {result.phase.name: result for result in trained}
    infos = [_validated(_phase_info(phase), outcome.get(phase.name)) for phase in phases]
    # A line has fields for the share of rows and for chance of the intermediate phase alone.
    before = [
        replace(
            info,
            fraction=_fraction(phase),
            at_chance=_at_chance(info, outcome.get(phase.name)),
            micro_batch=_micro_batch(outcome.get(phase.name)),
        )
        for phase, info in zip(phases[:-1], infos[:-1], strict=True)
    ]
    return RunInfo(
        phases=(*before, infos[-1]),
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
        precision=config.trainer.precision,
        devices=config.trainer.processes,
        micro_batch=_micro_batch(trained[-1] if trained else None) or 0,
        micro_batch_tokens=config.trainer.micro_batch_tokens or 0,
        retried="+".join(result.phase.name for result in trained if result.diverged),
        kernels=_kernels(config.trainer, device),
    )


def _kernels(trainer: TrainerConfig, device: str) -> str:
    """Kernels that were asked for; torch's on several GPUs and on devices that xtl has none for."""
    has_own = device == "cpu" or (device == "cuda" and trainer.processes == 1)
    return trainer.kernels if has_own else TORCH_KERNELS


def _phase_info(phase: Phase) -> PhaseInfo:
    task = phase.task.config
    return PhaseInfo(
        task=phase.task.name,
        lang="+".join(task.lang),
        rows=phase.num_rows,
        ids=ids_digest(phase.train),
        data=data_digest(phase.train),
        budget=budget_text(task),
    )


def _micro_batch(trained: TrainedPhase | None) -> int | None:
    """Most examples that were computed at once, 0 for all; ``None``: nothing was trained."""
    return None if trained is None else trained.trainer.micro_batch or 0


def _fraction(phase: Phase) -> float:
    task = phase.task.config
    return task.fraction if task.size is None else -1.0


def _validated(info: PhaseInfo, trained: TrainedPhase | None) -> PhaseInfo:
    """Phase with the validation score of the weights that it left, if it has one."""
    report = None if trained is None else trained.report
    epoch = None if report is None else next(
        (epoch for epoch in report.epochs if epoch.epoch == report.selected_epoch), None
    )  # fmt: skip
    if trained is None or epoch is None or epoch.val_score is None:
        return info
    return replace(info, metric=trained.phase.task.config.metrics[0], validation=round(epoch.val_score, 4))


def _at_chance(info: PhaseInfo, trained: TrainedPhase | None) -> bool | None:
    """Whether a phase scores no higher than one may that has learned nothing; ``None``: not known.

    It follows from the rows and the score alone, so that a phase of the store says the same as a new one.
    """
    if trained is None or info.validation is None:
        return None
    phase = trained.phase
    chance = phase.task.chance(phase.validation, trained.encoder.pretrained.tokenizer)
    return None if chance is None else info.validation <= chance.bound
