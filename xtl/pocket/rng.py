"""A small random generator of whole numbers, so that no result depends on a platform or a library version."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Rng:
    """SplitMix64, seeded by the parts of a name.

    Example:
        >>> Rng("pocket_pos", "train", 0).below(100) == Rng("pocket_pos", "train", 0).below(100)
        True
    """

    __slots__ = ("_state",)

    def __init__(self, *parts: str | int) -> None:
        digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
        self._state = int.from_bytes(digest, "big")

    def below(self, stop: int) -> int:
        """A whole number from 0 up to, and without, ``stop``."""
        # The step and the two multipliers are those of SplitMix64 (Steele et al. 2014); all is modulo 2**64.
        self._state = z = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return (z ^ (z >> 31)) % stop  # small numbers are likelier by at most stop in 2**64

    def chance(self, percent: int) -> bool:
        """True in ``percent`` of a hundred calls."""
        return self.below(100) < percent

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a new order."""
        shuffled = list(items)
        for last in range(len(shuffled) - 1, 0, -1):
            other = self.below(last + 1)
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        return shuffled
