"""Exact match and F1 of answers, by the rules of SQuAD v1.1 and by MLQA's rules for each language.

SQuAD's rules are English and XTREME applies them to every language of XQuAD and TyDiQA: ASCII punctuation and
English articles go, words are what stands between spaces. MLQA's rules know the articles of its languages,
all punctuation of Unicode, and cut Chinese into characters.

Where questions need not have an answer, SQuAD v2's script scores: it has v1.1's normalisation, and a rule for
answers of which that leaves nothing.
"""

import re
import string
import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

from xtl.types import ANSWER_RULES, MLQA_LANGUAGES, SPAN_QA_METRICS

_ENGLISH_ARTICLES = re.compile(r"\b(a|an|the)\b")


_MLQA_ARTICLES = {
    "en": _ENGLISH_ARTICLES,
    "es": re.compile(r"\b(un|una|unos|unas|el|la|los|las)\b"),
    "de": re.compile(r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "vi": re.compile(r"\b(của|là|cái|chiếc|những)\b"),
    "ar": re.compile("\\s\u0627\u0644^|\u0627\u0644"),  # its second branch cuts words too, as MLQA's does
    "hi": None,
    "zh": None,
}


_HAN = re.compile("[一-龥]")  # U+4E00 to U+9FA5, the range of MLQA's script


_ASCII_PUNCTUATION = frozenset(string.punctuation)


def normalized_squad(text: str) -> str:
    """Lower case, no ASCII punctuation, no English articles, single spaces.

    Example:
        >>> normalized_squad("The  Tall chimney.")
        'tall chimney'
    """
    stripped = "".join(char for char in text.lower() if char not in _ASCII_PUNCTUATION)
    # The script's order, punctuation before articles: "the-cat" becomes "thecat", which holds no article.
    return " ".join(_ENGLISH_ARTICLES.sub(" ", stripped).split())


def normalized_mlqa(text: str, lang: str) -> str:
    """Lower case, no punctuation of Unicode, no articles of ``lang``, single spaces; Chinese in characters.

    Raises:
        ValueError: if MLQA does not have the language.

    Example:
        >>> normalized_mlqa("村口的老茶馆。", "zh")
        '村 口 的 老 茶 馆'
    """
    if lang not in _MLQA_ARTICLES:
        raise ValueError(f"expected a language of MLQA ({', '.join(MLQA_LANGUAGES)}), got {lang!r}")
    stripped = "".join(char for char in text.lower() if char not in _punctuation())
    articles = _MLQA_ARTICLES[lang]
    if articles is not None:
        stripped = articles.sub(" ", stripped)
    return " ".join(_characters(stripped) if lang == "zh" else stripped.split())


def answer_scores(
    predicted: str, golds: Sequence[str], *, lang: str, rules: str = "squad", unanswerable: bool = False
) -> tuple[float, float]:
    """Score one answer against the best of the accepted ones.

    Args:
        predicted: Predicted answer; empty: there is none.
        golds: Accepted answers; none: the question cannot be answered, and nothing is the right answer.
        lang: ISO 639-1 code of the language; plays a part in MLQA's rules only.
        rules: Rules of normalisation, one of ``ANSWER_RULES``.
        unanswerable: Whether the task has questions without an answer, as SQuAD v2: accepted answers that
            normalise to nothing do not count, and F1 is 100 where nothing is left of either side.

    Returns:
        Exact match and F1, each in [0, 100].

    Raises:
        ValueError: for other rules, a language that they do not have, or one text in place of a list.
    """
    if isinstance(golds, str):
        raise ValueError(f"golds: expected a list of accepted answers, got the text {golds!r}")
    if rules not in ANSWER_RULES:
        raise ValueError(f"expected rules of {', '.join(ANSWER_RULES)}, got {rules!r}")
    answer = _normalized(predicted, lang, rules)
    accepted = [_normalized(gold, lang, rules) for gold in golds]
    if unanswerable:
        # v2's script drops them before it compares; v1.1's compares with what is left, the empty text.
        accepted = [gold for gold in accepted if gold]
    if not accepted:
        # As SQuAD v2 scores it: both scores are 1 for no answer, and 0 for any.
        right = 100.0 * (not answer)
        return right, right
    # The best gold answer is chosen for each score by itself: annotators cut the same answer differently.
    return 100.0 * (answer in accepted), max(_overlap(answer, gold) for gold in accepted)


def score_answers(
    name: str,
    predicted: Sequence[str],
    golds: Sequence[Sequence[str]],
    *,
    lang: str,
    rules: str = "squad",
    unanswerable: bool = False,
) -> float:
    """Mean of one score over all questions, in [0, 100].

    Args:
        name: Score, one of ``SPAN_QA_METRICS``.
        predicted: Predicted answers, one a question.
        golds: Accepted answers of each question.
        lang: ISO 639-1 code of the language, see :func:`answer_scores`.
        rules: Rules of normalisation, one of ``ANSWER_RULES``.
        unanswerable: Whether the task has questions without an answer, see :func:`answer_scores`.

    Raises:
        ValueError: if there is no such score, or the lengths differ.
    """
    if name not in SPAN_QA_METRICS:
        raise ValueError(f"expected one of {', '.join(SPAN_QA_METRICS)}, got {name!r}")
    if len(predicted) != len(golds):
        raise ValueError(f"expected one answer for each of {len(golds)} questions, got {len(predicted)}")
    column = SPAN_QA_METRICS.index(name)
    scores = [
        answer_scores(answer, gold, lang=lang, rules=rules, unanswerable=unanswerable)[column]
        for answer, gold in zip(predicted, golds, strict=True)
    ]
    return sum(scores) / max(len(scores), 1)


def _normalized(text: str, lang: str, rules: str) -> str:
    return normalized_squad(text) if rules == "squad" else normalized_mlqa(text, lang)


def _overlap(predicted: str, gold: str) -> float:
    """F1 of the words of two normalised answers; 0 where either has none, as in SQuAD v1.1."""
    predicted_words, gold_words = predicted.split(), gold.split()
    # A word that stands twice on one side and once on the other is shared once.
    common = sum((Counter(predicted_words) & Counter(gold_words)).values())
    return 200.0 * common / (len(predicted_words) + len(gold_words)) if common else 0.0


def _characters(text: str) -> list[str]:
    """Cut out each Han character; what stands between them is cut at spaces."""
    return _HAN.sub(lambda match: f" {match[0]} ", text).split()


@cache
def _punctuation() -> frozenset[str]:
    # Every code point is looked at, which takes a moment, so once a process; the categories are those of
    # Python's Unicode version, as in MLQA's script.
    signs = {
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith("P")
    }
    return frozenset(signs | _ASCII_PUNCTUATION)
