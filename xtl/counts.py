"""Counts of what is left out or mended on the way, so that nothing disappears silently."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

_SHOWN = 3


class SkipCounts:
    """Uids by reason.

    Example:
        >>> tally = SkipCounts()
        >>> tally.add("answer not in its context", "squad1/train/7")
        >>> tally.lines()
        ['1 example: answer not in its context (squad1/train/7)']
    """

    def __init__(self) -> None:
        self._uids: defaultdict[str, list[str]] = defaultdict(list)

    @classmethod
    def merged(cls, tallies: Iterable["SkipCounts"]) -> "SkipCounts":
        """Put the counts of several together."""
        merged = cls()
        for skip_counts in tallies:
            for reason, uids in skip_counts.uids.items():
                merged._uids[reason] += uids
        return merged

    def add(self, reason: str, uid: str) -> None:
        """Count one example.

        Args:
            reason: What was done and why, such as ``left out: no label``.
            uid: Of the example, its language in front where that helps.
        """
        self._uids[reason].append(uid)

    @property
    def uids(self) -> Mapping[str, Sequence[str]]:
        """All that were counted, by reason."""
        return self._uids

    def take(self) -> Mapping[str, Sequence[str]]:
        """Give what was counted, and begin again: for work without an end."""
        taken = dict(self._uids)
        self._uids.clear()
        return taken

    def lines(self) -> list[str]:
        """Say how many there are of each reason, and which come first."""
        return [_line(reason, uids) for reason, uids in sorted(self._uids.items())]


def _line(reason: str, uids: Sequence[str]) -> str:
    shown = ", ".join(uids[:_SHOWN]) + (", ..." if len(uids) > _SHOWN else "")
    return f"{len(uids):,} example{'s' if len(uids) > 1 else ''}: {reason} ({shown})"
