"""Whether resolved configs make sense, before any data are read: checks that change nothing.

All of them raise :class:`xtl.errors.ConfigError`, which says where, what was expected and what came.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from xtl.config.checks import (
    check_backbone,
    check_recipe,
    check_recipe_table,
    check_rules,
    check_shares,
    check_shots,
    check_strategy,
    check_tracking,
    check_trainer,
    check_tuning,
)
from xtl.config.data_checks import check_agreement, check_data, check_named_sizes, check_source
from xtl.config.languages import all_languages
from xtl.config.unread import warn_of_unread
from xtl.errors import ConfigError, nearest
from xtl.languages import NAMED, language
from xtl.schemas.cell import EvaluateConfig, TrainConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.ranges import at_least, check_seed, one_of, updates_of
from xtl.schemas.task import TaskConfig
from xtl.schemas.trainer import AUTO
from xtl.tasks.registry import task_types
from xtl.types import SAMPLINGS, SPLITS


def validate(config: TrainConfig, *, data_needed: bool = True) -> None:
    """Refuse a cell that cannot run.

    Args:
        config: Resolved config of a cell.
        data_needed: Whether its data must be where it says.

    Raises:
        ConfigError: for the first value that is out of range, with what was expected.
    """
    check_seed(config.seed, "seed")
    check_recipe_table(config.recipe)
    for where, task in config.phases:
        _check_phase(task, where, config.data)
    # Runs of older versions may have trained on such rows, or so, and are opened.
    check_shots(config.target, config.intermediate if data_needed else None)
    if data_needed:
        check_data(config.data)
    check_trainer(config.trainer)
    if config.trainer.devices != AUTO:
        check_all_shares(config, is_finished=not data_needed)
    check_backbone(config.backbone)
    check_rules(config.sweep.rules)
    at_least(config.sweep.seeds_more, 0, "sweep.seeds_more")
    check_tracking(config.tracking)
    if data_needed:  # not where a sweep looks at a cell beforehand: once is enough
        warn_of_unread(config)


def validate_evaluation(config: EvaluateConfig) -> None:
    """Refuse an evaluation that cannot run.

    Args:
        config: Resolved config of an evaluation.

    Raises:
        ConfigError: for the first value that is out of range, with what was expected.
    """
    one_of(config.phase, ("target", "intermediate"), "phase")
    if config.submission is not None and (config.task or config.langs):
        raise ConfigError(
            "submission: expected neither task nor langs beside it, since it writes what runs have "
            "predicted; score first, then give that run folder as run="
        )
    if config.task is not None:
        check_task(config.task, "task")
    check_named_sizes(config.data)
    check_trainer(config.trainer)
    if config.trainer.devices not in (1, AUTO) or config.trainer.nodes > 1:
        raise ConfigError(
            f"trainer.devices: expected 1, since xtl-evaluate runs in one process, got "
            f"{config.trainer.devices} on {config.trainer.nodes} nodes"
        )


def check_all_shares(config: TrainConfig, *, is_finished: bool = False) -> None:
    """Refuse devices, strategies or micro-batches that the batches of a phase cannot be shared out to.

    Args:
        config: Resolved config of a cell, ``trainer.devices`` as a number.
        is_finished: Whether it may be that of a finished run, of a version that cut batches of a mixture.
    """
    check_strategy(config.trainer)
    for where, task in config.phases:
        if not task.trains:
            continue
        members = task_types()[task.task_type].members(task)
        for name, member in members.items():
            if member.has_rows and (member.recipe.epochs or not is_finished):
                check_shares(member, f"{where}.settings.{name}", config.trainer)
        if not members:
            check_shares(task, where, config.trainer)


def _check_phase(task: TaskConfig, where: str, data: DataConfig, *, trains: bool | None = None) -> None:
    """Check a task, and first those that it is made of."""
    one_of(task.task_type, tuple(task_types()), f"{where}.task_type")
    for name, member in task_types()[task.task_type].members(task).items():
        # Epochs of a member's own recipe do not count.
        trains_member = task.recipe.epochs > 0 and member.has_rows
        _check_phase(member, f"{where}.settings.{name}", data, trains=trains_member)
    check_task(task, where, trains=trains)
    check_source(task, data, where)
    check_agreement(task, data, where)
    check_recipe(task.recipe, f"{where}.recipe")
    check_tuning(task.tuning, f"{where}.tuning")


def check_task(task: TaskConfig, where: str, *, trains: bool | None = None) -> None:
    """Refuse a task whose values cannot work.

    Args:
        task: Resolved config of the task.
        where: Place of the task that an error names, such as ``target``.
        trains: Whether weights are trained on it; ``None``: if its recipe has epochs.

    Raises:
        ConfigError: where, what was expected, what came.
    """
    one_of(task.task_type, tuple(task_types()), f"{where}.task_type")
    task_type = task_types()[task.task_type]
    if not isinstance(task, task_type.schema):
        raise ConfigError(
            f"{where}.task_type: expected the type that the file of task '{task.name}' names, got "
            f"'{task.task_type}', whose settings are others; write a file of its own for another type of task"
        )
    scores = tuple(task_type.metrics)
    if not task.metrics:
        raise ConfigError(f"{where}.metrics: expected at least one of {', '.join(scores)}, got none")
    for metric in task.metrics:
        one_of(metric, scores, f"{where}.metrics")
    task_type.check(task, where)  # before the languages: a task without members has none
    _check_languages(task, where, trains=task.recipe.epochs > 0 if trains is None else trains)
    _check_sets(task, where)
    _check_amount(task, where)
    one_of(task.eval_split, SPLITS[1:], f"{where}.eval_split")


def _check_languages(task: TaskConfig, where: str, *, trains: bool) -> None:
    languages = all_languages(task)
    for lang in languages:
        language(lang)
    _check_chosen(task, where, trains=trains)
    for key, langs in (("lang", task.lang), ("langs", task.langs or [])):
        for lang in langs:
            if lang not in languages:
                raise ConfigError(
                    f"{where}.{key}: expected languages of task '{task.name}' ({' '.join(languages)}), got "
                    f"'{lang}'{_similar(lang, languages, NAMED if key == 'langs' else ())}"
                )
    trainable = task.train_languages.split() or languages
    for lang in [*trainable, *(task.lang if trains else [])]:
        if lang not in languages:
            raise ConfigError(
                f"{where}.train_languages: expected languages of task '{task.name}' ({' '.join(languages)}), "
                f"got '{lang}'{_similar(lang, languages)}"
            )
        if lang not in trainable:
            raise ConfigError(
                f"{where}.lang: expected languages that task '{task.name}' has training rows in "
                f"({' '.join(trainable)}), got '{lang}'{_similar(lang, trainable)}"
            )


def _similar(lang: str, languages: Sequence[str], words: Iterable[str] = ()) -> str:
    """Say which language of a task is meant: that of another of its codes, else what is written like it."""
    with suppress(ConfigError):
        code = language(lang).code
        matching = [lang for lang in languages if language(lang).code == code]
        if len(matching) == 1:
            return f" (did you mean '{matching[0]}'?)"
    return nearest(lang, [*languages, *words])


def _check_chosen(task: TaskConfig, where: str, *, trains: bool) -> None:
    """Refuse no language at all, and one that is named twice."""
    if not task.lang and trains:
        raise ConfigError(f"{where}.lang: expected at least one language to train on, got none")
    if len(set(task.lang)) < len(task.lang):
        raise ConfigError(f"{where}.lang: expected different languages, got {'+'.join(task.lang)}")
    if task.langs == []:
        raise ConfigError(
            f"{where}.langs: expected at least one language to score, or null for all that have the file, "
            "got none"
        )


def _check_sets(task: TaskConfig, where: str) -> None:
    """Refuse sets and parts that name what is not there."""
    tables = {f"hub.sets.{name}.splits": hub_set.splits for name, hub_set in task.hub.sets.items()}
    for key, table in {"parts": task.parts, **tables}.items():
        for split in table:
            one_of(split, SPLITS, f"{where}.{key}")
    for split, parts in task.parts.items():
        for part in parts.split() if task.hub.sets else ():
            one_of(part, list(task.hub.sets), f"{where}.parts.{split}")
    for name, hub_set in task.hub.sets.items():
        listed = [*(("langs", lang) for lang in hub_set.langs.split())]
        listed += (("refused", lang) for lang in " ".join(hub_set.refused).split())
        for key, lang in listed:
            one_of(lang, all_languages(task), f"{where}.hub.sets.{name}.{key}")
    patterns = [*task.rows.values(), *(hub_set.config for hub_set in task.hub.sets.values())]
    for pattern in patterns:
        _check_pattern(pattern, where)


def _check_pattern(pattern: str, where: str) -> None:
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
