"""Lines of raw text to full blocks, as RoBERTa packs them."""

from collections.abc import Iterable, Iterator, Sequence

from xtl.tasks.masked_lm.types import MaskedLMFeature, PackIds
from xtl.types import ExampleId, MaskedLMExample


def pack_lines(
    examples: Sequence[MaskedLMExample], encoded_ids: Sequence[Sequence[int]], *, ids: PackIds, max_len: int
) -> Iterator[MaskedLMFeature]:
    """Blocks of lines that stand one behind the other; no token is lost.

    The full sentences of RoBERTa (Liu et al. 2019): every block begins with ``<s>`` and holds lines with
    ``</s>`` behind each. A line may be cut by the end of a block and goes on in the next one. A block holds
    one language only.

    Args:
        examples: Lines of text, language by language.
        encoded_ids: Sub-words of each line, without special tokens.
        ids: Special ids of the tokenizer.
        max_len: Length of a full block, special tokens included.

    Yields:
        Blocks; the last one of a language may be shorter.

    Raises:
        ValueError: if ``max_len`` leaves no room for a token of text.

    Example:
        >>> lines = [MaskedLMExample(uid=f"t/{n}", lang="en", text="") for n in range(2)]
        >>> ids = PackIds(begin=0, end=2, mask=9, vocab_size=10)
        >>> blocks = pack_lines(lines, [[5, 6], [7, 8]], ids=ids, max_len=5)
        >>> [(block["id"].uid, block["input_ids"], block["maskable"]) for block in blocks]
        [('t/0#0', [0, 5, 6, 2, 7], [0, 1, 1, 0, 1]), ('t/1#1', [0, 8, 2], [0, 1, 0])]
    """
    if max_len < 2:
        raise ValueError(f"max_len={max_len}: expected at least 2, or no token of text fits")
    number = 0
    for rows in _by_language(examples, encoded_ids):
        stream = [item for id_, line in rows for item in _with_end(id_, line, ids["end"])]
        for start in range(0, len(stream), max_len - 1):  # one position of each block is for <s>
            block = stream[start : start + max_len - 1]
            first = block[0][0]
            yield {
                "id": first._replace(uid=f"{first.uid}#{number}"),
                "input_ids": [ids["begin"], *(token for _, token, _ in block)],
                "maskable": [0, *(maskable for _, _, maskable in block)],
                "mask_id": ids["mask"],
                "vocab_size": ids["vocab_size"],
            }
            number += 1


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
    for count in num_parts:
        line = list(next(parts))
        for _ in range(count - 1):
            line += [mask, *next(parts)]
        yield line


def _with_end(id_: ExampleId, line: Sequence[int], end: int) -> Iterator[tuple[ExampleId, int, int]]:
    yield from ((id_, token, 1) for token in line)
    yield id_, end, 0  # never masked, as no special token is


def _by_language(
    examples: Sequence[MaskedLMExample], encoded_ids: Sequence[Sequence[int]]
) -> Iterator[list[tuple[ExampleId, Sequence[int]]]]:
    rows: list[tuple[ExampleId, Sequence[int]]] = []
    lang = ""
    for example, line in zip(examples, encoded_ids, strict=True):
        if rows and example.lang != lang:
            yield rows
            rows = []
        lang = example.lang
        if line:  # of an empty line only </s> would be packed
            rows.append((example.id, line))
    if rows:
        yield rows
