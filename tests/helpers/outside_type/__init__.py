"""A task type of another package, which xtl knows nothing of: does a sentence begin with a capital letter?"""

from tests.helpers.outside_type.config import CapitalConfig, check
from xtl.tasks.task_type import TaskType

TASK_TYPE = TaskType(
    name="capital",
    schema=CapitalConfig,
    metrics=("accuracy",),
    check=check,
    build="tests.helpers.outside_type.task:CapitalTask",
)
