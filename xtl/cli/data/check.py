"""``xtl-data check``: reads all that there is and says what is there and what is wrong with it."""

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.text import Text

from xtl.atomic import write_json
from xtl.cli.data.source import add_source, cards_of, cell_of, check_langs, langs_of, splits_of
from xtl.cli.paths import user_path
from xtl.config.catalogue import TaskCard, task_cards
from xtl.errors import XtlError
from xtl.garbage import modules_kept
from xtl.progress import progress_meter
from xtl.schemas.backbone import BackboneConfig
from xtl.terminal import PlainTable, plain_console

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from xtl.inspection.check import Problem, SplitReport

logger = logging.getLogger(__name__)

_ABOUT = """\
Read all that there is of tasks: rows, labels, lengths, what is left out or mended and why, rows that stand
there twice, translations that are not row-aligned, files that cannot be read or that nothing reads.
Exit status: 0 if all was read and every row can be used, but for those that were kept back on purpose (a
label "", "-" or -1, no answer, NS for a translation, _ for the words of a treebank); 1 if something is
wrong: a file cannot be read, or nothing reads it (another name or ending), rows had to be left out for a
fault, or nothing was found."""


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the command to those of ``xtl-data``."""
    parser = commands.add_parser(
        "check",
        help="read everything and say what is wrong with it",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="default: all that has a folder in --root")
    add_source(parser)
    parser.add_argument("--backbone", metavar="NAME", help="also count its sub-words")
    parser.add_argument("--json", type=user_path, metavar="FILE", help="write everything as JSON, too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Check and print.

    Raises:
        XtlError: if what was asked for makes no sense.
        SystemExit: with status 1 if something is wrong with the data.
    """
    console = plain_console()
    cards = cards_of(options, options.tasks)
    tasks = [_check_any(options, card, console, alone=len(cards) == 1) for card in cards]
    if options.json is not None:
        write_json(options.json, {"tasks": tasks})
        logger.info("report: %s", options.json)
    splits = [split for task in tasks for split in task["splits"]]
    bad = sum(bool(split["error"]) for split in splits)
    problems = [problem for part in (*tasks, *splits) for problem in part["problems"]]
    faults = sum(problem["fault"] for problem in problems) + sum(not task["splits"] for task in tasks)
    rows = sum(split["rows"] for split in splits)
    console.print(
        f"{len(tasks):,} tasks, {len(splits):,} splits, {rows:,} rows; "
        + (f"{bad:,} could not be read" if bad else "all could be read")
    )
    if faults:
        console.print(f"{faults:,} of the lines above tell of files or rows that cannot be used")
    if not options.tasks:
        _tell_other_folders(options, cards, console)
    check_langs(options, [split["lang"] for split in splits if split["lang"]])
    if bad or faults:
        raise SystemExit(1)


def _tell_other_folders(options: argparse.Namespace, cards: Sequence[TaskCard], console: Console) -> None:
    """Say which folders of the root belong to no task: one may be a task of the user's own, or misspelt."""
    if options.root is None:
        return
    every = task_cards(folder=options.config_dir)
    task_folders = {card.folder for card in every} | {card.name for card in cards}
    folders = sorted(path.name for path in options.root.expanduser().iterdir() if path.is_dir())
    unread = [name for name in folders if name not in task_folders and not name.startswith(".")]
    if unread:
        console.print(
            f"not looked into, since no task has that name: {', '.join(unread)} "
            "(--config-dir: tasks of your own)"
        )


def _check_any(
    options: argparse.Namespace, card: TaskCard, console: Console, *, alone: bool
) -> dict[str, Any]:
    """Check a task; one that cannot even be looked at is a report among others, unless it stands alone."""
    try:
        return _check(options, card, console)
    except Exception as error:
        if alone and isinstance(error, XtlError):
            raise
        from xtl.inspection.check import unreadable

        report = unreadable(card.name, error)
        print_task(card, [report], [], console)
        return {"task": card.name, "splits": [asdict(report)], "problems": []}


