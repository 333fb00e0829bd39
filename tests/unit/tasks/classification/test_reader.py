"""Pairs: labels by name, never by their place; missing ones are seen."""

import json
from dataclasses import replace

import pytest

from xtl.counts import SkipCounts
from xtl.data.local import LocalSource
from xtl.data.rows import EMPTY_TEXT, NO_LABEL, NO_TRANSLATION, SkipReason, read_file
from xtl.data.source import FilteredSource, LocalFiles
from xtl.errors import DataFormatError
from xtl.tasks.classification.reader import ClassificationReader, filter_classification
from xtl.types import ClassificationExample

NLI = ClassificationReader(
    task="nli",
    labels=("contradiction", "entailment", "neutral"),
    first="premise",
    second="hypothesis",
    label="label",
    replace={"0": "entailment", "1": "neutral", "2": "contradiction"},
)
NUMBER = ClassificationReader(task="sim", labels=(), first="premise", second="hypothesis", label="label")


def write(path, labels):
    rows = [{"premise": f"p{at}", "hypothesis": f"h{at}", "label": label} for at, label in enumerate(labels)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("neutral", "neutral"),
        (0, "entailment"),
        ("2", "contradiction"),
        (1.0, "neutral"),
        (-1, None),
        ("-", None),
        (None, None),
        ("", None),
    ],
)
def test_labels_as_names_numbers_or_nothing(tmp_path, given, read):
    (example,) = read_file(NLI, write(tmp_path / "x.jsonl", [given]), lang="de", split="test")
    assert (example.uid, example.lang, example.first, example.second) == ("nli/test/0", "de", "p0", "h0")
    assert example.label == read


@pytest.mark.parametrize("form", [str, int, float])
def test_a_label_may_be_replaced_by_another_one(tmp_path, form):
    shift = replace(NLI, labels=("0", "1", "2"), replace={"1": "0", "2": "1", "3": "2"})
    path = write(tmp_path / "x.jsonl", [form(number) for number in (1, 2, 3)])
    labels = [example.label for example in read_file(shift, path, lang="de", split="test")]
    assert labels == ["0", "1", "2"]
    swap = replace(NLI, labels=("0", "1"), replace={"0": "1", "1": "0"})
    path = write(tmp_path / "y.jsonl", [form(number) for number in (0, 1)])
    assert [example.label for example in read_file(swap, path, lang="de", split="test")] == ["1", "0"]


@pytest.mark.parametrize(("given", "read"), [("3.8", 3.8), (4, 4.0), (None, None)])
def test_numbers(tmp_path, given, read):
    (example,) = read_file(NUMBER, write(tmp_path / "x.jsonl", [given]), lang="de", split="test")
    assert example.label == read


def test_a_number_without_a_name_is_refused(tmp_path):
    with pytest.raises(DataFormatError, match=r"'3' 2 time\(s\); 'neutrall' 1 time\(s\).*'neutral'"):
        read_file(NLI, write(tmp_path / "x.jsonl", [3, 3, "neutrall", "neutral"]), lang="de", split="test")


@pytest.mark.parametrize("given", ["high", "nan", "inf", -100, "-100.0"])
def test_what_is_no_number_is_refused(tmp_path, given):
    with pytest.raises(
        DataFormatError,
        match=r"a finite number each, and not -100.*; correct the file, or leave the label empty",
    ):
        read_file(NUMBER, write(tmp_path / "x.jsonl", [given]), lang="de", split="test")


def test_a_text_that_is_none(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"premise": null, "hypothesis": "", "label": 0}\n')
    with pytest.raises(DataFormatError, match=r"x\.jsonl:1: expected a text in column 'premise', got None"):
        read_file(NLI, path, lang="de", split="test")


def usable(root, skip_counts):
    def keep(example, split):
        return SkipReason("no label") if example.label is None else example

    return FilteredSource(LocalFiles(LocalSource(root), NLI), keep, skip_counts)


def test_what_cannot_be_used_is_counted(tmp_path):
    write(tmp_path / "nli" / "de" / "test.jsonl", [0, -1, 1, "-"])
    skip_counts = SkipCounts()
    source = usable(tmp_path, skip_counts)
    assert source.languages("test") == ["de"]
    assert [example.uid for example in source.examples("de", "test")] == ["nli/test/0", "nli/test/2"]
    assert dict(skip_counts.uids) == {"left out of test: no label": ["de:nli/test/1", "de:nli/test/3"]}


def test_nothing_that_can_be_used(tmp_path):
    write(tmp_path / "nli" / "de" / "test.jsonl", [-1, -1])
    with pytest.raises(DataFormatError, match=r"all 2 were left out, the first one for: no label"):
        usable(tmp_path, SkipCounts()).examples("de", "test")


@pytest.mark.parametrize(
    ("given", "read"),
    [(float("nan"), None), ("1.0", "neutral"), (2.0, "contradiction"), (-1.0, None), ("-1.0", None)],
)
def test_labels_of_a_column_with_empty_cells(tmp_path, given, read):
    (example,) = read_file(NLI, write(tmp_path / "x.jsonl", [given]), lang="de", split="test")
    assert example.label == read


def test_the_lowest_of_signed_scores_is_a_score(tmp_path):
    path = write(tmp_path / "x.jsonl", [-2, -1, -1.0, "-1", 1, "", "-", None])
    labels = [example.label for example in read_file(NUMBER, path, lang="de", split="test")]
    assert labels == [-2.0, -1.0, -1.0, -1.0, 1.0, None, None, None]


def test_no_number_is_no_label(tmp_path):
    (example,) = read_file(NUMBER, write(tmp_path / "x.jsonl", [float("nan")]), lang="de", split="test")
    assert example.label is None


def test_half_a_class_is_refused_with_its_row(tmp_path):
    with pytest.raises(DataFormatError, match=r"x\.jsonl:2: expected only labels .*'0\.5' 1 time"):
        read_file(NLI, write(tmp_path / "x.jsonl", [1.0, 0.5]), lang="de", split="test")


def pair(first, second, label="neutral"):
    return ClassificationExample(uid="nli/test/0", lang="de", first=first, second=second, label=label)


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        (pair("a", "NS"), NO_TRANSLATION),
        (pair("NS ", "b"), NO_TRANSLATION),
        (pair("a", ""), EMPTY_TEXT),
        (pair(" ", "b"), EMPTY_TEXT),
        (pair("", None), EMPTY_TEXT),
        (pair("a", "b", None), NO_LABEL),
    ],
)
def test_what_cannot_be_trained_on_has_a_reason(example, reason):
    counts = SkipCounts()
    assert filter_classification(example, "train", skip_counts=counts) == reason
    assert not counts.uids
    if reason is NO_LABEL:
        assert filter_classification(example, "test", skip_counts=counts) == NO_LABEL
        return
    # The benchmark's accuracy is over all rows of a test set.
    assert filter_classification(example, "test", skip_counts=counts) is example
    assert counts.uids == {f"kept in test, as the benchmark scores it: {reason}": ["de:nli/test/0"]}


@pytest.mark.parametrize("example", [pair("a", "b"), pair("NS", None), pair("NSA", "NS?")])
def test_what_can_be_trained_on_stays(example):
    assert filter_classification(example, "train", skip_counts=SkipCounts()) is example
