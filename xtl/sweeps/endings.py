"""How the cells of a sweep ended, by what they have left in their folders."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from xtl.runs.claim import CLAIM_FILE, claimed_by_others, in_use
from xtl.runs.status import FAILED, LEFT, STATUS_FILE, STOPPED, CellStatus, Stamp, new_status, stamps_of
from xtl.sweeps.cells import kept_statuses


def read_statuses(
    folder: Path,
    *,
    before: Mapping[Path, Stamp],
    handed_out: Collection[Path] | None = None,
    claims: Mapping[Path, Stamp] | None = None,
) -> list[tuple[Path, CellStatus]]:
    """How the cells of a sweep ended, with their run folders.

    Args:
        folder: Folder of the sweep.
        before: What :func:`xtl.runs.status.stamps_of` said when it began.
        handed_out: Run folders of all cells that were to run, each of which is in the list then; ``None``:
            those that have left a status, as of a sweep that was broken off.
        claims: Stamps of claims when it began, for a sweep that was broken off together with its processes:
            of cells that were claimed since, that is said; ``None``: of none.
    """
    if handed_out is None:
        cells = {path.parent for path in folder.rglob(STATUS_FILE)}
    else:
        cells = {_below(folder, path) for path in handed_out}
    statuses = {path: status for path in cells if (status := new_status(path, before)) is not None}
    of_cells_elsewhere, in_this_process = kept_statuses()
    unwritten, of_others = (
        {
            cell: status
            for path, status in in_memory.items()
            if (cell := _below(folder, path)) in cells
            or (handed_out is None and ".." not in cell.relative_to(folder).parts)
        }
        for in_memory in (in_this_process, of_cells_elsewhere)
    )
    endings = of_others | statuses | unwritten
    if handed_out is not None:
        endings |= _without_status(sorted(cells - endings.keys()), _lost)
    elif claims is not None:
        stamps = stamps_of(folder, CLAIM_FILE)
        begun = {path for path, stamp in stamps.items() if claims.get(path) != stamp}
        endings |= _without_status(sorted(begun - endings.keys()), _broken_off)
    return sorted(endings.items())


def _below(folder: Path, path: Path) -> Path:
    """Run folder as a path below the folder of its sweep, of which Hydra says only the way from the root."""
    return folder / os.path.relpath(path, folder)


def _broken_off(_: Path) -> CellStatus:
    """What is to be said of a cell that had begun, and whose process was ended together with the sweep."""
    ended = "its process was ended; the same command goes on from its last checkpoint, if it has written one"
    return CellStatus(status=STOPPED, seconds=0.0, error=ended)


def _lost(folder: Path) -> CellStatus:
    """What is to be said of a cell that was to run and has left no status."""
    lost = f"no status: its process ended without {STATUS_FILE}, or could not write it; see {folder}"
    return CellStatus(status=FAILED, seconds=0.0, error=lost)


def _without_status(
    folders: Sequence[Path], ending_of: Callable[[Path], CellStatus]
) -> dict[Path, CellStatus]:
    """Endings of cells that have left none: they are left to living processes that have claimed them."""
    others = claimed_by_others(folders) if folders else set()
    return {
        folder: CellStatus(status=LEFT, seconds=0.0, error=str(in_use(folder)))
        if folder in others
        else ending_of(folder)
        for folder in folders
    }
