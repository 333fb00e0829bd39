"""Outputs of a head, by which a finished run's head is found for a task."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from xtl.schemas.fields import WEIGHTS, affecting, flattened
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task

logger = logging.getLogger(__name__)

_OF_TRAINING = ("recipe", "lang", "budget", "metrics", "name", "labels", "temperature", "tuning")
"""Settings that affect weights and not how a trained head is used."""


class Outputs(NamedTuple):
    """Outputs of a head.

    Attributes:
        task_type: Name of the type of its task.
        labels: Labels that its units stand for, in order; none of a regression.
    """

    task_type: str
    labels: tuple[str, ...]

    @classmethod
    def of(cls, task: Task) -> "Outputs":
        """Outputs that a task asks for."""
        return cls(task.type.name, task.labels)

    def __str__(self) -> str:
        """Labels, or that there are none."""
        return " ".join(self.labels) or f"{self.task_type} without labels"


def takes_head(task: Task) -> bool:
    """Whether predicting takes a trained head; vectors are those of the encoder.

    Args:
        task: Task that predicts.
    """
    return not task.type.embeds


def head_for(task: Task, heads: Mapping[str, Outputs]) -> str | None:
    """Name of the task whose head gives what ``task`` asks for: the same task's, or another's of its outputs.

    Args:
        task: Task that predicts.
        heads: Outputs of each head, by the task that it was trained on.

    Returns:
        The name; ``None`` if no head fits.
    """
    fitting = [name for name, outputs in heads.items() if outputs == Outputs.of(task)]
    return task.name if task.name in fitting else next(iter(fitting), None)


def as_trained(
    config: TaskConfig, task: Task, heads: Mapping[str, Outputs], trained_with: Mapping[str, TaskConfig]
) -> TaskConfig:
    """Config of a task that is scored with the head of another, or with that of itself under other settings.

    The states that the head reads (``pooling``) are those that it was trained on. Of other settings that
    differ a warning tells, where it is the same task.

    Args:
        config: Config of the task that is scored.
        task: Task of this config.
        heads: Outputs of each head, by the task that it was trained on; none where the task takes none.
        trained_with: Configs of these tasks.
    """
    name = head_for(task, heads)
    trained = trained_with.get(name or "")
    if name is None or trained is None:
        return config
    fitting = [outputs for outputs in heads.values() if outputs == heads[name]]
    if name != task.name and len(fitting) > 1:
        logger.warning("%s: with the head of %s, the first of %s that fit", task.name, name, len(fitting))
    pooling = getattr(trained, "pooling", None)
    if pooling is not None and getattr(config, "pooling", pooling) != pooling:
        logger.info("%s: pooling=%s, as its head was trained", config.name, pooling)
        changed: dict[str, Any] = {"pooling": pooling}
        config = replace(config, **changed)
    if config.name == trained.name:
        now, before = (flattened(affecting(part, WEIGHTS)) for part in (config, trained))
        differing = [
            f"{name}={now[name]} (trained with {value})"
            for name, value in before.items()
            if name in now and now[name] != value and name.partition(".")[0] not in _OF_TRAINING
        ]
        if differing:
            logger.warning("%s is scored with %s", config.name, ", ".join(differing))
    return config
