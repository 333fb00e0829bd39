"""Paths on the command line of xtl, with or without ``-m``."""

from collections.abc import Sequence
from pathlib import Path

from xtl.config.arguments import paths
from xtl.sweeps.arguments import is_sweep


def quote_paths(arguments: Sequence[str]) -> list[str]:
    """Quote the values of keys of paths, see :func:`xtl.config.arguments.paths.quote_paths`.

    Args:
        arguments: Command line without the program.

    Example:
        >>> quote_paths(["-m", "backbone.path=a=1,b"])
        ['-m', "backbone.path='a=1',b"]
    """
    return paths.quote_paths(arguments, in_sweep=is_sweep(arguments))


def user_path(text: str) -> Path:
    """Path as a user writes it: a shell leaves the ``~`` of ``--out=~/x`` as it is.

    Args:
        text: Value of an option.
    """
    return Path(text).expanduser()
