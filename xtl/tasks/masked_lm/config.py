"""Configs of masked language modelling on raw text."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, WEIGHTS, setting
from xtl.schemas.ranges import at_least
from xtl.schemas.task import TaskConfig


@dataclass
class MaskedLMConfig(TaskConfig):
    """Guess hidden tokens of raw text."""

    share: float = setting(0.15, affects={FEATURES, WEIGHTS})
    """Chance of each token to be hidden, in (0, 1]."""


def check(task: MaskedLMConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    at_least(task.max_len, 8, f"{where}.max_len")
    if not 0 < task.share <= 1:
        raise ConfigError(f"{where}.share: expected a share above 0 and at most 1, got {task.share}")
