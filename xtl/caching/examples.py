"""Splits as they were read, given again until one of their files changes."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xtl.caching.counted_lists import Counted, CountedLists
from xtl.caching.example_files import ExampleFile, Stamped, example_path, examples_folder, reading_code
from xtl.caching.settings import reading_settings
from xtl.data.source import stream_of
from xtl.data.splits import Split
from xtl.data.stored import Layout
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task
from xtl.types import SplitName

_SMALL_BYTES = 2**18
"""Size of a language's files up to which its splits are read into memory: a file would save nothing."""


class ExampleCache:
    """Splits by all that decides their content; equal requests give one and the same object.

    Splits of large files lie on disk and are mapped into memory.
    """

    def __init__(
        self, *, max_splits: int, folder: Path | None = None, small_bytes: int = _SMALL_BYTES
    ) -> None:
        """Empty cache.

        Args:
            max_splits: Most splits that stay open or in memory.
            folder: Folder of files, which other processes share; ``None``: ``examples`` in xtl's cache.
            small_bytes: Size of a language's files up to which its splits are read into memory.
        """
        self._splits = CountedLists(max_splits)
        self._folder = folder or examples_folder()
        self._small_bytes = small_bytes

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
        files = _files(data, task.config.folder or task.name, lang)
        key = (reading_settings(task.config), source, files, lang, name)
        is_large = task.example_type is not None and sum(file.size for file in files) > self._small_bytes

        def read() -> list[Split]:
            stored = self._stored(task, lang, name, files) if is_large else None
            if stored is not None:
                return [stored]
            examples = task.source.examples(lang, name)
            return [Split(task=task.name, lang=lang, name=name, examples=examples)]

        return self._splits.get(key, task.skip_counts, read)[0]  # type: ignore[no-any-return]

    def _stored(self, task: Task, lang: str, name: SplitName, files: tuple[Stamped, ...]) -> Split | None:
        """Split on disk, read and put there if it is not; ``None`` where that cannot be."""
        code = reading_code(type(task))
        if code is None:
            return None
        settings = [reading_settings(task.config), task.name, lang, name, code]
        try:
            path = example_path(self._folder, settings, files)
        except OSError:  # of a file that may be none of this split
            return None
        file = ExampleFile(path, Layout.of(task.example_type))
        skip_counts = task.skip_counts

        def begin() -> tuple[Iterator[Any], Counted]:
            counted: Counted = []

            def examples() -> Iterator[Any]:
                yield from stream_of(task.source, lang, name)
                if [Stamped.of(file.path) for file in files] != list(files):
                    raise OSError("a file was changed while it was read")
                counted.extend((reason, uid) for reason, uids in skip_counts.take().items() for uid in uids)

            return examples(), counted

        with skip_counts.apart():  # an attempt that comes to nothing counts for nothing
            stored = file.read_or_make(begin)
        if stored is None:
            return None
        rows, counted = stored
        skip_counts.add_all(counted)
        return Split(task=task.name, lang=lang, name=name, examples=rows, known_digest=rows.info["digest"])


def _files(data: DataConfig, folder: str, lang: str) -> tuple[Stamped, ...]:
    """Files of a language; what comes from the hub or from pocket has none."""
    path = Path(str(data.root)).expanduser() / folder / lang
    if data.source != "local" or not path.is_dir():
        return ()
    return tuple(Stamped.of(file) for file in sorted(path.iterdir()) if file.is_file())
