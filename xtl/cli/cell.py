"""One of the cells of a sweep, as a process of its own: what ``hydra/launcher=local`` starts.

``python -m xtl.cli.cell CONFIG --folder=RUN_FOLDER`` takes no argument of Hydra's. How the cell ended stands
in ``status.json`` of the run folder; if that is of another process, which runs the cell, the exit status says
so.
"""

import argparse
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from xtl.garbage import modules_kept  # which imports no library


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cell of one config file as a part of a sweep, in a process that ends with its parent."""
    flags, _ = _parser().parse_known_args(arguments)
    if flags.cores and hasattr(os, "sched_setaffinity"):
        # Before anything else is imported: libraries count the cores as they are loaded.
        os.sched_setaffinity(0, [int(core) for core in flags.cores.split(",")])
    with modules_kept():
        from xtl.distributed.group import end_with

    end_with(os.getppid())
    _main(arguments)


def run_forked(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path, alive: Connection
) -> None:
    """Run a cell as :func:`main` does, in a process that was forked from one that has imported everything.

    Args:
        arguments: Command line, without the program.
        environment: All environment variables.
        log: File for the output.
        alive: End of a pipe that closes when the process of the sweep is gone.
    """
    os.setsid()
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    with log.open("ab") as file, open(os.devnull, "rb") as nothing:  # noqa: PTH123  a path as a text
        for stream, number in ((nothing, 0), (file, 1), (file, 2)):
            os.dup2(stream.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    import torch

    torch.set_num_threads(int(environment["OMP_NUM_THREADS"]))  # it was read when torch was loaded
    flags, _ = _parser().parse_known_args(arguments)
    if flags.cores:
        os.sched_setaffinity(0, [int(core) for core in flags.cores.split(",")])
    _main(arguments)


def _main(arguments: Sequence[str] | None) -> None:
    from xtl.cli.logs import add_flags, log_file, report_stops, set_up
    from xtl.runs.file_names import TRAIN_LOG
    from xtl.runs.status import EXIT_STATUS_OF_LEFT
    from xtl.sweeps.cells import is_left, remember_stamps, run_recorded

    parser = _parser()
    add_flags(parser)
    options = parser.parse_args(arguments)
    set_up(options)
    if options.command:
        sys.argv = options.command
    folder: Path = options.folder or options.config.parent
    cell = options.config, folder
    remember_stamps({})  # a cell that is done now, though it was to run, is another sweep's: its status stays
    with log_file(folder / TRAIN_LOG), report_stops():
        run_recorded(folder, partial(_is_done, *cell), partial(_run, *cell))
    if is_left(folder):
        raise SystemExit(EXIT_STATUS_OF_LEFT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m xtl.cli.cell", description=__doc__)
    parser.add_argument("config", type=Path, metavar="CONFIG", help="resolved config of the cell")
    parser.add_argument("--folder", type=Path, help="run folder (default: that of the config)")
    parser.add_argument("--cores", default="", help="cores that the cell is kept on, joined by commas")
    parser.add_argument(
        "--command", nargs=argparse.REMAINDER, help="command of the sweep, for environment.json"
    )
    return parser


def _run(path: Path, folder: Path) -> float:
    with modules_kept():
        from xtl import config
        from xtl.caching.session import shared_cache
        from xtl.cli.show import show
        from xtl.pipeline.cell import run_cell

    return show(run_cell(config.load(path), folder, cache=shared_cache()), folder)


def _is_done(path: Path, folder: Path) -> bool:
    """Whether another sweep in the same folder has run the cell since this one began."""
    with modules_kept():
        from xtl import config
        from xtl.runs.fingerprint import is_complete

    return is_complete(config.load(path), folder)


def _end_with(alive: Connection) -> None:
    """End this process when the other end of a pipe is closed."""
    try:
        alive.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    main()
