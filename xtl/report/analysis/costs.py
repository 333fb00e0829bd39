"""What each setting cost to train, and what it gained."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xtl.report.analysis.panels import Curve, Panel
from xtl.report.analysis.points import CurvePoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Cost of one setting, a mean over its cells.

    Attributes:
        panel: Name of the target.
        curve: Curve; ``None`` for the baseline.
        rows: Rows of the intermediate task.
        cells: Number of cells.
        examples: Training examples of both phases, each counted once.
        tokens: Tokens that training read, over all epochs.
        seconds: Time that training took.
        gain: Mean gain over the baseline in points; ``None`` for the baseline, or without one.
    """

    panel: str
    curve: Curve | None
    rows: int
    cells: int
    examples: float
    tokens: float
    seconds: float
    gain: float | None


def costs(panels: Sequence[Panel]) -> tuple[Cost, ...]:
    """Cost of each setting of each target; a phase that cells share is counted in each of them.

    Args:
        panels: Panels of a sweep.
    """
    return tuple(cost for panel in panels for cost in _costs(panel))


def _costs(panel: Panel) -> Iterator[Cost]:
    if panel.baseline is not None:
        yield _cost(panel, None, panel.baseline)
    for curve in panel.curves:
        for point in curve.points:
            yield _cost(panel, curve, point)


def _cost(panel: Panel, curve: Curve | None, point: CurvePoint) -> Cost:
    runs = point.runs
    return Cost(
        panel=panel.title,
        curve=curve,
        rows=point.rows,
        cells=len(runs),
        examples=statistics.fmean(run.trained_intermediate.rows + run.target.rows for run in runs),
        tokens=statistics.fmean(run.tokens for run in runs),
        seconds=statistics.fmean(run.seconds for run in runs),
        gain=None if point.gain is None else point.gain.value,
    )
