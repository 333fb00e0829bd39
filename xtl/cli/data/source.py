"""What the commands of ``xtl-data`` share: where data come from, and which of them."""

import argparse
from collections.abc import Iterable, Sequence
from typing import cast

from xtl import config
from xtl.cli.paths import user_path
from xtl.config.catalogue import TaskCard, task_cards
from xtl.config.compose import compose
from xtl.errors import ConfigError, DataNotFoundError, nearest
from xtl.languages import NAMED
from xtl.schemas.cell import TrainConfig
from xtl.types import SPLITS, SplitName


def add_root(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where data come from."""
    parser.add_argument(
        "--root", type=user_path, metavar="FOLDER", help="of <task>/<language>/<split>.<format>"
    )
    parser.add_argument(
        "--source", choices=("local", "hub", "pocket"),
        help="default: local with --root, pocket for pocket's own tasks",
    )  # fmt: skip


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where data come from, and which of them are meant."""
    add_root(parser)
    parser.add_argument(
        "--lang", action="append", default=[], metavar="LANG",
        help="only these, several joined by + or commas; also all, xtreme, family:Germanic, script:Latn",
    )  # fmt: skip
    parser.add_argument("--split", action="append", choices=SPLITS, help="only this one; may be repeated")


def cards_of(options: argparse.Namespace, names: Sequence[str]) -> list[TaskCard]:
    """Choose tasks: those of these names, or all of which there is something.

    Raises:
        ConfigError: if there is no task of a name, or none is named where there is no folder to look into.
        DataNotFoundError: if the root is not there, or has no task.
    """
    _check_root(options)
    if names:
        return task_cards(names, folder=options.config_dir)
    if options.source == "pocket":
        return [card for card in task_cards() if card.group == "pocket"]
    if options.root is None or options.source == "hub":
        raise ConfigError(
            "expected tasks (xtl-data list shows them), or --root FOLDER for all that has files there, or "
            "--source pocket for all of pocket's, got none of them"
        )
    root = options.root.expanduser()
    available = task_cards(folder=options.config_dir)
    cards = [card for card in available if card.folder == card.name and (root / card.name).is_dir()]
    if not cards:
        folders = ", ".join(sorted(path.name for path in root.iterdir() if path.is_dir())) or "no folder"
        raise DataNotFoundError(
            f"--root {root}: expected folders named after tasks (xtl-data list shows them; your own need "
            f"--config-dir), found {folders}"
        )
    return cards


def cell_of(options: argparse.Namespace, card: TaskCard, *overrides: str) -> TrainConfig:
    """Compose a cell whose target is the task and whose data come from where the options say.

    Raises:
        ConfigError: if an override is not known, or nothing says where data come from.
    """
    source = source_of(options, card)
    cfg = compose("train", f"target={card.name}", f"data={source}", *overrides)
    if source == "local":
        cfg.data.root = str(options.root)
    return config.finalize(cfg)


def source_of(options: argparse.Namespace, card: TaskCard) -> str:
    """Where the data of a task come from: ``local``, ``hub`` or ``pocket``.

    Raises:
        ConfigError: if nothing says it, or the task is not there.
    """
    of_pocket = card.group == "pocket"
    if of_pocket and options.source not in (None, "pocket"):
        raise ConfigError(
            f"--source {options.source}: expected pocket for task '{card.name}', which comes with xtl"
        )
    if not of_pocket and options.source == "pocket":
        raise ConfigError(
            f"--source pocket: expected a task of pocket (xtl-data list shows them), got '{card.name}'"
        )
    if not of_pocket and options.source != "hub" and options.root is None:
        raise ConfigError(f"task '{card.name}': expected --root FOLDER or --source hub, got neither")
    return "pocket" if of_pocket else options.source or "local"


def langs_of(options: argparse.Namespace, cell: TrainConfig) -> list[str] | None:
    """Turn ``--lang`` into codes; ``None``: all that is found.

    Raises:
        ConfigError: if a word means nothing, or all of a hub's languages would be fetched unasked.
    """
    words = _lang_words(options)
    if words:
        return config.listed_languages(words, cell.target, "--lang")
    if cell.data.source == "hub":
        raise ConfigError(
            f"task '{cell.target.name}': expected --lang with --source hub, since all that is named is "
            f"fetched, got none; it has {cell.target.languages}; --lang all takes them all"
        )
    return None


def check_langs(options: argparse.Namespace, available: Iterable[str]) -> None:
    """Refuse a language that was named by its code and of which no task has anything.

    Words such as ``all`` and ``family:Germanic`` mean what is there of them.

    Args:
        options: Options of the command.
        available: Codes of the languages of which there is something.

    Raises:
        DataNotFoundError: if there is nothing of one.
    """
    present = [*dict.fromkeys(available)]
    absent = [word for word in _lang_words(options) if word not in (*NAMED, *present) and ":" not in word]
    if absent:
        raise DataNotFoundError(
            f"--lang {'+'.join(absent)}: expected languages that are there "
            f"({' '.join(present) or 'none is'}), found nothing of "
            f"{' '.join(absent)}{nearest(absent[0], present)}"
        )


def _lang_words(options: argparse.Namespace) -> list[str]:
    return [word for value in options.lang for word in value.replace(",", "+").split("+") if word]


def splits_of(options: argparse.Namespace) -> list[SplitName]:
    """Give the splits to look at, in their order."""
    return [split for split in SPLITS if split in cast(Sequence[SplitName], options.split or SPLITS)]


def _check_root(options: argparse.Namespace) -> None:
    if options.root is not None and not options.root.expanduser().is_dir():
        raise DataNotFoundError(
            f"--root {options.root}: expected a folder that holds <task>/<language>/<split>.<format>, "
            "found none"
        )
