"""Configs of multiple-choice tasks."""

from dataclasses import dataclass

from xtl.errors import ConfigError
from xtl.schemas.fields import FEATURES, MISSING, WEIGHTS, setting
from xtl.schemas.ranges import at_least
from xtl.schemas.task import TaskConfig


@dataclass
class MultipleChoiceColumns:
    """Names of the columns of a file."""

    context: str = MISSING
    """What the options are about."""
    question: str = ""
    """A question about it; empty: there is none."""
    options: str = MISSING
    """Columns of the options, separated by spaces, or one column that holds a list of them."""
    label: str = MISSING
    """The right one: index from 0, or letter."""


@dataclass
class MultipleChoiceConfig(TaskConfig):
    """The right one of several options."""

    columns: MultipleChoiceColumns = setting(
        default_factory=MultipleChoiceColumns, affects={FEATURES, WEIGHTS}
    )
    """Columns of .jsonl, .tsv, .csv and .parquet files."""
    prompts: dict[str, str] = setting(default_factory=dict, affects={FEATURES, WEIGHTS})
    """What is read instead of a question, such as COPA's cause and effect."""


def check(task: MultipleChoiceConfig, where: str) -> None:
    """Refuse settings that cannot work, beside those that tasks of all types share."""
    at_least(task.max_len, 8, f"{where}.max_len")
    if not task.columns.options.split():
        raise ConfigError(f"{where}.columns.options: expected at least one column, got none")
