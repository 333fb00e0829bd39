"""Answers of whole letters, whatever form the text is in and wherever the tokenizer cuts it."""

import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.real_data import needs_data, needs_weights, real_cell
from xtl.metrics.functional import answer_scores
from xtl.models.load import load_tokenizer
from xtl.models.tiny_encoder import tiny_tokenizer
from xtl.tasks.build import build_task
from xtl.tasks.span_qa.characters import whole_characters
from xtl.tasks.span_qa.encode import PairSpecialIds, WindowSizes, encode_span_qa
from xtl.types import SPAN_QA_METRICS, Answer, SpanQAExample

logger = logging.getLogger(__name__)

EXACT_MATCH = SPAN_QA_METRICS.index("exact_match")
SPECIAL = PairSpecialIds(prefix=(0,), between=(2, 2), suffix=(2,))
SIZES = WindowSizes(max_len=10_000, doc_stride=5_000, max_query=4)
CONTEXT = "Bà Mai ăn phở ở Mỹ. Ọlọ́run kọ́ ẹ̀kọ́. हिन्दी में क्षत्रिय 한국어 조선 👩‍👩‍👧 und Élan"


def learned(context, answer, ids, offsets):
    """Text that the positions of a feature stand for, where its answer is learned."""
    example = SpanQAExample(uid="q", lang="xx", context=context, question="?", answers=(answer,))
    (window,) = encode_span_qa(example, [7], ids, offsets, special=SPECIAL, sizes=SIZES)
    first = window["context_start"]
    start, end = (window["offsets"][window[side] - first] for side in ("start", "end"))
    return context[start[0] : end[1]].strip() if window["start"] else None


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_word_can_be_answered_as_it_stands(form):
    tokenizer, context = tiny_tokenizer(), unicodedata.normalize(form, CONTEXT)
    encoded = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
    position = 0
    for word in context.split():
        start = context.index(word, position)
        position = start + len(word)
        answer = Answer(text=word, start=start)
        assert learned(context, answer, encoded["input_ids"], encoded["offset_mapping"]) == word


@pytest.mark.parametrize(
    ("offsets", "answer", "expected"),
    [
        ([(0, 2), (2, 4)], "co", "co"),
        ([(0, 4), (4, 5), (5, 8)], "cafe\u0301", "cafe\u0301"),  # the mark is a token of its own
        ([(0, 4), (4, 8)], "cafe\u0301", "cafe\u0301"),  # the mark and what follows are one token
        ([(0, 4), (5, 8)], "cafe\u0301", "cafe\u0301"),  # the mark is in no token
        (
            [(0, 2), (2, 4), (4, 8)],
            "e\u0301 ab",
            "e\u0301 ab",
        ),  # the second of two that share it begins there
    ],
)
def test_where_tokens_part_a_letter(offsets, answer, expected):
    context = "cofe ab" if answer == "co" else "cafe\u0301 ab"
    ids = list(range(10, 10 + len(offsets)))
    assert learned(context, Answer(text=answer, start=context.index(answer)), ids, offsets) == expected


def test_a_space_that_the_first_token_holds_is_not_cut_off():
    # As e5's tokenizer does: the space belongs to the word, and a letter's mark stands in the next token.
    context, answer = "no e\u0301t", Answer(text="e\u0301t", start=3)
    example = SpanQAExample(uid="q", lang="xx", context=context, question="?", answers=(answer,))
    offsets = [(0, 2), (2, 4), (4, 6)]
    (window,) = encode_span_qa(example, [7], [10, 11, 12], offsets, special=SPECIAL, sizes=SIZES)
    first = window["context_start"]
    assert (window["start"] - first, window["end"] - first) == (1, 2)


@given(st.text(alphabet="ae\u0301\u0323 ोिक्ष한ᄒ\u200d👩\r\n", max_size=12), st.data())
def test_spans_cover_whole_clusters_and_never_shrink(text, data):
    points = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2)))
    ((start, end),) = whole_characters(text, [tuple(points)])
    assert start <= points[0] <= points[1] <= end
    assert whole_characters(text, [(start, end)]) == [(start, end)]
    if points[0] < points[1]:
        assert text[end : end + 1] not in ("\u0301", "\u0323")
        assert text[start : start + 1] not in ("\u0301", "\u0323") or start == 0


@pytest.mark.slow
@needs_data
@needs_weights
@pytest.mark.parametrize("lang", ["en", "de", "hi", "zh"])
def test_the_best_possible_exact_match_of_real_questions_is_the_same_in_every_form(lang):
    cell, tokenizer = real_cell("target=xquad"), load_tokenizer("e5_small")
    examples = build_task(cell.target, cell.data).source.examples(lang, "train")
    share = {}
    for form in ("NFC", "NFD"):
        hits = 0.0
        for example in examples:
            context = unicodedata.normalize(form, example.context)
            gold = example.answers[0]
            text = unicodedata.normalize(form, gold.text)
            start = len(unicodedata.normalize(form, example.context[: gold.start]))
            encoded = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
            answer = learned(
                context, Answer(text=text, start=start), encoded["input_ids"], encoded["offset_mapping"]
            )
            hits += answer_scores(answer or "", [text], lang=lang, rules="squad")[EXACT_MATCH]
        share[form] = hits / len(examples)
    logger.info("%s: best possible exact match of %s questions: %s", lang, f"{len(examples):,}", share)
    assert share["NFD"] == share["NFC"] > 98.5
