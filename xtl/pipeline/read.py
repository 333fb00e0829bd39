"""The rows of a phase: read, chosen, held out."""

import logging
from collections.abc import Mapping, Sequence

from xtl.caching.session import SessionCache
from xtl.data.splits import Split, Subset
from xtl.data.subsets import choose_rows, number_of_rows
from xtl.errors import DataNotFoundError
from xtl.schemas.cell import TrainConfig
from xtl.schemas.recipe import RecipeConfig
from xtl.schemas.task import TaskConfig
from xtl.store.records import Phase
from xtl.tasks.base import Task
from xtl.tasks.build import all_languages_of, build_task, languages_of

logger = logging.getLogger(__name__)


def read_phase(name: str, settings: TaskConfig, config: TrainConfig, cache: SessionCache) -> Phase:
    """Phase with the rows that it trains on and chooses weights with.

    Args:
        name: ``intermediate`` or ``target``.
        settings: Config of its task.
        config: Config of the cell: where rows come from, and which are chosen.
        cache: Splits that were read before.

    Raises:
        DataNotFoundError: if a language or split is not there, or has fewer rows than ``size``.
        DataFormatError: if a file is not in its format.
    """
    task = build_task(settings, config.data, config.backbone.embedding)
    if not task.members:
        return _read(name, task, config, cache)
    if not settings.trains:
        return Phase(name=name, task=task)
    # Rows of a mixture are those of its members, whatever the epochs in the members' own recipes.
    phases = [
        _read(f"{name} {member.name}", member, config, cache, mixture=settings)
        for member in task.members.values()
    ]
    return Phase(
        name=name,
        task=task,
        train=[subset for phase in phases for subset in phase.train],
        validation=[subset for phase in phases for subset in phase.validation],
    )


def _read(
    name: str, task: Task, config: TrainConfig, cache: SessionCache, *, mixture: TaskConfig | None = None
) -> Phase:
    """Phase of one task; in a mixture, epochs and selection of its own recipe do not count."""
    settings = task.config
    if not (settings.has_rows if mixture else settings.trains):
        return Phase(name=name, task=task)
    recipe = (mixture or settings).recipe
    splits = {lang: cache.examples.split(task, config.data, lang, "train") for lang in settings.lang}
    count = number_of_rows(
        sum(map(len, splits.values())),
        fraction=settings.fraction,
        size=settings.size,
        where=f"{name} {task.name} ({'+'.join(settings.lang)})",
        advice=f"lower {_setting(name, task, mixture)}.size, or give null for as many as its fraction says",
    )
    chosen = choose_rows(splits, count, data_seed=config.data_seed, sampling=settings.lang_sampling)
    train = [*chosen, *_shots(task, config, cache)]
    _warn_of_other_numbers(task, [subset.split for subset in train])
    return Phase(
        name=name,
        task=task,
        train=train,
        validation=_validation(task, recipe, config, cache, phase=name.split()[0]),
        watched=_watched(task, config, cache) if name == "target" else {},
    )


def _setting(name: str, task: Task, mixture: TaskConfig | None) -> str:
    """Where the settings of a task stand: those of its phase, or in a mixture those of the member."""
    phase = name.split()[0]
    return f"{phase}.settings.{task.name}" if mixture else phase


def _warn_of_other_numbers(task: Task, splits: Sequence[Split]) -> None:
    """Tell of training sets that should be translations row by row and are not even as many rows."""
    if "train" not in task.config.aligned.split():
        return
    left_out = [
        uid for reason, uids in task.skip_counts.uids.items() if reason.startswith("left out") for uid in uids
    ]
    rows = {
        split.lang: len(split)
        + sum(uid.startswith(f"{split.lang}:{task.name}/{split.name}/") for uid in left_out)
        for split in splits
    }
    if len(set(rows.values())) > 1:
        logger.warning(
            "%s: training rows should be translations of each other, row by row, but their numbers differ "
            "(%s): row n is not the same in these languages, nor are the rows that size, fraction or shots "
            "choose; look with xtl-data check %s",
            task.name,
            ", ".join(f"{lang} {count:,}" for lang, count in rows.items()),
            task.name,
        )


def _shots(task: Task, config: TrainConfig, cache: SessionCache) -> list[Subset]:
    """A few rows of each scored language, the same ones in row-aligned translations."""
    settings = task.config
    if not settings.shots:
        return []
    available = all_languages_of(task, "train")
    scored = settings.langs or languages_of(task, settings.scored_split)
    langs = [lang for lang in scored if lang in available and lang not in settings.lang]
    if not langs:
        raise DataNotFoundError(
            f"task '{task.name}': expected a scored language besides {'+'.join(settings.lang)} with a "
            f"training set for shots={settings.shots}, found none among {', '.join(scored)}; training sets "
            f"are in {', '.join(available)}"
        )
    without = [lang for lang in scored if lang not in available]
    if without:
        logger.warning(
            "%s: no training set, and so none of the shots=%s, in %s",
            task.name,
            settings.shots,
            ", ".join(without),
        )
    shots = []
    for lang in langs:
        split = cache.examples.split(task, config.data, lang, "train")
        count = number_of_rows(
            len(split),
            fraction=1,
            size=settings.shots,
            where=f"shots of {task.name} ({lang})",
            advice="lower target.shots",
        )
        shots += choose_rows({lang: split}, count, data_seed=config.data_seed)
    return shots


def _watched(task: Task, config: TrainConfig, cache: SessionCache) -> Mapping[str, Subset]:
    """Validation subsets of all languages that are trained on or scored, to compare selections by."""
    if not config.trainer.compare_selections:
        return {}
    available = all_languages_of(task, "validation")
    scored = task.config.langs or languages_of(task, task.config.scored_split)
    langs = [lang for lang in dict.fromkeys([*task.config.lang, *scored]) if lang in available]
    return {lang: _validation_subset(task, lang, config, cache) for lang in langs}


def _validation(
    task: Task, recipe: RecipeConfig, config: TrainConfig, cache: SessionCache, *, phase: str
) -> list[Subset]:
    """Validation subsets of the training languages; needed only where the phase's recipe chooses weights."""
    settings = task.config
    changes = {}
    if recipe.selection == "best_validation":
        changes[f"{phase}.recipe.selection={recipe.selection}"] = f"{phase}.recipe.selection=last"
    if recipe.patience > 0:
        changes[f"{phase}.recipe.patience={recipe.patience}"] = f"{phase}.recipe.patience=0"
    available = set(task.source.languages("validation"))
    absent = [lang for lang in settings.lang if lang not in available]
    if absent and changes:
        raise DataNotFoundError(
            f"task '{task.name}': expected a validation set in {', '.join(absent)} to choose weights with "
            f"({', '.join(changes)}), found none; use {' '.join(changes.values())}"
        )
    langs = [lang for lang in settings.lang if lang in available]
    scored = [lang for lang in langs if lang in (settings.langs or langs)]
    if phase == "target" and changes and settings.eval_split == "validation" and scored:
        logger.warning(
            "%s: weights are chosen on the validation set of %s, which is scored too: its score is the "
            "best of its epochs; %s looks at none",
            task.name, ", ".join(scored), " ".join(changes.values()),
        )  # fmt: skip
    return [_validation_subset(task, lang, config, cache) for lang in langs]


def _validation_subset(task: Task, lang: str, config: TrainConfig, cache: SessionCache) -> Subset:
    """As much of a validation set as the recipe asks for, from the first row on."""
    split: Split = cache.examples.split(task, config.data, lang, "validation")
    return Subset.first(split, task.config.recipe.validation_rows)
