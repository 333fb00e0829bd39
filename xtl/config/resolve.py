"""From a composed config to plain objects: references, words for languages and members of tasks filled in."""

from dataclasses import replace
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf

from xtl.config.languages import listed_languages, training_languages
from xtl.config.members import expand_members
from xtl.config.objects import to_objects
from xtl.config.validate import validate, validate_evaluation
from xtl.errors import ConfigError
from xtl.readers import label_text
from xtl.schemas.cell import EvaluateConfig, TrainConfig
from xtl.schemas.ranges import one_of
from xtl.schemas.recipe import RecipeConfig, TuningConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.registry import task_types

_NO_RECIPE = RecipeConfig(
    lr=1.0,
    head_lr=None,
    epochs=0,
    batch_size=1,
    warmup=0.0,
    weight_decay=0.0,
    clip=0.0,
    dropout=0.0,
    selection="last",
    patience=0,
    validation_rows=None,
)
"""Recipe of tasks that are scored and never trained on; theirs refers to a recipe that ``evaluate`` lacks."""


def resolve(cfg: DictConfig) -> TrainConfig:
    """Plain objects of a cell. Whether their values make sense is for :func:`xtl.config.validate` to say.

    Args:
        cfg: Composed config of a cell; it is not changed.

    Raises:
        ConfigError: for keys that no schema has, missing values, and words that stand for nothing.
    """
    cell = cast(TrainConfig, to_objects(expand_members(cfg)))
    source = cell.data.source
    if source == "auto":
        source = "hub" if cell.data.root is None else "local"
    return replace(
        cell,
        intermediate=None if cell.intermediate is None else _resolved(cell.intermediate, "intermediate"),
        target=_resolved(cell.target, "target"),
        data=replace(cell.data, source=source),
    )


def resolve_evaluation(cfg: DictConfig) -> EvaluateConfig:
    """Plain objects of an evaluation, where a task's recipe and tuning play no part; see :func:`resolve`.

    Args:
        cfg: Composed config of an evaluation, as Hydra makes it.
    """
    if OmegaConf.select(cfg, "task") is not None:
        unused = {"task": {"recipe": _NO_RECIPE, "tuning": TuningConfig()}}
        cfg = cast(DictConfig, OmegaConf.merge(cfg, unused))
    evaluation = cast(EvaluateConfig, to_objects(cfg))
    # Without a root "local" stands for where the run found its data.
    source = "local" if evaluation.data.source == "auto" else evaluation.data.source
    return replace(
        evaluation,
        task=None if evaluation.task is None else _resolved(evaluation.task, "task"),
        data=replace(evaluation.data, source=source),
    )


def _joined_labels(task: TaskConfig, where: str) -> dict[str, Any]:
    """Labels that are a list, ``[no, yes]``, as the words that all of xtl reads; of other tasks nothing.

    Raises:
        ConfigError: if one is no word.
    """
    labels = getattr(task, "labels", "")
    if isinstance(labels, str):
        return {}
    values = labels if isinstance(labels, list) else [] if labels is None else [labels]
    texts = [label_text(value) for value in values]
    for text in texts:
        if len(text.split()) != 1:
            word = "_".join(text.split()) or "word"
            raise ConfigError(
                f"{where}.labels: expected labels that are words, got {text!r}; name it {word} and say how "
                f"files write it: replace: {{{text!r}: {word}}}"
            )
    return {"labels": " ".join(texts)}


def _resolved(task: TaskConfig, where: str) -> TaskConfig:
    """Task whose languages are lists of codes, and its members' too."""
    one_of(task.task_type, tuple(task_types()), f"{where}.task_type")
    task = replace(
        task,
        lang=training_languages(task.lang),
        **_joined_labels(task, where),
        langs=listed_languages(task.langs, task, f"{where}.langs"),
    )
    task_type = task_types()[task.task_type]
    members = task_type.members(task)
    if not members:
        return task
    return task_type.with_members(
        task, {name: _resolved(member, f"{where}.settings.{name}") for name, member in members.items()}
    )


def finalize(cfg: DictConfig, *, data_needed: bool = True) -> TrainConfig:
    """Plain objects of a cell, resolved and validated.

    Args:
        cfg: Composed config of a cell.
        data_needed: Whether its data must be where it says.

    Raises:
        ConfigError: all missing values, or the first value that is out of range, with what was expected.
    """
    config = resolve(cfg)
    validate(config, data_needed=data_needed)
    return config


def finalize_evaluation(cfg: DictConfig) -> EvaluateConfig:
    """Plain objects of an evaluation, resolved and validated; see :func:`finalize`.

    Args:
        cfg: Composed config of an evaluation, as Hydra makes it.
    """
    config = resolve_evaluation(cfg)
    validate_evaluation(config)
    return config
