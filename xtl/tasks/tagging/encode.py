"""Tagged words to features: first-sub-word targets, and long sentences cut as the benchmark cuts them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xtl.tasks.tagging.types import TaggingFeature
from xtl.types import IGNORE, TaggingExample

RESERVED_POSITIONS = 3
"""Positions that XTREME keeps free for special tokens (``utils_preprocess.py`` cuts at ``max_len - 3``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecialIds:
    """Ids that a tokenizer puts around a sentence, and for what it does not know.

    Attributes:
        prefix: Ids before the sentence.
        suffix: Ids behind it.
        unknown: Id of the unknown token.
    """

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    unknown: int


def split_words(num_subwords: Sequence[int], *, max_len: int) -> list[tuple[int, int]]:
    """Pieces of a sentence that fit the encoder, cut greedily and only between words.

    As XTREME's ``utils_preprocess.py`` does it: a piece holds at most ``max_len - 3`` sub-words; a word with
    no sub-word, or with more than that, counts as one (it becomes the unknown token).

    Args:
        num_subwords: Number of sub-words of each word, length L.
        max_len: Longest input in sub-words, special tokens included.

    Returns:
        Word ranges ``(first, end)``, end exclusive, that cover the sentence.

    Raises:
        ValueError: if ``max_len`` leaves no room for a word.

    Example:
        >>> split_words([1, 1, 7, 1, 2], max_len=5)
        [(0, 2), (2, 4), (4, 5)]
    """
    limit = max_len - RESERVED_POSITIONS
    if limit < 1:
        raise ValueError(f"max_len={max_len}: expected at least {RESERVED_POSITIONS + 1}, or no word fits")
    pieces: list[tuple[int, int]] = []
    first = taken = 0
    for word, count in enumerate(num_subwords):
        length = count if 1 <= count <= limit else 1
        if taken + length > limit:
            pieces.append((first, word))
            first, taken = word, 0
        taken += length
    if num_subwords:
        pieces.append((first, len(num_subwords)))
    return pieces


def first_subword_targets(label_ids: Sequence[int], num_subwords: Sequence[int]) -> list[int]:
    """Targets of sub-words: the label of a word on its first one and ``IGNORE`` on the others.

    Args:
        label_ids: Label of each word, length L.
        num_subwords: Number of sub-words of each word, all at least 1, length L.

    Returns:
        Targets, as many as there are sub-words.

    Example:
        >>> first_subword_targets([4, 7], [1, 3])
        [4, 7, -100, -100]
    """
    targets: list[int] = []
    # One target a word: else words that the tokenizer cuts into many pieces would weigh more in the loss.
    for label, count in zip(label_ids, num_subwords, strict=True):
        targets += [label] + [IGNORE] * (count - 1)
    return targets


def encode_tagging(
    example: TaggingExample,
    subword_ids: Sequence[Sequence[int]],
    *,
    label_ids: Mapping[str, int],
    special: SpecialIds,
    max_len: int,
) -> Iterator[TaggingFeature]:
    """Turn a sentence into one feature, or several if it is long.

    A word that the tokenizer drops, or that is longer than a piece, is read as the unknown token: no word is
    lost.

    Args:
        example: Tagged sentence.
        subword_ids: Sub-word ids of each word alone, without special tokens, length L.
        label_ids: Index of each tag.
        special: Special ids of the tokenizer.
        max_len: Longest input in sub-words, special tokens included.

    Yields:
        Pieces of the sentence, in order.
    """
    limit = max_len - RESERVED_POSITIONS
    # The same rule as in split_words, which counts lengths, so that pieces and ids stay in step.
    subwords = [list(ids) if 1 <= len(ids) <= limit else [special.unknown] for ids in subword_ids]
    for first, end in split_words([len(ids) for ids in subword_ids], max_len=max_len):
        words = subwords[first:end]
        labels = [label_ids[tag] for tag in example.tags[first:end]]
        targets = first_subword_targets(labels, [len(ids) for ids in words])
        yield {
            "id": example.id,
            "first_word": first,
            "input_ids": [*special.prefix, *(id_ for ids in words for id_ in ids), *special.suffix],
            "labels": [IGNORE] * len(special.prefix) + targets + [IGNORE] * len(special.suffix),
        }
