"""Raw lines to examples: what each family's reader takes, by its own names and by general ones."""

import json

import pytest

from xtl.data import (
    Flaw,
    Place,
    RawChoices,
    RawPairs,
    RawQuestions,
    RawSentences,
    RawTexts,
    guess_format,
    read_raw,
)
from xtl.errors import DataFormatError

AT = Place(where="stdin:3", uid="t/raw/2", lang="de")
COPA = RawChoices(
    context="premise",
    question="question",
    options=("choice1", "choice2"),
    prompts={"cause": "What was the cause?"},
)
LIST = RawChoices(context="ctx", question="", options=("endings",))


def read(reader, given):
    """Read a text, or a record as JSON."""
    if isinstance(given, str):
        return read_raw(reader, given, AT, form="text")[0]
    return read_raw(reader, json.dumps(given), AT, form="jsonl")[0]


def test_words():
    reader = RawSentences(filler="X")
    for given in ("Ein  Hund\t.", {"words": ["Ein", "Hund", "."]}):
        example = read(reader, given)
        assert (example.uid, example.lang, example.words) == ("t/raw/2", "de", ("Ein", "Hund", "."))
        assert example.tags == ("X", "X", "X")
    assert read(reader, {"words": ["New York"]}).words == ("New York",)
    assert read(reader, {"words": []}) == Flaw("no words")


def test_one_text_or_two():
    two = RawPairs(first="premise", second="hypothesis")
    given = ("a\tb", {"premise": "a", "hypothesis": "b"}, {"first": "a", "second": "b"})
    assert {(read(two, one).first, read(two, one).second) for one in given} == {("a", "b")}
    one = RawPairs(first="sentence")
    assert (read(one, "a\tb").first, read(one, "a\tb").second) == ("a\tb", None)
    assert read(one, {"first": "a", "second": "b"}).second is None
    assert read(two, "\tb").first == ""


def test_questions():
    for given in ("c\tq", {"context": "c", "question": "q"}):
        example = read(RawQuestions(), given)
        assert (example.context, example.question, example.answers) == ("c", "q", ())


@pytest.mark.parametrize(
    ("reader", "record", "question"),
    [
        (COPA, {"premise": "c", "question": "cause", "choice1": "x", "choice2": "y"}, "What was the cause?"),
        (COPA, {"context": "c", "question": "why?", "options": ["x", "y"]}, "why?"),
        (LIST, {"ctx": "c", "endings": ["x", "y"]}, ""),
        (LIST, {"ctx": "c", "endings": {"label": ["A", "B"], "text": ["x", "y"]}}, ""),
        (LIST, {"context": "c", "options": ["x", "y"]}, ""),
        (LIST, {"context": "c", "question": "why?", "options": ["x", "y"]}, "why?"),
    ],
)
def test_choices(reader, record, question):
    example = read(reader, record)
    assert (example.context, example.question, example.options) == ("c", question, ("x", "y"))
    assert example.label is None


def test_texts():
    for given in (" a\tb ", {"text": " a\tb "}):
        assert read(RawTexts(), given).text == " a\tb "
    assert read(RawTexts(), {"text": " "}) == Flaw("blank text")


def test_an_id_is_passed_on():
    assert read_raw(RawTexts(), '{"text": "a", "id": [1]}', AT, form="jsonl")[1] == {"id": [1]}
    assert read_raw(RawTexts(), "   ", AT, form="jsonl") == (Flaw("blank line"), {})


@pytest.mark.parametrize("line", ["{", "[1]", "3", "[" * 100_000, '{"text": "\\ud83d"}'])
def test_what_is_no_object_is_refused(line):
    with pytest.raises(DataFormatError, match=r'stdin:3: expected a JSON object \{"text"'):
        read_raw(RawTexts(), line, AT, form="jsonl")


@pytest.mark.parametrize(
    ("line", "form"),
    [('{"a": 1}', "jsonl"), ("[1]", "text"), ('{"a', "text"), ("7", "text"), ("[" * 9999, "text")],
)
def test_guesses(line, form):
    assert guess_format(line) == form
