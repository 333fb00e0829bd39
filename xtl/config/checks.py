"""What makes sense together: checks of plain config objects, before any data are read.

All of them raise :class:`xtl.errors.ConfigError`, which says where, what was expected and what came.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from xtl import pocket
from xtl.errors import ConfigError, nearest
from xtl.languages import NAMED, language, select
from xtl.schemas.data import DATA_SOURCES, DataConfig
from xtl.schemas.ranges import at_least, one_of, updates_of
from xtl.schemas.recipe import SELECTIONS, RecipeConfig, RecipeTable, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.schemas.trainer import PRECISIONS, TrainerConfig
from xtl.tasks.registry import task_types
from xtl.types import SAMPLINGS, SPLITS, TUNINGS


def check_task(task: TaskConfig, where: str) -> None:
    """Refuse a task whose values cannot work.

    Raises:
        ConfigError: where, what was expected, what came.
    """
    _check_languages(task, where)
    _check_sets(task, where)
    _check_amount(task, where)
    one_of(task.task_type, tuple(task_types()), f"{where}.task_type")
    one_of(task.eval_split, SPLITS[1:], f"{where}.eval_split")
    task_type = task_types()[task.task_type]
    scores = tuple(task_type.metrics)
    if not task.metrics:
        raise ConfigError(f"{where}.metrics: expected at least one of {', '.join(scores)}, got none")
    for metric in task.metrics:
        one_of(metric, scores, f"{where}.metrics")
    task_type.check(task, where)


def listed_languages(given: Any, task: TaskConfig, where: str) -> list[str] | None:  # noqa: ANN401
    """Turn what ``langs`` may say into codes: words of :func:`xtl.languages.select`, one or several.

    Args:
        given: A code or word, several joined by ``+``, or a list of them; ``None`` stays ``None``.
        task: Has the languages.
        where: What errors call the setting.

    Raises:
        ConfigError: if a word stands for nothing.
    """
    if given is None:
        return None
    words = given.split("+") if isinstance(given, str) else list(given)
    return select([str(word) for word in words], _all_languages(task), where=where)


def _all_languages(task: TaskConfig) -> list[str]:
    return [*task.languages.split(), *task.languages_xtreme_r.split()]


def _check_languages(task: TaskConfig, where: str) -> None:
    known = _all_languages(task)
    for lang in known:
        language(lang)
    if not task.lang and task.recipe.epochs:
        raise ConfigError(f"{where}.lang: expected at least one language to train on, got none")
    for key, langs in (("lang", task.lang), ("langs", task.langs or [])):
        for lang in langs:
            if lang not in known:
                raise ConfigError(
                    f"{where}.{key}: expected languages of task '{task.name}' ({' '.join(known)}), got "
                    f"'{lang}'{nearest(lang, [*known, *NAMED])}"
                )
    trainable = task.train_languages.split() or known
    for lang in [*trainable, *(task.lang if task.recipe.epochs else [])]:
        if lang not in trainable or lang not in known:
            raise ConfigError(
                f"{where}.lang: expected languages that task '{task.name}' has training rows in "
                f"({' '.join(trainable)}), got '{lang}'{nearest(lang, trainable)}"
            )


def _check_sets(task: TaskConfig, where: str) -> None:
    """Refuse sets and parts that name what is not there."""
    tables = {f"hub.sets.{name}.splits": held.splits for name, held in task.hub.sets.items()}
    for key, table in {"parts": task.parts, **tables}.items():
        for split in table:
            one_of(split, SPLITS, f"{where}.{key}")
    for split, parts in task.parts.items():
        for part in parts.split() if task.hub.sets else ():
            one_of(part, list(task.hub.sets), f"{where}.parts.{split}")
    for name, held in task.hub.sets.items():
        for lang in held.langs.split():
            one_of(lang, _all_languages(task), f"{where}.hub.sets.{name}.langs")
    patterns = [*task.rows.values(), *(held.config for held in task.hub.sets.values())]
    for pattern in patterns:
        fillable(pattern, where)


def fillable(pattern: str, where: str) -> None:
    """Refuse a pattern with braces around anything but a word for a language."""
    for word in re.findall(r"{(.*?)}", pattern):
        one_of(word, ("lang", "lang2", "lang3", "name"), f"{where}: {pattern!r}")


def _check_amount(task: TaskConfig, where: str) -> None:
    one_of(task.lang_sampling, SAMPLINGS, f"{where}.lang_sampling")
    at_least(task.shots, 0, f"{where}.shots")
    if not 0 <= task.fraction <= 1:
        raise ConfigError(f"{where}.fraction: expected a share from 0 to 1, got {task.fraction}")
    if task.size is not None:
        at_least(task.size, 0, f"{where}.size")
        if task.fraction != 1:
            raise ConfigError(
                f"{where}: expected fraction or size, got both (fraction={task.fraction}, size={task.size})"
            )
    if updates_of(task, where) == 0:
        raise ConfigError(f"{where}.budget: expected at least one update, got '{task.budget}'")


def check_recipe_table(table: RecipeTable) -> None:
    """Refuse settings of a task that are no settings of a recipe."""
    names = [entry.name for entry in fields(RecipeConfig)]
    for task, settings in table.tasks.items():
        if not isinstance(settings, Mapping):
            raise ConfigError(f"recipe.tasks.{task}: expected settings such as 'lr: 1e-4', got {settings!r}")
        for key in settings:
            one_of(str(key), names, f"recipe.tasks.{task}")
    for name, length in table.max_len.items():
        at_least(length, 4, f"recipe.max_len.{name}")


def check_recipe(recipe: RecipeConfig, where: str) -> None:
    """Refuse numbers that are out of range."""
    at_least(recipe.epochs, 0, f"{where}.epochs")
    at_least(recipe.batch_size, 1, f"{where}.batch_size")
    at_least(recipe.patience, 0, f"{where}.patience")
    if recipe.validation_rows is not None:
        at_least(recipe.validation_rows, 1, f"{where}.validation_rows")
    for key in ("weight_decay", "clip"):
        at_least(getattr(recipe, key), 0, f"{where}.{key}")
    if not recipe.lr > 0:
        raise ConfigError(f"{where}.lr: expected a number above 0, got {recipe.lr}")
    if recipe.head_lr is not None and not recipe.head_lr > 0:
        raise ConfigError(f"{where}.head_lr: expected a number above 0 or null, got {recipe.head_lr}")
    if not (0 <= recipe.warmup <= 1 or (recipe.warmup > 1 and float(recipe.warmup).is_integer())):
        raise ConfigError(
            f"{where}.warmup: expected a share of the updates from 0 to 1, or a whole number of them, got "
            f"{recipe.warmup}"
        )
    if not 0 <= recipe.dropout < 1:
        raise ConfigError(f"{where}.dropout: expected a share from 0 to below 1, got {recipe.dropout}")
    one_of(recipe.selection, SELECTIONS, f"{where}.selection")


def check_tuning(tuning: TuningConfig, where: str) -> None:
    """Refuse a tuning that does not exist, or numbers that are out of range."""
    one_of(tuning.name, TUNINGS, f"{where}.name")
    at_least(tuning.layers, 0, f"{where}.layers")
    for key in ("rank", "units"):
        at_least(getattr(tuning, key), 1, f"{where}.{key}")
    if not tuning.alpha > 0:
        raise ConfigError(f"{where}.alpha: expected a number above 0, got {tuning.alpha}")
    if not 0 <= tuning.dropout < 1:
        raise ConfigError(f"{where}.dropout: expected a share from 0 to below 1, got {tuning.dropout}")
    if not tuning.targets:
        raise ConfigError(f"{where}.targets: expected at least one name of linear layers, got none")


def check_data(data: DataConfig) -> None:
    """Refuse a source that cannot give anything."""
    one_of(data.source, DATA_SOURCES, "data.source")
    if data.source == "pocket":
        for split in SPLITS:
            if not 1 <= data.sizes.get(split, 0) <= pocket.MAX_SIZE:
                raise ConfigError(
                    f"data.sizes.{split}: expected a number of rows from 1 to {pocket.MAX_SIZE:,}, got "
                    f"{data.sizes.get(split)}"
                )
        return
    if data.source == "hub":
        return
    if data.root is None:
        raise ConfigError(
            "data.root: expected the folder that holds <task>/<language>/<split>.<format>, got null; "
            "give it as data.root=FOLDER"
        )
    if not Path(data.root).expanduser().is_dir():
        raise ConfigError(f"data.root={data.root}: expected a folder, found none (from {Path.cwd()})")


def check_trainer(trainer: TrainerConfig) -> None:
    """Refuse settings of the machine that do not exist."""
    one_of(trainer.precision, PRECISIONS, "trainer.precision")
    at_least(trainer.checkpoint_seconds, 0, "trainer.checkpoint_seconds")
    one_of(trainer.accelerator, ("auto", "cpu", "gpu", "mps"), "trainer.accelerator")
    for key, value in (("eval_tokens", trainer.eval_tokens), ("threads", trainer.threads)):
        if value is not None:
            at_least(value, 1, f"trainer.{key}")
