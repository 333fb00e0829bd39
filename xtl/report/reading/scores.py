"""Scores of folders as a report takes them: each once, of one content, different settings told apart."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl import results
from xtl.errors import DataNotFoundError
from xtl.report.reading.single import check_single
from xtl.report.reading.unrecorded import counting, labelled, unrecorded
from xtl.report.same_data import check_same_data
from xtl.results import Result

logger = logging.getLogger(__name__)

_MOST_LINES = 10
"""Lines of one kind of note; the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Scores that count.

    Attributes:
        results: Results of the recipe's own selections, different settings told apart by name.
        original: The same, in the same order; only settings that lines do not record are told apart by name.
        runs: The same by run folder, as lines have them: under the names of plans and of files.
        every_selection: Results of all selections by run folder, different settings told apart by name.
        notes: What a reader must know of them: what was left out, which settings differ.
        unrecorded: Names of the settings that configs tell them apart by.
    """

    results: list[Result]
    original: list[Result]
    runs: Mapping[Path, Sequence[Result]]
    every_selection: Mapping[Path, Sequence[Result]]
    notes: tuple[str, ...]
    unrecorded: tuple[str, ...] = ()


def read_alike(folders: Sequence[Path]) -> dict[str, list[Result]]:
    """Read all scores below folders, cells apart which differ in a setting that lines do not record.

    What is damaged is left out, with a warning.

    Args:
        folders: Folders of sweeps or of runs.

    Returns:
        Results of the recipe's own selections, each once, by the settings in which their cells differ from
        others, such as ``target.recipe.lr=1e-05``; empty where there are none.

    Raises:
        DataNotFoundError: if one of the folders has none, or none of them counts.
        DataFormatError: if a line is not one result, two run folders say different things of one score, or
            runs have read different data under the same name.
    """
    _, runs, problems = _read(folders)
    for problem in problems:
        logger.warning("%s", problem)
    settings = unrecorded(runs)
    check_single(runs, settings)
    alike: dict[str, list[Result]] = {}
    for folder, lines in runs.items():
        for line in lines:
            told = counting(line, settings.get(folder, {}))
            label = ", ".join(f"{name}={value}" for name, value in told.items())
            alike.setdefault(label, []).append(line)
    return alike


def read_scores(folders: Sequence[Path], *, also: Collection[str] = ()) -> Scores:
    """Read scores for tables and verdicts; see :func:`read_alike`.

    Cells of different recipe, encoder, precision, kind of device, selection or budget become different tasks
    by name (:func:`xtl.results.told_apart`), so that nothing takes a mean over them.

    Args:
        folders: Folders of sweeps or of runs.
        also: Names of settings that configs tell them apart by besides those in which they differ.

    Raises:
        DataNotFoundError: if one of the folders has none, or none of them counts.
        DataFormatError: as :func:`read_alike`.
    """
    every_selection, runs, problems = _read(folders)
    others = unrecorded(runs, also=also)
    check_single(runs, others)
    every_selection, named_runs = (
        {folder: labelled(of_run, others.get(folder, {})) for folder, of_run in part.items()}
        if others
        else part
        for part in (every_selection, runs)
    )
    lines = _joined(named_runs)
    differing = results.differing(lines)
    if not any(line.run.intermediate.rows for line in lines):
        differing.pop("rows", None)  # the axis of the curve, where there is no intermediate phase
    notes = [*problems, *_versions(lines)]
    notes += [
        f"{name} differs ({', '.join(map(repr, values))}): told apart, never averaged"
        for name, values in differing.items()
    ]
    names = sorted({name for values in others.values() for name in values})
    notes += [
        f"{name} differs, by the configs of the cells: told apart, never averaged"
        for name in names
        if name not in also
    ]
    return Scores(
        results=results.told_apart(lines, differing),
        original=lines,
        runs=runs,
        every_selection={
            folder: results.told_apart(of_run, differing) for folder, of_run in every_selection.items()
        },
        notes=tuple(notes),
        unrecorded=tuple(names),
    )


_Runs = Mapping[Path, Sequence[Result]]
"""Results by run folder."""


def _read(folders: Sequence[Path]) -> tuple[_Runs, _Runs, list[str]]:
    """Results of every selection, those of the recipe's own, and what was left out."""
    usable = results.usable(folders)
    selected = {folder: results.selected(lines) for folder, lines in usable.results.items()}
    check_same_data(selected)
    problems = [*usable.problems[:_MOST_LINES]]
    if len(usable.problems) > _MOST_LINES:
        problems.append(f"and {len(usable.problems) - _MOST_LINES:,} more lines that do not count")
    if not any(selected.values()):
        why = problems[0] if problems else "the files are empty; run the cells again"
        raise DataNotFoundError(f"{', '.join(map(str, folders))}: expected scores, found none: {why}")
    return usable.results, selected, problems


def _joined(runs: _Runs) -> list[Result]:
    return [line for of_run in runs.values() for line in of_run]


def _versions(lines: Sequence[Result]) -> list[str]:
    cells: dict[str, set[object]] = {}
    for line in lines:
        cells.setdefault(line.run.version, set()).add((line.run.cell, line.run.seed, line.run.phase_key))
    if len(cells) < 2:
        return []
    counts = ", ".join(f"{version}: {len(of_version)} cells" for version, of_version in sorted(cells.items()))
    text = f"results of {len(cells)} versions of xtl stand beside each other ({counts})"
    return [f"{text}; the CHANGELOG says which numbers moved between them"]
