"""Tables of a sweep: target score by size and language of the intermediate data, over seeds."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box

from xtl.report.language_means import language_means
from xtl.report.transfer import as_cell, is_source
from xtl.results import Result
from xtl.terminal import PlainTable


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


def scaling_table(scaling_points: Sequence[Point]) -> PlainTable:
    """Lay points out: a row for each intermediate setting, a column for each target."""
    targets = list(dict.fromkeys((point.task, point.metric) for point in scaling_points))
    table = PlainTable(box=box.SIMPLE_HEAD)
    for name in ("intermediate", "language", "rows"):
        table.add_column(name, justify="right" if name == "rows" else "left")
    for task, metric in targets:
        table.add_column(f"{task}\n{metric}", justify="right")
    settings = sorted(
        {(point.intermediate, point.lang, point.rows) for point in scaling_points},
        key=lambda setting: (setting[2] > 0, *setting),  # the baseline first
    )
    by_key = {(point.intermediate, point.lang, point.rows, point.task): point for point in scaling_points}
    for name, lang, rows in settings:
        row_points = [by_key.get((name, lang, rows, task)) for task, _ in targets]
        table.add_row(name or "none", lang or "-", f"{rows:,}", *map(_cell, row_points))
    return table


def language_table(results: Sequence[Result]) -> PlainTable:
    """Lay the first metric of one task out: a row for each intermediate setting, a column for each language.

    Values are means over seeds; the last column is the mean over the languages the head was not trained in.

    Args:
        results: Results of one task.
    """
    metric = results[0].metric
    selected = [result for result in results if result.metric == metric]
    langs = list(dict.fromkeys(result.lang for result in selected))
    names = {phase.task for result in selected if (phase := result.run.trained_intermediate).rows}
    single = len(names) == 1
    title = f"{results[0].task}: {metric}" + (f" after {names.copy().pop()}" if single else "")
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title=title)
    table.add_column("lang" if single else "intermediate", no_wrap=True)
    for name in ("rows", *langs, "unseen"):
        table.add_column(name, justify="right")
    for means in language_means(selected):
        cells = [as_cell(means.by_lang.get(code)) for code in langs]
        label = means.lang if single else f"{means.intermediate} {means.lang}"
        table.add_row(label if means.rows else "none", f"{means.rows:,}", *cells, as_cell(means.unseen))
    return table


def _cell(point: Point | None) -> str:
    if point is None:
        return "-"
    return f"{point.mean:.1f}" if point.spread is None else f"{point.mean:.1f} ± {point.spread:.1f}"
