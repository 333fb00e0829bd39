"""``xtl-report``: the results of a sweep as a table and a picture. Reads results only."""

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from xtl import results
from xtl.atomic import atomic_write, write_json, write_text
from xtl.cli.logs import add_flags, report_errors, set_up
from xtl.errors import ConfigError
from xtl.report import (
    benchmark_notes,
    benchmark_table,
    benchmarks,
    check_same_data,
    draw_curves,
    draw_scaling,
    judge_sweep,
    language_table,
    page,
    points,
    scaling_table,
    sentence,
    size_table,
    verdict_record,
    verdict_table,
)
from xtl.report.verdicts import Judgements
from xtl.results import Result
from xtl.statistics import Rules
from xtl.statistics.rules import changed_rules, read_rules
from xtl.terminal import plain_console
from xtl.tracking.report_run import log_report

logger = logging.getLogger(__name__)

FIGURE, VERDICTS, PAGE = "scaling.png", "verdict.json", "report/index.html"

_TABLES = (".csv", ".parquet")
"""Formats of the table of all scores."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-report``."""
    parser = argparse.ArgumentParser(
        prog="xtl-report",
        description="Gather all results below a folder: for each target, the mean over its unseen languages "
        "by language and size of the intermediate data, over seeds with their standard deviation; the "
        f"curves as a picture; and a verdict on each intermediate language, in words and in {VERDICTS}.",
    )
    parser.add_argument(
        "sweep", type=Path, nargs="+", help="folder of a sweep, or of any runs; several are reported together"
    )
    parser.add_argument("--out", type=Path, help=f"the picture (default: {FIGURE} in the first SWEEP)")
    parser.add_argument(
        "--table", type=Path, metavar="FILE", help=f"also write all scores as a table, {' or '.join(_TABLES)}"
    )
    parser.add_argument(
        "--xtreme", action="store_true", help="print XTREME's averages instead: by task, by group, over all"
    )
    parser.add_argument(
        "--margin",
        type=float,
        metavar="POINTS",
        help="gain that is as good as none (default: as written down before the sweep ran, else 0.5)",
    )
    parser.add_argument("--wandb", action="store_true", help="also log picture and verdicts to wandb")
    add_flags(parser)
    options = parser.parse_args(arguments)
    set_up(options)
    first = options.sweep[0]
    with report_errors(first):
        if options.table is not None:
            write_table(options.sweep, options.table)
        if options.xtreme:
            report_xtreme(options.sweep)
            return
        picture = options.out or first / FIGURE
        report(options.sweep, picture, margin=options.margin)
        if options.wandb:
            log_report(first, picture)


def write_table(folders: Sequence[Path], path: Path) -> None:
    """Write all scores below folders as one table: a row a score, a column a field of its line, its folder.

    Args:
        folders: Folders of sweeps or of runs.
        path: File; its ending says the format.

    Raises:
        ConfigError: if the ending is of no format.
        DataNotFoundError: if one of the folders has no results.
        DataFormatError: if a line is not one result, or two run folders say different things of one score.
    """
    if path.suffix not in _TABLES:
        raise ConfigError(f"--table {path}: expected a file name with {' or '.join(_TABLES)} at its end")
    frame = results.table(folders)
    with atomic_write(path) as temporary:
        if path.suffix == ".csv":
            frame.to_csv(temporary, index=False)
        else:
            frame.to_parquet(temporary, index=False)
    logger.info("table: %s, %s scores", path, f"{len(frame):,}")


def report_xtreme(folders: Sequence[Path]) -> None:
    """Print the averages of the XTREME benchmark, a table for each setting that the runs have.

    Args:
        folders: Folders of sweeps or of runs.

    Raises:
        DataNotFoundError: if there are no results of its tasks.
        DataFormatError: if a line is not one result, or two say different things of the same.
    """
    console = plain_console()
    for benchmark in benchmarks(gathered(folders)):
        console.print(benchmark_table(benchmark))
        for note in benchmark_notes(benchmark):
            console.print(note, soft_wrap=True)