def _check(options: argparse.Namespace, card: TaskCard, console: Console) -> dict[str, Any]:
    """Check a task and print its reports; give them in plain values."""
    # Imported late, so that --help and a wrong folder answer at once.
    with modules_kept():
        from xtl.inspection.check import available_splits, check_split, unequal, unread, unreadable
        from xtl.tasks.build import build_task

    cell = cell_of(options, card, *([f"backbone={options.backbone}"] if options.backbone else []))
    langs = langs_of(options, cell)
    tokenizer = _tokenizer(cell.backbone) if options.backbone else None
    task = build_task(cell.target, cell.data, cell.backbone.embedding)
    try:
        splits = available_splits(task, langs, splits_of(options))
    except XtlError as error:
        reports = [unreadable(card.name, error)]
    else:
        reports = []
        with progress_meter(f"checking {card.name}", len(splits)) as progress:
            for lang, split in splits:
                progress.note(f"{lang} {split}")
                reports.append(check_split(task, lang, split, tokenizer=tokenizer))
                progress.advance(1, tokens=0, note=f"{lang} {split}")
    problems = [*unequal(cell.target, reports), *unread(task)]
    print_task(card, reports, problems, console)
    return {
        "task": card.name,
        "splits": [asdict(report) for report in reports],
        "problems": [asdict(problem) for problem in problems],
    }


def _tokenizer(backbone: BackboneConfig) -> "PreTrainedTokenizerBase":
    from xtl.models.load import load_tokenizer

    return load_tokenizer(backbone.source, path=backbone.path, revision=backbone.revision)


def print_task(
    card: TaskCard, reports: Sequence["SplitReport"], problems: Sequence["Problem"], console: Console
) -> None:
    """Print a table of what can be read, and below it what is wrong."""
    console.print(Text(card.name, style="bold"), Text(f"({card.task_type})"))
    sound = [report for report in reports if not report.error]
    if not reports:
        console.print(Text("  nothing found", style="bold red"))
    if sound:
        console.print(_table(sound))
    for report in reports:
        if report.error:
            where = " ".join(word for word in ("cannot be read:", report.lang, report.split) if word)
            console.print(Text(f"  {where}", style="bold red"), Text(report.error))
        for problem in report.problems:
            prefix = f"{report.lang} {report.split}: "
            _print_problem(problem, console, prefix, uids=f"{report.task}/{report.split}/")
    for problem in problems:
        _print_problem(problem, console)
    console.print()


def _print_problem(problem: "Problem", console: Console, prefix: str = "", *, uids: str = "") -> None:
    """Print a problem; of uids the row is enough."""
    examples = ", ".join(example.rpartition(":")[2] if uids else example for example in problem.examples)
    examples = examples.replace(uids, "") if uids else examples
    more = ", ..." if problem.count > len(problem.examples) else ""
    listed = f" ({examples}{more})" if examples else ""
    style = "red" if problem.fault else ""
    console.print(Text(f"  {prefix}{problem.count:,} x {problem.reason}{listed}", style=style))


def _table(reports: Sequence["SplitReport"]) -> PlainTable:
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("lang", no_wrap=True)
    table.add_column("split", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("out", justify="right", no_wrap=True)
    table.add_column("length: median, longest", no_wrap=True)
    table.add_column("labels")
    for report in reports:
        lengths = "\n".join(f"{size.median:,.0f}, {size.longest:,} {size.unit}" for size in report.lengths)
        left_out = f"{report.left_out:,}" if report.left_out else "-"
        labels = _labels(report.labels, report.numbers)
        table.add_row(report.lang, report.split, f"{report.rows:,}", left_out, lengths, labels)
    return table


def _labels(labels: Mapping[str, int], numbers: Sequence[float], most: int = 4) -> str:
    if numbers:
        low, middle, high = numbers
        return f"{low:g} to {high:g}, median {middle:g}"
    listed = [f"{label} {count:,}" for label, count in list(labels.items())[:most]]
    more = [f"{len(labels) - most} more"] if len(labels) > most else []
    return ", ".join([*listed, *more]) or "-"
