"""Gains over the baseline beside each other, with p-values for a heat map of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.report.analysis.panels import Curve, Panel
from xtl.statistics import Estimate, benjamini_hochberg


@dataclass(frozen=True, kw_only=True, slots=True)
class GainCell:
    """Gain of one curve over the baseline at one size.

    Attributes:
        panel: Name of the target.
        curve: Name of the curve.
        rows: Size.
        estimate: Gain in points.
        p: p-value against a gain of 0; ``None`` for one seed.
        adjusted: The same after Benjamini and Hochberg over all cells.
    """

    panel: str
    curve: str
    rows: int
    estimate: Estimate
    p: float | None
    adjusted: float | None


def gain_cells(panels: Sequence[Panel]) -> tuple[GainCell, ...]:
    """Gains at the largest size that all curves have; where they have none in common, each at its largest.

    Args:
        panels: Panels of a sweep.
    """
    sizes = {
        (panel.title, curve.label): _sizes(curve)
        for panel in panels
        for curve in panel.curves
        if _sizes(curve)
    }
    common = set.intersection(*(set(gains) for gains in sizes.values())) if sizes else set()
    cells = []
    for (panel, curve), gains in sizes.items():
        rows = max(common or gains)
        cells.append((panel, curve, rows, gains[rows], gains[rows].p_value()))
    p_values = [p for *_, p in cells if p is not None]
    adjusted = iter(benjamini_hochberg(p_values).tolist())
    return tuple(
        GainCell(
            panel=panel,
            curve=curve,
            rows=rows,
            estimate=estimate,
            p=p,
            adjusted=None if p is None else next(adjusted),
        )
        for panel, curve, rows, estimate, p in cells
    )


def _sizes(curve: Curve) -> dict[int, Estimate]:
    return {point.rows: point.gain for point in curve.points if point.gain is not None}
