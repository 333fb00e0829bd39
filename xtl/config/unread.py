"""Settings that nothing of a cell reads: a warning, since a file may hold them for other cells."""

import logging
from collections.abc import Iterable
from dataclasses import fields
from functools import cache

from xtl.config.groups import conf_dir
from xtl.errors import nearest
from xtl.schemas.cell import TrainConfig
from xtl.schemas.recipe import TUNING_SETTINGS, RecipeTable, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import parts_of, task_types

logger = logging.getLogger(__name__)

_DEFAULT = "recipe.default."


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


def warn_of_unread_defaults(config: TrainConfig, overrides: Iterable[str]) -> None:
    """Say which overrides of ``recipe.default`` a phase does not read, since the recipe has its own setting.

    A file's are not said: a recipe has such settings on purpose.

    Args:
        config: Resolved config of a cell.
        overrides: Overrides that it was composed with, such as ``recipe.default.lr=1e-4``.
    """
    keys = {override.partition("=")[0].lstrip("+") for override in overrides}
    for setting in sorted(key.removeprefix(_DEFAULT) for key in keys if key.startswith(_DEFAULT)):
        for phase, task in config.phases:
            for name in parts_of(task):
                read = _read_before_default(config.recipe, setting, phase, name)
                if read and not keys & {read, f"{phase}.recipe.{setting}"}:
                    logger.warning(
                        "%s%s is not read for the %s task '%s': %s stands before it; give that one",
                        _DEFAULT, setting, phase, name, read,
                    )  # fmt: skip


def _read_before_default(recipe: RecipeTable, setting: str, phase: str, task: str) -> str:
    """Key that a phase takes a setting of a task from; empty: from the default."""
    tables = {f"recipe.tasks.{task}": recipe.tasks.get(task)}
    if phase == "intermediate":
        tables = {
            f"recipe.intermediate.tasks.{task}": recipe.intermediate.tasks.get(task),
            "recipe.intermediate.default": recipe.intermediate.default,
            **tables,
        }
    return next((f"{key}.{setting}" for key, settings in tables.items() if setting in (settings or ())), "")


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
