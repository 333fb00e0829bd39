"""Score of each language by the size of the target's own training set."""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from xtl.report.figures.style import save
from xtl.results import Result
from xtl.results.repeats import Repeat, complete_means, repeat_of, seed_means

_MEAN, _SOURCE = "#c1121f", "#555555"


_MAX_STACKED_LABELS = 26
"""Number of labels that fit above each other at this size."""


def draw_curves(results: Sequence[Result], path: Path) -> None:
    """Draw one metric, means over seeds, over the number of training rows (log axis), a line a language.

    Args:
        results: Results of one task and one metric; cells differ in ``train_rows`` alone. Scores that are no
            numbers are left out, and without any other there is no picture.
        path: File to write, in one rename; its ending says the format.
    """
    results = [result for result in results if not math.isnan(result.value)]
    if not results:
        return
    cells = _by_size(results)
    sizes = list(cells)
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    low, high = min(result.value for result in results), max(result.value for result in results)
    margin = max(0.06 * (high - low), 2.0)  # two points at least, or noise would fill the picture
    axes.set_ylim(low - margin, high + margin)
    ends = []
    for lang in dict.fromkeys(result.lang for result in results):
        line = [result for cell in cells.values() for result in cell if result.lang == lang]
        style = {"color": _SOURCE, "linewidth": 2} if line[0].is_source else {"linewidth": 1, "alpha": 0.8}
        by_size: dict[int, dict[Repeat, float]] = {}
        for result in line:
            by_size.setdefault(result.run.target.rows, {})[repeat_of(result)] = result.value
        rows, values = list(by_size), [fmean(seed_means(of_size).values()) for of_size in by_size.values()]
        (drawn,) = axes.plot(rows, values, marker="o", markersize=3, **style)
        ends.append((values[-1], lang, to_hex(drawn.get_color())))
    unseen = list(dict.fromkeys(result.lang for result in results if not result.is_source))
    means = [fmean(of_cell.values()) for cell in cells.values() if (of_cell := _complete(cell, unseen))]
    if len(means) == len(sizes):  # else the line of means would leave a size out
        axes.plot(sizes, means, color=_MEAN, linewidth=2.5, linestyle="--", label="mean of unseen languages")
        axes.legend(loc="lower right", frameon=False, fontsize=9)
    _label_lines(axes, sorted(ends))
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    first, target = results[0], results[0].run.target
    axes.set_xlabel(f"training rows of {target.task} in {target.lang}")
    axes.set_ylabel(f"{first.metric} (0-100)")
    axes.set_title(f"{first.task}: zero-shot from {target.lang}, {first.run.backbone}", fontsize=10)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def _by_size(results: Sequence[Result]) -> dict[int, list[Result]]:
    sizes = sorted({result.run.target.rows for result in results})
    return {size: [result for result in results if result.run.target.rows == size] for size in sizes}


def _complete(results: Sequence[Result], langs: Sequence[str]) -> dict[int, float]:
    """Mean over languages by seed, of the seeds that have all of them."""
    values: dict[str, dict[Repeat, float]] = {}
    for result in results:
        values.setdefault(result.lang, {})[repeat_of(result)] = result.value
    return seed_means(complete_means(values, langs))


def _label_lines(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write the language of each line, given by height, beside its end; none lies on another."""
    low, high = axes.get_ylim()
    gap = (high - low) / _MAX_STACKED_LABELS
    heights: list[float] = []
    for height, _, _ in ends:
        heights.append(max(height, heights[-1] + gap) if heights else height)
    ceiling = high
    for index in reversed(range(len(heights))):  # those that were pushed out at the top come back
        heights[index] = min(heights[index], ceiling)
        ceiling = heights[index] - gap
    for height, (_, lang, colour) in zip(heights, ends, strict=True):
        end = (1.01, height)
        axes.annotate(lang, end, xycoords=("axes fraction", "data"), color=colour, fontsize=8, va="center")
