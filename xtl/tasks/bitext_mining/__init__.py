"""Bitext mining: which sentences of two corpora are translations."""

from xtl.tasks.bitext_mining.config import BitextMiningConfig, check
from xtl.tasks.task_type import TaskType
from xtl.types import BITEXT_MINING_METRICS

TASK_TYPE = TaskType(
    name="bitext_mining",
    schema=BitextMiningConfig,
    metrics=BITEXT_MINING_METRICS,
    check=check,
    build="xtl.tasks.bitext_mining.task:BitextMiningTask",
    export="xtl.tasks.retrieval.export:vector_export",
    trains=False,
    embeds=True,
    threshold=lambda config: "each",  # noqa: ARG005  the same for every config
    one_example=True,
    first_name="mining",
)
