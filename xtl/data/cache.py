"""Encoded features on disk: text that one process has tokenised is tokenised no more.

A file is lines of JSON: a header, then a feature a line; no pickle, so that no file can run code.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from xtl.files import cache_root, whole_file
from xtl.types import ChoiceRow, SentenceRow

FORMAT = 1
"""Changes when features, or the way they are written, do."""

_ROW_TYPES = {kind.__name__: kind for kind in (ChoiceRow, SentenceRow)}
Counted = list[tuple[str, str]]
"""Reasons and uids that encoding counted."""


def features_folder() -> Path:
    """Where features stand: ``features`` in xtl's cache."""
    return cache_root() / "features"


def cached(path: Path, make: Callable[[], tuple[list[Any], Counted]]) -> tuple[list[Any], Counted]:
    """Give features from a file, or make and write them; processes that need the same make them once.

    Args:
        path: Named after a hash of all that decides the features.
        make: Encodes; gives the features and what encoding counted.

    Returns:
        The features, with lists where there were tuples, and what was counted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        found = read_features(path)
        if found is None:
            made, counted = make()
            write_features(path, made, counted)
            found = made, counted
        else:
            path.touch()  # when it was used last
    return found


def write_features(path: Path, features: Sequence[Any], counted: Counted) -> None:
    """Write features, whole."""
    kinds = {type(row).__name__ for feature in features for row in feature.get("rows", ())}
    header = {"format": FORMAT, "count": len(features), "row": "".join(kinds), "counted": counted}
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps(header, ensure_ascii=False) + "\n")
        for feature in features:
            file.write(json.dumps(feature, ensure_ascii=False) + "\n")


def read_features(path: Path) -> tuple[list[Any], Counted] | None:
    """Read what :func:`write_features` wrote; ``None`` if it is not there or not whole."""
    try:
        with path.open("rb") as lines:  # bytes end lines at LF alone
            header = json.loads(next(lines))
            if header["format"] != FORMAT:
                return None
            features = [json.loads(line) for line in lines]
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
    if len(features) != header["count"]:
        return None
    if header["row"]:
        kind = _ROW_TYPES[header["row"]]
        for feature in features:
            feature["rows"] = [kind(*row) for row in feature["rows"]]
    return features, [(reason, uid) for reason, uid in header["counted"]]
