"""Configs of masked language modelling on raw text."""

from dataclasses import dataclass

from xtl.config.families.rules import FamilyRules
from xtl.config.ranges import at_least
from xtl.config.schemas import TaskConfig
from xtl.errors import ConfigError


@dataclass
class MaskedLMConfig(TaskConfig):
    """Guess hidden tokens of raw text."""

    share: float = 0.15
    """Chance of each token to be hidden, in (0, 1]."""


def _check(task: MaskedLMConfig, where: str) -> None:
    at_least(task.max_len, 8, f"{where}.max_len")
    if not 0 < task.share <= 1:
        raise ConfigError(f"{where}.share: expected a share above 0 and at most 1, got {task.share}")


RULES = FamilyRules(schema=MaskedLMConfig, scores=("accuracy",), check=_check)
