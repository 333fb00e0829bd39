"""``xtl-data list``: all tasks with languages, sizes, licence and source, and what is on this machine."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.text import Text

from xtl.cli.paths import user_path
from xtl.config.catalogue import GROUPS, TaskCard, task_cards
from xtl.errors import ConfigError, DataNotFoundError
from xtl.inspection.availability import (
    Availability,
    DataFolders,
    SplitAvailability,
    availability,
    is_local,
)
from xtl.languages import language
from xtl.terminal import PlainTable, plain_console
from xtl.types import SPLITS

_ABOUT = """\
List the tasks that stand in either place of a chain: target= or intermediate=. With TASK: all about it.
Rows are those of files under --root, before anything is left out, or else (*) as they are published."""


_WIDEST = 120


_SUFFIXES = {"files": "", "cache": "cached", "pocket": "", "hub": "on hub"}


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the command to those of ``xtl-data``."""
    parser = commands.add_parser(
        "list",
        help="tasks, languages, sizes, licences, sources, and what is here",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all about these (default: a line for each)")
    parser.add_argument(
        "--root", type=user_path, metavar="FOLDER", help="look for <task>/<language>/<split>.*"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--hub", action="store_true", help="only tasks that the hub has")
    where.add_argument("--offline", action="store_true", help="only tasks that need no network")
    parser.add_argument("--json", action="store_true", help="as JSON, with everything that is known")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print what was asked for.

    Raises:
        ConfigError: if there is no such task.
        DataNotFoundError: if the root is not there.
    """
    root = None if options.root is None else options.root.expanduser()
    if root is not None and not root.is_dir():
        raise DataNotFoundError(
            f"--root {root}: expected a folder that holds <task>/<language>/<split>.<format>, found none"
        )
    folders = DataFolders.under(root)
    cards = task_cards(options.tasks, folder=options.config_dir)
    tasks = [(card, availability(card, folders)) for card in cards]
    if options.hub:
        tasks = [(card, available) for card, available in tasks if card.hub]
    if options.offline:
        tasks = [(card, available) for card, available in tasks if _local(card, available)]
    console = plain_console()
    if options.json:
        print_json([as_json(card, available) for card, available in tasks])
    elif options.tasks:
        for card, available in tasks:
            print_details(card, available, console)
    else:
        print_overview(tasks, console)
        console.print(_legend(root), style="dim")


def print_json(value: object) -> None:
    """Print JSON as it is, however wide the terminal."""
    plain_console(soft_wrap=True).print(json.dumps(value, ensure_ascii=False, indent=2), markup=False)


def print_overview(tasks: Sequence[tuple[TaskCard, Availability]], console: Console) -> None:
    """Print all tasks, two lines each, group by group, in the columns of one table."""
    headed = True
    for group, heading in GROUPS.items():
        members = [(card, available) for card, available in tasks if card.group == group]
        if not members:
            continue
        table = _columns(min(console.width, _WIDEST), headed=headed)
        headed = False
        for card, available in members:
            table.add_row(*_row(card, available))
        console.print(Text(f"{heading} ({len(members)})", style="bold"))
        console.print(table)


def _columns(width: int, *, headed: bool) -> PlainTable:
    # Widths are fixed, so that the tables of all groups are one below the other.
    table = PlainTable(
        box=box.SIMPLE_HEAD, padding=0, pad_edge=False, width=width, show_header=headed,
        show_edge=False,
    )  # fmt: skip
    for name, size in (("task\ntype", 17), ("score", 8), ("langs\ntrain", 5)):
        table.add_column(name, width=size, no_wrap=True)
    table.add_column("rows: train\nscored", width=11, justify="right", no_wrap=True)
    table.add_column("here", width=12, no_wrap=True)
    table.add_column("source\nlicence", ratio=1, no_wrap=True, overflow="ellipsis")
    return table


def print_details(card: TaskCard, available: Availability, console: Console) -> None:
    """Print all that is known of a task, and a line for each language."""
    console.print(Text(card.name, style="bold"), Text(f"({card.task_type})"))
    facts = PlainTable.grid(padding=(0, 2, 0, 0))
    for name, value in _facts(card).items():
        if value:
            facts.add_row(f"  {name}", Text(value))
    console.print(facts)
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("code", "language", "family", "script"):
        table.add_column(name, no_wrap=True)
    for split in SPLITS:
        table.add_column(split + (" (scored)" if split == card.eval_split else ""), justify="right")
    for lang, splits in available.items():
        table.add_row(lang, *_about(lang), *(_of_split(splits, split) for split in SPLITS))
    console.print(table)


def as_json(card: TaskCard, available: Availability) -> dict[str, Any]:
    """Everything that is known of a task, in plain values."""
    present = {
        lang: {split: {"from": entry.source, "rows": entry.rows} for split, entry in splits.items()}
        for lang, splits in available.items()
    }
    return {**asdict(card), "present": present}


def _two_lines(first: str, second: str) -> Text:
    return Text.assemble(first, "\n", (second, "dim"))


def _row(card: TaskCard, available: Availability) -> tuple[str | Text, ...]:
    train = str(len(card.train_languages) or "none")
    more = f"+{len(card.more_languages)}" if card.more_languages else ""
    return (
        _two_lines(card.name, card.task_type),
        card.metrics[0],
        _two_lines(f"{len(card.languages)}{more}", train),
        _two_lines(_size(card, available, "train"), _size(card, available, card.eval_split)),
        _local(card, available) or "-",
        _two_lines(_source(card), card.licence or "-"),
    )


def _size(card: TaskCard, available: Availability, split: str) -> str:
    """Rows of one language: English if it is there, or else the first that is."""
    counted = {lang: entry.rows for lang, splits in available.items()
               if (entry := splits.get(split)) is not None and entry.rows is not None}  # fmt: skip
    if counted:
        lang = "en" if "en" in counted else next(iter(counted))
        return f"{counted[lang]:,}" + ("" if lang == "en" or card.group == "pocket" else f" {lang}")
    return f"{card.published[split]:,}*" if split in card.published else "-"


def _local(card: TaskCard, available: Availability) -> str:
    """In how many languages what is scored needs no network."""
    scored = [splits.get(card.eval_split) for splits in available.values()]
    local = [entry for entry in scored if entry is not None and is_local(entry)]
    if not local:
        return ""
    if card.group == "pocket":
        return "all"
    total = len(card.languages) + len(card.more_languages)
    lines = []
    for source, word in (("files", "files"), ("cache", "cached")):
        count = sum(entry.source == source for entry in local)
        lines += [f"{count}/{total} {word}"] if count else []
    return "\n".join(lines)


def _source(card: TaskCard) -> str:
    if card.group == "pocket":
        return "pocket"
    repositories = list(dict.fromkeys(location.repository for location in card.hub))
    if not repositories:
        return f"files in ROOT/{card.folder}"
    more = f" +{len(repositories) - 1}" if len(repositories) > 1 else ""
    return repositories[0] + more


def _facts(card: TaskCard) -> Mapping[str, str]:
    hub = "; ".join(dict.fromkeys(f"{location.repository} ({location.config})" for location in card.hub))
    trains = "nothing, unless target.recipe.epochs says so"
    if card.train_languages:
        trains = "all languages" if set(card.train_languages) == {*card.languages} else " ".join(
            card.train_languages
        )  # fmt: skip
    return {
        "group": GROUPS[card.group],
        "scores": ", ".join(card.metrics),
        "trains on": trains,
        "published": ", ".join(f"{split} {rows:,} rows" for split, rows in card.published.items()),
        "aligned": f"rows of {', '.join(card.aligned)} are translations" if card.aligned else "",
        "hub": "" if card.group == "pocket" else hub or f"no: {card.absent or 'your own files'}",
        "refused": "; ".join(
            f"{langs}: {why}" for location in card.hub for langs, why in location.refused.items()
        ),
        "files": "" if card.group == "pocket" else f"ROOT/{card.folder}/<language>/<split>.<format>",
        "licence": card.licence,
        "from": card.reference,
    }


def _about(lang: str) -> tuple[str, str, str]:
    try:
        row = language(lang)
    except ConfigError:  # a folder that somebody made
        return "not known to xtl", "", ""
    return row.name, row.family, row.script


def _of_split(splits: Mapping[str, SplitAvailability], split: str) -> str:
    entry = splits.get(split)
    if entry is None:
        return "-"
    rows = "" if entry.rows is None else f"{entry.rows:,}"
    return " ".join(word for word in (rows, _SUFFIXES[entry.source]) if word) or "yes"


def _legend(root: Path | None) -> str:
    where = f"under {root} or in the hub's cache" if root else "in the hub's cache (--root FOLDER: files)"
    return (
        f"Rows of one language (English where there is English); * as published, others counted. Here: "
        f"languages whose scored split is {where}. One task: xtl-data list TASK"
    )
