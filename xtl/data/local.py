"""``data=local``: original files under one root, ``<root>/<task>/<language>/<split>.<format>``."""

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
        """Find one file.

        Args:
            task: Name of the task's folder.
            lang: Name of the language's folder.
            split: Name of the split, with a dot and a part of it behind where the task has several.
            formats: File name endings that the task can be read from, such as ``.conllu`` or ``.{lang}``.

        Raises:
            DataNotFoundError: if root, task, language or split is missing, or the split is there in two
            formats.
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
            return candidates[0]
        if candidates:
            raise DataNotFoundError(
                f"{folder}: expected one file for split '{split}', found "
                f"{', '.join(path.name for path in candidates)}; "
                "leave one of them"
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


def _candidates(folder: Path, split: str, formats: Sequence[str]) -> list[Path]:
    return [path for ending in _endings(folder, formats) if (path := folder / f"{split}{ending}").is_file()]


def _endings(folder: Path, formats: Sequence[str]) -> list[str]:
    """Put the language, which is the folder's name, where a format has ``{lang}``."""
    return [ending.replace("{lang}", folder.name) for ending in formats]
