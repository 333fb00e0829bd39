"""Encoded features on disk: text that one process has tokenised is tokenised no more.

A file holds a split: a feature a row of an Arrow file, which is mapped into memory; no pickle, so that no
file can run code.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, Protocol

from xtl.atomic import one_at_a_time
from xtl.cache import cache_root
from xtl.caching.counted_lists import Counted
from xtl.data.stored import (
    FeatureList,
    FeatureSet,
    Layout,
    StoredFeatures,
    StoredRows,
    UnstorableError,
    open_rows,
    write_rows,
)

logger = logging.getLogger(__name__)

FORMAT = 4
"""Version of the features and of the way they are written."""

_BATCH_SIZE = 1024
"""Most features of a batch of the file."""

FeaturesOfExamples = list[list[Any]]
"""Features of each example, in the order of the examples."""


class Encoding(Protocol):
    """Encoding of a split, chunk by chunk.

    Attributes:
        counted: What encoding counted, when all chunks have been made.
    """

    counted: Counted

    def chunks(self) -> Iterator[FeaturesOfExamples]:
        """Encode from the first example on."""


def features_folder() -> Path:
    """Folder of features: ``features`` in xtl's cache."""
    return cache_root() / "features"


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """The file of a split's features.

    Attributes:
        path: Path of the file, named after a hash of all that decides the features.
        layout: Columns of a feature.
    """

    path: Path
    layout: Layout = field(default_factory=lambda: Layout.json(dict))

    def read_or_make(
        self, encoding: Encoding, *, indices: Sequence[int] | None
    ) -> tuple[FeatureSet, Counted]:
        """Features from the file, or made now and written; processes that need the same make them once.

        Args:
            encoding: Encoding of the split.
            indices: Indices of the examples to return; ``None``: all.

        Returns:
            The features of these examples, and all that was counted.
        """
        try:
            stored = self._used(indices)  # which needs neither the lock nor the right to write
        except OSError as error:
            logger.warning("%s cannot be read (%s); its text is encoded again", self.path, error.strerror)
            return encoded_in_memory(encoding, indices)
        if stored is not None:
            return stored
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with one_at_a_time(self.path.with_suffix(".lock")):
                stored = self._used(indices)
                if stored is None:
                    self.write(encoding)
                    stored = self.read(indices=indices)
        except OSError as error:  # as in another user's cache
            logger.warning("features are not kept: %s: %s", self.path.parent, error.strerror or error)
        except UnstorableError as error:
            logger.debug("features are not kept: %s: %s", self.path, error)
        return encoded_in_memory(encoding, indices) if stored is None else stored

    def write(self, encoding: Encoding) -> None:
        """Write the features of a split, whole; memory holds a chunk at a time."""
        sizes: list[int] = []

        def chunks() -> Iterator[list[Any]]:
            for of_examples in encoding.chunks():
                sizes.extend(map(len, of_examples))
                features = list(chain.from_iterable(of_examples))
                # Long texts have many windows, each with its context: a batch must stay small.
                yield from (
                    features[start : start + _BATCH_SIZE] for start in range(0, len(features), _BATCH_SIZE)
                )

        def info() -> dict[str, Any]:
            is_one_each = set(sizes) <= {1}
            return {
                "format": FORMAT,
                "examples": len(sizes),
                "sizes": None if is_one_each else sizes,
                "counted": encoding.counted,
            }

        write_rows(self.path, self.layout, chunks(), info=info)

    def read(self, *, indices: Sequence[int] | None) -> tuple[FeatureSet, Counted] | None:
        """Features that :meth:`write` wrote; ``None`` if the file is not there or not whole.

        Args:
            indices: Indices of the examples to return; ``None``: all.

        Raises:
            OSError: if it is there and cannot be read.
        """
        rows = open_rows(self.path, self.layout)
        try:
            if rows is None or rows.info["format"] != FORMAT or not _is_whole(rows):
                return None
            if indices and max(indices) >= rows.info["examples"]:
                return None
            counted = [(reason, uid) for reason, uid in rows.info["counted"]]
            return StoredFeatures(rows, _rows_of(rows, indices)), counted
        except (KeyError, TypeError, ValueError):
            return None

    def _used(self, indices: Sequence[int] | None) -> tuple[FeatureSet, Counted] | None:
        """What :meth:`read` gives; the file's time says when it was used last."""
        stored = self.read(indices=indices)
        if stored is not None:
            with suppress(OSError):  # of another user
                self.path.touch()
        return stored


def encoded_in_memory(encoding: Encoding, indices: Sequence[int] | None) -> tuple[FeatureSet, Counted]:
    """Features of a split that no file holds; see :meth:`FeatureFile.read_or_make`."""
    of_examples = list(chain.from_iterable(encoding.chunks()))
    chosen = range(len(of_examples)) if indices is None else indices
    return FeatureList([feature for index in chosen for feature in of_examples[index]]), encoding.counted


def _is_whole(rows: StoredRows) -> bool:
    """Whether there are as many rows as the file says."""
    sizes: Sequence[int] | None = rows.info["sizes"]
    count: int = rows.info["examples"]
    return len(rows) == (count if sizes is None else sum(sizes)) and (sizes is None or len(sizes) == count)


def _rows_of(rows: StoredRows, indices: Sequence[int] | None) -> Sequence[int] | None:
    """Rows of the features of some examples; ``None``: all."""
    if indices is None or indices == range(rows.info["examples"]):
        return None
    sizes: Sequence[int] | None = rows.info["sizes"]
    if sizes is None:
        return indices
    ends = list(accumulate(sizes))
    return [row for index in indices for row in range(ends[index] - sizes[index], ends[index])]
