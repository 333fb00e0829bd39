"""Other things that ``xtl-report`` does than report on a sweep: compare, plan, export, average.

A file for each, which takes folders, prints and writes.
"""

import argparse

from xtl.cli.report_modes.compare import COMPARE, compare_sweeps
from xtl.cli.report_modes.export import FORMATS, export
from xtl.cli.report_modes.power import POWER, plan_from_pilot
from xtl.cli.report_modes.xtreme import report_xtreme

__all__ = ["add_modes", "check_options", "run_mode"]


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


def check_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse, as the parser does, options beside a mode that would not look at them.

    Args:
        parser: Parser of the command.
        options: Options that it read.
    """
    modes = {"--compare": options.compare, "--export": options.export, "--xtreme": options.xtreme}
    mode = next((flag for flag, value in {**modes, "--power": options.power}.items() if value), None)
    if mode and options.wandb:
        parser.error(f"argument --wandb: expected a report to log, got {mode}")
    if mode in modes and options.margin is not None:
        parser.error(f"argument --margin: expected a report or --power, which judge by it, got {mode}")


def run_mode(options: argparse.Namespace) -> bool:
    """Do what the arguments ask for, if that is something else than a report; say whether it was.

    Raises:
        XtlError: for what a user can mend: folders without results, damaged lines, a margin of 0.
    """
    if options.compare:
        compare_sweeps(options.sweep, options.out)
    elif options.power:
        plan_from_pilot(options.sweep, options.out, margin=options.margin)
    elif options.export:
        export(options.sweep, options.export, options.out)
    elif options.xtreme:
        report_xtreme(options.sweep, options.out)
    return bool(options.compare or options.power or options.export or options.xtreme)
