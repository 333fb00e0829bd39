"""English-equivalent sizes: English rows with the same score, by rows of the other language."""

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xtl.report.analysis.english import EnglishCurve
from xtl.report.figures.style import GREY, Styles, figure_by_panel, rows_axis
from xtl.statistics.curves import EnglishSize, Place

_APART, _MOST_APART = 0.08, 0.6
"""Doublings of rows between the marks of two languages at one size, and between the outermost ones."""


def english_figure(curves: Sequence[EnglishCurve], styles: Styles) -> Figure:
    """Draw a panel for each target; beyond the measured sizes a hollow mark points there.

    Args:
        curves: Curves in English rows.
        styles: Colours of the whole sweep.
    """
    return figure_by_panel(curves, lambda curve: curve.panel, partial(_draw, styles=styles))


def _draw(axes: Axes, curves: Sequence[EnglishCurve], *, styles: Styles) -> None:
    english = sorted({size for curve in curves for size in curve.english_sizes})
    sizes = sorted({item.size for curve in curves for item in curve.equivalents} | set(english))
    axes.plot(english, english, color=GREY, linestyle=(0, (5, 3)), linewidth=1.4, label="as English itself")
    apart = min(_APART, _MOST_APART / max(len(curves) - 1, 1))
    for number, curve in enumerate(curves):
        style = styles.of(curve.curve)
        # A little apart: marks of several languages at one place would hide each other.
        aside = 2 ** (apart * (number - (len(curves) - 1) / 2))
        items = [(item, item.english.rows) for item in curve.equivalents if item.english.rows is not None]
        rows, equivalents = [item.size * aside for item, _ in items], [value for _, value in items]
        axes.plot(rows, equivalents, label=curve.curve.label, **style)
        for item in curve.equivalents:
            if item.low is not None and item.high is not None:
                low, high = (_end(end, curve.english_sizes) for end in (item.low, item.high))
                axes.vlines(item.size * aside, low, high, color=style["color"], linewidth=0.9, alpha=0.7)
            if item.english.place is not Place.MEASURED:
                mark = "v" if item.english.place is Place.BELOW else "^"
                end = _end(item.english, curve.english_sizes)
                axes.plot(
                    item.size * aside, end, marker=mark, color=style["color"], fillstyle="none", markersize=7
                )
    rows_axis(axes, sizes, "rows of the language")
    axes.set_yscale("log")
    axes.set_yticks(english, [f"{size:,}" for size in english], fontsize=8)
    axes.minorticks_off()
    axes.set_ylabel("English rows with the same score")


def _end(size: EnglishSize, measured: Sequence[int]) -> float:
    """Rows where a mark stands: at the end of the measured range for what lies beyond it."""
    if size.rows is not None:
        return size.rows
    return float(measured[0] if size.place is Place.BELOW else measured[-1])
