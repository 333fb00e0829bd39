"""Scores of tag sequences: token accuracy, and span F1 as XTREME computes it.

XTREME calls seqeval in its default, lenient mode for named entities and, oddly, for parts of speech too. The
numbers behind its leaderboard are those of seqeval 0.0.12 (later versions read parts of speech differently),
so the rules of that version are written down here, once and for good. ``strict`` counts entities as IOB2
defines them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xtl.types import TAGGING_METRICS

Tags = Sequence[str]


Span = tuple[str, int, int]
"""Type, first word, last word (inclusive)."""


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """How many spans were right, predicted and wanted. Counts of parts of a corpus add up to its counts."""

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: "SpanCounts") -> "SpanCounts":
        return SpanCounts(
            self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold
        )


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Micro precision, recall and F1 in [0, 100]; 0 where nothing was predicted or wanted."""

    precision: float
    recall: float
    f1: float


def score_tags(name: str, preds: Sequence[Tags], target: Sequence[Tags]) -> float:
    """Compute the score called ``name``, in [0, 100].

    Args:
        name: Score, one of ``TAGGING_METRICS``.
        preds: Predicted tags of each sentence.
        target: Right tags of each sentence.

    Raises:
        ValueError: if there is no such score, or lengths differ.
    """
    match name:
        case "accuracy":
            return token_accuracy(preds, target)
        case "f1":
            return span_f1(preds, target).f1
        case "f1_strict":
            return span_f1(preds, target, strict=True).f1
    raise ValueError(f"expected one of {', '.join(TAGGING_METRICS)}, got {name!r}")


def token_accuracy(preds: Sequence[Tags], target: Sequence[Tags]) -> float:
    """Share of words with the right tag, in [0, 100].

    Args:
        preds: Predicted tags of each sentence.
        target: Right tags of each sentence.

    Raises:
        ValueError: if lengths differ or there is no word.

    Example:
        >>> token_accuracy([["DET", "NOUN"]], [["DET", "VERB"]])
        50.0
    """
    check_lengths(preds, target)
    total = sum(map(len, target))
    if not total:
        raise ValueError("expected at least one word, got none")
    return 100.0 * count_equal(preds, target) / total


def count_equal(preds: Sequence[Tags], target: Sequence[Tags]) -> int:
    """Count the words with the right tag."""
    return sum(
        p == t for pred, gold in zip(preds, target, strict=True) for p, t in zip(pred, gold, strict=True)
    )


def sentence_counts(name: str, pred: Tags, target: Tags) -> tuple[int, ...]:
    """Counts of one sentence, whose sums over sentences give the score called ``name``.

    Args:
        name: Score, one of ``TAGGING_METRICS``.
        pred: Predicted tags of the sentence.
        target: Right tags, as many.

    Returns:
        Right words and all words for ``accuracy``; else right, predicted and wanted spans.

    Raises:
        ValueError: if there is no such score, or the lengths differ.

    Example:
        >>> sentence_counts("accuracy", ["DET", "NOUN"], ["DET", "VERB"])
        (1, 2)
        >>> sentence_counts("f1", ["B-PER", "O"], ["B-PER", "B-LOC"])
        (1, 1, 2)
    """
    if name not in TAGGING_METRICS:
        raise ValueError(f"expected one of {', '.join(TAGGING_METRICS)}, got {name!r}")
    check_lengths([pred], [target])
    if name == "accuracy":
        return count_equal([pred], [target]), len(target)
    counts = span_counts([pred], [target], strict=name == "f1_strict")
    return counts.correct, counts.predicted, counts.gold


def span_f1(preds: Sequence[Tags], target: Sequence[Tags], *, strict: bool = False) -> SpanScores:
    """Micro precision, recall and F1 over spans.

    Args:
        preds: Predicted tags of each sentence.
        target: Right tags of each sentence.
        strict: Whether only entities that begin with ``B-`` count (IOB2). By default conlleval's lenient
            reading, which is XTREME's: an ``I-`` without ``B-`` begins an entity.

    Raises:
        ValueError: if lengths differ.

    Example:
        >>> span_f1([["I-PER", "I-PER", "O"]], [["B-PER", "I-PER", "O"]]).f1
        100.0
        >>> span_f1([["I-PER", "I-PER", "O"]], [["B-PER", "I-PER", "O"]], strict=True).f1
        0.0
    """
    check_lengths(preds, target)
    return span_scores(span_counts(preds, target, strict=strict))


