"""Figures of a report, drawn by Matplotlib from what :mod:`xtl.report.analysis` computed.

A function takes values and gives a ``Figure``; :mod:`xtl.report.figures.style` holds colours that eyes
without red or green tell apart, and writes a figure as a file or as SVG for the page, the same bytes each
time.
"""

from xtl.report.figures.cost import cost_figure
from xtl.report.figures.english import english_figure
from xtl.report.figures.heat_map import heat_map_figure
from xtl.report.figures.residuals import residual_figure
from xtl.report.figures.scaling import draw_scaling, scaling_figure
from xtl.report.figures.style import inline_svg, save
from xtl.report.figures.transfer import draw_transfer

__all__ = [
    "cost_figure",
    "draw_scaling",
    "draw_transfer",
    "english_figure",
    "heat_map_figure",
    "inline_svg",
    "residual_figure",
    "save",
    "scaling_figure",
]
