"""Results of many run folders, each score once."""

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.results.files import FILE_NAME, read
from xtl.results.lines import Result, to_line

_NOT_IDENTITY = (
    "value", "n", "version", "commit", "seconds", "tokens", "precision", "devices",
    "micro_batch", "micro_batch_tokens", "intermediate_micro_batch", "retried", "kernels",
    "intermediate_metric", "intermediate_validation", "intermediate_at_chance",
    "target_metric", "target_validation",
)  # fmt: skip
"""Fields of a line that say nothing of which score it is: numbers, and how the machine came by them; the
precision and the kernels are among the settings that ``cell`` is a hash of, and older lines lack them."""


def gather(
    folders: Iterable[Path | str], *, read: Callable[[Path], list[Result]] = read
) -> dict[Path, list[Result]]:
    """Results of all runs below folders, by run folder.

    A score that stands in several run folders, such as a baseline that two sweeps share, is given once, with
    the first of them.

    Args:
        folders: Folders of sweeps or of runs, at any depth.
        read: Function that reads the results of one file.

    Returns:
        Results of every selection, the run folders of each folder sorted.

    Raises:
        DataNotFoundError: if there are none in one of the folders.
        DataFormatError: if a line is not one result, or two run folders say different things of one score.
    """
    gathered: dict[Path, list[Result]] = {}
    first: dict[tuple[object, ...], tuple[Path, float]] = {}
    for folder in map(Path, folders):
        paths = sorted(folder.rglob(FILE_NAME))
        if not paths:
            raise DataNotFoundError(
                f"{folder}: expected runs with {FILE_NAME}, found none; name the folder of a sweep"
            )
        for path in paths:
            if path.parent not in gathered:
                gathered[path.parent] = [
                    result for result in read(path) if _is_new(result, path.parent, first)
                ]
    return gathered


def _is_new(result: Result, folder: Path, first: dict[tuple[object, ...], tuple[Path, float]]) -> bool:
    """Whether no run folder before had this very score.

    Raises:
        DataFormatError: if one had another value of it.
    """
    line = to_line(result)
    if not line["cell"]:
        return (
            True  # lines that are older than the hash of a cell's settings cannot be told apart for certain
        )
    identity = tuple(_identity(line).items())
    before, value = first.setdefault(identity, (folder, result.value))
    if not same_value(value, result.value):
        raise DataFormatError(
            f"expected one value of {result.metric} of {result.task} in {result.lang} (cell {line['cell']}, "
            f"seed {line['seed']}), got {value} in {before} and {result.value} in {folder}; leave one of the "
            "folders out, or run that cell again"
        )
    return before == folder


def same_value(first: float, second: float) -> bool:
    """Whether two values of a score are one, no number being the same as no number."""
    return first == second or (math.isnan(first) and math.isnan(second))


def _identity(line: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in line.items() if name not in _NOT_IDENTITY}
