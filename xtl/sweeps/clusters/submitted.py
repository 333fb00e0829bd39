"""Which job runs the cell of a run folder, and of which settings, as a file in it says."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from xtl.atomic import write_json
from xtl.runs.status import CellStatus, Stamp, new_status

JOB_FILE = "logs/job.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmittedJob:
    """A job that was submitted for a cell.

    Attributes:
        cluster: Name that submitit has for the executor.
        job: Number of the job.
        cell: Fingerprint of the settings that the cell was submitted with.
        earlier: Stamp of the status that was there before; ``None``: there was none.
    """

    cluster: str
    job: str
    cell: str = ""
    earlier: Stamp | None = None

    def status(self, folder: Path) -> CellStatus | None:
        """How the cell of a run folder ended since the job was submitted; ``None`` if it did not."""
        return new_status(folder, {folder: self.earlier})


def write_job(folder: Path, job: SubmittedJob) -> None:
    """Write down the job of a cell.

    Args:
        folder: Run folder.
        job: Job that was submitted.
    """
    write_json(folder / JOB_FILE, asdict(job))


def read_job(folder: Path) -> SubmittedJob | None:
    """Read what :func:`write_job` wrote; ``None`` if no job was submitted."""
    with suppress(OSError, ValueError, TypeError):
        values = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
        earlier = values.pop("earlier", None)  # which an older version has removed before it submitted
        return SubmittedJob(**values, earlier=None if earlier is None else tuple(earlier))
    return None


def note_left(folder: Path, job: str) -> None:
    """Write down that a job has left its cell to another process, whose status stands in the folder.

    Args:
        folder: Run folder.
        job: Number of the job.
    """
    write_json(_left_by(folder, job), {"job": job})


def was_left(folder: Path, job: str) -> bool:
    """Whether a job has left its cell to another process; the note of it is removed."""
    with suppress(OSError):
        _left_by(folder, job).unlink()
        return True
    return False


def _left_by(folder: Path, job: str) -> Path:
    return folder / f"logs/left.{job}.json"
