"""Multiple choice: the right one of several options."""

from xtl.tasks.multiple_choice.config import MultipleChoiceConfig, check
from xtl.tasks.task_type import TaskType

TASK_TYPE = TaskType(
    name="multiple_choice",
    schema=MultipleChoiceConfig,
    metrics=("accuracy",),
    check=check,
    build="xtl.tasks.multiple_choice.task:MultipleChoiceTask",
    export="xtl.tasks.multiple_choice.export:head_export",
)
