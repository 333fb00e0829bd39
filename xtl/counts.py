"""Counts of what is left out or mended on the way, so that nothing disappears silently."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

_MAX_UIDS = 3
"""Uids that stand in a line; the rest is a number."""


class SkipCounts:
    """Uids by reason; an example that is read or encoded again for the same reason counts once.

    Example:
        >>> skip_counts = SkipCounts()
        >>> skip_counts.add("answer not in its context", "squad1/train/7")
        >>> skip_counts.lines()
        ['1 example: answer not in its context (squad1/train/7)']
    """

    def __init__(self) -> None:
        self._uids: defaultdict[str, dict[str, None]] = defaultdict(dict)  # a set that keeps its order

    @classmethod
    def merged(cls, counts: Iterable["SkipCounts"]) -> "SkipCounts":
        """Counts of several together."""
        merged = cls()
        for skip_counts in counts:
            for reason, uids in skip_counts.uids.items():
                merged._uids[reason] |= dict.fromkeys(uids)
        return merged

    def add(self, reason: str, uid: str) -> None:
        """Count one example.

        Args:
            reason: What was done and why, such as ``left out: no label``.
            uid: Uid of the example, its language in front where that helps.
        """
        self._uids[reason][uid] = None

    def add_all(self, counted: Iterable[tuple[str, str]]) -> None:
        """Count several examples.

        Args:
            counted: Reason and uid of each.
        """
        for reason, uid in counted:
            self.add(reason, uid)

    @property
    def uids(self) -> Mapping[str, Sequence[str]]:
        """Uids of all counted examples, by reason."""
        return {reason: list(uids) for reason, uids in self._uids.items()}

    @contextmanager
    def apart(self) -> Iterator[list[tuple[str, str]]]:
        """Keep what a block counts apart; what was counted before stands there again behind it.

        Yields:
            List that gets the reason and uid of each example that the block counted.

        Example:
            >>> skip_counts = SkipCounts()
            >>> skip_counts.add("no label", "xnli/train/1")
            >>> with skip_counts.apart() as counted:
            ...     skip_counts.add("empty text", "xnli/train/7")
            >>> counted, dict(skip_counts.uids)
            ([('empty text', 'xnli/train/7')], {'no label': ['xnli/train/1']})
        """
        before = self.take()
        counted: list[tuple[str, str]] = []
        try:
            yield counted
        finally:
            counted += [(reason, uid) for reason, uids in self.take().items() for uid in uids]
            self.add_all((reason, uid) for reason, uids in before.items() for uid in uids)

    def take(self) -> Mapping[str, Sequence[str]]:
        """Counts so far, after which counting begins again: for work without an end."""
        taken = self.uids
        self._uids.clear()
        return taken

    def lines(self) -> list[str]:
        """Number of examples of each reason, with the first of them, a line each."""
        return [_line(reason, uids) for reason, uids in sorted(self.uids.items())]


def _line(reason: str, uids: Sequence[str]) -> str:
    listed = ", ".join(uids[:_MAX_UIDS]) + (", ..." if len(uids) > _MAX_UIDS else "")
    return f"{len(uids):,} example{'s' if len(uids) > 1 else ''}: {reason} ({listed})"
