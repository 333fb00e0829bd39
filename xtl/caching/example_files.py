"""Examples on disk: large files are parsed once, and their rows stay out of memory.

A file holds a split as it was read; its name is a hash of the settings that decide reading and of the
content of the files that were read.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from filelock import FileLock

import xtl
from xtl.cache import cache_root
from xtl.caching.counted_lists import Counted
from xtl.data.digests import ContentDigest
from xtl.data.stored import Layout, StoredRows, open_rows, write_rows
from xtl.digest import file_digest

logger = logging.getLogger(__name__)

FORMAT = 1
"""Version of the examples and of the way they are written."""

_CHUNK_SIZE = 4096
"""Examples that are written at once."""

ReadSplit = Callable[[], tuple[Iterator[Any], Counted]]
"""Function that begins to read a split: its examples, and what reading counts, whole when they end."""


def examples_folder() -> Path:
    """Folder of examples: ``examples`` in xtl's cache."""
    return cache_root() / "examples"


def example_path(folder: Path, settings: Sequence[str], files: Sequence[Path]) -> Path:
    """Path of the file of a split.

    Args:
        folder: Folder of examples.
        settings: All that decides what is read from the files.
        files: Files that are read.
    """
    contents = [f"{path.name} {file_digest(path)}" for path in files]
    name = "\0".join([xtl.__version__, str(FORMAT), *settings, *contents])
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.arrow"


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
            with FileLock(self.path.with_suffix(".lock")):
                stored = self._stored()
                if stored is None:
                    self._write(read)
                    stored = self._stored()
        except OSError as error:
            logger.warning("examples are not kept: %s: %s", self.path.parent, error.strerror or error)
            return None
        except (pa.ArrowException, UnicodeError) as error:
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
