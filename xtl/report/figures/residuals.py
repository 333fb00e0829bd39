"""Residuals of fits: mean score less the fitted one, at each size; those of a constant below them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xtl.report.analysis.fits import CurveFit
from xtl.report.figures.style import GREY, Styles, add_legend, drawing, rows_axis, tidy
from xtl.statistics.fits import CONST


def residual_figure(fits: Sequence[CurveFit], styles: Styles) -> Figure:
    """Draw a column for each target: above, the best form of each curve that has one; below, a constant.

    Args:
        fits: Fits; curves that could not be fitted are left out.
        styles: Colours of the whole sweep.
    """
    titles = list(dict.fromkeys(fit.panel for fit in fits if fit.comparison is not None))
    with drawing():
        figure = Figure(figsize=(4.6 * len(titles), 5.0), layout="constrained")
        rows = figure.subplots(2, len(titles), squeeze=False)
        for column, title in enumerate(titles):
            of_panel = [fit for fit in fits if fit.panel == title]
            _draw(rows[0, column], of_panel, styles, is_best=True)
            _draw(rows[1, column], of_panel, styles, is_best=False)
            compared = [fit for fit in of_panel if fit.comparison is not None and fit.comparison.is_compared]
            rows[0, column].set_title(f"{title}: {'best form' if compared else 'too few points to compare'}")
            rows[1, column].set_title(f"{title}: constant")
            sizes = sorted({size for fit in of_panel for size in fit.sizes})
            rows_axis(rows[1, column], sizes, "rows of intermediate data")
            rows_axis(rows[0, column], sizes, "")
        add_legend(figure, list(rows[0]))
    return figure


def _draw(axes: Axes, fits: Sequence[CurveFit], styles: Styles, *, is_best: bool) -> None:
    tidy(axes)
    axes.axhline(0, color=GREY, linewidth=1.0)
    for fit in fits:
        if fit.comparison is None:
            continue
        constant = next(item for item in fit.comparison.fits if item.form is CONST)
        drawn = fit.comparison.best if is_best else constant
        if drawn is None:  # a name in the legend all the same
            axes.plot([], [], label=f"{fit.curve.label}: not compared", **styles.of(fit.curve))
        else:
            label = f"{fit.curve.label}: {drawn.form.name}"
            axes.plot(fit.sizes, drawn.residuals, label=label, **styles.of(fit.curve))
    axes.set_ylabel("score less fit, points")
