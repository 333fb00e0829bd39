"""``xtl-data``: what data there are, what is in them, whether they are sound, and tokenising ahead."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from xtl.cli import data_check, data_list, data_prepare, data_show
from xtl.progress import report_errors


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-data``."""
    parser = argparse.ArgumentParser(
        prog="xtl-data",
        description="Look after the data of tasks: what there is, what is in it, whether it is sound.",
        epilog="xtl-data COMMAND --help says more of each.",
    )
    commands = parser.add_subparsers(metavar="COMMAND")
    for command in (data_list, data_show, data_check, data_prepare):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    if "run" not in options:
        parser.print_help()
        return
    with report_errors(Path.cwd()):
        options.run(options)


if __name__ == "__main__":
    main()
