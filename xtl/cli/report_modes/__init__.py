"""Other things that ``xtl-report`` does than report on a sweep: compare, plan, export; a file for each.

Each takes folders, prints and writes.
"""

import argparse

from xtl.cli.report_modes.compare import COMPARE, compare_sweeps
from xtl.cli.report_modes.export import FORMATS, export
from xtl.cli.report_modes.power import POWER, plan_from_pilot

__all__ = ["add_modes", "run_mode"]


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
    return bool(options.compare or options.power or options.export)
