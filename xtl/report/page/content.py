"""What a page is made of: results and verdicts of a sweep, and what its run folders say beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xtl.report.analysis.gaps import Gap, run_gaps
from xtl.report.analysis.panels import Panel, panels, setting_label
from xtl.report.analysis.provenance import Provenance, provenance
from xtl.report.intervals.score_intervals import ScoreInterval, preferred
from xtl.report.intervals.settings import setting_of
from xtl.report.verdicts import Judgements
from xtl.results import Result, selected

ScoreIntervals = Mapping[tuple[str, str, str], tuple[float, float, str]]
"""Lower end, upper end and kind (``seeds``, ``examples``) of scores by setting, target and language, with the
names of :func:`xtl.report.analysis.panels.setting_label` and the titles of panels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """All that a page shows.

    Attributes:
        panels: Curves of the recipe's own selection.
        results: Results of every selection.
        judged: Verdicts.
        notes: What a reader must know of the rules.
        command: Command that made the page.
        gaps: Runs that failed or left no results.
        provenance: Commands and versions of the runs.
        intervals: Intervals of single scores; empty where there are none.
    """

    panels: tuple[Panel, ...]
    results: tuple[Result, ...]
    judged: Judgements
    notes: tuple[str, ...] = ()
    command: str = ""
    gaps: tuple[Gap, ...] = ()
    provenance: Provenance = field(default_factory=lambda: Provenance(commands={}, facts={}, unreadable=0))
    intervals: ScoreIntervals = field(default_factory=dict)

    @property
    def has_english(self) -> bool:
        """Whether there is intermediate data in the language that others are compared with."""
        return any(curve.lang == self.judged.rules.english for panel in self.panels for curve in panel.curves)


def read_content(
    folders: Sequence[Path],
    gathered: Mapping[Path, Sequence[Result]],
    judged: Judgements,
    *,
    notes: Sequence[str] = (),
    command: str = "",
    intervals: Sequence[ScoreInterval] = (),
) -> Content:
    """Read what a page shows from the folders of a sweep.

    Args:
        folders: Folders of sweeps or of runs.
        gathered: Results of every selection, by run folder.
        judged: Verdicts on those of the recipe's own.
        notes: What a reader must know of the rules.
        command: Command that makes the page.
        intervals: Intervals of the recipe's own scores; the first of each is shown.
    """
    lines = tuple(line for of_run in gathered.values() for line in of_run)
    drawn = panels(selected(lines))
    return Content(
        panels=drawn,
        results=lines,
        judged=judged,
        notes=tuple(notes),
        command=command,
        gaps=run_gaps(folders),
        provenance=provenance(list(gathered)),
        intervals=_shown(drawn, intervals),
    )


def _shown(drawn: Sequence[Panel], intervals: Sequence[ScoreInterval]) -> ScoreIntervals:
    """Intervals under the names that panels give to settings."""
    first = preferred(intervals)
    shown = {}
    for panel in drawn:
        curves = {
            (curve.intermediate, curve.budget, curve.tuning, curve.lang): curve for curve in panel.curves
        }
        for line in panel.results:
            interval = first.get((setting_of(line), line.task, line.metric, line.lang))
            if interval is None or interval.low is None or interval.high is None:
                continue
            phase = line.run.trained_intermediate
            curve = curves.get((phase.task, phase.budget, line.run.tuning, phase.lang))
            if curve is not None or not phase.rows:
                key = setting_label(curve, phase.rows), panel.title, line.lang
                shown[key] = (interval.low, interval.high, interval.kind)
    return shown
