"""Start and end logits to answers, as SQuAD's reference decoding chooses them."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from xtl.tasks.span_qa.types import Candidate, SpanQAPrediction
from xtl.types import SpanQAExample

N_BEST = 20
"""Number of starts, of ends and of different answers that are looked at: the default of run_squad, with which
XTREME's predict_qa.sh runs it."""

MAX_ANSWER_TOKENS = 30
"""Longest answer in sub-words: the default of run_squad."""


class BestAnswer(NamedTuple):
    """The decoded answer of one question, before a threshold decides whether there is one."""

    start: int
    """First character; equal to ``end`` where no span is valid."""
    end: int
    """Behind the last character."""
    probability: float
    """Share of the best span among the reference's n-best list, see :func:`best_answer`."""
    null_margin: float
    """Score of no answer minus that of the best span; ``inf`` where no span is valid."""


def window_candidates(
    start_logits: Sequence[float],
    end_logits: Sequence[float],
    *,
    context_start: int,
    is_max_context: Sequence[bool],
    n_best: int = N_BEST,
    max_tokens: int = MAX_ANSWER_TOKENS,
) -> list[Candidate]:
    """Valid spans of one window.

    The ``n_best`` highest starts and ends of the whole window, question and special tokens included, are
    paired, as in the reference code: a span whose start is not among them is not seen. A span must lie in the
    context, begin where no other window shows more around it, and have at most ``max_tokens`` tokens.

    Args:
        start_logits: Start logits of real tokens, ``(S,)``, without padding, which could push a span out.
        end_logits: End logits of real tokens, ``(S,)``.
        context_start: Position of the first context token.
        is_max_context: Flag of each context token of the window, see
            :class:`~xtl.tasks.span_qa.types.SpanQAFeature`.
        n_best: Number of starts and of ends that are looked at.
        max_tokens: Longest answer.

    Returns:
        Spans, best first; of equal ones that with the higher start logit, then the earlier one.
    """
    starts, ends = (_highest(logits, n_best) for logits in (start_logits, end_logits))
    last = context_start + len(is_max_context)
    candidates = [
        Candidate(score=float(start_logits[start]) + float(end_logits[end]), start=start, end=end)
        for start in starts
        if context_start <= start < last and is_max_context[start - context_start]
        for end in ends
        if start <= end < min(last, start + max_tokens)
    ]
    # Stable: of equal scores the pair with the higher start logit stays in front.
    return sorted(candidates, key=lambda candidate: -candidate.score)


def different_texts(
    spans: Iterable[tuple[float, int, int]], context: str, *, n_best: int = N_BEST
) -> list[tuple[float, int, int]]:
    """First span of each text, until there are ``n_best``.

    Args:
        spans: Scores and characters of the context (end exclusive), best first.
        context: Text that they are cut from; spaces around an answer do not make it another one.
        n_best: Number of different texts.

    Example:
        >>> different_texts([(3.0, 0, 3), (2.0, 4, 8), (1.0, 8, 11)], "Ulm und Ulm")
        [(3.0, 0, 3), (2.0, 4, 8)]
    """
    first_of_text: dict[str, tuple[float, int, int]] = {}
    for span in spans:
        if len(first_of_text) == n_best:
            break
        first_of_text.setdefault(context[span[1] : span[2]].strip(), span)
    return list(first_of_text.values())


def best_answer(
    windows: Sequence[SpanQAPrediction], context: str, *, unanswerable: bool = False, n_best: int = N_BEST
) -> BestAnswer:
    """Best span of all windows of a question.

    Its probability is that of run_squad's n-best list: a softmax over the best spans with different texts,
    and over no answer too where there may be none.

    Args:
        windows: Windows in their order; of equal spans that of the earlier window counts.
        context: Text that the spans are cut from.
        unanswerable: Whether there are questions without an answer (``version_2_with_negative``).
        n_best: Number of answers that share the probability.
    """
    spans = sorted((span for window in windows for span in window["candidates"]), key=lambda span: -span[0])
    texts = [(span[0], context[span[1] : span[2]].strip()) for span in spans]
    # XLM-R has pieces that are a space alone, before signs that it does not know: the best one with a text.
    chosen = next((span for span, (_, text) in zip(spans, texts, strict=True) if text), None)
    # The lowest of all windows: the question has no answer only if every window says so.
    null_score = min((window["null_score"] for window in windows), default=0.0)
    if chosen is None:
        return BestAnswer(start=0, end=0, probability=0.0, null_margin=float("inf"))
    score, start, end = chosen
    scores = np.array(_n_best_scores(texts, null_score if unanswerable else None, n_best=n_best))
    # Softmax with the highest score taken off, so that exp cannot overflow.
    weights = np.exp(scores - scores.max())
    return BestAnswer(
        start=start,
        end=end,
        probability=float(np.exp(score - scores.max()) / weights.sum()),
        null_margin=null_score - score,
    )


