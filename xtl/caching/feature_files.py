"""Encoded features on disk: text that one process has tokenised is tokenised no more.

A file holds a split: lines of JSON, a header, then a feature a line; no pickle, so that no file can run code.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock

from xtl.atomic import atomic_write
from xtl.cache import cache_root
from xtl.tasks.multiple_choice.types import MultipleChoiceRow
from xtl.tasks.retrieval.types import RetrievalRow

FORMAT = 2
"""Changes when features, or the way they are written, do."""


_ROW_TYPES = {kind.__name__: kind for kind in (MultipleChoiceRow, RetrievalRow)}


Counted = list[tuple[str, str]]
"""Reasons and uids that encoding counted."""


Units = list[list[Any]]
"""The features of each example."""


def features_folder() -> Path:
    """Where features stand: ``features`` in xtl's cache."""
    return cache_root() / "features"


def cached(
    path: Path, make: Callable[[], tuple[Units, Counted]], *, chosen: Sequence[int]
) -> tuple[Units, Counted]:
    """Give features from a file, or make and write them; processes that need the same make them once.

    Args:
        path: File, named after a hash of all that decides the features.
        make: Function that encodes a split: the features of each example, and what encoding counted.
        chosen: Indices of the examples to return.

    Returns:
        The features of the chosen examples, with lists where there were tuples, and all that was counted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        stored = read_features(path, chosen=chosen)
        if stored is not None:
            path.touch()  # when it was used last
            return stored
        units, counted = make()
        write_features(path, units, counted)
    return [units[index] for index in chosen], counted


def write_features(path: Path, units: Units, counted: Counted) -> None:
    """Write the features of a split, whole."""
    kinds = {type(row).__name__ for unit in units for feature in unit for row in feature.get("rows", ())}
    header = {"format": FORMAT, "sizes": list(map(len, units)), "row": "".join(kinds), "counted": counted}
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps(header, ensure_ascii=False) + "\n")
        for unit in units:
            for feature in unit:
                file.write(json.dumps(feature, ensure_ascii=False) + "\n")


def read_features(path: Path, *, chosen: Sequence[int]) -> tuple[Units, Counted] | None:
    """Read what :func:`write_features` wrote; ``None`` if it is not there or not whole.

    Args:
        path: The file.
        chosen: Indices of the examples to return; the lines of others are passed over.
    """
    try:
        with path.open("rb") as lines:  # bytes end lines at LF alone
            header = json.loads(next(lines))
            if header["format"] != FORMAT:
                return None
            units = _units(lines, header["sizes"], set(chosen), row=header["row"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
    if units is None or not units.keys() >= set(chosen):
        return None
    return [units[index] for index in chosen], [(reason, uid) for reason, uid in header["counted"]]


def _units(
    lines: Iterator[bytes], sizes: Sequence[int], chosen: set[int], *, row: str
) -> dict[int, list[Any]] | None:
    """Read the chosen examples, by index; ``None`` if there are fewer lines, or more, than ``sizes`` says."""
    units = {}
    for index, size in enumerate(sizes):
        unit_lines = list(islice(lines, size))
        # A line without its end was cut off in writing, even if what there is of it is JSON.
        if len(unit_lines) != size or not all(line.endswith(b"\n") for line in unit_lines):
            return None
        if index in chosen:
            units[index] = [_feature(line, row) for line in unit_lines]
    return units if next(lines, None) is None else None


def _feature(line: bytes, row: str) -> Any:  # noqa: ANN401  of any task
    feature = json.loads(line)
    if row:
        feature["rows"] = [_ROW_TYPES[row](*values) for values in feature["rows"]]
    return feature
