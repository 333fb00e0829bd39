"""Retrieval: the translation of each sentence."""

from xtl.tasks.retrieval.config import RetrievalConfig, check
from xtl.tasks.task_type import TaskType
from xtl.types import RETRIEVAL_METRICS

TASK_TYPE = TaskType(
    name="retrieval",
    schema=RetrievalConfig,
    metrics=RETRIEVAL_METRICS,
    check=check,
    build="xtl.tasks.retrieval.task:RetrievalTask",
    embeds=True,
)
