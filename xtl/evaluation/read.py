"""The splits that will be scored, read before anything is trained."""

import logging
from collections.abc import Sequence

from xtl.caching.examples import ExampleCache
from xtl.data.splits import Split
from xtl.errors import DataNotFoundError
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task
from xtl.tasks.build import languages_of
from xtl.tasks.sources import refused_languages
from xtl.types import SplitName

logger = logging.getLogger(__name__)


def read_tests(
    task: Task, data: DataConfig, langs: Sequence[str] | None, *, split: SplitName, cache: ExampleCache
) -> dict[str, Split]:
    """Splits to score, by language; a bad file shows now, not after hours of training.

    Args:
        task: Task to score.
        data: Source of its examples.
        langs: Languages to score; ``None``: every one that has a file.
        split: Split to read.
        cache: Splits that were read before.

    Raises:
        DataNotFoundError: if a language that was asked for is not there, or none is.
        DataFormatError: if a file is not in its format.
    """
    chosen = languages_to_score(task, langs, split=split)
    splits = {lang: cache.split(task, data, lang, split) for lang in chosen}
    absent = [lang for lang in task.config.languages.split() if lang not in chosen]
    if langs is None and absent:
        langs_absent = " ".join(absent)
        logger.info("%s: no %s file here for %s language(s): %s", task.name, split, len(absent), langs_absent)
        refused = refused_languages(task.config, data)
        for why in dict.fromkeys(refused[lang] for lang in absent if lang in refused):
            named = " ".join(lang for lang in absent if refused.get(lang) == why)
            logger.warning("%s: not scored: the hub's %s: %s", task.name, named, why)
    return splits


def languages_to_score(task: Task, langs: Sequence[str] | None, *, split: SplitName) -> list[str]:
    """Languages that are scored; whether those that were asked for are there shows when they are read.

    Args:
        task: Task to score.
        langs: Languages to score; ``None``: every one that has a file.
        split: Split to score.

    Raises:
        DataNotFoundError: if there is none.
    """
    chosen = languages_of(task, split) if langs is None else list(dict.fromkeys(langs))
    if not chosen:
        raise DataNotFoundError(
            f"task '{task.name}': expected a {split} file in at least one of its languages "
            f"({task.config.languages}), found none; a task without one is scored on another split: "
            "eval_split: validation in its file"
        )
    return chosen
