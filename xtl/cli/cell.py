"""One of the cells of a sweep, as a process of its own: what ``hydra/launcher=local`` starts.

``python -m xtl.cli.cell RUN_FOLDER/config.yaml`` takes no argument of Hydra's. How the cell ended stands in
``status.json`` of the run folder.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cell of one config file as a part of a sweep."""
    parser = argparse.ArgumentParser(prog="python -m xtl.cli.cell", description=__doc__)
    parser.add_argument("config", type=Path, metavar="RUN_FOLDER/config.yaml")
    parser.add_argument("--cores", default="", help="cores that the cell is kept on, joined by commas")
    parser.add_argument("--parent", type=int, help="process with which this one ends")
    parser.add_argument(
        "--command", nargs=argparse.REMAINDER, help="command of the sweep, for environment.json"
    )
    flags, _ = parser.parse_known_args(arguments)
    if flags.cores and hasattr(os, "sched_setaffinity"):
        # Before anything else is imported: libraries count the cores as they are loaded.
        os.sched_setaffinity(0, [int(core) for core in flags.cores.split(",")])
    from xtl.cli.logs import add_flags, log_file, report_stops, set_up
    from xtl.sweeps.cells import run_recorded

    add_flags(parser)
    options = parser.parse_args(arguments)
    set_up(options)
    if options.command:
        sys.argv = options.command
    folder: Path = options.config.parent
    with log_file(folder / "train.log"), report_stops():
        run_recorded(folder, lambda: False, partial(_run, options.config, options.parent))


def _run(path: Path, parent: int | None) -> float:
    from xtl import config
    from xtl.caching.session import shared_cache
    from xtl.cli.show import show
    from xtl.distributed.group import end_with
    from xtl.pipeline.cell import run_cell

    if parent is not None:
        end_with(parent)
    return show(run_cell(config.load(path), path.parent, cache=shared_cache()), path.parent)


if __name__ == "__main__":
    main()
