"""Decoding of spans beside the reference code, and its threshold."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xtl.tasks.span_qa.decode import best_answer, best_threshold, different_texts, window_candidates

PAD = 1
CROWDED_BY_PADDING = ("span-24-v1-no-valid-span", "span-30-v2-only-null")
"""Here padding has the highest scores. With us it has none, or the size of a batch would change answers."""


class OfficialTexts:
    """Context of spans that are windows and positions: the official n-best list says what texts they have.

    What is not in the list stands there with another span of the same text; which text that is, it does not
    say, and any text that is there does as well.
    """

    def __init__(self, case):
        self._windows = case["windows"]
        entries = [entry for entry in case["expected"]["nbest"] if entry["text"]]
        self._entries = {(entry["start_logit"], entry["end_logit"]): entry for entry in entries}
        self.best = max(entries, key=lambda entry: entry["start_logit"] + entry["end_logit"])

    def __getitem__(self, span):
        (number, start), end = span.start, span.stop
        window = self._windows[number]
        logits = window["start_logits"][start], window["end_logits"][end]
        return self._entries.get(logits, self.best)["text"]


def windows_of(case, context, *, padded):
    """Decode the golden logits of a case; spans are window and positions instead of characters."""
    for number, window in enumerate(case["windows"]):
        positions = sorted(map(int, window["token_to_orig_map"]))
        best = set(window["max_context_positions"])
        at = positions[0] if positions else 0
        real = len(window["input_ids"]) if padded else sum(id_ != PAD for id_ in window["input_ids"])
        candidates = window_candidates(
            window["start_logits"][:real], window["end_logits"][:real],
            context_start=at, is_max_context=[position in best for position in positions],
        )  # fmt: skip
        yield {
            "uid": "q",
            "window": number,
            "null_score": window["start_logits"][0] + window["end_logits"][0],
            "candidates": different_texts(
                [(one.score, (number, one.start), one.end) for one in candidates], context
            ),
        }


@pytest.mark.parametrize("padded", [True, False])
def test_every_official_case(golden, padded):
    cases = golden("span_decode")["cases"]
    assert len(cases) > 30
    for case in cases:
        if case["id"] in CROWDED_BY_PADDING and not padded:
            continue
        context = OfficialTexts(case)
        found = best_answer(
            list(windows_of(case, context, padded=padded)),
            context,
            unanswerable=case["version_2_with_negative"],
        )
        expected = case["expected"]["best_window_start_end"]
        none_valid = found.null_margin == float("inf")
        chosen = None if none_valid else [*found.start, found.end]
        if not none_valid and not isinstance(expected, dict):  # logits tell apart what is in the list
            assert found.probability == pytest.approx(context.best["probability"], rel=1e-6), case["id"]
        if case["version_2_with_negative"]:
            if found.null_margin > case["null_score_diff_threshold"]:
                chosen = None
            if not none_valid:
                assert found.null_margin == pytest.approx(case["expected"]["null_score_diff"], abs=1e-4), (
                    case["id"]
                )
        if isinstance(expected, dict):
            assert chosen in (expected["ambiguous"] or [None]), case["id"]
        else:
            assert chosen == expected, case["id"]


def test_the_probability_is_the_share_among_the_best():
    def window(number, *scores):
        return {
            "uid": "q",
            "window": number,
            "null_score": 1.0,
            "candidates": [(s, number, 9) for s in scores],
        }

    # The earlier one of equals.
    assert best_answer([window(0, 2.0), window(1, 2.0)], "0123456789") == (0, 9, 0.5, -1.0)
    many = best_answer([{**window(0), "candidates": [(3.0, at, at + 1) for at in range(40)]}], LETTERS)
    assert many.probability == pytest.approx(1 / 20)


LETTERS = "".join(map(chr, range(ord("A"), ord("A") + 60)))


def official_probability(spans, context, null_score=None, n_best=20):
    """Probability of the best span in the n-best list of run_squad, written down from its code."""
    ranked = [(score, context[start:end].strip()) for score, start, end in spans]
    if null_score is not None:
        ranked.append((null_score, None))
    n_best_list, seen = [], set()
    for score, text in sorted(ranked, key=lambda pair: pair[0], reverse=True):
        if len(n_best_list) >= n_best:
            break
        if text is not None and text in seen:
            continue
        seen.add(text or "")
        n_best_list.append(score)
    if null_score is not None and "" not in seen:
        n_best_list.append(null_score)
    total = sum(math.exp(score) for score in n_best_list)
    return math.exp(max(score for score, text in ranked if text)) / total


SPANS = st.lists(
    st.tuples(st.floats(-5, 5, width=16), st.integers(0, 11), st.integers(0, 3)), min_size=1, max_size=40
)


@given(SPANS, SPANS, st.none() | st.floats(-6, 6, width=16), st.sampled_from([2, 3, 20]))
def test_texts_share_the_probability_as_officially(first, second, null_score, n_best):
    context = "aba  ab abc "  # the same texts at several places, and blank ones
    windows, spans = [], []
    for number, window in enumerate((first, second)):
        ranked = sorted(((s, at, at + length) for s, at, length in window), key=lambda span: -span[0])
        spans += ranked
        windows.append(
            {
                "id": "q",
                "window": number,
                "null_score": 9.0 if null_score is None else null_score + number,
                "candidates": different_texts(ranked, context, n_best=n_best),
            }
        )
    found = best_answer(windows, context, unanswerable=null_score is not None, n_best=n_best)
    best = [span for span in sorted(spans, key=lambda span: -span[0]) if context[span[1] : span[2]].strip()]
    listed = [span for window in windows for span in window["candidates"]]
    if not any(context[start:end].strip() for _, start, end in listed):
        assert found == (0, 0, 0.0, math.inf)
        return
    assume(best[0] in listed)  # else blank ones have filled the list of its window
    expected = official_probability(spans, context, null_score, n_best)
    assert found.probability == pytest.approx(expected)
    assert (found.start, found.end) == best[0][1:]


def test_a_space_alone_is_no_answer():
    # XLM-R's tokenizer has such pieces; the official script gives and judges the best text that is not empty.
    window = {
        "id": "q",
        "window": 0,
        "null_score": 0.0,
        "candidates": [(5.0, 3, 4), (4.9, 4, 5)],
    }
    found = best_answer([window], "Ada \u20bf 10", unanswerable=True)
    assert (found.start, found.end, found.null_margin) == (4, 5, -4.9)
    blank = {**window, "candidates": [(5.0, 3, 4)]}
    assert best_answer([blank], "Ada Ulm", unanswerable=True) == (0, 0, 0.0, math.inf)


def test_no_overflow_where_no_answer_is_far_better():
    window = {"id": "q", "window": 0, "null_score": 2000.0, "candidates": [(0.0, 0, 1)]}
    assert best_answer([window], "ab", unanswerable=True).probability == 0.0
    assert best_answer([window], "ab").probability == 1.0


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.sampled_from([0.0, 50.0, 100.0]), st.sampled_from([0.0, 100.0])),
             min_size=1, max_size=30),
)  # fmt: skip
def test_no_threshold_scores_higher(questions):
    margins, answered, unanswered = map(list, zip(*questions, strict=True))

    def total(threshold):
        return sum(a if m <= threshold else u for m, a, u in questions)

    best = max(map(total, [*margins, min(margins) - 1]))
    assert total(best_threshold(margins, answered, unanswered)) == pytest.approx(best)


def test_threshold_of_nothing():
    assert best_threshold([], [], []) == 0.0
    assert best_threshold([float("inf")], [0.0], [100.0]) == 0.0
