"""Settings that nothing of a cell reads: a warning, since a file may hold them for other cells."""

import logging
from collections.abc import Iterable
from dataclasses import fields
from functools import cache

from xtl.config.compose import conf_dir
from xtl.errors import nearest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.recipe import TUNING_SETTINGS, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import parts_of, task_types

logger = logging.getLogger(__name__)


def warn_of_unread(config: TrainConfig) -> None:
    """Say which settings of phases are not read, and which names in the recipe are probably misspelt.

    Args:
        config: Resolved config of a cell.
    """
    _warn_of_tuning([task.tuning for _, task in config.phases])
    if config.intermediate is not None:
        _warn_of_scored(parts_of(config.intermediate).values())
    tasks = {*_task_files(), *(name for _, task in config.phases for name in parts_of(task))}
    table = config.recipe
    _warn_of_names("recipe.tasks", table.tasks, tasks)
    _warn_of_names("recipe.intermediate.tasks", table.intermediate.tasks, tasks)
    _warn_of_names("recipe.max_len", table.max_len, {*tasks, *task_types()})


def _warn_of_scored(parts: Iterable[TaskConfig]) -> None:
    for part in parts:
        if part.langs is not None:
            logger.warning(
                "intermediate.langs=%s is not read: '%s' is trained in intermediate.lang=%s, and the target "
                "alone is scored",
                ",".join(part.langs), part.name, "+".join(part.lang),
            )  # fmt: skip


def _warn_of_tuning(tunings: Iterable[TuningConfig]) -> None:
    tunings, default = list(tunings), TuningConfig()
    read = {name for tuning in tunings for name in TUNING_SETTINGS[tuning.name]}
    for setting in (field.name for field in fields(TuningConfig)):
        values = [
            value for tuning in tunings if (value := getattr(tuning, setting)) != getattr(default, setting)
        ]
        if setting != "name" and setting not in read and values:
            methods = " or ".join(name for name, names in TUNING_SETTINGS.items() if setting in names)
            logger.warning(
                "tuning.%s=%s is not read: it is of tuning=%s, and this cell trains with tuning=%s",
                setting, values[0], methods, "+".join(dict.fromkeys(tuning.name for tuning in tunings)),
            )  # fmt: skip


def _warn_of_names(where: str, names: Iterable[str], choices: Iterable[str]) -> None:
    for name in names:
        # A name like none that is known may be that of a task in another folder of config files.
        if name not in choices and (meant := nearest(name, choices)):
            logger.warning("%s.%s is not read: there is no task of that name%s", where, name, meant)


@cache
def _task_files() -> frozenset[str]:
    """Names of the tasks that come with xtl."""
    return frozenset(path.stem for path in (conf_dir() / "task").glob("*.yaml"))
