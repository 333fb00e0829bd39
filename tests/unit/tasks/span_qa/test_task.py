"""Scores of questions that need not have an answer: validation, tuning, and tables of predictions alike."""

import pytest

from tests.helpers.tasks import composed_task
from xtl.models import tiny
from xtl.modules.optim import AdamWLinear
from xtl.types import Answer, SpanQAExample

CONTEXT = "the dog"


def built(*, unanswerable):
    return composed_task(
        "pocket_qa",
        "backbone=tiny",
        f"target.unanswerable={str(unanswerable).lower()}",
        "target.metrics=[f1,exact_match]",
    )


def asked(uid, *golds):
    answers = tuple(Answer(text=text, start=0) for text in golds)
    return SpanQAExample(uid=uid, lang="en", context=CONTEXT, question="?", answers=answers)


def found(uid, start, end, *, null_score=0.0):
    """What one window found: the span, with a score of 1."""
    return {
        "id": ("en", uid),
        "window": 0,
        "null_score": null_score,
        "candidates": [(1.0, start, end)],
    }


# Gold answers and the answer given; F1 and exact match by v1.1 and by v2.
CASES = [
    (("the",), (0, 3), (0.0, 100.0), (100.0, 100.0)),
    (("the", "dog"), (0, 3), (0.0, 100.0), (0.0, 0.0)),
    (("dog",), (4, 7), (100.0, 100.0), (100.0, 100.0)),
]


@pytest.mark.parametrize(("golds", "span", "answered", "unanswerable"), CASES)
def test_every_score_is_by_the_rules_of_the_task(golds, span, answered, unanswerable):
    for expected, may_have_none in ((answered, False), (unanswerable, True)):
        task = built(unanswerable=may_have_none)
        table = task.table([asked("q", *golds)], [found("q", *span)])
        assert tuple(task.scores(table).values()) == pytest.approx(expected)
        metric = task.module(tiny().backbone, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0).metric
        metric.update([CONTEXT[slice(*span)]], [list(golds)], ["en"])
        assert float(metric.compute()) == pytest.approx(expected[0])


def test_the_threshold_is_tuned_by_the_same_rules():
    # By v2 "the" is no answer, so to give none is as good there, and better where "dog" is said instead.
    examples = [asked("a", "the"), asked("b", "dog")]
    predictions = [found("a", 4, 7, null_score=3.0), found("b", 4, 7)]
    threshold = built(unanswerable=True).tune(examples, predictions)
    assert -1.0 < threshold < 2.0  # answers b, whose margin is -1, and not a
    task = built(unanswerable=True)
    assert task.scores(task.table(examples, predictions, threshold)) == {"f1": 100.0, "exact_match": 100.0}


def test_the_probability_counts_no_answer_where_there_may_be_none():
    for unanswerable, expected in ((False, 1.0), (True, 0.5)):
        task = built(unanswerable=unanswerable)
        (row,) = task.table([asked("q")], [found("q", 0, 3, null_score=1.0)], 0.0).to_pylist()
        assert row["probability"] == pytest.approx(expected)
