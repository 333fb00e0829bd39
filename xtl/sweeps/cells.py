"""Cells of a sweep: one that fails stops no other, one that is done is left alone, each leaves a status."""

import logging
import math
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from xtl.atomic import write_text
from xtl.errors import RunInUseError, XtlError, explained
from xtl.results import FILE_NAME
from xtl.runs.claim import claimed, claimed_by_others, in_use, is_claimed_here
from xtl.runs.file_names import ERROR
from xtl.runs.status import (
    DONE,
    FAILED,
    LEFT,
    SKIPPED,
    STATUS_FILE,
    STOPPED,
    CellStatus,
    Stamp,
    earlier_score,
    new_status,
    stamp_of,
    write_status,
)
from xtl.stops import Stopped, stops_told_from_errors

T = TypeVar("T")

logger = logging.getLogger(__name__)

_unwritten: dict[Path, CellStatus] = {}
"""Statuses of this process for which there was no room on the disk."""

_at_begin: list[Mapping[Path, Stamp]] = []
"""Statuses that were there when the sweep of this process began."""

_of_others: dict[Path, CellStatus] = {}
"""What this process says of cells that another one runs, whose folders have the status of that one alone."""


def remember_stamps(before: Mapping[Path, Stamp] | None) -> None:
    """Remember which statuses were there when a sweep of this process began.

    Args:
        before: What :func:`xtl.runs.status.stamps_of` said; ``None``: the sweep has ended.
    """
    _at_begin[:] = [] if before is None else [{path.absolute(): stamp for path, stamp in before.items()}]


def run_recorded(folder: Path, is_done: Callable[[], bool], run: Callable[[], float]) -> float:
    """Run a cell of a sweep and write down how it ended; one that another process runs is left to it.

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
    score, error, status = math.nan, "", SKIPPED

    def tell() -> None:
        seconds = round(time.monotonic() - begin, 1)
        record(folder, CellStatus(status=status, seconds=seconds, score=score, error=error))

    try:
        results = stamp_of(folder / FILE_NAME)
        if _was_done(is_done, folder):
            score = _score_of_another(folder)
        else:
            with claimed(folder):
                # Another sweep in the same folder may have run it a moment ago.
                if stamp_of(folder / FILE_NAME) != results and _was_done(is_done, folder):
                    score = earlier_score(folder)
                else:
                    with stops_told_from_errors():
                        score = run()
                    status = DONE
                    tell()  # under the claim: who has it next, and finds the cell done, asks for its score
    except RunInUseError as problem:
        logger.info("%s; left to it", problem)
        status, error = LEFT, str(problem)
    except Exception as problem:  # whatever it is, the other cells go on
        status, error = FAILED, _reported(problem, folder)
    except Stopped as stop:
        status, error = STOPPED, stop.message
        raise
    finally:
        if status != DONE:
            tell()
    return score


def _score_of_another(folder: Path) -> float:
    """Score of a cell that another process has run.

    Raises:
        RunInUseError: if that process has written its results, and not yet how it ended.
    """
    if math.isnan(earlier_score(folder)) and claimed_by_others([folder]):
        raise in_use(folder)
    return earlier_score(folder)


def ending_of(label: str, status: CellStatus) -> str:
    """How a cell ended, as a message.

    Args:
        label: Name of the cell.
        status: How it ended.
    """
    if status.status == FAILED:
        return f"{label}: failed: {status.error}\nthe sweep goes on"
    score = "" if math.isnan(status.score) else f", {status.score:.1f}"
    return f"{label}: {status.status} after {status.seconds:.1f} s{score}"


def _was_done(is_done: Callable[[], bool], folder: Path) -> bool:
    if is_done():
        logger.info("%s: done before", folder)
        return True
    return False


def prepare_recorded(folder: Path, prepare: Callable[[], T | None]) -> T | None:
    """Prepare a cell that another process is to run; write down if there is nothing to run.

    Args:
        folder: Run folder of the cell.
        prepare: Function that prepares it; it returns ``None`` if the cell was done before.

    Returns:
        What ``prepare`` returns; ``None`` also if it failed.
    """
    begin = time.monotonic()
    score, status, error = math.nan, SKIPPED, ""
    try:
        cell = prepare()
        if cell is not None:
            return cell
        logger.info("%s: done before", folder)
        score = _score_of_another(folder)
    except RunInUseError as problem:
        logger.info("%s; left to it", problem)
        status, error = LEFT, str(problem)
    except Exception as problem:  # whatever it is, the other cells go on
        status, error = FAILED, _reported(problem, folder)
    seconds = round(time.monotonic() - begin, 1)
    record(folder, CellStatus(status=status, seconds=seconds, score=score, error=error))
    return None


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
        with stops_told_from_errors():
            return run()
    except Stopped as stop:
        seconds = round(time.monotonic() - begin, 1)
        record(folder, CellStatus(status=STOPPED, seconds=seconds, error=stop.message))
        raise


def kept_statuses() -> tuple[Mapping[Path, CellStatus], Mapping[Path, CellStatus]]:
    """Statuses that this process keeps: of cells that others run, and those that could not be written."""
    return _of_others, _unwritten


def is_left(folder: Path) -> bool:
    """Whether this process has left a cell to another one."""
    return folder in _of_others and _of_others[folder].status == LEFT


def _reported(problem: Exception, folder: Path) -> str:
    """First line of what went wrong; all of it is printed, and written into a file if the disk has room."""
    text = explained(problem, folder) if isinstance(problem, XtlError | OSError) else str(problem)
    where = f"log: {folder / ERROR}"
    try:
        write_text(folder / ERROR, traceback.format_exc())
    except OSError as error:
        where = f"{ERROR} could not be written ({error.strerror or error})"
        with suppress(OSError):
            (folder / ERROR).unlink(missing_ok=True)  # of an earlier start, which the table would name
    logger.error("%s\nthe sweep goes on; %s", text, where)
    return text.strip().split("\n", maxsplit=1)[0] or type(problem).__name__


def record(folder: Path, status: CellStatus) -> None:
    """Write a status, or keep it in this process: a full disk must not hide how a cell ended.

    Nothing is written into the folder of a cell that another process runs, which writes its own.

    Args:
        folder: Run folder of the cell.
        status: How it ended.
    """
    _unwritten.pop(folder, None)
    _of_others.pop(folder, None)
    if status.status == LEFT or is_claimed_here(folder):
        _of_others[folder] = status
        return
    if status.status == SKIPPED and _at_begin:
        earlier = new_status(folder.absolute(), _at_begin[0])
        if earlier is not None and earlier.status == DONE:
            status = earlier  # another sweep has run it meanwhile, and says how long it took
    try:
        write_status(folder, status)
    except OSError as error:
        logger.warning("%s: %s could not be written (%s)", folder, STATUS_FILE, error.strerror or error)
        _unwritten[folder] = status
