"""Results of many run folders, each score once."""

import math
from collections.abc import Callable, Iterable
from operator import attrgetter
from pathlib import Path

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.results.files import FILE_NAME, read
from xtl.results.lines import FIELDS, Result, RunInfo

_NOT_IDENTITY = (
    "value", "n", "version", "commit", "seconds", "tokens", "precision", "devices",
    "micro_batch", "micro_batch_tokens", "intermediate_micro_batch", "retried", "kernels",
    "intermediate_metric", "intermediate_validation", "intermediate_at_chance",
    "target_metric", "target_validation",
)  # fmt: skip
"""Fields of a line that say nothing of which score it is: numbers, and how the machine came by them; the
precision and the kernels are among the settings that ``cell`` is a hash of, and older lines lack them."""

_PATHS = [path for name, path in FIELDS.items() if name not in _NOT_IDENTITY]

_of_run = attrgetter(*(path for path in _PATHS if path.startswith("run.")))
_of_score = attrgetter(*(path for path in _PATHS if not path.startswith("run.")))
"""What says which score a result is: of its run, the same in all its lines; of itself."""


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
    first: _First = {}
    identities: dict[RunInfo, tuple[object, ...]] = {}
    for folder in map(Path, folders):
        paths = sorted(folder.rglob(FILE_NAME))
        if not paths:
            raise DataNotFoundError(
                f"{folder}: expected runs with {FILE_NAME}, found none; name the folder of a sweep"
            )
        for path in paths:
            if path.parent not in gathered:
                gathered[path.parent] = [
                    result for result in read(path) if _is_new(result, path.parent, first, identities)
                ]
    return gathered


_First = dict[tuple[object, ...], tuple[Path, float]]
"""Identity of a score to the first run folder that has it, and its value there."""


def _is_new(
    result: Result, folder: Path, first: _First, identities: dict[RunInfo, tuple[object, ...]]
) -> bool:
    """Whether no run folder before had this very score.

    Raises:
        DataFormatError: if one had another value of it.
    """
    run = result.run
    if not run.cell:
        return True  # lines older than the hash of a cell's settings cannot be told apart for certain
    if run not in identities:  # one of all lines of a run: hundreds of thousands are held at once
        identities[run] = _of_run(result)
    identity = (identities[run], *_of_score(result))
    before, value = first.setdefault(identity, (folder, result.value))
    if not same_value(value, result.value):
        raise DataFormatError(
            f"expected one value of {result.metric} of {result.task} in {result.lang} (cell {run.cell}, "
            f"seed {run.seed}), got {value} in {before} and {result.value} in {folder}; leave one of the "
            "folders out, or run that cell again"
        )
    return before == folder


def same_value(first: float, second: float) -> bool:
    """Whether two values of a score are one, no number being the same as no number."""
    return first == second or (math.isnan(first) and math.isnan(second))
