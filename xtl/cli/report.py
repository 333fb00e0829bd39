"""``xtl-report``: the results of a sweep as a table and a picture. Reads results only."""

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from xtl import results
from xtl.atomic import atomic_write, write_json
from xtl.cli.logs import add_flags, report_errors, set_up
from xtl.cli.paths import user_path
from xtl.cli.report_modes import add_modes, chosen_mode
from xtl.cli.report_tables import print_sizes, print_tables
from xtl.errors import ConfigError
from xtl.report import (
    Redraws,
    draw_scaling,
    judge_sweep,
    panels,
    read_content,
    read_redraws,
    score_intervals,
    sentence,
    verdict_record,
    verdict_table,
    write_report,
)
from xtl.report.reading import design_notes, family_note, read_scores, rules_of
from xtl.report.tables.records import verdict_records
from xtl.report.tables.write import TABLES, write_printed
from xtl.report.verdicts import Judgements
from xtl.results import Result
from xtl.statistics import Rules
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)

SCALING_FIGURE, VERDICTS, REPORT = "scaling.png", "verdict.json", "report"

_TABLES = (".csv", ".parquet")
"""Formats of the table of all scores."""

_PICTURES = (".png", ".pdf", ".svg")
"""Formats of the picture."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-report``."""
    parser = argparse.ArgumentParser(
        prog="xtl-report",
        description="Gather all results below a folder: for each target, the scores of each language and the "
        "mean over those that its head never saw, by language and size of the intermediate data, with 95 % "
        "intervals over seeds or examples; the curves as a picture; a verdict on each intermediate language, "
        f"in words and in {VERDICTS}; and all of it as a page, {REPORT}/index.html, with each figure and "
        "table in files beside it.",
    )
    parser.add_argument(
        "sweep",
        type=user_path,
        nargs="+",
        help="folder of a sweep, or of any runs; several are reported together",
    )
    parser.add_argument(
        "--out",
        type=user_path,
        help="file of the picture, with page and verdicts beside it (default: "
        f"{SCALING_FIGURE} in the first SWEEP); with --compare, --power, --export and --xtreme the folder "
        "that is written to",
    )
    parser.add_argument(
        "--table",
        type=user_path,
        metavar="FILE",
        help=f"also write all scores as a table, {' or '.join(_TABLES)}",
    )
    parser.add_argument(
        "--margin",
        type=float,
        metavar="POINTS",
        help="gain that is as good as none (default: as written down before the sweep ran, else 0.5)",
    )
    add_modes(parser)
    parser.add_argument("--wandb", action="store_true", help="also log figures and verdicts to wandb")
    add_flags(parser)
    options = parser.parse_args(arguments)
    mode = chosen_mode(parser, options)
    set_up(options)
    first = options.sweep[0]
    with report_errors(first):
        if options.table is not None:
            write_table(options.sweep, options.table)
        if mode is not None:
            mode()
            return
        picture = options.out or first / SCALING_FIGURE
        if picture.suffix not in _PICTURES:
            raise ConfigError(
                f"--out {picture}: expected a file name with {', '.join(_PICTURES)} at its end; the page "
                "and the verdicts are written beside it"
            )
        report(options.sweep, picture, margin=options.margin)
        if options.wandb:
            from xtl.tracking.report_run import log_report  # with torch, which no report needs

            log_report(first, picture, picture.parent / REPORT)


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
    scores = read_scores(folders)
    rules, changes = rules_of(folders, margin=margin, runs=scores.runs)  # before anything is written
    lines = scores.results
    as_recorded = [line for of_run in scores.runs.values() for line in of_run]
    redraws = read_redraws(scores.runs).renamed(as_recorded, lines)
    intervals, tables = score_intervals(lines, redraws), picture.parent / TABLES
    has_intermediate = any(line.run.intermediate.rows for line in lines)
    # Without an intermediate phase the sizes to compare are those of the target's own training set.
    sizes = {(line.task, line.run.target.rows) for line in lines}
    if not has_intermediate and len(sizes) > len({task for task, _ in sizes}):
        print_sizes(lines, intervals, redraws.problems, tables=tables, picture=picture)
        _print_notes(scores.notes)
        return
    print_tables(lines, intervals, redraws.problems, tables=tables)
    draw_scaling(panels(lines), picture)
    logger.info("picture: %s", picture)
    notes = [*scores.notes, *design_notes(lines)]
    if not has_intermediate:
        _print_notes(notes)
        return
    notes += changes
    judged = _report_verdicts(lines, redraws, rules, picture.with_name(VERDICTS), notes=notes)
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    content = read_content(
        folders, scores.every_selection, judged, intervals=intervals, notes=notes, command=command
    )
    logger.info("page: %s", write_report(content, picture.parent / REPORT))


def _report_verdicts(
    lines: Sequence[Result], redraws: Redraws, rules: Rules, path: Path, *, notes: Sequence[str]
) -> Judgements:
    """Print what may be said of the sweep, and write it down with what a reader must know of it."""
    judged = judge_sweep(lines, rules, redraws)
    console = plain_console()
    console.print(
        f"\nVerdicts (gains within {rules.margin:g} points are none; level {rules.alpha:g} after Holm)"
    )
    if judged.judgements:
        # A table for each intermediate task, named above it: its name, with settings, would fill a terminal.
        for name in dict.fromkeys(judgement.intermediate for judgement in judged.judgements):
            console.print(verdict_table([one for one in judged.judgements if one.intermediate == name]))
        table, records = verdict_table(judged.judgements), verdict_records(judged.judgements)
        write_printed(path.parent / TABLES, "verdicts", table, records)
    texts = [
        *map(sentence, judged.judgements),
        *(f"no verdict: {text}" for text in judged.problems),
        *judged.notes,
    ]
    _print_notes([*texts, *filter(None, [family_note(judged.judgements)]), *notes])
    write_json(path, verdict_record(judged, notes=notes))
    logger.info("verdicts: %s", path)
    return judged


def _print_notes(notes: Sequence[str]) -> None:
    console = plain_console()
    for note in notes:
        console.print(f"- {note}", soft_wrap=True)


if __name__ == "__main__":
    main()
