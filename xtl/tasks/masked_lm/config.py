"""Configs of masked language modelling on raw text."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.ranges import at_least
from xtl.schemas.task import TaskConfig


@dataclass
class MaskedLMConfig(TaskConfig):
    """Guess hidden tokens of raw text."""

    share: float = 0.15
    """Chance of each token to be hidden, in (0, 1]."""


def check(task: MaskedLMConfig, where: str) -> None:
    at_least(task.max_len, 8, f"{where}.max_len")
    if not 0 < task.share <= 1:
        raise ConfigError(f"{where}.share: expected a share above 0 and at most 1, got {task.share}")
