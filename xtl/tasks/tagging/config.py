"""Configs of tagging tasks."""

from dataclasses import dataclass
from typing import Any

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, WEIGHTS, setting
from xtl.schemas.ranges import at_least, different_names, one_of
from xtl.schemas.task import TaskConfig
from xtl.tasks.tagging.encode import RESERVED_POSITIONS


@dataclass
class TaggingConfig(TaskConfig):
    """Config of a task of sentences with a tag a word."""

    labels: Any = setting("", affects={FEATURES, WEIGHTS})
    """Tags in the order of the output units: a list, or separated by spaces; empty: the training set's."""
    most_labels: int = setting(0, affects={FEATURES, WEIGHTS})
    """Number of the training set's tags that are labels, the most frequent; 0: all. Others count as wrong."""
    replace: dict[str, str] = setting(default_factory=dict, affects={FEATURES, WEIGHTS})
    """Tags as files spell them to tags of the task."""
    fused_forms: bool = setting(default=False, affects={FEATURES, WEIGHTS})
    """Whether .conllu is read as XTREME converts it: a fused form instead of its words."""
    word_prefix: bool = setting(default=False, affects={FEATURES, WEIGHTS})
    """Whether words of column files begin with a language and a colon."""
    supertags: bool = setting(default=False, affects={FEATURES, WEIGHTS})
    """Whether tags are made of the trees of .conllu files: relation, side and part of speech of the head."""


def check(task: TaggingConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    if task.max_len <= RESERVED_POSITIONS:
        raise ConfigError(
            f"{where}.max_len={task.max_len}: expected at least {RESERVED_POSITIONS + 1}; XTREME uses "
            "128 for tagging"
        )
    at_least(task.most_labels, 0, f"{where}.most_labels")
    if task.supertags and task.fused_forms:
        raise ConfigError(f"{where}.fused_forms: expected false, since trees have no fused forms, got true")
    if not task.labels:
        if task.replace:
            raise ConfigError(f"{where}.replace: expected none where labels are empty, got {task.replace}")
        return
    different_names(task.labels, f"{where}.labels")
    for source, tag in task.replace.items():
        one_of(tag, task.labels.split(), f"{where}.replace.{source}")
