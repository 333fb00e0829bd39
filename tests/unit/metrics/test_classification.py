"""Scores of classes and numbers, beside other implementations and in their limits."""

from functools import partial

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional import matthews_corrcoef
from torchmetrics.functional.classification import binary_f1_score, multiclass_f1_score

from xtl.metrics import classification_metric
from xtl.metrics.functional import (
    accuracy,
    f1,
    f1_macro,
    matthews,
    pearson,
    score_classes,
    score_numbers,
    spearman,
)
from xtl.types import CLASSIFICATION_METRICS, REGRESSION_METRICS

CLASSES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)
NUMBERS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=40)


def sides(pairs):
    return [one for one, _ in pairs], [other for _, other in pairs]


@given(CLASSES)
def test_classes_as_torchmetrics_scores_them(pairs):
    predicted, gold = sides(pairs)
    tensors = torch.tensor(predicted), torch.tensor(gold)
    assert accuracy(predicted, gold) == pytest.approx(100 * float((tensors[0] == tensors[1]).float().mean()))
    binary = tensors[0] == 2, tensors[1] == 2
    assert f1(predicted, gold, positive=2) == pytest.approx(100 * float(binary_f1_score(*binary)), abs=1e-4)
    there = sorted({*predicted, *gold})
    each = multiclass_f1_score(*tensors, num_classes=3, average=None)
    assert f1_macro(predicted, gold) == pytest.approx(100 * float(each[there].mean()), abs=1e-4)


@given(CLASSES)
def test_matthews_is_the_correlation_of_the_classes(pairs):
    predicted, gold = sides(pairs)
    one_hot = [np.eye(3)[side] for side in (predicted, gold)]
    centred = [side - side.mean(0) for side in one_hot]
    covariance = [[float((a * b).sum()) for a in centred] for b in centred]
    spread = np.sqrt(covariance[0][0] * covariance[1][1])
    expected = 0.0 if spread < 1e-9 else 100 * covariance[0][1] / spread
    assert matthews(predicted, gold) == pytest.approx(expected, abs=1e-6)


def test_matthews_of_two_classes_as_torchmetrics_has_it():
    predicted, gold = [1, 1, 0, 0, 1, 0, 1], [1, 0, 0, 0, 1, 1, 1]
    expected = matthews_corrcoef(torch.tensor(predicted), torch.tensor(gold), task="binary")
    assert matthews(predicted, gold) == pytest.approx(100 * float(expected), abs=1e-4)


@given(NUMBERS)
def test_correlations_as_scipy_computes_them(pairs):
    predicted, gold = sides(pairs)
    if len(set(predicted)) < 2 or len(set(gold)) < 2:
        assert pearson(predicted, gold) == spearman(predicted, gold) == 0.0
        return
    assert pearson(predicted, gold) == pytest.approx(100 * scipy.stats.pearsonr(predicted, gold)[0], abs=1e-6)
    assert spearman(predicted, gold) == pytest.approx(
        100 * scipy.stats.spearmanr(predicted, gold)[0], abs=1e-6
    )


@pytest.mark.parametrize("constant", [0.1, -1234.56, 3e-7, 5.0])
@pytest.mark.parametrize("other", [[0.1] * 3, [0.7] * 3, [1.0, 2.0, 4.0]])
def test_a_constant_has_no_correlation_even_where_its_mean_is_rounded(constant, other):
    for score in (pearson, spearman):
        assert score([constant] * 3, other) == score(other, [constant] * 3) == 0.0


@pytest.mark.parametrize("name", [*CLASSIFICATION_METRICS, *REGRESSION_METRICS])
@given(pairs=CLASSES, cut=st.integers(0, 40))
def test_the_twin_says_the_same_however_it_is_fed(name, pairs, cut):
    predicted, gold = sides(pairs)
    metric = classification_metric(name, positive=1)
    for part in (slice(0, cut), slice(cut, None)):
        metric.update(torch.tensor(predicted[part]), torch.tensor(gold[part]))
    expected = (
        score_classes(name, predicted, gold, positive=1)
        if name in CLASSIFICATION_METRICS
        else score_numbers(name, predicted, gold)
    )
    assert float(metric.compute()) == pytest.approx(expected, abs=1e-4)


def test_other_names_and_lengths_are_refused():
    with pytest.raises(ValueError, match="expected one of accuracy"):
        score_classes("acc", [], [], positive=1)
    with pytest.raises(ValueError, match="expected one of spearman"):
        score_numbers("kendall", [], [])
    for score in (accuracy, f1_macro, matthews, pearson, spearman):
        with pytest.raises(ValueError, match="each of 2 examples, got 1"):
            score([1], [1, 2])
    with pytest.raises(ValueError, match=r"expected one of accuracy, .*, got 'nope'"):
        classification_metric("nope")


@pytest.mark.parametrize("name", [*CLASSIFICATION_METRICS, *REGRESSION_METRICS])
@given(pairs=CLASSES)
def test_tensors_and_arrays_are_scored_as_lists(name, pairs):
    score = partial(score_classes, name, positive=1) if name in CLASSIFICATION_METRICS else partial(
        score_numbers, name
    )  # fmt: skip
    predicted, gold = sides(pairs)
    expected = score(predicted, gold)
    for convert in (torch.tensor, np.array):
        found = score(convert(predicted), convert(gold))
        assert found == expected
        assert isinstance(found, float)


@pytest.mark.parametrize("shapes", [((2,), (1,)), ((3, 2), (3,)), ((), ())], ids=str)
def test_a_twin_refuses_what_is_no_value_for_each_example(shapes):
    predicted, gold = (torch.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match=r"\(B,\) each, got shapes .* take \.argmax\(-1\)"):
        classification_metric("accuracy").update(predicted, gold)
