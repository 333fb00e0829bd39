"""What a sweep lacks: cells that failed or never ended, cells of the grid without a run, missing scores."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl.report.analysis.panels import Curve, Panel, setting_label
from xtl.results import FILE_NAME, RunInfo
from xtl.runs.file_names import CONFIG, QUEUED_CONFIGS
from xtl.runs.status import FAILED, STATUS_FILE, STOPPED, status_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """One thing that is not there.

    Attributes:
        what: Run folder, or target and setting.
        state: State in a few words: ``failed``, ``stopped``, ``no results``, ``missing``, ``incomplete``.
        detail: Error of the run, or the seeds and languages that are missing.
    """

    what: str
    state: str
    detail: str


def run_gaps(folders: Sequence[Path]) -> tuple[Gap, ...]:
    """Run folders whose cell failed, was stopped or left no results.

    Args:
        folders: Folders of sweeps or of runs.
    """
    gaps: dict[Path, Gap] = {}
    for folder in folders:
        starts = {path.parent for name in (CONFIG, STATUS_FILE) for path in folder.rglob(name)}
        starts |= {path.parents[1] for path in folder.rglob(QUEUED_CONFIGS)}
        for run in sorted(starts):
            gap = _run_gap(run, str(run.relative_to(folder)) if run != folder else run.name)
            if gap is not None:
                gaps.setdefault(run, gap)
    return tuple(gaps.values())


def grid_gaps(panels: Sequence[Panel]) -> tuple[Gap, ...]:
    """Cells of the crossed design that no run has: seeds that a setting lacks, languages that a cell lacks.

    Args:
        panels: Panels of a sweep.
    """
    return tuple(gap for panel in panels for gap in _panel_gaps(panel))


def _run_gap(run: Path, name: str) -> Gap | None:
    status = status_of(run)
    if status is not None and status.status in (FAILED, STOPPED):
        return Gap(what=name, state=status.status, detail=status.error)
    if (run / FILE_NAME).is_file():
        return None
    return Gap(what=name, state="no results", detail="the cell did not end, or is still running")


def _panel_gaps(panel: Panel) -> Iterator[Gap]:
    settings = _settings(panel)
    if panel.baseline is None:
        yield Gap(what=f"{panel.title}: none", state="missing", detail="no baseline, so no gain can be told")
    seeds: set[int] = set().union(*settings.values())
    for name, seeds_of_setting in settings.items():
        lacking = sorted(seeds - seeds_of_setting)
        if lacking:
            yield Gap(what=f"{panel.title}: {name}", state="missing", detail=f"seeds {_listed(lacking)}")
    sizes: dict[tuple[str, ...], set[int]] = {}  # those of other tasks are others
    for curve in panel.curves:
        sizes.setdefault(_grid_of(curve), set()).update(point.rows for point in curve.points)
    for curve in panel.curves:
        unmet = sizes[_grid_of(curve)] - {point.rows for point in curve.points}
        if unmet:
            detail = f"sizes that other curves have: {_listed(sorted(unmet))}"
            yield Gap(what=f"{panel.title}: {curve.label}", state="missing", detail=detail)
    yield from _language_gaps(panel)


def _grid_of(curve: Curve) -> tuple[str, ...]:
    """What curves have in common whose sizes are those of one grid."""
    return curve.tuning, curve.intermediate, curve.budget


def _settings(panel: Panel) -> dict[str, set[int]]:
    settings = {setting_label(None, 0): _seeds(panel.baseline.runs)} if panel.baseline else {}
    for curve in panel.curves:
        settings |= {setting_label(curve, point.rows): _seeds(point.runs) for point in curve.points}
    return settings


def _seeds(runs: Sequence[RunInfo]) -> set[int]:
    return {run.seed for run in runs}


def _language_gaps(panel: Panel) -> Iterator[Gap]:
    """Cells that lack some languages, which other cells have, or whose score is not a number."""
    cells: dict[tuple[str, int], set[str]] = {}
    for line in panel.results:
        phase = line.run.trained_intermediate
        curve = _curve_of(panel, line.run.tuning, phase.task, phase.lang, phase.budget)
        name = setting_label(curve, phase.rows)
        if phase.rows and curve is None:  # none of its scores is a number; it is no baseline for that
            name = f"{phase.task} {phase.lang}, {phase.rows:,} rows"
        if math.isnan(line.value):
            detail = f"{line.lang}, seed {line.run.seed}: the score is not a number"
            yield Gap(what=f"{panel.title}: {name}", state="no score", detail=detail)
        else:
            cells.setdefault((name, line.run.seed), set()).add(line.lang)
    for (name, seed), langs in cells.items():
        lacking = sorted(set(panel.langs) - langs)
        if lacking:
            detail = f"seed {seed}: {_listed(lacking)}; a seed counts only where it has all languages"
            yield Gap(what=f"{panel.title}: {name}", state="incomplete", detail=detail)


def _curve_of(panel: Panel, tuning: str, *phase: str) -> Curve | None:
    key = (tuning, *phase)
    curves = panel.curves
    return next(
        (curve for curve in curves if (curve.tuning, curve.intermediate, curve.lang, curve.budget) == key),
        None,
    )


def _listed(values: Sequence[object]) -> str:
    return ", ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in values)
