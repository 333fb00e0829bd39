"""Results that a report can use: what is damaged is left out, and said so."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from xtl.results.files import read_whole_lines
from xtl.results.gather import gather
from xtl.results.lines import Result


@dataclass(frozen=True, kw_only=True, slots=True)
class Usable:
    """Results with a number in them, by run folder.

    Attributes:
        results: Results of every selection.
        problems: What was left out and why, a line each.
    """

    results: Mapping[Path, list[Result]]
    problems: tuple[str, ...]


def usable(folders: Iterable[Path | str]) -> Usable:
    """Gather results as :func:`xtl.results.gather` does, and leave out what is no score.

    That is a last line that was cut off, a value that is not a number, and a language of which no example was
    scored.

    Args:
        folders: Folders of sweeps or of runs, at any depth.

    Raises:
        DataNotFoundError: if there are none in one of the folders.
        DataFormatError: if a whole line is not one result, or two run folders say different things of one
            score.
    """
    problems: list[str] = []

    def read_and_tell(path: Path) -> list[Result]:
        results, problem = read_whole_lines(path)
        problems.extend([problem] if problem else [])
        return results

    gathered = gather(folders, read=read_and_tell)
    kept = {folder: [line for line in lines if not _flaw(line)] for folder, lines in gathered.items()}
    for folder, lines in gathered.items():
        problems += [
            f"{folder}: {line.metric} of {line.task} in {line.lang}: {flaw}; it does not count"
            for line in lines
            if line.run.is_selected and (flaw := _flaw(line))
        ]
    return Usable(results=kept, problems=tuple(problems))


def _flaw(line: Result) -> str:
    """Why a line is no score; empty: it is one."""
    if line.n <= 0:
        return f"expected scored examples, got {line.n}"
    return "" if math.isfinite(line.value) else f"expected a number, got {line.value}"
