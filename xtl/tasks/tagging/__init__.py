"""Tagging: one tag a word."""

from xtl.tasks.tagging.config import TaggingConfig, check
from xtl.tasks.task_type import TaskType
from xtl.types import TAGGING_METRICS

TASK_TYPE = TaskType(
    name="tagging",
    schema=TaggingConfig,
    metrics=TAGGING_METRICS,
    check=check,
    build="xtl.tasks.tagging.task:TaggingTask",
    export="xtl.tasks.tagging.export:head_export",
    reads_words=True,
)
