"""Encoded features on disk: text that one process has tokenised is tokenised no more.

A file holds a split: lines of JSON, a header, then a feature a line; no pickle, so that no file can run code.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock

from xtl.atomic import atomic_write
from xtl.cache import cache_root
from xtl.caching.counted_lists import Counted
from xtl.types import ExampleId

logger = logging.getLogger(__name__)

FORMAT = 3
"""Version of the features and of the way they are written."""

FeaturesOfExamples = list[list[Any]]
"""Features of each example, in the order of the examples."""


def features_folder() -> Path:
    """Folder of features: ``features`` in xtl's cache."""
    return cache_root() / "features"


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """The file of a split's features.

    Attributes:
        path: Path of the file, named after a hash of all that decides the features.
        from_json: Function that gives a feature back from what JSON made of it.
    """

    path: Path
    from_json: Callable[[dict[str, Any]], Any] = lambda values: values

    def read_or_make(
        self, make: Callable[[], tuple[FeaturesOfExamples, Counted]], *, indices: Sequence[int]
    ) -> tuple[FeaturesOfExamples, Counted]:
        """Features from the file, or made now and written; processes that need the same make them once.

        Args:
            make: Function that encodes the split: the features of each example, and what encoding counted.
            indices: Indices of the examples to return.

        Returns:
            The features of these examples, and all that was counted.
        """
        try:
            stored = self._used(indices)  # which needs neither the lock nor the right to write
        except OSError as error:
            logger.warning("%s cannot be read (%s); its text is encoded again", self.path, error.strerror)
            return _chosen_of(*make(), indices)
        if stored is not None:
            return stored
        with self._lock() as is_locked:
            stored = self._used(indices) if is_locked else None
            if stored is not None:
                return stored
            of_examples, counted = make()
            if is_locked:
                self._write_if_possible(of_examples, counted)
        return _chosen_of(of_examples, counted, indices)

    def write(self, of_examples: FeaturesOfExamples, counted: Counted) -> None:
        """Write the features of a split, whole."""
        header = {"format": FORMAT, "sizes": list(map(len, of_examples)), "counted": counted}
        with atomic_write(self.path) as temporary, temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(header, ensure_ascii=False) + "\n")
            for features in of_examples:
                for feature in features:
                    file.write(json.dumps(feature, ensure_ascii=False) + "\n")

    def read(self, *, indices: Sequence[int]) -> tuple[FeaturesOfExamples, Counted] | None:
        """Features that :meth:`write` wrote; ``None`` if the file is not there or not whole.

        Args:
            indices: Indices of the examples to return; the lines of others are passed over.

        Raises:
            OSError: if it is there and cannot be read.
        """
        chosen = set(indices)
        try:
            with self.path.open("rb") as lines:  # bytes end lines at LF alone
                header = json.loads(next(lines))
                if header["format"] != FORMAT:
                    return None
                by_index = self._chosen(lines, header["sizes"], chosen)
        except (FileNotFoundError, ValueError, KeyError, TypeError, StopIteration):
            return None
        if by_index is None or not by_index.keys() >= chosen:
            return None
        return [by_index[index] for index in indices], [(reason, uid) for reason, uid in header["counted"]]

    def _used(self, indices: Sequence[int]) -> tuple[FeaturesOfExamples, Counted] | None:
        """What :meth:`read` gives; the file's time says when it was used last."""
        stored = self.read(indices=indices)
        if stored is not None:
            with suppress(OSError):  # of another user
                self.path.touch()
        return stored

    @contextmanager
    def _lock(self) -> Iterator[bool]:
        """Hold the right to write; without it, as in another user's cache, features stay in memory."""
        lock = FileLock(self.path.with_suffix(".lock"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            logger.warning("features are not kept: %s: %s", self.path.parent, error.strerror or error)
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _write_if_possible(self, of_examples: FeaturesOfExamples, counted: Counted) -> None:
        try:
            self.write(of_examples, counted)
        except OSError as error:
            logger.warning("features are not kept: %s: %s", self.path.parent, error.strerror or error)

    def _chosen(
        self, lines: Iterator[bytes], sizes: Sequence[int], chosen: set[int]
    ) -> dict[int, list[Any]] | None:
        """Features of the chosen examples; ``None`` unless there are as many lines as ``sizes`` says."""
        by_index = {}
        for index, size in enumerate(sizes):
            example_lines = list(islice(lines, size))
            # A line without its end was cut off in writing, even if what there is of it is JSON.
            if len(example_lines) != size or not all(line.endswith(b"\n") for line in example_lines):
                return None
            if index in chosen:
                by_index[index] = [self._feature(line) for line in example_lines]
        return by_index if next(lines, None) is None else None

    def _feature(self, line: bytes) -> Any:  # noqa: ANN401  of any task type
        values = json.loads(line)
        values["id"] = ExampleId(*values["id"])  # JSON has no tuples
        return self.from_json(values)


def _chosen_of(
    of_examples: FeaturesOfExamples, counted: Counted, indices: Sequence[int]
) -> tuple[FeaturesOfExamples, Counted]:
    return [of_examples[index] for index in indices], counted
