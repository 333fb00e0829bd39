"""``xtl-data check``: reads everything found and says what is there and what is wrong with it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xtl.atomic import write_json
from xtl.cli.data_source import add_source, cards_of, cell_of, langs_of, splits_of
from xtl.config.catalogue import TaskCard
from xtl.errors import XtlError
from xtl.progress import progress_meter, say

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from xtl.inspection.check import Problem, SplitReport


_ABOUT = """\
Read all that there is of tasks: rows, labels, lengths, what is left out or mended and why, rows that stand
there twice, translations that are not row-aligned, files that cannot be read.
Exit status: 0 if everything could be read, 1 if something could not."""


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
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON, too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Check and print.

    Raises:
        XtlError: if what was asked for makes no sense.
        SystemExit: with status 1 if something could not be read.
    """
    console = Console(highlight=False)
    cards = cards_of(options, options.tasks)
    found = [_check(options, card, console) for card in cards]
    if options.json is not None:
        write_json(options.json, {"tasks": found})
        say(f"report: {options.json}")
    bad = sum(bool(one["error"]) for task in found for one in task["splits"])
    rows = sum(one["rows"] for task in found for one in task["splits"])
    files = sum(len(task["splits"]) for task in found)
    console.print(f"{len(found):,} tasks, {files:,} splits, {rows:,} rows; {bad or 'none'} could not be read")
    if bad:
        raise SystemExit(1)


def _check(options: argparse.Namespace, card: TaskCard, console: Console) -> dict[str, Any]:
    """Check a task and print what was found; give it in plain values."""
    # Imported late, so that --help and a wrong folder answer at once.
    from xtl.inspection.check import SplitReport, check_split, splits_found, unequal, unread_files
    from xtl.tasks.registry import build_task

    cell = cell_of(options, card, *([f"backbone={options.backbone}"] if options.backbone else []))
    langs = langs_of(options, cell)
    tokenizer = _tokenizer(cell.backbone) if options.backbone else None
    task = build_task(cell.target, cell.data, cell.backbone.embedding)
    try:
        splits = splits_found(task, langs, splits_of(options))
    except XtlError as error:
        reports = [SplitReport(task=card.name, lang="", split="", error=str(error))]
    else:
        reports = []
        with progress_meter(f"checking {card.name}", len(splits)) as shown:
            for lang, split in splits:
                shown.note(f"{lang} {split}")
                reports.append(check_split(task, lang, split, tokenizer=tokenizer))
                shown.advance(1, tokens=0, note=f"{lang} {split}")
    problems = [*unequal(cell.target, reports), *unread_files(cell.target, cell.data)]
    print_task(card, reports, problems, console)
    return {
        "task": card.name,
        "splits": [asdict(one) for one in reports],
        "problems": [asdict(one) for one in problems],
    }


def _tokenizer(backbone: Any) -> "PreTrainedTokenizerBase":  # noqa: ANN401  a BackboneConfig
    from xtl.models.load import load_tokenizer

    return load_tokenizer(backbone.source, path=backbone.path, revision=backbone.revision)


def print_task(
    card: TaskCard, reports: Sequence["SplitReport"], problems: Sequence["Problem"], console: Console
) -> None:
    """Print a table of what can be read, and below it what is wrong."""
    console.print(Text(card.name, style="bold"), Text(f"({card.task_type})"))
    sound = [one for one in reports if not one.error]
    if not reports:
        console.print("  nothing found")
    if sound:
        console.print(_table(sound))
    for one in reports:
        if one.error:
            where = " ".join(word for word in ("cannot be read:", one.lang, one.split) if word)
            console.print(Text(f"  {where}", style="bold red"), Text(one.error))
        for problem in one.problems:
            _print_problem(problem, console, f"{one.lang} {one.split}: ", uids=f"{one.task}/{one.split}/")
    for problem in problems:
        _print_problem(problem, console)
    console.print()


def _print_problem(problem: "Problem", console: Console, where: str = "", *, uids: str = "") -> None:
    """Print a problem; of uids the row is enough."""
    shown = ", ".join(example.rpartition(":")[2] if uids else example for example in problem.examples)
    shown = shown.replace(uids, "") if uids else shown
    more = ", ..." if problem.count > len(problem.examples) else ""
    told = f" ({shown}{more})" if shown else ""
    console.print(Text(f"  {where}{problem.count:,} x {problem.reason}{told}"))


def _table(reports: Sequence["SplitReport"]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("lang", no_wrap=True)
    table.add_column("split", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("out", justify="right", no_wrap=True)
    table.add_column("length: median, longest", no_wrap=True)
    table.add_column("labels")
    for one in reports:
        lengths = "\n".join(f"{size.median:,.0f}, {size.longest:,} {size.unit}" for size in one.lengths)
        table.add_row(
            one.lang, one.split, f"{one.rows:,}", f"{one.left_out:,}" if one.left_out else "-", lengths,
            Text(_labels(one.labels, one.numbers)),
        )  # fmt: skip
    return table


def _labels(labels: Mapping[str, int], numbers: Sequence[float], most: int = 4) -> str:
    if numbers:
        low, middle, high = numbers
        return f"{low:g} to {high:g}, median {middle:g}"
    listed = [f"{label} {count:,}" for label, count in list(labels.items())[:most]]
    more = [f"{len(labels) - most} more"] if len(labels) > most else []
    return ", ".join([*listed, *more]) or "-"
