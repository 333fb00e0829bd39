"""Tables of scores: a row for each setting, its value with the margin of its interval."""

import math
from collections.abc import Mapping, Sequence

from rich import box

from xtl.report.intervals.score_intervals import UNSEEN, ScoreInterval, preferred, score_intervals
from xtl.report.intervals.settings import Setting
from xtl.report.tables.labels import differing, label_columns, sort_key, target_key
from xtl.report.tables.ranks import setting_ranks
from xtl.results import Result, first_metrics
from xtl.terminal import PlainTable


def language_table(
    results: Sequence[Result],
    intervals: Sequence[ScoreInterval] | None = None,
    *,
    ranks: Mapping[Setting, int] | None = None,
) -> PlainTable:
    """Lay the first metric of one task out: a row for each setting, a column for each language.

    Values are means over seeds, below each half of its interval's length; then the mean over the languages
    that the head was not trained in, and ranks by it, which settings that cannot be told apart share.

    Args:
        results: Results of one task.
        intervals: Intervals of the scores; ``None``: those over seeds.
        ranks: Rank of each setting; ``None``: as :func:`setting_ranks` says.
    """
    task = results[0].task
    metric = first_metrics(results)[task]
    selected = [result for result in results if result.metric == metric]
    cells = preferred(score_intervals(selected) if intervals is None else intervals)
    ranks = setting_ranks(selected) if ranks is None else ranks
    settings = sorted({key[0] for key in cells if key[1:3] == (task, metric)}, key=sort_key)
    langs = [*dict.fromkeys(result.lang for result in selected), UNSEEN]
    names = {setting.intermediate for setting in settings if setting.rows}
    title = f"{task}: {metric}" + (f" after {names.copy().pop()}" if len(names) == 1 else "")
    labels = label_columns(settings)
    # Ten languages in 80 columns: one space between two of them.
    table = PlainTable(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, title=title, keys=len(labels))
    for label in labels:
        table.add_column(label.heading, justify="right" if label.is_number else "left", no_wrap=True)
    for name in (*langs, *(["rank"] if ranks else [])):
        table.add_column(name, justify="right")
    for setting in settings:
        values = [_two_lines(cells.get((setting, task, metric, lang))) for lang in langs]
        if ranks:
            values.append(str(ranks.get(setting, "-")))
        table.add_row(*(label.text(setting) for label in labels), *values)
    return table


def scaling_table(intervals: Sequence[ScoreInterval]) -> PlainTable:
    """Lay the means over unseen languages out: a row for each intermediate setting, a column for each target.

    Args:
        intervals: Intervals of scores; those of the first metric of each task count.
    """
    first_metric = {interval.task: interval.metric for interval in reversed(intervals)}
    cells = {
        key: interval
        for key, interval in preferred(intervals).items()
        if key[2] == first_metric[key[1]] and key[3] == UNSEEN
    }
    shown = differing([key[0] for key in cells], within=[key[1] for key in cells])
    if not any(key[0].rows for key in cells):  # then a row is a number of the target's own
        shown.append("train_rows")
    by_row = {(target_key(key[0], shown), key[1]): interval for key, interval in cells.items()}
    settings = sorted({setting for setting, _ in by_row}, key=sort_key)
    labels = label_columns(settings, names_task=True)
    table = PlainTable(box=box.SIMPLE_HEAD, keys=len(labels))
    for label in labels:
        table.add_column(label.heading, justify="right" if label.is_number else "left")
    tasks = list(dict.fromkeys(task for _, task in by_row))
    for task in tasks:
        table.add_column(f"{task}\n{first_metric[task]}", justify="right")
    for setting in settings:
        values = [_one_line(by_row.get((setting, task))) for task in tasks]
        table.add_row(*(label.text(setting) for label in labels), *values)
    return table


def margin_note(intervals: Sequence[ScoreInterval]) -> str:
    """What the margins of a table are.

    Args:
        intervals: Intervals that the table shows.
    """
    shown = preferred(intervals).values()
    kinds = {interval.kind for interval in shown if interval.kind}
    seeds = max((interval.seeds for interval in shown), default=0)
    counted = f"{seeds} seeds" if seeds > 1 else "one seed"
    if not kinds:
        return f"{counted}: no interval, which several seeds or counts per example would give"
    over = "seeds where there are several, else over examples" if len(kinds) > 1 else kinds.pop()
    return f"{counted}: mean ± half of the 95 % interval over {over}"


def _two_lines(interval: ScoreInterval | None) -> str:
    return _one_line(interval).replace(" ± ", "\n±")


def _one_line(interval: ScoreInterval | None) -> str:
    if interval is None or math.isnan(interval.value):
        return "-"
    value = f"{interval.value:.1f}"
    return value if interval.margin is None else f"{value} ± {interval.margin:.1f}"