def report(folders: Sequence[Path], picture: Path, *, margin: float | None = None) -> None:
    """Print the tables of a sweep and its verdicts, and draw its curves.

    Args:
        folders: Folders with run folders in them, at any depth; the rules of the first one count.
        picture: File of the picture, a PNG; the verdicts are written beside it.
        margin: Gain that is as good as none; ``None``: that of the sweep's rules.

    Raises:
        ConfigError: if the margin is not above 0.
        DataNotFoundError: if there are no results.
        DataFormatError: if a line is not one result.
    """
    lines = gathered(folders)
    console = plain_console()
    has_intermediate = any(line.run.intermediate.rows for line in lines)
    # Without an intermediate phase the sizes to compare are those of the target's own training set.
    if not has_intermediate and len({line.run.target.rows for line in lines}) > 1:
        _report_sizes(lines, picture, console)
        return
    curve = points(lines)
    for task in dict.fromkeys(point.task for point in curve):
        console.print(language_table([line for line in lines if line.task == task]))
    console.print(scaling_table(curve))
    seeds = len({(line.run.seed, line.run.data_seed) for line in lines})
    console.print(
        f"Mean over unseen languages ({', '.join(sorted({line.run.backbone for line in lines}))}), "
        + (f"{seeds} seeds: mean ± standard deviation" if seeds > 1 else "one seed"),
        soft_wrap=True,
    )
    draw_scaling(curve, picture)
    logger.info("picture: %s", picture)
    if has_intermediate:
        judged, notes = _report_verdicts(lines, folders[0], picture.with_name(VERDICTS), margin=margin)
        figure = (picture.parent / PAGE).with_name(FIGURE)
        for kind in (".svg", ".pdf"):
            draw_scaling(curve, figure.with_suffix(kind))
        _write_page(lines, judged, picture.parent / PAGE, notes=notes)


def _report_verdicts(
    lines: Sequence[Result], folder: Path, path: Path, *, margin: float | None
) -> tuple[Judgements, list[str]]:
    """Print what may be said of the sweep, and write it down; return it, with notes on the rules."""
    rules, notes = _rules_of(folder, margin=margin)
    judged = judge_sweep(lines, rules)
    console = plain_console()
    console.print(
        f"\nVerdicts (gains within {rules.margin:g} points are none; level {rules.alpha:g} after Holm)"
    )
    if judged.judgements:
        console.print(verdict_table(judged.judgements))
    for text in (
        *map(sentence, judged.judgements),
        *(f"no verdict: {text}" for text in judged.problems),
        *notes,
    ):
        console.print(f"- {text}", soft_wrap=True)
    write_json(path, verdict_record(judged, notes=notes))
    logger.info("verdicts: %s", path)
    return judged, notes


def _write_page(lines: Sequence[Result], judged: Judgements, path: Path, *, notes: Sequence[str]) -> None:
    """Write the page, with the curves that stand beside it."""
    figure = (path.parent / FIGURE).with_suffix(".svg").read_text(encoding="utf-8")
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    write_text(path, page(lines, judged, figure=figure[figure.index("<svg") :], notes=notes, command=command))
    logger.info("page: %s", path)


def _rules_of(folder: Path, *, margin: float | None) -> tuple[Rules, list[str]]:
    """Rules to judge by, and what a reader must know of them."""
    written = read_rules(folder)
    rules = written or Rules()
    notes = [] if written else ["no rules were written down before the cells ran: these are the defaults"]
    if margin is not None:
        try:
            rules = replace(rules, margin=margin)
        except ValueError as error:
            raise ConfigError(f"--margin: {error}") from error
    if written is not None:
        notes += [
            f"changed after the cells ran: {name} {now} in place of {before}"
            for name, (before, now) in changed_rules(written, rules).items()
        ]
    return rules, notes


def _report_sizes(lines: Sequence[Result], picture: Path, console: Console) -> None:
    """Without intermediate data: curves over the size of each target's own training set, a picture a task."""
    for task in dict.fromkeys(line.task for line in lines):
        metric = next(line.metric for line in lines if line.task == task)
        scores = [line for line in lines if (line.task, line.metric) == (task, metric)]
        console.print(f"\n{task}: {metric} by rows of training data")
        console.print(size_table(scores))
        path = picture.with_name(f"{picture.stem}-{task}.png")
        draw_curves(scores, path)
        logger.info("picture: %s", path)


def gathered(folders: Sequence[Path]) -> list[Result]:
    """Read all scores below folders: results of the recipe's own selections, each once.

    Args:
        folders: Folders of sweeps or of runs.

    Raises:
        DataNotFoundError: if one of the folders has none.
        DataFormatError: if a line is not one result, two run folders say different things of one score, or
            runs have read different data under the same name.
    """
    selected = {folder: results.selected(lines) for folder, lines in results.gather(folders).items()}
    check_same_data(selected)
    return [line for lines in selected.values() for line in lines]


if __name__ == "__main__":
    main()
