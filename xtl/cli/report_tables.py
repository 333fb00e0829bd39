"""Tables of ``xtl-report``: printed, and written beside the page as CSV and LaTeX."""

import logging
from collections.abc import Sequence
from pathlib import Path

from xtl.atomic import write_text
from xtl.report import ScoreInterval, draw_curves, language_table, margin_note, scaling_table
from xtl.report.intervals.score_intervals import UNSEEN, preferred
from xtl.report.tables.labels import by_setting
from xtl.report.tables.ranks import setting_ranks
from xtl.report.tables.records import csv_text, score_records
from xtl.report.tables.write import write_printed
from xtl.results import Result, first_metrics
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)

ALL_INTERVALS = "intervals.csv"
"""File of every interval of every metric."""


def print_tables(
    lines: Sequence[Result],
    intervals: Sequence[ScoreInterval],
    problems: Sequence[str],
    *,
    tables: Path,
) -> None:
    """Print scores by language of each task, then means over unseen languages; write both.

    Args:
        lines: Results.
        intervals: Their intervals.
        problems: What has no interval over examples, and why.
        tables: Folder of the tables.
    """
    console = plain_console()
    for task in dict.fromkeys(line.task for line in lines):
        _print_languages([line for line in lines if line.task == task], intervals, tables / "languages")
    first_metric = first_metrics(lines)
    means = [
        interval
        for interval in by_setting(preferred(intervals).values())
        if interval.lang == UNSEEN and interval.metric == first_metric[interval.task]
    ]
    if means:  # not where the source language alone was scored
        table = scaling_table(intervals)
        console.print(table)
        backbones = ", ".join(sorted({line.run.backbone for line in lines}))
        note = f"Mean over unseen languages ({backbones}), {margin_note(means)}"
        console.print(note, soft_wrap=True)
        write_printed(tables, "scaling", table, score_records(means), caption=note)
    write_text(tables / ALL_INTERVALS, csv_text(score_records(intervals)))
    for problem in problems:
        console.print(f"- {problem}", soft_wrap=True)


def print_sizes(
    lines: Sequence[Result],
    intervals: Sequence[ScoreInterval],
    problems: Sequence[str],
    *,
    tables: Path,
    picture: Path,
) -> None:
    """Without intermediate data: scores over the size of each target's own training set, a picture a task.

    Args:
        lines: Results.
        intervals: Their intervals.
        problems: What has no interval over examples, and why.
        tables: Folder of the tables.
        picture: File of the picture, whose name that of the task follows.
    """
    console = plain_console()
    for task in dict.fromkeys(line.task for line in lines):
        metric = first_metrics(lines)[task]
        scores = [line for line in lines if (line.task, line.metric) == (task, metric)]
        console.print(f"\n{task}: {metric} by rows of training data")
        _print_languages(scores, intervals, tables / "sizes", caption=f"{task}: {metric} by training rows")
        path = picture.with_name(f"{picture.stem}-{task}{picture.suffix}")
        draw_curves(scores, path)
        if path.exists():
            logger.info("picture: %s", path)
    write_text(tables / ALL_INTERVALS, csv_text(score_records(intervals)))
    for text in (margin_note(intervals), *problems):
        console.print(f"- {text}", soft_wrap=True)


def _print_languages(
    lines: Sequence[Result], intervals: Sequence[ScoreInterval], path: Path, *, caption: str = ""
) -> None:
    task = lines[0].task
    metric = first_metrics(lines)[task]
    shown = [interval for interval in intervals if (interval.task, interval.metric) == (task, metric)]
    ranks = setting_ranks([line for line in lines if line.metric == metric])
    table = language_table(lines, shown, ranks=ranks)
    title = caption or str(table.title)
    if caption:
        table.title = None  # it stands above
    plain_console().print(table)
    records = score_records(by_setting(preferred(shown).values()), ranks)
    name = f"{path.name}-{task}"
    write_printed(path.parent, name, table, records, caption=f"{title}; {margin_note(shown)}")
