"""How a run ended, as ``status.json`` in its folder says it."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from xtl.atomic import write_json

STATUS_FILE = "status.json"


DONE, SKIPPED, LEFT, FAILED, STOPPED = "done", "skipped", "left", "failed", "stopped"

EXIT_STATUS_OF_LEFT = 75
"""Exit status of a process whose cell was left to another one: in the run folder stands that one's status."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CellStatus:
    """How a cell ended.

    Attributes:
        status: ``done``, ``skipped`` (it was done before), ``left`` (to another process, which runs it),
            ``failed`` or ``stopped`` (by a signal).
        seconds: Time that it took.
        score: Score that it returned; not-a-number if it returned none.
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
    write_json(folder / STATUS_FILE, asdict(status))


def read_status(path: Path) -> CellStatus:
    """Read what :func:`write_status` wrote."""
    return CellStatus(**json.loads(path.read_text(encoding="utf-8")))
