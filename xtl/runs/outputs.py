"""Outputs of a head, by which a finished run's head is found for a task."""

from collections.abc import Mapping
from typing import NamedTuple

from xtl.tasks.base import Task


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
