"""``xtl-report --export``: the results of each run as records that others read."""

import logging
from collections.abc import Sequence
from pathlib import Path

from xtl import results
from xtl.atomic import write_json
from xtl.report.export import evaluation_records

logger = logging.getLogger(__name__)

FORMATS = ("every_eval_ever",)


def export(folders: Sequence[Path], kind: str, out: Path | None) -> None:
    """Write a JSON file for each run and task, of the recipe's own selection.

    Args:
        folders: Folders of sweeps or of runs.
        kind: Name of the format, one of :data:`FORMATS`.
        out: Folder of the export; ``None``: a folder of the format's name in the first one.

    Raises:
        DataNotFoundError: if one of the folders has no results.
        DataFormatError: if a line is not one result, or two run folders say different things of one score.
    """
    usable = results.usable(folders)
    for problem in usable.problems:
        logger.warning("%s", problem)
    target = out or folders[0] / kind
    count = 0
    for folder, lines in usable.results.items():
        timestamp = (folder / results.FILE_NAME).stat().st_mtime
        for path, record in evaluation_records(results.selected(lines), timestamp=timestamp).items():
            write_json(target / path, record)
            count += 1
    logger.info("%s: %s, %s records", kind, target, f"{count:,}")