def span_counts(preds: Sequence[Tags], target: Sequence[Tags], *, strict: bool = False) -> SpanCounts:
    """Count the spans of sentences with equal numbers of tags."""
    spans = strict_spans if strict else lenient_spans
    counts = SpanCounts()
    # Sets lose nothing: no two spans of a sentence begin at the same word.
    for pred, gold in zip(preds, target, strict=True):
        predicted_spans, gold_spans = set(spans(pred)), set(spans(gold))
        counts += SpanCounts(len(predicted_spans & gold_spans), len(predicted_spans), len(gold_spans))
    return counts


def span_scores(counts: SpanCounts) -> SpanScores:
    """Turn counts into percentages."""
    # Micro: counts of all sentences and types are added up before any division.
    precision = 100.0 * counts.correct / counts.predicted if counts.predicted else 0.0
    recall = 100.0 * counts.correct / counts.gold if counts.gold else 0.0
    both = precision + recall
    return SpanScores(precision, recall, 2 * precision * recall / both if both else 0.0)


def lenient_spans(tags: Tags) -> Iterator[Span]:
    """Find spans as seqeval 0.0.12 does, which follows conlleval.

    The first letter of a tag is its place in a span (``B I E S O`` or anything else), the part after the
    last hyphen its type. Bare tags, such as parts of speech, are their own type, so a run of one tag is one
    span; a tag in ``S`` (SCONJ, SYM) stands alone each time.

    Example:
        >>> list(lenient_spans(["NOUN", "NOUN", "SYM", "SYM"]))
        [('NOUN', 0, 1), ('SYM', 2, 2), ('SYM', 3, 3)]
    """
    # An O behind the last tag ends a span that reaches the end of the sentence.
    prefix, kind, first = "O", "", 0
    for index, tag in enumerate([*tags, "O"]):
        # Of a bare tag the whole is its type; later versions of seqeval cut its first letter off, so that
        # CCONJ and SCONJ are one.
        next_prefix, next_kind = tag[0], tag.rsplit("-", maxsplit=1)[-1]
        if _ends(prefix, kind, next_prefix, next_kind):
            yield kind, first, index - 1
        if _begins(prefix, kind, next_prefix, next_kind):
            first = index
        prefix, kind = next_prefix, next_kind


def _ends(prefix: str, kind: str, next_prefix: str, next_kind: str) -> bool:
    """Whether a span ends between two tags."""
    if prefix in ("E", "S"):  # the end of a span, and a span of a single word
        return True
    if prefix in ("B", "I") and next_prefix in ("B", "S", "O"):
        return True
    # "." is kept from conlleval, where it is outside of spans as O is.
    return prefix not in ("O", ".") and kind != next_kind


def _begins(prefix: str, kind: str, next_prefix: str, next_kind: str) -> bool:
    """Whether a span begins at the second of two tags."""
    if next_prefix in (
        "B",
        "S",
    ):  # bare tags such as SCONJ and SYM too: their first letter is all that is read
        return True
    if prefix in ("E", "S", "O") and next_prefix in ("E", "I"):
        return True
    return next_prefix not in ("O", ".") and kind != next_kind


def strict_spans(tags: Tags) -> Iterator[Span]:
    """Find IOB2 entities: ``B-X`` and the ``I-X`` that follow it. Any other ``I-`` is no entity.

    Example:
        >>> list(strict_spans(["I-PER", "B-LOC", "I-LOC", "I-ORG"]))
        [('LOC', 1, 2)]
    """
    first, kind = -1, ""
    for index, tag in enumerate([*tags, "O"]):
        # An I- of another type ends the entity and begins none.
        if first >= 0 and tag != f"I-{kind}":
            yield kind, first, index - 1
            first = -1
        if tag.startswith("B-"):
            first, kind = index, tag.removeprefix("B-")


def check_lengths(preds: Sequence[Tags], target: Sequence[Tags]) -> None:
    """Refuse sentences whose numbers of tags differ.

    Raises:
        ValueError: which sentence, and both numbers.
    """
    if len(preds) != len(target):
        raise ValueError(
            f"expected preds and target to have the same number of sentences, got {len(preds)} "
            f"and {len(target)}"
        )
    for number, (pred, gold) in enumerate(zip(preds, target, strict=True)):
        if len(pred) != len(gold):
            raise ValueError(
                f"sentence {number}: expected one predicted tag a word, got {len(pred)} for {len(gold)} words"
            )
