"""Cost against gain: tokens that training read, and points over the baseline."""

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from xtl.report.analysis.costs import Cost
from xtl.report.figures.style import GREY, Styles, figure_by_panel


def cost_figure(costs: Sequence[Cost], styles: Styles) -> Figure:
    """Draw a panel for each target with gains.

    Args:
        costs: Costs; those without a gain are left out.
        styles: Colours of the whole sweep.
    """
    gained = [cost for cost in costs if cost.gain is not None]
    return figure_by_panel(gained, lambda cost: cost.panel, partial(_draw, styles=styles))


def _draw(axes: Axes, costs: Sequence[Cost], *, styles: Styles) -> None:
    axes.axhline(0, color=GREY, linestyle=(0, (5, 3)), linewidth=1.4, label="no intermediate")
    lines: dict[str, list[Cost]] = {}
    for cost in costs:
        if cost.curve is not None:
            lines.setdefault(cost.curve.label, []).append(cost)
    for label, line in lines.items():
        curve = line[0].curve
        if curve is not None:
            tokens = [cost.tokens for cost in line]
            gains = [cost.gain for cost in line if cost.gain is not None]
            axes.plot(tokens, gains, label=label, **styles.of(curve))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _shortened(value)))
    axes.set_xlabel("tokens read in training, both phases")
    axes.set_ylabel("gain over the baseline, points")


def _shortened(value: float) -> str:
    """Number as ``450k`` or ``1.2M``."""
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"
