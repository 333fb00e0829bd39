"""Paths on the command line of xtl, with or without ``-m``."""

from collections.abc import Sequence

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
