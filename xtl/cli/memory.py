"""The one memory of this process, which all cells of a sweep share."""

from functools import cache

from xtl.phases.memory import Memory


@cache
def shared() -> Memory:
    """Give it."""
    return Memory()
