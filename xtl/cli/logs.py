"""Messages of the commands: to a person on the terminal, and dated into the file of a run."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from xtl import progress
from xtl.errors import XtlError, explained
from xtl.progress import DATED, LogFile, TerminalHandler
from xtl.stops import Stopped, raise_when_stopped

logger = logging.getLogger(__name__)

_LOGGERS = ("xtl", "__main__")
"""Parents of all loggers of xtl; the second one's are modules that ``python -m`` runs."""

_FLAGS = {"-v": logging.DEBUG, "--verbose": logging.DEBUG, "-q": logging.WARNING, "--quiet": logging.WARNING}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``-v`` and ``-q``, whose level :func:`set_up` takes as ``options.log_level``."""
    flags = parser.add_mutually_exclusive_group()
    # Left out of the defaults: those of a command of a command would undo what stands before it.
    flags.add_argument(
        "-v", "--verbose", dest="log_level", action="store_const", const=logging.DEBUG,
        default=argparse.SUPPRESS, help="say more, and show where an error came from",
    )  # fmt: skip
    flags.add_argument(
        "-q", "--quiet", dest="log_level", action="store_const", const=logging.WARNING,
        default=argparse.SUPPRESS, help="say nothing but warnings and errors, and show no progress",
    )  # fmt: skip


def split_flags(arguments: Sequence[str]) -> tuple[list[str], int]:
    """Take ``-v`` and ``-q`` out of arguments that Hydra is to read.

    Returns:
        The other arguments, and the level that the last flag asks for.

    Example:
        >>> split_flags(["-q", "target=udpos"]) == (["target=udpos"], logging.WARNING)
        True
    """
    levels = [_FLAGS[argument] for argument in arguments if argument in _FLAGS]
    return [argument for argument in arguments if argument not in _FLAGS], (levels or [logging.INFO])[-1]


def hydra_overrides(level: int) -> list[str]:
    """Settings of Hydra that say as much as ``level`` does; its processes get them too."""
    if level < logging.INFO:
        return [f"hydra.verbose=[{','.join(_LOGGERS)}]"]
    if level > logging.INFO:  # of the terminal alone: the file of a run holds everything
        return ["hydra.job_logging.handlers.terminal.level=WARNING"]
    return []


def set_up(options: argparse.Namespace) -> None:
    """Show the messages of this process on the terminal.

    Args:
        options: Options of a command with the flags of :func:`add_flags`.
    """
    level = getattr(options, "log_level", logging.INFO)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, TerminalHandler)]:
        root.removeHandler(handler)
    root.addHandler(TerminalHandler(level))
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(min(level, logging.INFO))
    progress.logger.setLevel(level if level > logging.INFO else logging.NOTSET)
    logging.captureWarnings(capture=True)


@contextmanager
def log_file(path: Path) -> Iterator[None]:
    """Write the messages of a block into a file too.

    Args:
        path: File of a run, such as ``train.log``; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = LogFile(path)
    handler.setFormatter(logging.Formatter(DATED))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


@contextmanager
def report_errors(folder: Path) -> Iterator[None]:
    """Print what a user can mend as one message, and exit with status 1; see also :func:`report_stops`.

    Args:
        folder: Folder that the block writes to, named where an error of the file system names no file.
    """
    try:
        with report_stops():
            yield
    except (XtlError, OSError) as error:
        logger.error("%s", explained(error, folder))
        logger.debug("raised here:", exc_info=True)
        raise SystemExit(1) from None


@contextmanager
def report_stops() -> Iterator[None]:
    """Print by which signal the block was stopped, once; the exit status is 143 for SIGTERM, 130 for SIGINT.

    Raises:
        Stopped: if a signal stopped it.
    """
    try:
        with raise_when_stopped():
            yield
    except Stopped as stop:
        if not stop.is_reported:
            logger.warning("%s", stop.message)
            stop.is_reported = True
        raise
