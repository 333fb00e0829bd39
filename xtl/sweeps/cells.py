"""Cells of a sweep: one that fails stops no other, one that is done is left alone, each leaves a status."""

import logging
import math
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from xtl.atomic import write_text
from xtl.errors import XtlError, explained
from xtl.runs.status import DONE, FAILED, SKIPPED, STATUS_FILE, STOPPED, CellStatus, read_status, write_status
from xtl.stops import Stopped

logger = logging.getLogger(__name__)

ERROR_FILE = "error.txt"

_unwritten: dict[Path, CellStatus] = {}
"""Statuses of this process for which there was no room on the disk."""


def run_recorded(folder: Path, is_done: Callable[[], bool], run: Callable[[], float]) -> float:
    """Run a cell of a sweep and write down how it ended.

    Args:
        folder: Run folder of the cell.
        is_done: Function that says whether the cell was done before.
        run: Function that runs the cell and returns its score.

    Returns:
        Score of the cell, or not-a-number.

    Raises:
        Stopped: if a signal asked the process to end; no other cell is to run then.
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
        text = explained(problem, folder) if isinstance(problem, XtlError | OSError) else str(problem)
        status, error = FAILED, text.strip().split("\n", maxsplit=1)[0] or type(problem).__name__
        _report(text, folder)
    except Stopped as stop:
        status, error = STOPPED, stop.message
        raise
    finally:
        seconds = round(time.monotonic() - begin, 1)
        _record(folder, CellStatus(status=status, seconds=seconds, score=score, error=error))
    return score


def run_alone(folder: Path, run: Callable[[], float]) -> float:
    """Run a cell that is no part of a sweep; write down only if a signal stopped it.

    Args:
        folder: Run folder of the cell.
        run: Function that runs the cell and returns its score.

    Raises:
        Stopped: if a signal asked the process to end.
    """
    begin = time.monotonic()
    try:
        return run()
    except Stopped as stop:
        seconds = round(time.monotonic() - begin, 1)
        _record(folder, CellStatus(status=STOPPED, seconds=seconds, error=stop.message))
        raise


def read_statuses(folder: Path, *, since: float) -> list[tuple[Path, CellStatus]]:
    """How the cells of a sweep ended, with their run folders.

    Args:
        folder: Folder of the sweep.
        since: Time, in seconds since the epoch, at which the sweep began; files of an earlier one are older.
    """
    statuses = {
        path.parent: read_status(path)
        for path in folder.rglob(STATUS_FILE)
        if path.stat().st_mtime >= since - 1  # file systems round
    }
    unwritten = {path: status for path, status in _unwritten.items() if path.is_relative_to(folder)}
    return sorted((statuses | unwritten).items())


def _report(text: str, folder: Path) -> None:
    """Say what went wrong, on the terminal and in a file; a full disk has no room for the file."""
    where = f"log: {folder / ERROR_FILE}"
    try:
        write_text(folder / ERROR_FILE, traceback.format_exc())
    except OSError as error:
        where = f"{ERROR_FILE} could not be written ({error.strerror or error})"
    logger.error("%s\nthe sweep goes on; %s", text, where)


def _record(folder: Path, status: CellStatus) -> None:
    """Write a status, or keep it in this process: a full disk must not hide how a cell ended."""
    _unwritten.pop(folder, None)
    try:
        write_status(folder, status)
    except OSError as error:
        logger.warning("%s: %s could not be written (%s)", folder, STATUS_FILE, error.strerror or error)
        _unwritten[folder] = status
