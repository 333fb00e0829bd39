"""Heat map: gains over the baseline, intermediate languages down, targets across."""

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from xtl.report.analysis.gains import GainCell
from xtl.report.figures.style import drawing

_DARK, _LIGHT = "#111111", "#fefefe"
"""Ink on a coloured cell, whatever the page's is."""

_MARK = "*"
_STEPS = 41
"""Steps of the colours; Matplotlib draws more of them as an image, which no longer scales."""
_LEAST_RANGE = 0.5


def heat_map_figure(cells: Sequence[GainCell], *, alpha: float) -> Figure:
    """Draw gains as colours and numbers.

    Args:
        cells: Gains.
        alpha: Level at which a cell is marked, after Benjamini and Hochberg.
    """
    targets = list(dict.fromkeys(cell.panel for cell in cells))
    curves = list(dict.fromkeys(cell.curve for cell in cells))
    gains = np.full((len(curves), len(targets)), np.nan)
    text: dict[tuple[int, int], str] = {}
    for cell in cells:
        position = curves.index(cell.curve), targets.index(cell.panel)
        gains[position] = cell.estimate.value
        is_marked = cell.adjusted is not None and cell.adjusted <= alpha
        text[position] = f"{cell.estimate.value:+.1f}{_MARK if is_marked else ''}\n{cell.rows:,} rows"
    limit = max(float(np.nanmax(np.abs(gains))), _LEAST_RANGE)
    with drawing():
        figure = Figure(
            figsize=(max(3.6, 1.9 + 1.2 * len(targets)), 1.3 + 0.5 * len(curves)), layout="constrained"
        )
        axes = figure.subplots()
        colours = colormaps["PuOr_r"].resampled(_STEPS)
        mesh = axes.pcolormesh(gains, cmap=colours, vmin=-limit, vmax=limit, edgecolors=_DARK, linewidth=0.4)
        for (down, across), words in text.items():
            ink = _ink(colours((gains[down, across] / limit + 1) / 2))
            axes.text(across + 0.5, down + 0.5, words, ha="center", va="center", fontsize=8, color=ink)
        axes.set_xticks(np.arange(len(targets)) + 0.5, [_folded(target) for target in targets], fontsize=8)
        axes.set_yticks(np.arange(len(curves)) + 0.5, curves)
        axes.tick_params(length=0)
        axes.invert_yaxis()
        axes.spines[:].set_visible(False)
        figure.colorbar(mesh, ax=axes, label="gain in points")
        return figure


def _ink(colour: tuple[float, float, float, float]) -> str:
    """Black or white, whichever stands out."""
    red, green, blue, _ = colour
    return _DARK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else _LIGHT


def _folded(title: str) -> str:
    """Title over several lines, so that columns stay narrow."""
    words = title.replace(", ", ",\n").split(" (")
    return "\n(".join(itertools.islice(words, 2)) if len(words) > 1 else title
