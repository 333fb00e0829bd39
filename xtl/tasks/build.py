"""From the config of a task to the task."""

from pkgutil import resolve_name

from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task
from xtl.tasks.registry import task_type
from xtl.types import SplitName


def build_task(config: TaskConfig, data: DataConfig, embedding: EmbeddingConfig | None = None) -> Task:
    """Task that a config describes, over one source of data.

    Args:
        config: Config of the task; the schema of any type.
        data: Source of its examples.
        embedding: The backbone's own way to make vectors, if it has one.
    """
    build = resolve_name(task_type(config.task_type).build)
    task: Task = build(config, data, embedding or EmbeddingConfig())
    return task


def languages_of(task: Task, split: SplitName) -> list[str]:
    """Languages of a task that have ``split``, in the task's order, without those that XTREME-R adds.

    These are the ones that are scored where none are named.
    """
    available = task.source.languages(split)
    return [lang for lang in task.config.languages.split() if lang in available]


def all_languages_of(task: Task, split: SplitName) -> list[str]:
    """Languages of a task that have ``split``, in the task's order; those that XTREME-R adds come last."""
    available = task.source.languages(split)
    names = [*task.config.languages.split(), *task.config.languages_xtreme_r.split()]
    return [lang for lang in names if lang in available]
