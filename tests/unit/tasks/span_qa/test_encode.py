"""Windows over a context."""

from hypothesis import given
from hypothesis import strategies as st

from xtl.tasks.span_qa.encode import PairSpecialIds, WindowSizes, encode_span_qa
from xtl.types import Answer, SpanQAExample

SPECIAL = PairSpecialIds(prefix=(0,), between=(2, 2), suffix=(2,))


def encode(count, *, answer=None, max_len=20, doc_stride=5, question=3):
    """Encode a context of ``count`` one-character tokens."""
    context = "".join(chr(ord("a") + at % 26) for at in range(count))
    answers = () if answer is None else (Answer(text=context[answer[0] : answer[1]], start=answer[0]),)
    example = SpanQAExample(uid="q", lang="en", context=context, question="?", answers=answers)
    sizes = WindowSizes(max_len=max_len, doc_stride=doc_stride, max_query=4)
    ids, offsets = range(100, 100 + count), [(at, at + 1) for at in range(count)]
    return list(encode_span_qa(example, [7] * question, ids, offsets, special=SPECIAL, sizes=sizes))


@given(st.integers(0, 80), st.integers(1, 9), st.integers(0, 9))
def test_windows_begin_at_every_step_and_cover_the_context(count, doc_stride, question):
    windows = encode(count, doc_stride=doc_stride, question=question)
    room = 20 - 4 - min(question, 4)
    assert all(len(window["input_ids"]) <= 20 for window in windows)
    starts = [window["offsets"][0][0] for window in windows if window["offsets"]]
    assert starts == [at * doc_stride for at in range(len(starts))]
    shown = {offset[0] for window in windows for offset in window["offsets"]}
    assert shown == set(range(count))
    assert len(windows) == (1 if count <= room else 1 + -(-(count - room) // doc_stride))


@given(st.integers(0, 80), st.integers(1, 9))
def test_each_token_is_best_in_one_window(count, doc_stride):
    best = [
        offset[0]
        for window in encode(count, doc_stride=doc_stride)
        for offset, here in zip(window["offsets"], window["is_max_context"], strict=True)
        if here
    ]
    assert sorted(best) == list(range(count))


def test_targets_stand_where_the_whole_answer_is():
    windows = encode(30, answer=(12, 15))
    for window in windows:
        first = window["offsets"][0][0]
        inside = first <= 12 and window["offsets"][-1][1] >= 15
        at = window["context_start"]
        expected = (at + 12 - first, at + 14 - first) if inside else (0, 0)
        assert (window["start"], window["end"]) == expected
        if inside:
            assert window["input_ids"][window["start"]] == 112
    assert any(window["start"] for window in windows)
