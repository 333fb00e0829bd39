import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xtl.metrics import SpanF1, TokenAccuracy, tagging_metric
from xtl.metrics.functional import score_tags
from xtl.types import TAGGING_METRICS as SCORES

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
SENTENCES = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=8),
    min_size=1,
    max_size=12,
)


def split(sentences):
    preds = [[pred for pred, _ in sentence] for sentence in sentences]
    return preds, [[gold for _, gold in sentence] for sentence in sentences]


@pytest.mark.parametrize("name", SCORES)
@given(sentences=SENTENCES, data=st.data())
def test_twins_equal_the_functions_however_sentences_are_batched(name, sentences, data):
    preds, target = split(sentences)
    metric = tagging_metric(name)
    first = 0
    while first < len(preds):
        end = data.draw(st.integers(first + 1, len(preds)))
        metric.update(preds[first:end], target[first:end])
        first = end
    assert float(metric.compute()) == pytest.approx(score_tags(name, preds, target), abs=1e-4)  # float32


@pytest.mark.parametrize("name", SCORES)
@given(sentences=SENTENCES, data=st.data())
def test_counts_of_two_processes_add_up_to_the_whole(name, sentences, data):
    preds, target = split(sentences)
    cut = data.draw(st.integers(0, len(preds)))
    one, other = tagging_metric(name), tagging_metric(name)
    one.update(preds[:cut], target[:cut])
    other.update(preds[cut:], target[cut:])
    one.merge_state(other)  # as torchmetrics reduces over processes
    assert float(one.compute()) == pytest.approx(score_tags(name, preds, target), abs=1e-4)


def test_two_processes_are_not_an_average_of_averages():
    # 1 of 1 and 0 of 3: 25, where the mean of 100 and 0 would be 50.
    one, other = TokenAccuracy(), TokenAccuracy()
    one.update([["O"]], [["O"]])
    other.update([["O", "O", "O"]], [["B-PER", "B-PER", "B-PER"]])
    one.merge_state(other)
    assert float(one.compute()) == 25.0


@pytest.mark.parametrize("name", SCORES)
def test_reset_forgets(name):
    metric = tagging_metric(name)
    metric.update([["O"]], [["B-PER"]])
    metric.reset()
    metric.update([["B-PER"]], [["B-PER"]])
    assert float(metric.compute()) == 100.0


@pytest.mark.parametrize("name", SCORES)
def test_before_any_word_the_score_is_0(name):
    metric = tagging_metric(name)
    metric.update([], [])
    assert float(metric.compute()) == 0.0


@pytest.mark.parametrize("name", SCORES)
def test_wrong_lengths_are_refused_and_count_nothing(name):
    metric = tagging_metric(name)
    metric.update([["B-PER"]], [["B-PER"]])
    with pytest.raises(ValueError, match="sentence 0: expected one predicted tag a word, got 1 for 2 words"):
        metric.update([["O"]], [["O", "O"]])
    with pytest.raises(ValueError, match="same number of sentences, got 1 and 0"):
        metric.update([["O"]], [])
    assert float(metric.compute()) == 100.0


def test_names():
    assert isinstance(tagging_metric("accuracy"), TokenAccuracy)
    lenient, strict = tagging_metric("f1"), tagging_metric("f1_strict")
    assert isinstance(lenient, SpanF1)
    assert isinstance(strict, SpanF1)
    assert (lenient.strict, strict.strict) == (False, True)
    with pytest.raises(ValueError, match="expected one of accuracy, f1, f1_strict, got 'F1'"):
        tagging_metric("F1")


@pytest.mark.parametrize("name", SCORES)
def test_they_survive_pickling_and_give_scalars(name):
    metric = tagging_metric(name)
    metric.update([["B-PER"]], [["B-PER"]])
    score = pickle.loads(pickle.dumps(metric)).compute()  # noqa: S301  its own bytes
    assert isinstance(score, torch.Tensor)
    assert score.shape == ()
    assert float(score) == 100.0
