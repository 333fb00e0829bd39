"""The rows of a phase: read, chosen, held out."""

from dataclasses import replace
from typing import Any, cast

from xtl.caching.session import SessionCache
from xtl.data.subsets import choose_rows, number_of_rows
from xtl.errors import DataNotFoundError
from xtl.schemas.cell import TrainConfig
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase
from xtl.tasks.base import Task
from xtl.tasks.mixture.config import MixtureConfig
from xtl.tasks.mixture.task import MixtureTask, mixed_examples
from xtl.tasks.registry import build_task, languages_of
from xtl.types import SplitName


def read_phase(name: str, task: TaskConfig, config: TrainConfig, memory: SessionCache) -> Phase:
    """Read what a phase trains on, and choose its rows.

    Args:
        name: ``intermediate`` or ``target``.
        task: Its task.
        config: Of the cell: where rows come from, and which are chosen.
        memory: Knows what was read before.

    Raises:
        DataNotFoundError: if a language or split is not there, or has fewer rows than ``size``.
        DataFormatError: if a file is not in its format.
    """
    if isinstance(task, MixtureConfig):
        return _read_mixture(name, task, config, memory)
    task = build_task(task, config.data, config.backbone.embedding)
    if not task.recipe.epochs or task.fraction == 0 or task.size == 0:
        return Phase(name=name, task=task, train=[], validation=[])
    rows_of_lang = {lang: memory.examples(task, config.data, lang, "train") for lang in task.lang}
    count = number_of_rows(
        sum(map(len, rows_of_lang.values())),
        fraction=task.fraction,
        size=task.size,
        where=f"{name} {task.name} ({'+'.join(task.lang)})",
    )
    chosen = choose_rows(rows_of_lang, count, data_seed=config.data_seed, sampling=task.lang_sampling)
    chosen += _shots(task, config, memory)
    return Phase(
        name=name,
        task=task,
        train=chosen,
        validation=_validation(task, config, memory),
        watched=_watched(task, config, memory) if name == "target" else {},
    )


def _read_mixture(name: str, task: MixtureConfig, config: TrainConfig, memory: SessionCache) -> Phase:
    """Read each task of a mixture as a phase of its own, and put their rows together."""
    trains = task.recipe.epochs > 0
    parts = {
        part: read_phase(
            f"{name} {part}", replace(one, recipe=replace(one.recipe, epochs=int(trains))), config, memory
        )
        for part, one in task.members.items()
    }
    task = MixtureTask(task, {part: phase.task for part, phase in parts.items()})
    train, validation = (
        [row for part, phase in parts.items() for row in mixed_examples(part, getattr(phase, split))]
        for split in ("train", "validation")
    )
    return Phase(name=name, task=task, train=train, validation=validation)


def _shots(task: Task, config: TrainConfig, memory: SessionCache) -> list[Any]:
    """Choose a few rows of each scored language, the same ones in row-aligned translations."""
    task = task.config
    if not task.shots:
        return []
    there = languages_of(task, "train")
    langs = [lang for lang in task.langs or there if lang in there and lang not in task.lang]
    if not langs:
        raise DataNotFoundError(
            f"task '{task.name}': expected a training set in a scored language for shots={task.shots}, "
            f"found none but in {', '.join(there)}"
        )
    shots = []
    for lang in langs:
        rows = memory.examples(task, config.data, lang, "train")
        where = f"shots of {task.name} ({lang})"
        count = number_of_rows(len(rows), fraction=1, size=task.shots, where=where)
        shots += choose_rows({lang: rows}, count, data_seed=config.data_seed)
    return shots


def _watched(task: Task, config: TrainConfig, memory: SessionCache) -> dict[str, list[Any]]:
    """Read the validation sets of all languages that are trained on or scored, to compare rules by."""
    task = task.config
    if not config.trainer.compare_selections:
        return {}
    there = languages_of(task, "validation")
    scored = task.langs or languages_of(task, cast(SplitName, task.eval_split))
    langs = [lang for lang in dict.fromkeys([*task.lang, *scored]) if lang in there]
    return {lang: _held_out(task, lang, config, memory) for lang in langs}


def _held_out(task: Task, lang: str, config: TrainConfig, memory: SessionCache) -> list[Any]:
    """Read what the recipe wants of a validation set."""
    rows = memory.examples(task, config.data, lang, "validation")
    return rows[: task.config.recipe.validation_rows]


def _validation(task: Task, config: TrainConfig, memory: SessionCache) -> list[Any]:
    """Read the validation sets of the training languages; needed only where weights are chosen with them."""
    task = task.config
    needed = task.recipe.selection == "best_validation" or task.recipe.patience > 0
    there = set(task.source.languages("validation"))
    absent = [lang for lang in task.lang if lang not in there]
    if absent and needed:
        raise DataNotFoundError(
            f"task '{task.name}': expected a validation set in {', '.join(absent)} to choose weights with "
            f"(recipe.selection={task.recipe.selection}), found none; "
            "use recipe.selection=last and patience=0"
        )
    return [row for lang in task.lang if lang in there for row in _held_out(task, lang, config, memory)]
