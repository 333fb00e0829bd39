"""A question and its context to windows, and the characters of answers to positions and back."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xtl.tasks.span_qa.characters import whole_characters
from xtl.tasks.span_qa.types import SpanQAFeature
from xtl.types import Answer, SpanQAExample


@dataclass(frozen=True, kw_only=True, slots=True)
class PairSpecialIds:
    """Ids that a tokenizer puts before, between and behind two texts.

    Attributes:
        prefix: Ids before the first text.
        between: Ids between the two.
        suffix: Ids behind the second one.
    """

    prefix: tuple[int, ...]
    between: tuple[int, ...]
    suffix: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowSizes:
    """Sizes of the windows that contexts are cut into.

    Attributes:
        max_len: Longest input in sub-words, special tokens included.
        doc_stride: Context tokens from the start of one window to that of the next: a step, as in XTREME;
            in Hugging Face's ``run_qa`` the same name is the overlap.
        max_query: Longest question in sub-words; longer ones lose their end.
    """

    max_len: int
    doc_stride: int
    max_query: int


def pair_special_ids(first: Sequence[int], second: Sequence[int], pair: Sequence[int]) -> PairSpecialIds:
    """Special ids of a tokenizer, read off one pair of texts.

    Args:
        first: Sub-words of one text, without special tokens.
        second: Sub-words of another one, without special tokens.
        pair: Sub-words of both together, with special tokens.

    Example:
        >>> pair_special_ids([7], [8], [0, 7, 2, 2, 8, 2])
        PairSpecialIds(prefix=(0,), between=(2, 2), suffix=(2,))
    """
    ids = list(pair)
    starts = [index for index in range(len(ids)) if ids[index : index + len(first)] == list(first)]
    ends = [index for index in range(len(ids)) if ids[index : index + len(second)] == list(second)]
    return PairSpecialIds(
        prefix=tuple(ids[: starts[0]]),
        between=tuple(ids[starts[0] + len(first) : ends[-1]]),
        suffix=tuple(ids[ends[-1] + len(second) :]),
    )


def encode_span_qa(
    example: SpanQAExample,
    question_ids: Sequence[int],
    context_ids: Sequence[int],
    offsets: Sequence[tuple[int, int]],
    *,
    special: PairSpecialIds,
    sizes: WindowSizes,
) -> Iterator[SpanQAFeature]:
    """Windows over the context of a question.

    Args:
        example: Question with its context and answers; training learns the first of them.
        question_ids: Sub-words of the question, without special tokens.
        context_ids: Sub-words of the context, without special tokens.
        offsets: Characters of each sub-word of the context, end exclusive, in order.
        special: Special ids of the tokenizer.
        sizes: Lengths of windows and questions.

    Yields:
        At least one window; an empty context gives one without context tokens.
    """
    question = list(question_ids[: sizes.max_query])
    head = [*special.prefix, *question, *special.between]
    room = sizes.max_len - len(head) - len(special.suffix)
    windows = _window_ranges(len(context_ids), room=room, step=sizes.doc_stride)
    best = _best_windows(windows, len(context_ids))
    offsets = whole_characters(example.context, offsets)
    answer = _answer_tokens(example.answers[0], example.context, offsets) if example.answers else None
    for number, (first, end) in enumerate(windows):
        # A window that cuts the answer learns position 0, "not here", like one that does not touch it.
        inside = answer is not None and first <= answer[0] and answer[1] < end
        yield {
            "id": example.id,
            "lang": example.lang,
            "window": number,
            "input_ids": [*head, *context_ids[first:end], *special.suffix],
            "context_start": len(head),
            "offsets": offsets[first:end],
            "is_max_context": [best[token] == number for token in range(first, end)],
            "start": len(head) + answer[0] - first if inside and answer else 0,
            "end": len(head) + answer[1] - first if inside and answer else 0,
            "context": example.context,
            "golds": tuple(gold.text for gold in example.answers),
        }


def _window_ranges(count: int, *, room: int, step: int) -> list[tuple[int, int]]:
    """Token ranges of windows, end exclusive; the last one reaches the end."""
    windows = [(0, min(room, count))]
    while windows[-1][1] < count:
        first = windows[-1][0] + step
        windows.append((first, min(first + room, count)))
    return windows


def _best_windows(windows: Sequence[tuple[int, int]], count: int) -> list[int]:
    """For each context token the window that shows most around it, the first of equal ones.

    The score is that of the reference code: the smaller side, plus a hundredth of the window's length.
    """
    best, scores = [0] * count, [-1.0] * count
    for number, (first, end) in enumerate(windows):
        for token in range(first, end):
            score = min(token - first, end - 1 - token) + 0.01 * (end - first)
            if score > scores[token]:
                best[token], scores[token] = number, score
    return best


def _answer_tokens(
    answer: Answer, context: str, offsets: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """First and last token of ``context`` that an answer touches."""
    # Offsets are in order. Ends are exclusive: a token that ends where the answer starts does not touch it.
    first = bisect_right(offsets, answer.start, key=lambda offset: offset[1])
    last = bisect_right(offsets, answer.start + len(answer.text) - 1, key=lambda offset: offset[0]) - 1
    # Tokenizers drop some characters (spaces, controls): an answer of these alone touches no token.
    if first > last:
        return None
    # Two tokens may share a letter, the second one holding its marks and what follows: only the first one
    # then ends where the answer ends. The same at the other side.
    end = answer.start + len(answer.text)
    while first < last and offsets[last][1] > end <= offsets[last - 1][1]:
        last -= 1
    # A space in front, which some tokenizers count to the word behind it, is nothing else than the answer.
    while (
        first < last
        and offsets[first + 1][0] <= answer.start
        and context[offsets[first][0] : answer.start].strip()
    ):
        first += 1
    return first, last
