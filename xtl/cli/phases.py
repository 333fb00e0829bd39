"""``xtl-phases``: what is in the phase store, and what can go."""

import argparse
import json
import logging
import math
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich import box

from xtl.caching.example_files import examples_folder
from xtl.caching.feature_files import features_folder
from xtl.cli.logs import add_flags, report_errors, set_up
from xtl.cli.paths import user_path
from xtl.errors import CheckpointError, DataNotFoundError
from xtl.store.store import INFO, PhaseStore
from xtl.terminal import PlainTable, plain_console

logger = logging.getLogger(__name__)

_DAY = 24 * 3600.0

_PIPE_WIDTH = 200


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-phases``."""
    parser = argparse.ArgumentParser(
        prog="xtl-phases", description="Look at the finished phases that cells share, and make room."
    )
    parser.add_argument("--root", type=user_path, help="folder of the store (default: phases in xtl's cache)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="a line for each phase")
    show = commands.add_parser("show", help="all that is known of one phase, as JSON")
    show.add_argument("key", help="as list prints it")
    gc = commands.add_parser(
        "gc", help="remove damaged entries, half-written files and checkpoints that no process is using"
    )
    gc.add_argument(
        "--older", type=_days, metavar="DAYS", help="also phases, examples, features unused for so many days"
    )
    gc.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")
    for subparser in (parser, *commands.choices.values()):
        add_flags(subparser)
    options = parser.parse_args(arguments)
    set_up(options)
    store = PhaseStore(options.root)
    with report_errors(store.root):
        if options.root is not None and not options.root.is_dir():
            raise DataNotFoundError(
                f"--root {options.root}: expected the folder of a phase store, found none"
            )
        match options.command:
            case "list":
                console = plain_console()
                if not console.is_terminal:  # a pipe has no width, and grep finds no name that was folded
                    console.width = _PIPE_WIDTH
                console.print(phase_table(store))
                logger.info("store: %s", store.root)
            case "show":
                plain_console().print_json(json.dumps(dict(store.info(options.key))))
            case _:
                collect(store, older=options.older, dry_run=options.dry_run)


def phase_table(store: PhaseStore) -> PlainTable:
    """Lay the entries out, the one used last first."""
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("key", no_wrap=True)
    for name in ("phase", "task", "lang", "backbone"):
        # Told apart by their names, and found by them: folded, never cut.
        table.add_column(name, overflow="fold", no_wrap=name == "task")
    for name in ("rows", "seed", "MB", "unused"):
        table.add_column(name, justify="right")
    keys = store.keys()
    for key in sorted(keys, key=lambda key: _unused(store, key)):
        size = f"{_bytes(store.root / key) / 1e6:,.1f}"
        unused = f"{_unused(store, key) / _DAY:.1f} days"
        try:
            info = store.info(key)
        except CheckpointError:
            table.add_row(key, "damaged", "", "", "", "", "", size, unused)
            continue
        phase = info["summary"]
        lang, rows = "+".join(phase["lang"]), f"{phase['rows']:,}"
        table.add_row(
            key, phase["phase"], phase["task"], lang, info["backbone"], rows, str(info["seed"]), size, unused
        )
    return table


def collect(store: PhaseStore, *, older: float | None, dry_run: bool) -> None:
    """Remove what no cell will use, and phases, examples and features that none has used for long.

    Args:
        store: Store of finished phases.
        older: Days without use after which a phase goes; ``None``: no phase is too old.
        dry_run: Whether to say only what would go.

    Raises:
        CheckpointError: if some could not be removed; the rest is.
    """
    removable = store.orphans()
    if older is not None:
        keys = store.keys()
        entries = [store.root / key for key in keys if _unused(store, key) > older * _DAY]
        removable += [path for path in entries if path not in removable]
        if store.root == PhaseStore().root:  # those beside the phases; another root is of phases alone
            cached = (
                path for folder in (features_folder(), examples_folder()) for path in sorted(folder.glob("*"))
            )
            removable += [path for path in cached if _age(path) > older * _DAY]
    freed, removed, left = 0, 0, []
    for path in removable:
        logger.info("%s %s", "would remove" if dry_run else "removing", path)
        size = _bytes(path)
        if not dry_run:
            try:
                _remove(path)
            except OSError as error:  # such as another user's, in a store of several
                logger.error("%s: %s", path, error.strerror or error)
                left.append(path)
                continue
        freed, removed = freed + size, removed + 1
    amount = f"{freed / 1e6:,.1f} MB"
    logger.info("%s", f"{amount} to free" if dry_run else f"{removed} removed, {amount}")
    if left:
        raise CheckpointError(
            f"{store.root}: {len(left)} of {len(removable)} could not be removed, such as {left[0]}; ask "
            "whose they are, or mend permissions"
        )


def _days(text: str) -> float:
    """Number of days from the command line."""
    days = float(text)
    if not 0 <= days < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of days from 0, got {text}")
    return days


def _unused(store: PhaseStore, key: str) -> float:
    return _age(store.root / key / INFO)


def _age(path: Path) -> float:
    """Seconds since a file was written or used; none of one that another process has removed."""
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime
    return 0.0


def _bytes(path: Path) -> int:
    """Size of a file, or of all in a folder, without those that another process removes meanwhile."""
    files = [Path(folder) / name for folder, _, names in os.walk(path) for name in names]
    size = 0
    for file in files if path.is_dir() else [path]:
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size


def _remove(path: Path) -> None:
    """Remove a file or folder, perhaps together with another process."""
    while os.path.lexists(path):
        with suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
