"""How a run ended, as ``status.json`` in its folder says it."""

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xtl.atomic import write_json

STATUS_FILE = "status.json"


DONE, SKIPPED, LEFT, FAILED, STOPPED = "done", "skipped", "left", "failed", "stopped"

EXIT_STATUS_OF_LEFT = 75
"""Exit status of a process whose cell was left to another one: in the run folder stands that one's status."""


Stamp = tuple[int, int, int]
"""Number, time and size of a file: what differs between it and the one that takes its place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellStatus:
    """How a cell ended.

    Attributes:
        status: ``done``, ``skipped`` (it was done before), ``left`` (to another process, which runs it),
            ``failed`` or ``stopped`` (by a signal).
        seconds: Time that it took.
        score: Score that it returned, or, of one that was done before, had returned; not-a-number if there is
            none, which the file has as ``null``.
        error: First line of what went wrong, or who runs it; empty otherwise.
    """

    status: str
    seconds: float
    score: float = math.nan
    error: str = ""


def write_status(folder: Path, status: CellStatus) -> None:
    """Write down how a cell ended.

    Args:
        folder: Run folder of the cell.
        status: How it ended.
    """
    score = None if math.isnan(status.score) else status.score  # JSON knows no not-a-number
    write_json(folder / STATUS_FILE, {**asdict(status), "score": score})


def read_status(path: Path) -> CellStatus:
    """Read what :func:`write_status` wrote."""
    values: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8")))
    if values.get("score") is None:
        values["score"] = math.nan
    return CellStatus(**values)


def status_of(folder: Path) -> CellStatus | None:
    """How the cell of a run folder ended; ``None`` if it has not said so, or not so that it can be read."""
    with suppress(OSError, ValueError, TypeError):
        next(folder.iterdir(), None)  # clients of a network's file system remember what is not there
        return read_status(folder / STATUS_FILE)
    return None


def earlier_score(folder: Path) -> float:
    """Score of a cell that was done before; not-a-number if its folder does not say."""
    status = status_of(folder)
    return status.score if status is not None and status.status in (DONE, SKIPPED) else math.nan


def stamps_of(folder: Path, name: str = STATUS_FILE) -> dict[Path, Stamp]:
    """Stamps of the statuses in the folder of a sweep, before it begins, by run folder.

    What has the same stamp when it ends is of an earlier start. Times are compared with no clock: that of a
    file server may be behind.

    Args:
        folder: Folder of the sweep.
        name: Name of the file in a run folder, where it is another one.
    """
    stamps = {path.parent: stamp_of(path) for path in folder.rglob(name)}
    return {path: stamp for path, stamp in stamps.items() if stamp is not None}


def stamp_of(path: Path) -> Stamp | None:
    """Stamp of a file, which another one that takes its place does not have; ``None``: it is not there."""
    # Opened: a client of a network's file system asks the server then, whatever it remembers.
    with suppress(OSError), path.open("rb") as file:
        stat = os.fstat(file.fileno())
        return stat.st_ino, stat.st_mtime_ns, stat.st_size
    return None


def new_status(folder: Path, before: Mapping[Path, Stamp | None]) -> CellStatus | None:
    """Status of a cell that was written since; ``None`` if there is none, or none that can be read.

    Args:
        folder: Run folder of the cell.
        before: What :func:`stamps_of` said of the folder of its sweep.
    """
    with suppress(OSError):
        next(folder.iterdir(), None)  # as in status_of
    stamp = stamp_of(folder / STATUS_FILE)
    return None if stamp is None or stamp == before.get(folder) else status_of(folder)
