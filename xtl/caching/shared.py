"""The one memory of this process, which all cells of a sweep share."""

from functools import cache

from xtl.caching.session import SessionCache


@cache
def shared() -> SessionCache:
    """Give it."""
    return SessionCache()
