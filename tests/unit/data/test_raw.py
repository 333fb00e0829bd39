"""Raw lines to examples: what each family's reader takes, by its own names and by general ones."""

import json

import pytest

from tests.helpers.tasks import composed_task
from xtl.data.raw import LineLocation, guess_format, read_raw
from xtl.data.rows import SkipReason
from xtl.errors import DataFormatError
from xtl.tasks.classification.reader import RawClassificationReader
from xtl.tasks.multiple_choice.reader import RawMultipleChoiceReader
from xtl.tasks.retrieval.reader import RawRetrievalReader
from xtl.tasks.span_qa.reader import RawSpanQAReader
from xtl.tasks.tagging.reader import RawTaggingReader

AT = LineLocation(where="stdin:3", uid="t/raw/2", lang="de")
COPA = RawMultipleChoiceReader(
    context="premise",
    question="question",
    options=("choice1", "choice2"),
    prompts={"cause": "What was the cause?"},
)
CSQA = RawMultipleChoiceReader(
    context="question.stem|question", question="", options=("question.choices|choices",)
)
LIST = RawMultipleChoiceReader(context="ctx", question="", options=("endings",))


def read(reader, given):
    """Read a text, or a record as JSON."""
    if isinstance(given, str):
        return read_raw(reader, given, AT, form="text")[0]
    return read_raw(reader, json.dumps(given), AT, form="jsonl")[0]


def test_words():
    reader = RawTaggingReader(filler="X")
    for given in ("Ein  Hund\t.", {"words": ["Ein", "Hund", "."]}, {"tokens": ["Ein", "Hund", "."]}):
        example = read(reader, given)
        assert (example.uid, example.lang, example.words) == ("t/raw/2", "de", ("Ein", "Hund", "."))
        assert example.tags == ("X", "X", "X")
    assert read(reader, {"words": ["New York"]}).words == ("New York",)
    assert read(reader, {"words": []}) == SkipReason("no words")


def test_one_text_or_two():
    two = RawClassificationReader(first="premise", second="hypothesis")
    given = ("a\tb", {"premise": "a", "hypothesis": "b"}, {"first": "a", "second": "b"})
    assert {(read(two, one).first, read(two, one).second) for one in given} == {("a", "b")}
    one = RawClassificationReader(first="sentence")
    assert (read(one, "a\tb").first, read(one, "a\tb").second) == ("a\tb", None)
    assert read(one, {"first": "a", "second": "b"}).second is None
    assert read(two, "\tb").first == ""


def test_questions():
    for given in ("c\tq", {"context": "c", "question": "q"}):
        example = read(RawSpanQAReader(), given)
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
        (CSQA, {"question": "c", "choices": {"label": ["A", "B"], "text": ["x", "y"]}}, ""),
        (
            CSQA,
            {
                "question": {
                    "stem": "c",
                    "choices": [{"label": "A", "text": "x"}, {"label": "B", "text": "y"}],
                }
            },
            "",
        ),
        (CSQA, {"context": "c", "options": ["x", "y"]}, ""),
    ],
)
def test_choices(reader, record, question):
    example = read(reader, record)
    assert (example.context, example.question, example.options) == ("c", question, ("x", "y"))
    assert example.label is None


def test_texts():
    for given in (" a\tb ", {"text": " a\tb "}, {"source_sentence": " a\tb "}):
        assert read(RawRetrievalReader(), given).text == " a\tb "
    assert read(RawRetrievalReader(), {"text": " "}) == SkipReason("blank text")


def test_an_id_is_passed_on():
    assert read_raw(RawRetrievalReader(), '{"text": "a", "id": [1]}', AT, form="jsonl")[1] == {"id": [1]}
    assert read_raw(RawRetrievalReader(), "   ", AT, form="jsonl") == (SkipReason("blank line"), {})


@pytest.mark.parametrize("line", ["{", "[1]", "3", "[" * 100_000, '{"text": "\\ud83d"}'])
def test_what_is_no_object_is_refused(line):
    with pytest.raises(DataFormatError, match=r'stdin:3: expected a JSON object \{"text"'):
        read_raw(RawRetrievalReader(), line, AT, form="jsonl")


@pytest.mark.parametrize(
    ("line", "form"),
    [('{"a": 1}', "jsonl"), ("[1]", "text"), ('{"a', "text"), ("7", "text"), ("[" * 9999, "text")],
)
def test_guesses(line, form):
    assert guess_format(line) == form


def test_texts_have_each_of_the_names_that_files_have():
    reader = RawClassificationReader(first="premise|sentence1", second="hypothesis|hypo|sentence2")
    for names in (
        ("premise", "hypothesis"),
        ("sentence1", "hypo"),
        ("premise", "sentence2"),
        ("first", "second"),
    ):
        example = read(reader, dict(zip(names, ("a", "b"), strict=True)))
        assert (example.first, example.second) == ("a", "b")
    with pytest.raises(
        DataFormatError, match=r"premise or sentence1 .* got no 'premise or sentence1' among text"
    ):
        read(reader, {"text": "a"})
    with pytest.raises(DataFormatError, match=r"expected 'premise<TAB>hypothesis', got 0 tabs"):
        read(reader, "a")


@pytest.mark.parametrize(
    ("task", "record"),
    [
        ("xnli", {"premise": "a", "hypothesis": "b"}),
        ("mnli", {"sentence1": "a", "sentence2": "b"}),
        ("csqa", {"question": "a", "choices": {"label": ["A", "B"], "text": ["x", "y"]}}),
        ("xcopa", {"premise": "a", "question": "cause", "choice1": "x", "choice2": "y"}),
        ("hellaswag", {"ctx": "a", "endings": ["x", "y"]}),
    ],
)
def test_a_row_of_a_tasks_own_file_is_raw_text_too(task, record):
    example = read(composed_task(task, "data=hub").raw, record)
    assert getattr(example, "first", None) or example.context == "a"
