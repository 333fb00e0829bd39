"""Curves of a sweep: score by rows of intermediate data, the baseline as a level line, bands of intervals."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xtl.report.analysis.panels import Curve, Panel
from xtl.report.figures.style import (
    GREY,
    Styles,
    add_legend,
    drawing,
    grid_of_axes,
    rows_axis,
    save,
    slug,
)


def draw_scaling(panels: Sequence[Panel], path: Path) -> None:
    """Draw a panel for each target into a file; its ending says the format.

    Args:
        panels: Panels of one sweep.
        path: File to write, in one rename.
    """
    save(scaling_figure(panels, Styles(panels)), path)


def scaling_figure(panels: Sequence[Panel], styles: Styles) -> Figure:
    """Draw a line for each intermediate language, a panel for each target.

    Args:
        panels: Panels to draw.
        styles: Colours of the whole sweep.
    """
    with drawing():
        figure, axes = grid_of_axes(len(panels))
        for panel_axes, panel in zip(axes, panels, strict=True):
            _draw(panel_axes, panel, styles)
        add_legend(figure, axes)
        return figure


def curve_id(panel: Panel, curve: Curve) -> str:
    """Identifier of a curve's group in the SVG."""
    label = curve.label if panel.title == panel.task else f"{curve.label} {panel.title}"
    return slug("curve", panel.task, curve.intermediate, label)


def _draw(axes: Axes, panel: Panel, styles: Styles) -> None:
    if panel.baseline is not None and panel.baseline.values:
        axes.axhline(
            panel.baseline.mean,
            color=GREY,
            linestyle=(0, (5, 3)),
            linewidth=1.6,
            label="no intermediate",
            gid=slug("curve", panel.title, "baseline"),
        )
    for curve in panel.curves:
        points = [point for point in curve.points if point.values]
        style = styles.of(curve)
        sizes, means = [point.rows for point in points], [point.mean for point in points]
        axes.plot(sizes, means, label=curve.label, gid=curve_id(panel, curve), **style)
        bands = [(point.rows, point.band) for point in points if point.band is not None]
        if bands:  # one seed has no interval; one of length 0 would look like certainty
            low, high = [band.low for _, band in bands], [band.high for _, band in bands]
            rows = [size for size, _ in bands]
            axes.fill_between(rows, low, high, color=style["color"], alpha=0.15, linewidth=0)
            axes.vlines(rows, low, high, color=style["color"], linewidth=0.8, alpha=0.6)
    names = {curve.intermediate for curve in panel.curves}
    sizes = sorted({point.rows for curve in panel.curves for point in curve.points})
    rows_axis(axes, sizes, f"rows of {names.copy().pop() if len(names) == 1 else 'intermediate data'}")
    axes.set_ylabel(f"{panel.metric} (0-100), mean of {len(panel.langs)} unseen languages")
    axes.set_title(f"{panel.title} ({seeds_in_words(panel)})")


def seeds_in_words(panel: Panel) -> str:
    """Number of seeds, and what the bands are."""
    points = [panel.baseline] if panel.baseline is not None else []
    points += [point for curve in panel.curves for point in curve.points]
    seeds = max((len(point.values) for point in points), default=0)
    if not any(point.band for point in points):
        return "one seed, no interval" if seeds == 1 else f"{seeds} seeds"
    return f"{seeds} seeds, 95 % intervals"
