"""Masked language modelling: hidden tokens of raw text."""

from xtl.tasks.masked_lm.config import MaskedLMConfig, check
from xtl.tasks.task_type import TaskType

TASK_TYPE = TaskType(
    name="masked_lm",
    schema=MaskedLMConfig,
    metrics=("accuracy",),
    check=check,
    build="xtl.tasks.masked_lm.task:MaskedLMTask",
    export="xtl.tasks.masked_lm.export:head_export",
    trains_whole_table=True,  # each entry of the vocabulary gets a score
    packs_examples=True,  # lines stand one behind the other in a block
)
