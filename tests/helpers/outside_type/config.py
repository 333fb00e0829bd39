"""Configs of capital tasks."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.task import TaskConfig


@dataclass
class CapitalConfig(TaskConfig):
    """Whether a sentence begins with a capital letter."""

    skip: int = 0
    """Number of characters before the one that is looked at."""


def check(task: CapitalConfig, where: str) -> None:
    """Refuse settings that cannot work."""
    if task.skip < 0:
        raise ConfigError(f"{where}.skip: expected 0 or more characters, got {task.skip}")
