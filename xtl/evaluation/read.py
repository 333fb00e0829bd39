"""The files that will be scored, read before anything is trained."""

from collections.abc import Sequence
from typing import Any

from xtl.caching.session import SessionCache
from xtl.errors import DataNotFoundError
from xtl.progress import say
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task
from xtl.tasks.registry import languages_of
from xtl.types import SplitName


def read_tests(
    task: Task,
    data: DataConfig,
    langs: Sequence[str] | None,
    *,
    split: SplitName = "test",
    memory: SessionCache | None = None,
) -> dict[str, list[Any]]:
    """Read the files that will be scored, before anything is trained, so that a bad one shows early.

    Args:
        task: The task.
        data: Where it comes from.
        langs: Languages to score; ``None``: every one that has a file.
        split: What to read.
        memory: Knows what was read before.

    Raises:
        DataNotFoundError: if a language that was asked for is not there, or none is.
        DataFormatError: if a file is not in its format.
    """
    chosen = languages_of(task, split) if langs is None else list(dict.fromkeys(langs))
    if not chosen:
        raise DataNotFoundError(
            f"task '{task.name}': expected a {split} file in at least one of its languages "
            f"({task.config.languages}), found none"
        )
    memory = memory or SessionCache()
    examples = {lang: memory.examples(task, data, lang, split) for lang in chosen}
    absent = [lang for lang in task.config.languages.split() if lang not in chosen]
    if langs is None and absent:
        say(f"{task.name}: no {split} file here for {len(absent)} language(s): {' '.join(absent)}")
    return examples
