"""The first metric of a task is that of most runs, whatever line comes first."""

from tests.helpers.factories import result
from xtl.results import first_metrics


def test_a_score_that_was_left_out_changes_no_first_metric():
    lines = [result(lang=lang, metric=metric) for lang in ("de", "fr", "hi") for metric in ("accuracy", "f1")]
    lines += [result(task="xquad", metric="f1"), result(task="xquad", metric="exact_match")]
    assert first_metrics(lines) == {"udpos": "accuracy", "xquad": "f1"}
    assert first_metrics(lines[1:]) == {"udpos": "accuracy", "xquad": "f1"}  # the first one was no number
    assert first_metrics([]) == {}
