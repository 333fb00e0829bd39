"""Questions with options: every form of label, and what cannot be used."""

import json

import pytest

from xtl.data.rows import SkipReason, read_file
from xtl.errors import DataFormatError
from xtl.tasks.multiple_choice.reader import MultipleChoiceReader, filter_multiple_choice

COPA = MultipleChoiceReader(
    task="xcopa", context="premise", question="question", options=("choice1", "choice2"), label="label",
    prompts={"cause": "What was the cause?"},
)  # fmt: skip
SWAG = MultipleChoiceReader(task="hellaswag", context="ctx", question="", options=("endings",), label="label")
CSQA = MultipleChoiceReader(
    task="csqa", context="question", question="", options=("choices",), label="answerKey"
)


def read(reader, tmp_path, **record):
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    (example,) = read_file(reader, path, lang="en", split="test")
    return example


def test_copa_has_a_prompt(tmp_path):
    record = {
        "premise": "It broke.",
        "question": "cause",
        "choice1": "It fell.",
        "choice2": "It rose.",
        "label": 0,
    }
    found = read(COPA, tmp_path, **record)
    assert (found.uid, found.context, found.question) == ("xcopa/test/0", "It broke.", "What was the cause?")
    assert (found.options, found.label) == (("It fell.", "It rose."), 0)


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("3", 3),
        (0, 0),
        ("", None),
        (-1, None),
        (None, None),
        ("B", 1),
        # A column with empty cells comes as floats.
        (2.0, 2),
        ("2.0", 2),
        (float("nan"), None),
        (-1.0, None),
    ],
)
def test_a_list_of_endings(tmp_path, given, label):
    found = read(SWAG, tmp_path, ctx="He", endings=["a", "b", "c", "d"], label=given)
    assert (found.context, found.question, found.options, found.label) == (
        "He",
        "",
        ("a", "b", "c", "d"),
        label,
    )


def test_texts_beside_letters(tmp_path):
    choices = {"label": ["A", "B", "C"], "text": ["x", "y", "z"]}
    assert read(CSQA, tmp_path, question="?", choices=choices, answerKey="C").label == 2
    assert read(CSQA, tmp_path, question="?", choices=choices, answerKey="").label is None


@pytest.mark.parametrize("given", ["E", 4, "none", 0.5, 4.0])
def test_a_label_that_names_no_option(tmp_path, given):
    with pytest.raises(DataFormatError, match=r"test\.jsonl:1: expected in 'label' an index from 0 to 1"):
        read(SWAG, tmp_path, ctx="He", endings=["a", "b"], label=given)


@pytest.mark.parametrize("endings", ["a", None, [1, 2]])
def test_options_that_are_none(tmp_path, endings):
    with pytest.raises(DataFormatError, match=r"expected a (list of options|text)"):
        read(SWAG, tmp_path, ctx="He", endings=endings, label=0)


def test_what_cannot_be_used(tmp_path):
    one = read(SWAG, tmp_path, ctx="He", endings=["a"], label=0)
    assert filter_multiple_choice(one, "train") == SkipReason("fewer than two options")
    unlabelled = read(SWAG, tmp_path, ctx="He", endings=["a", "b"], label=-1)
    assert filter_multiple_choice(unlabelled, "test") == SkipReason("no label")
    whole = read(SWAG, tmp_path, ctx="He", endings=["a", "b"], label=1)
    assert filter_multiple_choice(whole, "test") is whole
