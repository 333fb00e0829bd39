"""Configs of classification tasks, and of those that predict a number."""

from dataclasses import dataclass
from typing import Any

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, MISSING, WEIGHTS, setting
from xtl.schemas.ranges import at_least, different_names, one_of
from xtl.schemas.task import TaskConfig
from xtl.types import CLASSIFICATION_METRICS, POOLINGS, REGRESSION_METRICS


@dataclass
class ClassificationColumns:
    """Names of the columns of a file."""

    first: str = MISSING
    """The first text, or the only one."""
    second: str = ""
    """The second text; empty: there is none."""
    label: str = MISSING
    """The class, or the number."""


@dataclass
class ClassificationConfig(TaskConfig):
    """Config of a task with a class, or a number, for one or two texts."""

    labels: Any = setting("", affects={FEATURES, WEIGHTS})
    """Classes in the order of the output units: a list, or separated by spaces; empty: it is a number."""
    replace: dict[str, str] = setting(default_factory=dict, affects={FEATURES, WEIGHTS})
    """Labels as files spell them to labels of the task, such as {'0': entailment}."""
    columns: ClassificationColumns = setting(
        default_factory=ClassificationColumns, affects={FEATURES, WEIGHTS}
    )
    """Columns of .tsv, .csv, .jsonl and .parquet files."""
    quoted: bool = setting(default=False, affects={FEATURES, WEIGHTS})
    """Whether .tsv files put fields in quotation marks."""
    pooling: str = setting("cls", affects={FEATURES, WEIGHTS})
    """States that the head reads: cls (the first token's state, as in XTREME) or mean (of all tokens)."""


def check(task: ClassificationConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    at_least(task.max_len, 8, f"{where}.max_len")
    one_of(task.pooling, POOLINGS, f"{where}.pooling")
    scores = CLASSIFICATION_METRICS if task.labels else REGRESSION_METRICS
    for metric in task.metrics:
        if not task.labels and metric in CLASSIFICATION_METRICS:
            raise ConfigError(
                f"{where}.labels: expected the classes of task '{task.name}' by name for metric {metric}, "
                "got none (without labels a number is predicted)"
            )
        one_of(metric, scores, f"{where}.metrics")
    if not task.labels:
        if task.replace:
            raise ConfigError(
                f"{where}.replace: expected none where a number is predicted, got {task.replace}"
            )
        return
    different_names(task.labels, f"{where}.labels")
    for source, label in task.replace.items():
        one_of(label, task.labels.split(), f"{where}.replace.{source}")
