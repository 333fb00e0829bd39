"""Names of the cells of a sweep, as folders: no file system takes one of any length."""

import hashlib

_MOST_BYTES = 200
"""Bytes of a folder's name; file systems take 255, some with encryption 143 characters and fewer."""

_DIGITS = 8

_HARMLESS = {"": "_", ".": "_", "..": "__"}
"""What stands for parts of a path that are no folders of their own: with them a cell would lie elsewhere."""


def cell_name(overrides: str, unnamed_seed: int | None = None) -> str:
    """Name of a cell's folder below that of its sweep.

    Args:
        overrides: What differs between the cells, as Hydra joins it; a slash in it begins another folder.
        unnamed_seed: Seed that is left out of the name, as where no other one was planned; ``None``: none is.

    Returns:
        The same text where file systems take it as folders below the sweep's; of a part that they do not
        take so, its beginning, or ``_``, and a hash of all of the text.

    Example:
        >>> cell_name("seed=1,target.lang=de")
        'seed=1,target.lang=de'
        >>> cell_name("backbone.path=../../models/a")
        'backbone.path=../__-27b2b2d0/models/a'
        >>> cell_name("seed=1,target.lang=de", 1)
        'target.lang=de'
    """
    if unnamed_seed is not None:
        unnamed = (f"seed={unnamed_seed}", f"sweep.unnamed_seed={unnamed_seed}")
        overrides = ",".join(part for part in overrides.split(",") if part not in unnamed)
    if not overrides:  # nothing differs: the cell has the sweep's folder
        return ""
    return "/".join(_short(part, overrides) for part in overrides.split("/"))


def _short(part: str, overrides: str) -> str:
    if part not in _HARMLESS and len(part.encode()) <= _MOST_BYTES:
        return part
    digest = hashlib.sha256(overrides.encode()).hexdigest()[:_DIGITS]
    beginning = part.encode()[: _MOST_BYTES - _DIGITS - 1].decode(errors="ignore")
    return f"{_HARMLESS.get(part, beginning)}-{digest}"
