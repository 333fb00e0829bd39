"""Examples on disk: large files are parsed once, and their rows stay out of memory.

A file holds a split as it was read; its name is a hash of the settings that decide reading and of the
content of the files that were read.
"""

import hashlib
import inspect
import logging
from abc import ABC
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import xtl.data
import xtl.readers
import xtl.types
from xtl.atomic import one_at_a_time
from xtl.cache import cache_root
from xtl.caching.counted_lists import Counted
from xtl.data.digests import ContentDigest, content_digest
from xtl.data.stored import Layout, StoredRows, UnstorableError, open_rows, write_rows
from xtl.digest import digest_at

logger = logging.getLogger(__name__)

FORMAT = 2
"""Version of the examples and of the way they are written."""

_CHUNK_SIZE = 4096
"""Examples that are written at once."""

ReadSplit = Callable[[], tuple[Iterator[Any], Counted]]
"""Function that begins to read a split: its examples, and what reading counts, whole when they end."""


def examples_folder() -> Path:
    """Folder of examples: ``examples`` in xtl's cache."""
    return cache_root() / "examples"


class Stamped(NamedTuple):
    """A file as it was at one moment.

    Attributes:
        path: Path of the file.
        size: Number of bytes.
        mtime_ns: Time of the last change, in nanoseconds since the epoch.
    """

    path: Path
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "Stamped":
        """The file as it is now."""
        stat = path.stat()
        return cls(path, stat.st_size, stat.st_mtime_ns)


def example_path(folder: Path, settings: Sequence[str], files: Sequence[Stamped]) -> Path:
    """Path of the file of a split.

    Args:
        folder: Folder of examples.
        settings: All that decides what is read from the files.
        files: Files that are read.

    Raises:
        OSError: if one of them cannot be read.
    """
    contents = [f"{file.path.name} {digest_at(*file)}" for file in files]
    name = "\0".join([xtl.__version__, str(FORMAT), *settings, *contents])
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.arrow"


@cache
def reading_code(task_class: type) -> str | None:
    """Hash of the code that makes examples of files: another reader may make others.

    Args:
        task_class: Class of the task.

    Returns:
        Hash of the files of its folder and those of its bases, and of the rooms that they read with; ``None``
        where a class stands in no module that can be imported, as in a notebook.
    """
    classes = [base for base in task_class.__mro__ if base not in (object, ABC)]
    if any(base.__module__ == "__main__" for base in classes):
        return None
    try:
        folders = {Path(inspect.getfile(base)).parent for base in classes}
    except (TypeError, OSError):
        return None
    folders |= {Path(str(module.__file__)).parent for module in (xtl.data, xtl.readers, xtl.types)}
    files = sorted(path for folder in folders for path in folder.glob("*.py"))
    return content_digest(path.read_text(encoding="utf-8") for path in files)


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """The file of a split's examples.

    Attributes:
        path: Path of the file, see :func:`example_path`.
        layout: Columns of an example.
    """

    path: Path
    layout: Layout

    def read_or_make(self, read: ReadSplit) -> tuple[StoredRows, Counted] | None:
        """Examples from the file, or read now and written; processes that need the same read them once.

        Args:
            read: Function that begins to read the split.

        Returns:
            The examples and what reading counted; ``None`` where no file can hold them.

        Raises:
            XtlError: as reading does.
        """
        try:
            stored = self._stored()
            if stored is not None:
                return stored
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with one_at_a_time(self.path.with_suffix(".lock")):
                stored = self._stored()
                if stored is None:
                    self._write(read)
                    stored = self._stored()
        except OSError as error:
            reason = getattr(error, "strerror", None) or error
            logger.warning("examples are not kept: %s: %s", self.path.parent, reason)
            return None
        except (UnstorableError, UnicodeError) as error:
            logger.debug("examples are not kept: %s: %s", self.path, error)
            return None
        return stored

    def _write(self, read: ReadSplit) -> None:
        digest = ContentDigest()
        examples, counted = read()

        def chunks() -> Iterator[list[Any]]:
            while chunk := list(islice(examples, _CHUNK_SIZE)):
                for example in chunk:
                    digest.add(repr(example))
                yield chunk

        def info() -> dict[str, Any]:
            return {"format": FORMAT, "digest": digest.value, "counted": counted}

        write_rows(self.path, self.layout, chunks(), info=info)

    def _stored(self) -> tuple[StoredRows, Counted] | None:
        rows = open_rows(self.path, self.layout)
        if rows is None or rows.info.get("format") != FORMAT:
            return None
        with suppress(OSError):  # of another user; the file's time says when it was used last
            self.path.touch()
        try:
            return rows, [(reason, uid) for reason, uid in rows.info["counted"]]
        except (KeyError, TypeError, ValueError):
            return None
