"""Names of the cells of a sweep, as folders: no file system takes one of any length."""

import hashlib

_MOST_BYTES = 200
"""Bytes of a folder's name; file systems take 255, some with encryption 143 characters and fewer."""

_DIGITS = 8


def cell_name(overrides: str) -> str:
    """Name of a cell's folder below that of its sweep.

    Args:
        overrides: What differs between the cells, as Hydra joins it; a slash in it begins another folder.

    Returns:
        The same text where file systems take it; else its beginning, and a hash of all of it.

    Example:
        >>> cell_name("seed=1,target.lang=de")
        'seed=1,target.lang=de'
    """
    return "/".join(_short(part, overrides) for part in overrides.split("/"))


def _short(part: str, overrides: str) -> str:
    if len(part.encode()) <= _MOST_BYTES:
        return part
    digest = hashlib.sha256(overrides.encode()).hexdigest()[:_DIGITS]
    beginning = part.encode()[: _MOST_BYTES - _DIGITS - 1].decode(errors="ignore")
    return f"{beginning}-{digest}"
