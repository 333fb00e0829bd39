"""Paths of a command line as they are: Hydra would read what stands in them as its grammar."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

_READ = ("run", "backbone.path", "data.root", "sweep.pilot")
"""Keys of paths that a command reads; with ``-m`` several can be given."""

_WRITTEN = ("submission", "hydra.run.dir", "hydra.sweep.dir")
"""Keys of paths that a command writes."""

_NO_PATH = ("", "null", "???")

_FUNCTION = re.compile(r"[a-z_]+\(.*\)", re.DOTALL)
"""A sweep in Hydra's words, such as ``choice(a,b)``."""

_PARTS = re.compile(r"""((?:'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|[^,])*)(?:,|$)""")


def quote_paths(arguments: Sequence[str], *, in_sweep: bool = False) -> list[str]:
    """Quote the values of keys of paths, where Hydra would not read them as they are, and expand ``~``.

    Interpolations and values that are quoted already stay. In a sweep a value is one path where there is
    such a path; otherwise commas part several.

    Args:
        arguments: Command line without the program.
        in_sweep: Whether they ask for several cells.

    Example:
        >>> quote_paths(["run=sweeps/a/seed=1,target.lang=de", "seed=1"])
        ["run='sweeps/a/seed=1,target.lang=de'", 'seed=1']
        >>> quote_paths(["-m", "backbone.path=a=1,b"], in_sweep=True)
        ['-m', "backbone.path='a=1',b"]
    """
    return [_quoted_argument(argument, in_sweep=in_sweep) for argument in arguments]


def quoted(path: str) -> str:
    r"""Path as Hydra's grammar quotes it.

    Example:
        >>> print(quoted("it's here"))
        'it\'s here'
    """
    # Hydra halves the backslashes before a quote, those at the end among them, and leaves all others alone.
    escaped = re.sub(r"(\\*)'", r"\1\1\\'", path)
    escaped = re.sub(r"(\\+)$", r"\1\1", escaped)
    return f"'{escaped}'"


def _quoted_argument(argument: str, *, in_sweep: bool) -> str:
    prefixed, equals, value = argument.partition("=")
    key = prefixed.lstrip("+")
    if not equals or key not in (*_READ, *_WRITTEN):
        return argument
    if value in _NO_PATH or "${" in value:
        return argument
    paths = _paths(value, in_sweep=in_sweep) if key in _READ else [value]
    return f"{prefixed}={','.join(_quoted_value(key, path) for path in paths)}"


def _paths(value: str, *, in_sweep: bool) -> list[str]:
    """Values that a value with commas stands for."""
    if _exists(value):
        return [value]
    parts = [match.group(1) for match in _PARTS.finditer(value) if match.group(1)]
    if not in_sweep:
        # Several paths without -m: unquoted, so that Hydra says what to do.
        return parts if len(parts) > 1 and all(map(_exists, parts)) else [value]
    if _FUNCTION.fullmatch(value):
        return [value]
    paths: list[str] = []
    while parts:
        # Names of cells have commas: as many parts as make up a path that is there.
        ends = (end for end in range(len(parts), 1, -1) if _exists(",".join(parts[:end])))
        end = next(ends, 1)
        paths.append(",".join(parts[:end]))
        parts = parts[end:]
    return paths


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # too long, of an unknown user, with a null character
        return False


def _quoted_value(key: str, value: str) -> str:
    if value[0] in "'\"" and value[-1] == value[0] and len(value) > 1:
        return value
    if _FUNCTION.fullmatch(value) and not _exists(value):
        return value
    path = os.path.expanduser(value)  # noqa: PTH111  a Path would lose a slash at the end
    return path if _reads_itself(key, path) else quoted(path)


def _reads_itself(key: str, path: str) -> bool:
    """Whether Hydra reads a path as the text that it is: most need no quotes, and get none."""
    try:
        override = OverridesParser.create().parse_override(f"{key}={path}")
    except HydraException:
        return False
    return not override.is_sweep_override() and override.value() == path
