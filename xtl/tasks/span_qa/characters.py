"""Characters as a reader sees them: a letter with all its marks is one."""

from collections.abc import Sequence

import regex

_GRAPHEME = regex.compile(r"\X")


def whole_characters(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    r"""Spans that cover whole grapheme clusters, for spans that may begin or end inside one.

    Clusters are the extended ones of Unicode (UAX 29). Tokenizers give a letter's span without the marks that
    were composed with it.

    Args:
        text: Text that the spans are of.
        offsets: Spans of characters, end exclusive; empty ones stay as they are.

    Example:
        >>> whole_characters("cafe\u0301s", [(0, 4), (5, 6)])
        [(0, 5), (5, 6)]
    """
    if text.isascii():
        return list(offsets)
    clusters = [match.span() for match in _GRAPHEME.finditer(text)]
    if len(clusters) == len(text):
        return list(offsets)
    cluster_of = [cluster for cluster in clusters for _ in range(*cluster)]
    return [
        (cluster_of[start][0], cluster_of[end - 1][1]) if start < end else (start, end)
        for start, end in offsets
    ]
