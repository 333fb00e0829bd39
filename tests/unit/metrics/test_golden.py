"""Scores equal those of the official code, to 1e-9 percent."""

import pytest

from xtl.metrics.functional import span_f1, token_accuracy
from xtl.metrics.functional.tagging import lenient_spans

NO_SENTENCES = "ner-25-no-sentences"


def items(golden, name):
    file = golden(name)
    return file["cases"] + file["corpora"]


def approx(expected):
    return pytest.approx((expected["precision"], expected["recall"], expected["f1"]), abs=1e-9)


def scores(item, **kwargs):
    result = span_f1(item["pred"], item["gold"], **kwargs)
    return result.precision, result.recall, result.f1


@pytest.mark.parametrize(("name", "count"), [("seqeval_ner", 37), ("udpos_f1", 30)])
def test_default_f1_is_that_of_seqeval_0_0_12(golden, name, count):
    found = items(golden, name)
    assert len(found) == count
    for item in found:
        assert scores(item) == approx(item["expected"]["seqeval_0.0.12"]), item["id"]


def test_strict_f1_is_iob2(golden):
    for item in items(golden, "seqeval_ner"):
        expected = item["expected"]["seqeval_1.2.2_strict_IOB2"]
        if "error" in expected:
            # seqeval 1.2.2 raises TypeError on no sentences at all; here nothing found is 0.
            assert item["id"] == NO_SENTENCES
            assert scores(item, strict=True) == (0.0, 0.0, 0.0)
        else:
            assert scores(item, strict=True) == approx(expected), item["id"]


def test_the_two_versions_of_seqeval_are_told_apart(golden):
    """If all expected numbers were equal, the test above could not tell which rules are followed."""
    differ = [
        item["id"]
        for item in items(golden, "udpos_f1")
        if item["expected"]["seqeval_0.0.12"] != item["expected"]["seqeval_1.2.2"]
    ]
    assert len(differ) >= 5


def test_token_accuracy(golden):
    for item in items(golden, "udpos_f1"):
        if any(item["gold"]):
            expected = item["expected"]["token_accuracy"]
            assert token_accuracy(item["pred"], item["gold"]) == pytest.approx(expected, abs=1e-9), item["id"]


@pytest.mark.parametrize("name", ["seqeval_ner", "udpos_f1"])
@pytest.mark.parametrize("side", ["gold", "pred"])
def test_spans_are_those_of_seqeval_0_0_12(golden, name, side):
    for case in golden(name)["cases"]:
        joined, spans = [], []
        for tags in case[side]:
            spans += [
                [kind, first + len(joined), last + len(joined)] for kind, first, last in lenient_spans(tags)
            ]
            joined += [*tags, "O"]
        assert spans == case["entities_0.0.12"][side], case["id"]
