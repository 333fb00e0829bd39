"""Runs of different data under one name are told apart before anything is averaged."""

from pathlib import Path

import pytest

from tests.helpers.factories import result
from xtl.errors import DataFormatError
from xtl.report import check_same_data


def folders(*changes):
    return {Path(f"run{number}"): [result(**change)] for number, change in enumerate(changes)}


def test_the_same_data_pass_and_lines_without_hashes_say_nothing():
    check_same_data(folders({"test_data": "a"}, {"test_data": "a"}, {}))


def test_other_languages_splits_and_rows_are_other_data():
    check_same_data(
        folders(
            {"test_data": "a", "train_data": "c"},
            {"test_data": "b", "train_data": "c", "lang": "sw"},
            {"test_data": "b", "train_data": "c", "split": "validation"},
            {"test_data": "a", "train_data": "d", "train_rows": 10},
            {"test_data": "a", "train_data": "e", "train_ids": "0" * 16},
        )
    )


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("test_data", "test set of udpos in de"),
        ("train_data", "2,001 training rows of udpos in en"),
        ("intermediate_data", "9 training rows of xnli in sw"),
    ],
)
def test_different_contents_are_refused_with_their_folders(field, name):
    intermediate = {"intermediate_task": "xnli", "intermediate_lang": "sw", "intermediate_rows": 9}
    changes = [{**intermediate, "seed": seed, field: content} for seed, content in enumerate("aab")]
    with pytest.raises(DataFormatError, match=f"2 different contents of the {name}") as raised:
        check_same_data(folders(*changes))
    assert "one in run0, run1; another in run2." in str(raised.value)
