"""``xtl-data show``: examples of a task. ``xtl-data show pocket_qa --lang sw -n 3`` prints three."""

import argparse
from collections.abc import Sequence
from typing import Any, cast

from rich.console import Console

from xtl import pocket
from xtl.cli.data.source import add_root, cell_of, source_of
from xtl.config import conf_dir
from xtl.config.catalogue import TaskCard, task_cards
from xtl.config.compose import scored
from xtl.errors import ConfigError, DataNotFoundError, nearest
from xtl.tasks.describe import render
from xtl.tasks.registry import task_type
from xtl.terminal import PlainTable, plain_console
from xtl.types import SPLITS, Example, SplitName

_ALIGNED_WIDTH = 100


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the command to those of ``xtl-data``."""
    show = commands.add_parser(
        "show",
        help="print examples",
        description="Print examples of a task, readably. Tasks of the pocket benchmark need no files: "
        + ", ".join(pocket.TASKS),
    )
    show.add_argument("task", help=f"one of {', '.join(_tasks())}")
    show.add_argument("--lang", help="code of the language (default: en, or the first one of the task)")
    show.add_argument("--split", choices=SPLITS, help="default: what the task is scored on")
    show.add_argument("-n", type=_positive, default=3, metavar="N", help="how many examples (default: 3)")
    show.add_argument("--start", type=_row, default=0, metavar="ROW", help="first row to show (default: 0)")
    add_root(show)
    show.add_argument("--seed", type=int, default=0, help="of the pocket benchmark (default: 0)")
    show.add_argument("--align", action="store_true", help="the same row in every language, side by side")
    show.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print what was asked for.

    Raises:
        ConfigError: if there is no such task, or nothing says where its data are.
        DataNotFoundError: if there are fewer rows than the first one to show.
    """
    console = plain_console(soft_wrap=True)
    if options.align:
        _show_aligned(options, console)
        return
    (card,) = task_cards([options.task], folder=options.config_dir)
    examples = _examples(options, card, options.lang or _first_language(card))
    if not examples:
        raise DataNotFoundError(f"task '{card.name}': expected a row {options.start:,}, found fewer rows")
    for example in examples:
        console.print(render(example), markup=False)
        console.print()


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a number of examples from 1, got {value}")
    return value


def _row(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected the number of a row from 0, got {value}")
    return value


def _show_aligned(options: argparse.Namespace, console: Console) -> None:
    """Print row after row, a line for each language."""
    langs = pocket.languages(options.task) if options.task in pocket.TASKS else ()
    if not langs:
        raise ConfigError(
            f"--align: expected a task whose rows are aligned over languages ({', '.join(pocket.TASKS)}), "
            f"got '{options.task}'{nearest(options.task, pocket.TASKS)}"
        )
    (card,) = task_cards([options.task], folder=options.config_dir)
    columns = {lang: _examples(options, card, lang) for lang in langs}
    for row in range(min(map(len, columns.values()))):
        table = PlainTable(box=None, show_header=False, padding=(0, 2, 0, 0))
        first = columns[langs[0]][row]
        table.add_column(no_wrap=True)
        table.add_column(max_width=_ALIGNED_WIDTH)
        if hasattr(first, "translation"):
            table.add_row("en", str(first.translation))
        for lang, examples in columns.items():
            table.add_row(lang, examples[row].summary)
        console.print(first.uid, markup=False)
        console.print(table)


def _examples(options: argparse.Namespace, card: TaskCard, lang: str) -> Sequence[Example]:
    end = options.start + options.n
    split = cast(SplitName, options.split or card.eval_split)
    if source_of(options, card) != "pocket":
        from xtl.tasks.build import build_task

        cell = cell_of(options, card)
        task = build_task(cell.target, cell.data, cell.backbone.embedding)
        return task.source.examples(lang, split)[options.start : end]
    if task_type(card.task_type).one_example:
        return pocket.examples(card.name, lang, split=split, seed=options.seed)
    if options.start >= pocket.MAX_SIZE:
        return []
    size = min(end, pocket.MAX_SIZE)
    return pocket.examples(card.name, lang, split=split, size=size, seed=options.seed)[options.start :]


def _first_language(card: TaskCard) -> str:
    return "en" if "en" in card.languages else card.languages[0]


def _tasks() -> list[str]:
    files = sorted(path.stem for path in (conf_dir() / "task").glob("*.yaml"))
    return scored(dict.fromkeys([*pocket.TASKS, *files]))
