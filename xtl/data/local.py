"""``data=local``: original files under one root, ``<root>/<task>/<language>/<split>.<format>``.

A file may be cut into shards as the hub's are, ``train-00000-of-00002.parquet`` and so on, read in order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl.errors import DataNotFoundError, nearest


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A folder of data files.

    Attributes:
        root: Folder that holds one folder a task.
    """

    root: Path

    def languages(self, task: str, split: str, formats: Sequence[str]) -> list[str]:
        """List the languages of a task that have a file of ``split``, sorted.

        Raises:
            DataNotFoundError: if the root or the task is not there.
        """
        folder = self._task_folder(task)
        return [lang for lang in _folders(folder) if _candidates(folder / lang, split, formats)]

    def path(self, task: str, lang: str, split: str, formats: Sequence[str]) -> Path:
        """Find the file of a split, or the first of its shards; see :meth:`paths`."""
        return self.paths(task, lang, split, formats)[0]

    def paths(self, task: str, lang: str, split: str, formats: Sequence[str]) -> list[Path]:
        """Find the file of a split, or its shards in their order.

        Args:
            task: Name of the task's folder.
            lang: Name of the language's folder.
            split: Name of the split, with a dot and a part of it behind where the task has several.
            formats: File name endings that the task can be read from, such as ``.conllu`` or ``.{lang}``.

        Raises:
            DataNotFoundError: if root, task, language, split or a shard is missing, or the split is there in
                two formats.
        """
        folder = self._task_folder(task) / lang
        if not folder.is_dir():
            available = _folders(folder.parent)
            raise DataNotFoundError(
                f"{folder}: expected the folder of language '{lang}' of task '{task}', found "
                f"{', '.join(available) or 'none'}{nearest(lang, available)}; add it or choose another "
                "language"
            )
        candidates = _candidates(folder, split, formats)
        if len(candidates) == 1:
            return _complete(candidates[0])
        if candidates:
            names = [path.name for paths in candidates for path in paths]
            raise DataNotFoundError(
                f"{folder}: expected one file for split '{split}', found {', '.join(names)}; leave one "
                "of them"
            )
        names = sorted(path.name for path in folder.iterdir())
        endings = ",".join(_endings(folder, formats))
        raise DataNotFoundError(
            f"{folder}: expected {split}{{{endings}}}, found {', '.join(names) or 'nothing'}; "
            f"task '{task}' has no split '{split}' in language '{lang}' here"
        )

    def _task_folder(self, task: str) -> Path:
        if not self.root.is_dir():
            raise DataNotFoundError(
                f"data.root={self.root}: expected a folder, found none; "
                "name the folder that holds <task>/<language>/<split>.<format>"
            )
        folder = self.root / task
        if not folder.is_dir():
            available = _folders(self.root)
            raise DataNotFoundError(
                f"{folder}: expected the folder of task '{task}', found {', '.join(available) or 'none'} in "
                f"{self.root}{nearest(task, available)}"
            )
        return folder


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


_SHARD = re.compile(r"(\d{5,})-of-(\d{5,})(?:-[0-9a-f]+)?")
"""Number of a shard from 0, number of shards, and at times a hash, as the library ``datasets`` writes."""


def stem_of(name: str) -> str:
    """Name of a file up to its first dot, without the number of a shard.

    Example:
        >>> stem_of("train-00000-of-00002.parquet"), stem_of("train.mnli.tsv")
        ('train', 'train')
    """
    stem = name.split(".")[0]
    first, _, shard = stem.partition("-")
    return first if _SHARD.fullmatch(shard) else stem


def files_of(folder: Path, split: str, ending: str) -> list[Path]:
    """The file ``<split><ending>`` of a folder, or its shards in their order; none: neither is there."""
    return sorted(path for path in folder.glob(f"{split}*{ending}") if is_file_of(path.name, split, ending))


def is_file_of(name: str, split: str, ending: str) -> bool:
    """Whether a file is that of a split, or a shard of it.

    Example:
        >>> names = ("train.tsv", "train-00000-of-00002.tsv", "train.a.tsv")
        >>> [is_file_of(name, "train", ".tsv") for name in names]
        [True, True, False]
    """
    if not (name.startswith(split) and name.endswith(ending)):
        return False
    middle = name.removeprefix(split).removesuffix(ending)
    return not middle or (middle[0] == "-" and _SHARD.fullmatch(middle[1:]) is not None)


def _complete(paths: Sequence[Path]) -> list[Path]:
    """Refuse shards of which one is missing, or that are of two sets."""
    shards = [match for path in paths if (match := _SHARD.search(path.name))]
    if not shards and len(paths) == 1:
        return list(paths)
    total = int(shards[0].group(2))
    numbers = [int(shard.group(1)) for shard in shards]
    if numbers != list(range(total)) or len(shards) != len(paths):
        raise DataNotFoundError(
            f"{paths[0].parent}: expected all of {total:,} shards, 00000 to {total - 1:05}, each once and "
            f"nothing beside them, found {', '.join(path.name for path in paths)}; fetch what is missing"
        )
    return list(paths)


def _candidates(folder: Path, split: str, formats: Sequence[str]) -> list[list[Path]]:
    """Files of a split in each of the formats that it is there in."""
    return [paths for ending in _endings(folder, formats) if (paths := files_of(folder, split, ending))]


def _endings(folder: Path, formats: Sequence[str]) -> list[str]:
    """Put the language, which is the folder's name, where a format has ``{lang}``."""
    return [ending.replace("{lang}", folder.name) for ending in formats]
