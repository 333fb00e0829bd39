"""Lines of raw text to full blocks, as RoBERTa packs them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from xtl.tasks.masked_lm.types import MaskedLMFeature, PackIds
from xtl.types import ExampleId


def pack_lines(
    lines: Iterable[tuple[ExampleId, Sequence[int]]], *, ids: PackIds, max_len: int
) -> Iterator[MaskedLMFeature]:
    """Blocks of lines that stand one behind the other; no token is lost, and memory holds one block.

    The full sentences of RoBERTa (Liu et al. 2019): every block begins with ``<s>`` and holds lines with
    ``</s>`` behind each. A line may be cut by the end of a block and goes on in the next one. A block holds
    one language only; a line without a token is left out.

    Args:
        lines: Identity and sub-words of each line, without special tokens, language by language.
        ids: Special ids of the tokenizer.
        max_len: Length of a full block, special tokens included.

    Yields:
        Blocks; the last one of a language may be shorter.

    Raises:
        ValueError: if ``max_len`` leaves no room for a token of text.

    Example:
        >>> lines = [(ExampleId("en", "t/0"), [5, 6]), (ExampleId("en", "t/1"), [7, 8])]
        >>> ids = PackIds(begin=0, end=2, mask=9, vocab_size=10)
        >>> blocks = pack_lines(lines, ids=ids, max_len=5)
        >>> [(block["id"].uid, block["input_ids"], block["maskable"]) for block in blocks]
        [('t/0#0', [0, 5, 6, 2, 7], [0, 1, 1, 0, 1]), ('t/1#1', [0, 8, 2], [0, 1, 0])]
    """
    if max_len < 2:
        raise ValueError(f"max_len={max_len}: expected at least 2, or no token of text fits")
    size = max_len - 1  # one position of each block is for <s>
    numbers = count()
    block = _Block()
    for id_, line in lines:
        if not line:  # only </s> would be packed
            continue
        if block.tokens and id_.lang != block.first.lang:
            yield block.feature(ids, next(numbers))
            block = _Block()
        tokens = [*line, ids["end"]]
        start = 0
        while start < len(tokens):
            end = min(len(tokens), start + size - len(block.tokens))
            block.add(id_, tokens[start:end], has_end=end == len(tokens))
            start = end
            if len(block.tokens) == size:
                yield block.feature(ids, next(numbers))
                block = _Block()
    if block.tokens:
        yield block.feature(ids, next(numbers))


class _Block:
    """A block that is being filled."""

    def __init__(self) -> None:
        self.first = ExampleId("", "")
        self.tokens: list[int] = []
        self.maskable: list[int] = []

    def add(self, id_: ExampleId, tokens: Sequence[int], *, has_end: bool) -> None:
        """Add tokens of a line, the last of which may be its ``</s>``: never masked, as no special one is."""
        if not self.tokens:
            self.first = id_
        self.tokens += tokens
        self.maskable += [1] * (len(tokens) - has_end) + [0] * has_end

    def feature(self, ids: PackIds, number: int) -> MaskedLMFeature:
        """Block as a feature."""
        return {
            "id": self.first._replace(uid=f"{self.first.uid}#{number}"),
            "input_ids": [ids["begin"], *self.tokens],
            "maskable": [0, *self.maskable],
            "mask_id": ids["mask"],
            "vocab_size": ids["vocab_size"],
        }


def joined_by_masks(
    num_parts: Iterable[int], encoded_ids: Sequence[Sequence[int]], *, mask: int
) -> Iterator[list[int]]:
    """Sub-words of texts whose masks stood between parts.

    Args:
        num_parts: Number of parts of each text, one more than it has masks.
        encoded_ids: Sub-words of all parts, text by text, without special tokens.
        mask: Id of the mask token.

    Example:
        >>> list(joined_by_masks([2, 1], [[5, 6], [7], [8]], mask=9))
        [[5, 6, 9, 7], [8]]
    """
    parts = iter(encoded_ids)
    for num in num_parts:
        line = list(next(parts))
        for _ in range(num - 1):
            line += [mask, *next(parts)]
        yield line
