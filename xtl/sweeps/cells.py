"""Cells of a sweep: one that fails stops no other, one that is done is left alone, each leaves a status."""

import logging
import math
import os
import time
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from xtl.atomic import write_text
from xtl.errors import RunInUseError, XtlError, explained
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
    score, error, status = math.nan, "", DONE
    try:
        if _was_done(is_done, folder):
            status, score = SKIPPED, earlier_score(folder)
        else:
            with claimed(folder):
                # Again, since another sweep in the same folder may have run it a moment ago.
                if _was_done(is_done, folder):
                    status, score = SKIPPED, earlier_score(folder)
                else:
                    with stops_told_from_errors():
                        score = run()
    except RunInUseError as problem:
        logger.info("%s; left to it", problem)
        status, error = LEFT, str(problem)
    except Exception as problem:  # whatever it is, the other cells go on
        status, error = FAILED, _reported(problem, folder)
    except Stopped as stop:
        status, error = STOPPED, stop.message
        raise
    finally:
        seconds = round(time.monotonic() - begin, 1)
        record(folder, CellStatus(status=status, seconds=seconds, score=score, error=error))
    return score


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
        score = earlier_score(folder)
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


def read_statuses(
    folder: Path, *, before: Mapping[Path, Stamp], handed_out: Collection[Path] | None = None
) -> list[tuple[Path, CellStatus]]:
    """How the cells of a sweep ended, with their run folders.

    Args:
        folder: Folder of the sweep.
        before: What :func:`xtl.runs.status.stamps_of` said when it began.
        handed_out: Run folders of all cells that were to run, each of which is in the list then; ``None``:
            those that have left a status, as of a sweep that was broken off.
    """
    if handed_out is None:
        cells = {path.parent for path in folder.rglob(STATUS_FILE)}
    else:
        cells = {_below(folder, path) for path in handed_out}
    statuses = {path: status for path in cells if (status := new_status(path, before)) is not None}
    unwritten, of_others = (
        {
            cell: status
            for path, status in in_memory.items()
            if (cell := _below(folder, path)) in cells
            or (handed_out is None and ".." not in cell.relative_to(folder).parts)
        }
        for in_memory in (_unwritten, _of_others)
    )
    endings = of_others | statuses | unwritten
    if handed_out is not None:
        endings |= _without_status(sorted(cells - endings.keys()))
    return sorted(endings.items())


def _below(folder: Path, path: Path) -> Path:
    """Run folder as a path below the folder of its sweep, of which Hydra says only the way from the root."""
    return folder / os.path.relpath(path, folder)


def _without_status(folders: Sequence[Path]) -> dict[Path, CellStatus]:
    """What is to be said of cells that were to run and have left no status."""
    others = claimed_by_others(folders) if folders else set()
    lost = f"no status: its process ended without {STATUS_FILE}, or could not write it"
    return {
        folder: CellStatus(status=LEFT, seconds=0.0, error=str(in_use(folder)))
        if folder in others
        else CellStatus(status=FAILED, seconds=0.0, error=f"{lost}; see {folder}")
        for folder in folders
    }


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
            return  # another sweep has run it meanwhile, and says how long it took
    try:
        write_status(folder, status)
    except OSError as error:
        logger.warning("%s: %s could not be written (%s)", folder, STATUS_FILE, error.strerror or error)
        _unwritten[folder] = status
