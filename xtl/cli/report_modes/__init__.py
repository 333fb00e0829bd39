"""Other things that ``xtl-report`` does than report on a sweep: compare, plan, export, average.

A file for each, which takes folders, prints and writes.
"""

import argparse
from collections.abc import Callable
from functools import partial

from xtl.cli.report_modes.compare import COMPARE, compare_sweeps
from xtl.cli.report_modes.export import FORMATS, export
from xtl.cli.report_modes.power import POWER, plan_from_pilot
from xtl.cli.report_modes.xtreme import report_xtreme

__all__ = ["add_modes", "chosen_mode"]


def add_modes(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that ask for something else than a report."""
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument(
        "--compare",
        action="store_true",
        help="print instead what changed from the first SWEEP to the second: differences with intervals, "
        f"settings, cells; and write {COMPARE} into the second one",
    )
    modes.add_argument(
        "--power",
        action="store_true",
        help="print instead how many seeds and target languages each question needs, by the noise of this "
        f"sweep, a pilot; and write {POWER} into it",
    )
    modes.add_argument(
        "--export",
        choices=FORMATS,
        help="write instead a JSON file for each run and task, into a folder of that name in the first SWEEP",
    )
    modes.add_argument(
        "--xtreme", action="store_true", help="print XTREME's averages instead: by task, by group, over all"
    )


def chosen_mode(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Callable[[], None] | None:
    """Function that does what the options ask for, if that is something else than a report.

    Options beside a mode that would not look at them are refused, as the parser does.

    Args:
        parser: Parser of the command.
        options: Options that it read.
    """
    folders, out, margin = options.sweep, options.out, options.margin
    modes = {
        "--compare": partial(compare_sweeps, folders, out),
        "--power": partial(plan_from_pilot, folders, out, margin=margin),
        "--export": partial(export, folders, options.export, out),
        "--xtreme": partial(report_xtreme, folders, out),
    }
    flag = next((flag for flag in modes if getattr(options, flag.removeprefix("--"))), None)
    if flag is None:
        return None
    if options.wandb:
        parser.error(f"argument --wandb: expected a report to log, got {flag}")
    if flag != "--power" and margin is not None:
        parser.error(f"argument --margin: expected a report or --power, which judge by it, got {flag}")
    return modes[flag]
