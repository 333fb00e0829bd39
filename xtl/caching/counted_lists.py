"""Lists that are made once and given again, with what making them counted."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from xtl.counts import SkipCounts

Counted = list[tuple[str, str]]
"""Reasons and uids that making a list counted."""


class CountedLists:
    """The lists that were asked for last.

    A list that is given again counts its left-out and mended examples again, so that a second cell reports
    them like the first.
    """

    def __init__(self, max_lists: int) -> None:
        """Empty cache.

        Args:
            max_lists: Most lists that stay in memory; the one unused for longest goes first.
        """
        self._lists: OrderedDict[Hashable, tuple[Sequence[Any], Counted]] = OrderedDict()
        self._max_lists = max_lists

    def get(self, key: Hashable, skip_counts: SkipCounts, make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        """List of ``key``, made now if it is not in memory.

        Args:
            key: All that decides the list.
            skip_counts: Counts that ``make`` adds to; a list from memory adds to them what it did when made.
            make: Function that makes the list.
        """
        if key in self._lists:
            values, counted = self._lists[key]
            skip_counts.add_all(counted)
        else:
            values, counted = _with_counts(skip_counts, make)
            self._lists[key] = (values, counted)
        self._lists.move_to_end(key)
        while len(self._lists) > self._max_lists:
            self._lists.popitem(last=False)
        return values


def _with_counts(skip_counts: SkipCounts, make: Callable[[], Sequence[Any]]) -> tuple[Sequence[Any], Counted]:
    """Make a list; give it with what making it counted."""
    with skip_counts.apart() as counted:  # also what was counted before, which another cell may not have read
        values = make()
    skip_counts.add_all(counted)
    return values, counted
