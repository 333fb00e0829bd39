"""Span QA: questions answered by a span of a context."""

from xtl.tasks.span_qa.config import SpanQAConfig, check
from xtl.tasks.task_type import TaskType
from xtl.types import SPAN_QA_METRICS

TASK_TYPE = TaskType(
    name="span_qa",
    schema=SpanQAConfig,
    metrics=SPAN_QA_METRICS,
    check=check,
    build="xtl.tasks.span_qa.task:SpanQATask",
    export="xtl.tasks.span_qa.export:head_export",
    version=2,  # an answer begins with its first token, whatever space that holds
    threshold=lambda config: "train" if config.unanswerable else "",
)