def best_threshold(margins: Sequence[float], answered: Sequence[float], unanswered: Sequence[float]) -> float:
    """Null margin above which no answer is given, so that the total score is highest.

    Args:
        margins: Null margin of each question.
        answered: Score of each question if the best span is given.
        unanswered: Score of each question if nothing is given.

    Returns:
        The threshold: halfway between two margins; of equally good ones the one nearest to 0.
    """
    # Answering the questions with the k lowest margins is worth the sum of their first k gains.
    order = np.argsort(np.asarray(margins, dtype=np.float64), kind="stable")
    sorted_margins = np.asarray(margins, dtype=np.float64)[order]
    gain = np.asarray(answered, dtype=np.float64)[order] - np.asarray(unanswered, dtype=np.float64)[order]
    totals = np.concatenate([[0.0], np.cumsum(gain)])
    best: float | None = None
    # Equal margins are answered together or not at all.
    cuts = np.concatenate([[True], sorted_margins[:-1] != sorted_margins[1:], [True]])[: len(totals)]
    # Sums of floats in another order differ in their last bits: totals that close count as equal.
    for count in np.flatnonzero(cuts & (totals >= totals[cuts].max() - 1e-9)):
        threshold = _between(sorted_margins, int(count))
        if best is None or abs(threshold) < abs(best):
            best = threshold
    return 0.0 if best is None else best


def answer_record(example: SpanQAExample, row: Mapping[str, Any], threshold: float | None) -> dict[str, Any]:
    """Record of a question, with the characters of its answer without the spaces around it.

    Args:
        example: Question with its context.
        row: Row of the question in a table of predictions.
        threshold: Null margin above which no answer is given; ``None``: every question has one.
    """
    text, span = row["predicted"], example.context[row["start"] : row["end"]]
    start = row["start"] + len(span) - len(span.lstrip()) if text else None
    record = {
        "answer": text,
        "start": start,
        "end": None if start is None else start + len(text),
        "score": round(row["probability"], 6),
    }
    if threshold is None:
        return record
    margin = row["null_margin"]
    return record | {"null_margin": round(margin, 6) if isfinite(margin) else None, "threshold": threshold}


def _n_best_scores(
    texts: Sequence[tuple[float, str]], null_score: float | None, *, n_best: int
) -> list[float]:
    """Scores of the reference's n-best list.

    Args:
        texts: Score and text of spans, best first.
        null_score: Score of no answer; ``None``: there always is one.
        n_best: Longest list; no answer stands behind it if it is not in it.
    """
    null = [] if null_score is None else [(null_score, "", True)]
    # Stable: of equal scores, spans come before no answer.
    ranked = sorted([*((*text, False) for text in texts), *null], key=lambda entry: -entry[0])
    scores: list[float] = []
    seen: set[str] = set()
    for score, text, is_null in ranked:
        if len(scores) == n_best:
            break
        if is_null or text not in seen:
            seen.add(text)
            scores.append(score)
    return scores if null_score is None or "" in seen else [*scores, null_score]


def _between(sorted_margins: np.ndarray, count: int) -> float:
    """Threshold that ``count`` margins do not exceed."""
    # Questions without a valid span have an infinite margin; no threshold may become infinite too.
    finite = sorted_margins[np.isfinite(sorted_margins)]
    if not len(finite):
        return 0.0
    if count == 0:
        return float(finite[0]) - 1.0
    if count >= len(finite):
        return float(finite[-1]) + 1.0
    return float(finite[count - 1] + finite[count]) / 2


def _highest(logits: Sequence[float], count: int) -> list[int]:
    """Positions of the highest logits, the earlier of equal ones first."""
    highest: list[int] = np.argsort(-np.asarray(logits, dtype=np.float64), kind="stable")[:count].tolist()
    return highest
