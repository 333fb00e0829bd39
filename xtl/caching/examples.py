"""Splits as they were read, given again until one of their files changes."""

import json
from dataclasses import asdict
from pathlib import Path

from xtl.caching.counted_lists import CountedLists
from xtl.caching.settings import reading_settings
from xtl.data.splits import Split
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task
from xtl.types import SplitName


class ExampleCache:
    """Splits by all that decides their content; equal requests give one and the same object."""

    def __init__(self, *, max_splits: int) -> None:
        """Empty cache.

        Args:
            max_splits: Most splits that stay in memory.
        """
        self._splits = CountedLists(max_splits)

    def split(self, task: Task, data: DataConfig, lang: str, name: SplitName) -> Split:
        """Split of a task in one language, read now if it was not, or if a file of it has changed.

        Args:
            task: Task that reads it; its counts grow by what is left out.
            data: Source of the examples.
            lang: Code of the language.
            name: Split to read.

        Raises:
            DataNotFoundError: if it is not there.
            DataFormatError: if a file is not in its format.
        """
        source = json.dumps(asdict(data), sort_keys=True)
        stamps = _stamps(data, task.config.folder or task.name, lang)
        key = (reading_settings(task.config), source, stamps, lang, name)

        def read() -> list[Split]:
            examples = task.source.examples(lang, name)
            return [Split(task=task.name, lang=lang, name=name, examples=examples)]

        splits: list[Split] = self._splits.get(key, task.skip_counts, read)
        return splits[0]


def _stamps(data: DataConfig, folder: str, lang: str) -> tuple[tuple[str, int, int], ...]:
    """Sizes and times of the files of a language; what comes from the hub or from pocket has none."""
    if data.source != "local":
        return ()
    path = Path(str(data.root)).expanduser() / folder / lang
    if not path.is_dir():
        return ()
    stats = ((file.name, file.stat()) for file in sorted(path.iterdir()))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
