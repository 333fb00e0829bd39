"""``xtl-data``: what data there are, what is in them, whether they are sound, and tokenising ahead."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from xtl.cli.data import check, list_tasks, prepare, show
from xtl.cli.logs import add_flags, report_errors, set_up
from xtl.cli.paths import user_path
from xtl.config import separate_hydra


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``xtl-data``."""
    parser = argparse.ArgumentParser(
        prog="xtl-data",
        description="Look after the data of tasks: what there is, what is in it, whether it is sound.",
        epilog="xtl-data COMMAND --help says more of each.",
    )
    commands = parser.add_subparsers(metavar="COMMAND")
    for command in (list_tasks, show, check, prepare):
        command.add_parser(commands)
    for subparser in (parser, *commands.choices.values()):
        add_flags(subparser)
    for subparser in commands.choices.values():
        subparser.add_argument(
            "--config-dir",
            type=user_path,
            metavar="FOLDER",
            help="of tasks of your own: task/NAME.yaml in it",
        )
    options = parser.parse_args(arguments)
    set_up(options)
    if "run" not in options:
        parser.print_help()
        return
    with report_errors(Path.cwd()), _with_configs(options.config_dir):
        options.run(options)


@contextmanager
def _with_configs(folder: Path | None) -> Iterator[None]:
    """Compose configs from a user's folder, too.

    Raises:
        ConfigError: if it is no folder.
    """
    if folder is None:
        yield
        return
    with separate_hydra(folder.expanduser()):
        yield
