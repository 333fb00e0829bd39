"""Predictions as records: by hand, without an encoder."""

import json

import pytest

from tests.helpers.cells import composed_cell
from xtl.schemas.data import DataConfig
from xtl.tasks.build import build_task
from xtl.types import ClassificationExample, SpanQAExample

POCKET = DataConfig(source="pocket", sizes={})


def question(context):
    return SpanQAExample(uid="q", lang="de", context=context, question="?", answers=())


def answer(task, context, start, end, *, score=2.0, null_score=1.0, threshold=None):
    """The record of one window that found one span."""
    found = {"id": ("de", "q"), "window": 0, "null_score": null_score, "candidates": [(score, start, end)]}
    (record,) = task.records([question(context)], [found], threshold)
    return record


@pytest.mark.parametrize(("start", "end", "place"), [(0, 3, (0, 3)), (3, 9, (4, 8)), (3, 4, (None, None))])
def test_a_span_is_that_of_the_stripped_text(start, end, place):
    task = build_task(composed_cell("target=pocket_qa", "target.unanswerable=false").target, POCKET)
    record = answer(task, "Der Hund\u3000bellt", start, end)
    assert (record["start"], record["end"]) == place
    assert record["answer"] == ("" if place[0] is None else "Der Hund\u3000bellt"[slice(*place)])
    assert record.keys() == set(task.answers) == {"answer", "start", "end", "score"}


def test_a_margin_above_the_threshold_gives_no_answer():
    task = build_task(composed_cell("target=pocket_qa").target, POCKET)
    given = answer(task, "Der Hund", 0, 3, threshold=-0.5)
    assert (given["answer"], given["null_margin"], given["threshold"]) == ("Der", -1.0, -0.5)
    assert answer(task, "Der Hund", 0, 3, threshold=-1.5)["answer"] == ""
    assert answer(task, "Der Hund", 0, 3, null_score=3.0)["answer"] == ""  # without a threshold it is 0
    assert given.keys() == set(task.answers)


def test_numbers_have_a_score():
    task = build_task(
        composed_cell("target=pocket_nli", "target.labels=''", "target.metrics=[pearson]").target, POCKET
    )
    example = ClassificationExample(uid="p", lang="de", first="a", second="b", label=None)
    records = task.records([example], [{"id": ("de", "p"), "outputs": [3.25]}])
    assert json.dumps(records) == '[{"score": 3.25}]'
