"""Cells of a sweep: one that fails stops no other, one that is done is left alone, each leaves a status."""

import json
import logging
import math
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from xtl.atomic import write_json, write_text

logger = logging.getLogger(__name__)

STATUS_FILE, ERROR_FILE = "status.json", "error.txt"


DONE, SKIPPED, FAILED = "done", "skipped", "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class CellStatus:
    """How a cell of a sweep ended.

    Attributes:
        status: ``done``, ``skipped`` (it was done before) or ``failed``.
        seconds: Time that it took.
        score: Score that it returned; not-a-number if it returned none.
        error: First line of what went wrong; empty otherwise.
    """

    status: str
    seconds: float
    score: float
    error: str = ""


def run_recorded(folder: Path, is_done: Callable[[], bool], run: Callable[[], float]) -> float:
    """Run a cell of a sweep and write down how it ended.

    Args:
        folder: Run folder of the cell.
        is_done: Function that says whether the cell was done before.
        run: Function that runs the cell and returns its score.

    Returns:
        Score of the cell, or not-a-number.
    """
    begin = time.monotonic()
    score, error, status = math.nan, "", DONE
    try:
        if is_done():
            logger.info("%s: done before", folder)
            status = SKIPPED
        else:
            score = run()
    except Exception as problem:  # whatever it is, the other cells go on
        status, error = FAILED, str(problem).strip().split("\n", maxsplit=1)[0] or type(problem).__name__
        write_text(folder / ERROR_FILE, traceback.format_exc())
        logger.error("%s\nthe sweep goes on; log: %s", problem, folder / ERROR_FILE)
    result = CellStatus(status=status, seconds=round(time.monotonic() - begin, 1), score=score, error=error)
    write_json(folder / STATUS_FILE, asdict(result))
    return score


def read_statuses(folder: Path, *, since: float) -> list[tuple[Path, CellStatus]]:
    """How the cells of a sweep ended, with their run folders.

    Args:
        folder: Folder of the sweep.
        since: Time, in seconds since the epoch, at which the sweep began; files of an earlier one are older.
    """
    return [
        (path.parent, CellStatus(**json.loads(path.read_text(encoding="utf-8"))))
        for path in sorted(folder.rglob(STATUS_FILE))
        if path.stat().st_mtime >= since - 1  # file systems round
    ]
