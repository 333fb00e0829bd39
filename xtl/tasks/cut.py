"""Texts that are too long for an encoder's input."""

from collections.abc import Iterable

from xtl.counts import SkipCounts
from xtl.types import Example


def count_cut(
    examples: Iterable[Example], is_cut: Iterable[object], skip_counts: SkipCounts, *, max_len: int
) -> None:
    """Count examples that lost the end of a text.

    Args:
        examples: Examples that were encoded.
        is_cut: Truth of whether each was cut, such as what was cut off.
        skip_counts: Counts that get them.
        max_len: Most sub-words of an input.
    """
    for example, cut in zip(examples, is_cut, strict=True):
        if cut:
            skip_counts.add(f"cut to max_len={max_len} sub-words", f"{example.lang}:{example.uid}")
