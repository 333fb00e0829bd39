"""Results of any number of sweeps as one labelled table."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xtl.errors import DataNotFoundError
from xtl.results.files import read_whole_lines
from xtl.results.gather import gather
from xtl.results.lines import SCHEMA_VERSION, Result, to_line

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)


def table(folders: Iterable[Path | str] | Path | str) -> "pd.DataFrame":
    """Table of all results below folders: a row a score, a column for each field of a line, and its folder.

    Rows of every selection are there; ``chosen`` marks those of the recipe's own. Columns ``cell``,
    ``train_data``, ``test_data``, ``recipe``, ``backbone``, ``precision``, ``kernels``, ``device`` and
    ``rule`` tell apart what must not be averaged. ``schema_version`` is that of the table: lines of older
    versions have their missing fields filled in. A last line that was cut off is left out, with a warning.

    Args:
        folders: Folders of sweeps or of runs, at any depth; one may be named alone.

    Raises:
        DataNotFoundError: if one of the folders has no results, or there is no folder.
        DataFormatError: if a line is not one result, or two run folders say different things of one score.

    Example:
        Means over seeds of each target language and size::

            scores = xtl.results.table(["outputs/sweeps/A", "outputs/sweeps/B"])
            keys = ["task", "metric", "lang", "intermediate_lang", "intermediate_rows"]
            scores[scores.chosen].groupby(keys).value.agg(["mean", "std", "count"])
    """
    named = [folders] if isinstance(folders, str | Path) else list(folders)
    if not named:
        raise DataNotFoundError("expected at least one folder with runs, got none")
    return table_of(gather(named, read=_read_with_warning))


def table_of(results: Mapping[Path, Sequence[Result]]) -> "pd.DataFrame":
    """Table as :func:`table` makes it, of results that are at hand.

    Args:
        results: Results by the run folder that they are of.
    """
    import pandas as pd  # takes a second to load, which no other reader of results should wait for

    rows = [
        {**to_line(result), "folder": str(folder), "schema_version": SCHEMA_VERSION}
        for folder, of_folder in results.items()
        for result in of_folder
    ]
    return pd.DataFrame(rows)


def _read_with_warning(path: Path) -> list[Result]:
    results, problem = read_whole_lines(path)
    if problem:
        logger.warning("%s", problem)
    return results
