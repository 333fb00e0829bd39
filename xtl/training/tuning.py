"""The tuning of a phase: from its config to what :mod:`xtl.models.tuning` takes, and what is told of it."""

import logging
from collections.abc import Sequence

from torch import nn

from xtl.models import HFBackbone, Tuning, count_weights
from xtl.schemas.recipe import TUNING_SETTINGS, TuningConfig
from xtl.schemas.task import TaskConfig

logger = logging.getLogger(__name__)


def tuning_of(task: TaskConfig) -> Tuning:
    """Make plain values of the config of a phase."""
    tuning = task.tuning
    return Tuning(
        name=tuning.name,
        layers=tuning.layers,
        rank=tuning.rank,
        alpha=tuning.alpha,
        dropout=tuning.dropout,
        targets=tuple(tuning.targets),
        units=tuning.units,
    )


def deciding_settings(tuning: TuningConfig) -> dict[str, object]:
    """Settings that decide which weights are trained; none for ``full``."""
    if tuning.name == "full":
        return {}
    return {"name": tuning.name, **{key: getattr(tuning, key) for key in TUNING_SETTINGS[tuning.name]}}


def name_of(tasks: Sequence[TaskConfig]) -> str:
    """Name the tuning of a chain, as results do.

    Args:
        tasks: Configs of the phases' tasks; those that never train have no say, those without rows do: a
            baseline stands beside the cells that it is compared with.

    Returns:
        Such as ``full``, ``lora:8`` or, where phases differ, ``bitfit>full``.
    """
    names = [_name(task.tuning) for task in tasks if task.recipe.epochs]
    names = names or [_name(tasks[-1].tuning)]  # nothing trains: beside the cells of the same command
    return names[0] if len(set(names)) == 1 else ">".join(names)


def log_trained_weights(phase: str, backbone: HFBackbone, head: nn.Module) -> None:
    """Log the numbers of trained weights of encoder and head, of all weights, and the share.

    Args:
        phase: Name of the phase.
        backbone: Encoder in its tuning.
        head: Head of the phase.
    """
    counts = count_weights(backbone, head)
    share = f"{counts.share:.2%} of {counts.total:,}"
    logger.info(
        "%s: training %s weights of the encoder and %s of the head, %s",
        phase, f"{counts.encoder:,}", f"{counts.head:,}", share,
    )  # fmt: skip


def _name(tuning: TuningConfig) -> str:
    first = TUNING_SETTINGS[tuning.name][:1]
    return ":".join([tuning.name, *(str(getattr(tuning, key)) for key in first)])
