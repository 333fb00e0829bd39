"""Curves of a sweep: target score by size and language of the intermediate data, over seeds."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from xtl.atomic import atomic_write
from xtl.report.transfer import is_source
from xtl.results import Result

_COLOURS = ("#1f4e9c", "#c1121f", "#2a7f3f", "#8a4fbf", "#b8860b", "#008b8b", "#d2691e", "#666666")


_BASELINE = "#555555"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """The cells of one intermediate setting, one for each seed.

    Attributes:
        task: Target task.
        metric: Name of the score.
        intermediate: Intermediate task; empty for the baseline.
        lang: Languages of the intermediate task, joined by ``+``; empty for the baseline.
        rows: Rows of the intermediate task that were trained on; 0 for the baseline.
        values: Unweighted mean over the languages that the head was not trained in, for each seed.
        num_langs: Number of those languages.
    """

    task: str
    metric: str
    intermediate: str
    lang: str
    rows: int
    values: tuple[float, ...]
    num_langs: int

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float | None:
        """Standard deviation over seeds (n - 1); ``None`` for one seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None


def points(results: Sequence[Result]) -> list[Point]:
    """Gather the cells of a sweep; only the first metric of each task counts.

    A baseline that stands in several cells of one seed counts once.
    """
    # Reversed, so that of all the metrics of a task the first is written last and stays.
    first_metric = {result.task: result.metric for result in reversed(results)}
    cells: dict[tuple[str, str, str, int], dict[tuple[int, int], dict[str, float]]] = {}
    for result in results:
        if result.metric != first_metric[result.task] or is_source(result):
            continue
        phase = result.run.trained_intermediate
        seeds = cells.setdefault((result.task, phase.task, phase.lang, phase.rows), {})
        # Cells that differ in the seed of the intermediate rows alone have one baseline, which counts once.
        seed = (result.run.seed, result.run.data_seed if phase.rows else 0)
        seeds.setdefault(seed, {})[result.lang] = result.value
    return [
        Point(
            task=task,
            metric=first_metric[task],
            intermediate=name,
            lang=lang,
            rows=rows,
            values=tuple(statistics.fmean(by_lang.values()) for _, by_lang in sorted(seeds.items())),
            num_langs=max(map(len, seeds.values())),
        )
        for (task, name, lang, rows), seeds in sorted(cells.items())
    ]


def draw_scaling(scaling_points: Sequence[Point], path: Path) -> None:
    """Draw a panel for each target: a line for each intermediate language, the baseline as a level line.

    Args:
        scaling_points: Points of one sweep.
        path: File to write, in one rename; its ending says the format (``.png``, ``.svg``, ``.pdf``).
    """
    targets = list(dict.fromkeys((point.task, point.metric) for point in scaling_points))
    lines = sorted({(point.intermediate, point.lang) for point in scaling_points if point.rows})
    colour = {line: _COLOURS[index % len(_COLOURS)] for index, line in enumerate(lines)}
    several = len({name for name, _ in lines}) > 1
    figure = Figure(figsize=(1.4 + 4.6 * len(targets), 4.2), layout="constrained")
    panels = figure.subplots(1, len(targets), squeeze=False)[0]
    for axes, (task, metric) in zip(panels, targets, strict=True):
        task_points = [point for point in scaling_points if point.task == task]
        for point in task_points:
            if not point.rows:
                axes.axhline(
                    point.mean, color=_BASELINE, linestyle="--", linewidth=1.5, label="no intermediate"
                )
                if point.spread:
                    low, high = point.mean - point.spread, point.mean + point.spread
                    axes.axhspan(low, high, color=_BASELINE, alpha=0.12, linewidth=0)
        for name, lang in lines:
            line = sorted(
                (point for point in task_points if (point.intermediate, point.lang) == (name, lang)),
                key=lambda point: point.rows,
            )
            # Points of one seed have no interval; one of length 0 would look like certainty.
            spreads = [math.nan if point.spread is None else point.spread for point in line]
            axes.errorbar(
                [point.rows for point in line],
                [point.mean for point in line],
                yerr=None if all(map(math.isnan, spreads)) else spreads,
                label=f"{name} {lang}" if several else lang,
                gid=f"curve-{task}-{name}-{lang}",
                color=colour[name, lang],
                marker="o",
                markersize=4,
                capsize=3,
                linewidth=1.8,
            )
        sizes = sorted({point.rows for point in task_points if point.rows})
        if sizes:
            axes.set_xscale("log")
            axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
            axes.minorticks_off()
        axes.set_xlabel(f"rows of {'intermediate data' if several else (lines or [('', '')])[0][0]}")
        axes.set_ylabel(
            f"{metric} (0-100), mean of {max(point.num_langs for point in task_points)} unseen languages"
        )
        seeds = max(len(point.values) for point in task_points)
        spread = f"{seeds} seeds, ± standard deviation" if seeds > 1 else "one seed"
        axes.set_title(f"{task} ({spread})", fontsize=10)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize=9)
    kind = path.suffix[1:]
    # The same points give the same file; in SVG, text stays text.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    with atomic_write(path) as temporary, rc_context({"svg.fonttype": "none", "svg.hashsalt": "xtl"}):
        figure.savefig(temporary, format=kind, dpi=150, metadata=metadata)
