"""Classification: a class, or a number, for one or two texts."""

from xtl.tasks.classification.config import ClassificationConfig, check
from xtl.tasks.task_type import TaskType
from xtl.types import CLASSIFICATION_METRICS, REGRESSION_METRICS

TASK_TYPE = TaskType(
    name="classification",
    schema=ClassificationConfig,
    metrics=(*CLASSIFICATION_METRICS, *REGRESSION_METRICS),
    check=check,
    build="xtl.tasks.classification.task:ClassificationTask",
    export="xtl.tasks.classification.export:head_export",
)
