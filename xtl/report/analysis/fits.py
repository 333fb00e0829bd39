"""Fits of each curve, a constant always among them, and what the power law identifies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xtl.report.analysis.panels import Curve, Panel
from xtl.statistics.arrays import sparse_sizes
from xtl.statistics.fits import Comparison, PowerLaw, compare, identify


@dataclass(frozen=True, kw_only=True, slots=True)
class CurveFit:
    """Forms fitted to one curve.

    Attributes:
        panel: Name of the target.
        curve: Curve.
        sizes: Sizes above 0 that were fitted: those of three seeds or more where most have three, else all.
        num_seeds: Number of seeds that have all of them.
        comparison: Forms beside each other; ``None`` where the curve could not be fitted.
        power_law: What pow3 identifies; likewise.
        reason: Why there is no fit; empty where there is one.
    """

    panel: str
    curve: Curve
    sizes: tuple[int, ...]
    num_seeds: int
    comparison: Comparison | None
    power_law: PowerLaw | None
    reason: str = ""


def curve_fits(panels: Sequence[Panel]) -> tuple[CurveFit, ...]:
    """Fit the mean over unseen languages of each curve.

    Args:
        panels: Panels of a sweep.
    """
    return tuple(_fit(panel, curve) for panel in panels for curve in panel.curves)


def _fit(panel: Panel, curve: Curve) -> CurveFit:
    sparse = sparse_sizes({point.rows: len(point.values) for point in curve.points})
    points = [point for point in curve.points if point.rows not in sparse]  # as in verdicts
    seeds = sorted(set.intersection(*(set(point.values) for point in points)))
    sizes = tuple(point.rows for point in points)
    scores = np.array([[point.values[seed] for point in points] for seed in seeds])
    comparison, power_law, reason = None, None, ""
    try:
        if not seeds:
            raise ValueError("no seed has all sizes in all languages")
        comparison, power_law = compare(sizes, scores), identify(sizes, scores)
    except ValueError as error:
        reason = str(error)
    return CurveFit(
        panel=panel.title,
        curve=curve,
        sizes=sizes,
        num_seeds=len(seeds),
        comparison=comparison,
        power_law=power_law,
        reason=reason,
    )
