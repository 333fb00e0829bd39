"""Texts of answers through windows and offsets of a real tokenizer, beside the reference code."""

import unicodedata

import pytest

from tests.helpers.cells import composed_cell
from tests.helpers.real_data import needs_weights
from xtl.metrics.functional.squad import normalized_squad
from xtl.models.load import load_tokenizer
from xtl.schemas.data import DataConfig
from xtl.tasks.build import build_task
from xtl.types import SpanQAExample

PAD = 1


@needs_weights
@pytest.mark.golden
@pytest.mark.slow
def test_the_answers_text_by_offsets(golden):
    """Through our own windows and offsets, the text is the official one where that is not spoiled."""
    tokenizer = load_tokenizer("e5_small")
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
            assert normalized_squad(unicodedata.normalize("NFKC", text)) == normalized_squad(
                unicodedata.normalize("NFKC", wanted)
            ), case["id"]
    assert compared > 25, compared
