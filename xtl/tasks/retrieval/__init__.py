"""Retrieval: the translation of each sentence."""

from xtl.tasks.retrieval.config import RetrievalConfig, check
from xtl.tasks.task_type import TaskType

METRICS = ("accuracy", "accuracy_back", "accuracy_benchmark")
"""Share of translations found: asking in the pivot language, as the benchmark does; asking in the other one;
and the first one again with the benchmark's own vectors (block 8 of 12 or 14 of 24, mean over all tokens)."""

TASK_TYPE = TaskType(
    name="retrieval",
    schema=RetrievalConfig,
    metrics=METRICS,
    check=check,
    build="xtl.tasks.retrieval.task:RetrievalTask",
    export="xtl.tasks.retrieval.export:vector_export",
    embeds=True,
    compares_examples=True,
    version=3,  # the same sentence again is no wrong answer; similarities in 32 bits
)
