"""Scores by other selections of the weights beside those of the recipe's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xtl.report.analysis.panels import PANEL_SETTINGS, Curve, Panel, panels, setting_label
from xtl.report.analysis.points import CurvePoint
from xtl.results import Result
from xtl.results.repeats import repeat_of


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectionScores:
    """Scores of one setting by selection.

    Attributes:
        panel: Target, and the settings that tell it from others.
        setting: Name of the curve and size.
        own: Selection of the recipe.
        scores: Mean by selection over the unseen languages and seeds that all selections of the target have:
            of languages without validation data, one that looks at it has none.
        langs: These languages.
    """

    panel: str
    setting: str
    own: str
    scores: dict[str, float]
    langs: tuple[str, ...]


def selection_scores(results: Sequence[Result]) -> tuple[SelectionScores, ...]:
    """Scores by selection; none where the results hold one selection alone.

    Args:
        results: Results of every selection.
    """
    own = {_cell(line): line.run.selection for line in results if line.run.is_selected}
    selections = list(dict.fromkeys(line.run.selection for line in results))
    if len(selections) < 2:
        return ()
    rows: dict[tuple[str, ...], SelectionScores] = {}
    shared = _shared(results)
    for selection in selections:
        for panel in panels([line for line in shared if line.run.selection == selection]):
            _add(rows, panel, selection, own)
    return tuple(row for row in rows.values() if len(row.scores) > 1)


def _add(
    rows: dict[tuple[str, ...], SelectionScores],
    panel: Panel,
    selection: str,
    own: dict[tuple[str, int], str],
) -> None:
    settings = [str(panel.settings[name]) for name in PANEL_SETTINGS if name != "selection"]
    points: list[tuple[Curve | None, CurvePoint]] = [(None, panel.baseline)] if panel.baseline else []
    points += [(curve, point) for curve in panel.curves for point in curve.points]
    for curve, point in points:
        name = setting_label(curve, point.rows)
        run = point.runs[0]
        row = rows.setdefault(
            (panel.task, *settings, name),
            SelectionScores(
                panel=panel.title,
                setting=name,
                own=own.get((run.cell, run.seed), selection),
                scores={},
                langs=panel.langs,
            ),
        )
        if point.values:
            row.scores[selection] = point.mean


def _shared(results: Sequence[Result]) -> list[Result]:
    """Results in the languages and seeds that each selection of their target has."""
    of_target: dict[tuple[object, ...], set[str]] = {}
    of_score: dict[tuple[object, ...], set[str]] = {}
    keys = []
    for line in results:
        settings = (get(line) for name, get in PANEL_SETTINGS.items() if name != "selection")
        phase = line.run.trained_intermediate
        target = (line.task, line.metric, *settings)
        score = (*target, phase.task, phase.lang, phase.rows, phase.budget, line.run.tuning)
        keys.append((target, (*score, repeat_of(line), line.lang)))
        if not math.isnan(line.value):
            of_target.setdefault(keys[-1][0], set()).add(line.run.selection)
            of_score.setdefault(keys[-1][1], set()).add(line.run.selection)
    return [
        line
        for line, (target, score) in zip(results, keys, strict=True)
        if of_score.get(score) == of_target.get(target)
    ]


def _cell(line: Result) -> tuple[str, int]:
    return line.run.cell, line.run.seed
