"""SQuAD's JSON and records of questions."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.counts import SkipCounts
from xtl.data.rows import read_file
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers import question_of, read_records, read_squad
from xtl.readers.counting import count_rows
from xtl.tasks.span_qa.reader import SpanQAReader, filter_span_qa
from xtl.types import Answer, SpanQAExample

QAS = [
    {"id": "1", "question": "Who?", "answers": [{"text": "Kublai", "answer_start": 4}]},
    {"id": "2", "question": "When?", "answers": [], "is_impossible": True},
]
CONTENT = {"version": "v2", "data": [{"title": "t", "paragraphs": [{"context": "The Kublai.", "qas": QAS}]}]}
EXPECTED = [("The Kublai.", "Who?", (("Kublai", 4),), "1"), ("The Kublai.", "When?", (), "2")]


def as_records():
    for question in QAS:
        answers = {
            "text": [one["text"] for one in question["answers"]],
            "answer_start": [one["answer_start"] for one in question["answers"]],
        }
        yield {
            "id": question["id"],
            "context": "The Kublai.",
            "question": question["question"],
            "answers": answers,
        }


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".parquet"])
def test_all_formats_hold_the_same(tmp_path, ending):
    path = tmp_path / f"train{ending}"
    match ending:
        case ".json":
            path.write_text(json.dumps(CONTENT), encoding="utf-8-sig")
        case ".jsonl":
            path.write_text("\n".join(map(json.dumps, as_records())))
        case _:
            pq.write_table(pa.Table.from_pylist(list(as_records())), path)
    records = read_squad(path) if ending == ".json" else read_records(path)
    assert [tuple(question_of(record))[1:] for record in records] == EXPECTED
    examples = read_file(SpanQAReader(task="qa"), path, lang="de", split="train")
    assert [example.uid for example in examples] == ["qa/train/0", "qa/train/1"]
    assert [example.source_id for example in examples] == ["1", "2"]
    assert "source_id" not in repr(examples[0])  # what keys of phases are made of


HUB_ANSWERS = '"answers": {"text": [], "answer_start": []}'

NO_PLACE = '{"context": "c", "qas": [{"question": "q", "answers": [{"text": "c"}]}]}'
NO_START = f'{{"data": [{{"paragraphs": [{NO_PLACE}]}}]}}'
"""An answer without its place."""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected SQuAD's JSON"),
        ("{}", "expected a list of objects named 'data' .*, got an object of "),
        ('{"train": []}', "expected a list of objects named 'data' .*, got an object of train"),
        ('"data"', "expected a list of objects named 'data' .*, got 'data'"),
        ("[1]", r"expected a list of objects named 'data' .*, got \[1\]"),
        ("[]", "expected at least one question, got none"),
        ('{"question": "a"}\n{"question": "b"}', r"an object a line is read from \.jsonl: rename it"),
        ('{"data": [{"title": "t"}]}', r"data\[0\]: expected an article with 'paragraphs', or .*, got title"),
        ('{"data": [{"context": "c"}]}', r"data\[0\]: expected a list of objects named 'answers'"),
        (f'[{{"context": "c", {HUB_ANSWERS}}}]', r"json: \[0\]: expected a text named 'question'"),
        (f'[{{"question": "q", {HUB_ANSWERS}}}]', r"json: \[0\]: expected a text named 'context'"),
        (
            '{"data": [{"paragraphs": 3}]}',
            r"data\[0\]: expected a list of objects named 'paragraphs', got '3'",
        ),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', r"paragraphs\[0\]: expected a text named 'context'"),
        (NO_START, r"qas\[0\]: expected a whole number named 'answer_start', got None"),
        ('{"data": []}', "expected at least one question, got none"),
    ],
)
def test_broken_files(tmp_path, content, message):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(DataFormatError, match=message):
        list(map(question_of, read_squad(path)))


@pytest.mark.parametrize("is_list", [False, True])
def test_flat_records(tmp_path, is_list):
    rows = [{"title": "t", **row} for row in as_records()]
    path = tmp_path / "train.json"
    path.write_text(json.dumps(rows if is_list else {"data": rows}))
    assert [tuple(question_of(record))[1:] for record in read_squad(path)] == EXPECTED
    assert count_rows(path) == 2
    path.write_text(json.dumps(CONTENT["data"] if is_list else CONTENT))
    assert [tuple(question_of(record))[1:] for record in read_squad(path)] == EXPECTED
    assert count_rows(path) == 2


NO_ANSWER = (
    {"answers": [], "is_impossible": True},
    {"answers": [{"text": "Kublai", "answer_start": 4}], "is_impossible": True},
    {"answers": []},
    {"answers": [{"text": "", "answer_start": -1}]},
    {"answers": [{"text": "", "answer_start": 0}]},
    {"answers": [{"text": " \u00a0\n", "answer_start": 4}]},
    {"answers": [{"text": None, "answer_start": -1}]},
    {"answers": [{"text": "", "answer_start": -1}, {"text": "", "answer_start": -1}]},
    {"answers": {"text": [], "answer_start": []}},
    {"answers": {"text": [""], "answer_start": [-1]}},
    {"answers": {"text": "", "answer_start": -1}},
)
"""Spellings of a question without an answer."""


def written(path, question):
    """A question in a file of any format, read back."""
    flat = {"context": "The Kublai.", "question": "When?", **question}
    match path.name:
        case "nested.json":
            nested = {key: value for key, value in flat.items() if key != "context"}
            paragraph = {"context": flat["context"], "qas": [nested]}
            path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
        case "flat.json":
            path.write_text(json.dumps({"data": [flat]}))
        case "x.jsonl":
            path.write_text(json.dumps(flat))
        case _:
            pq.write_table(pa.Table.from_pylist([flat]), path)
    (record,) = read_squad(path) if path.suffix == ".json" else read_records(path)
    return question_of(record)


FILES = ("nested.json", "flat.json", "x.jsonl", "x.parquet")


@pytest.mark.parametrize("name", FILES)
def test_every_spelling_of_no_answer_is_none(tmp_path, name):
    for question in NO_ANSWER:
        assert written(tmp_path / name, question).answers == (), question


@pytest.mark.parametrize("name", FILES)
def test_a_text_is_an_answer_whatever_its_place(tmp_path, name):
    blank, real = {"text": "", "answer_start": -1}, {"text": "Kublai", "answer_start": -1}
    for answers in ([real], [blank, real], {"text": ["", "Kublai"], "answer_start": [-1, -1]}, real):
        for more in ({}, {"is_impossible": False}, {"is_impossible": None}):
            found = written(tmp_path / name, {"answers": answers, **more})
            assert found.answers == (("Kublai", -1),), answers


@pytest.mark.parametrize("name", FILES)
def test_a_mark_of_no_answer_that_is_not_understood(tmp_path, name):
    # A text would be true whatever it says, "false" too.
    with pytest.raises(DataFormatError, match="expected true or false named 'is_impossible', got 'false'"):
        written(tmp_path / name, {"answers": [], "is_impossible": "false"})


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"context": "Ulm \ud83d"}, r"data\[0\]\.paragraphs\[0\]\.context"),
        ({"question": "\udc00?"}, r"data\[0\]\.paragraphs\[0\]\.qas\[0\]\.question"),
        ({"id": "q\ud83d"}, r"data\[0\]\.paragraphs\[0\]\.qas\[0\]\.id"),
        (
            {"answers": [{"text": "U\ud83d", "answer_start": 0}]},
            r"data\[0\]\.paragraphs\[0\]\.qas\[0\]\.answers\[0\]\.text",
        ),
    ],
)
def test_half_a_surrogate_is_refused_with_its_place(tmp_path, changed, place):
    message = rf"nested\.json: {place}: expected text of whole characters, got half a surrogate pair, '.ud"
    with pytest.raises(DataFormatError, match=message):
        written(tmp_path / "nested.json", {"answers": [], **changed})
    flat = place.replace(r"\.paragraphs\[0\]", "").replace(r"\.qas\[0\]", "")
    with pytest.raises(DataFormatError, match=rf"flat\.json: {flat}: expected text of whole characters"):
        written(tmp_path / "flat.json", {"answers": [], **changed})


def test_a_whole_pair_of_surrogates_is_a_character(tmp_path):
    asked = {"answers": [], "question": "\U0001f600?"}  # which JSON writes as two
    assert written(tmp_path / "nested.json", asked).question == "\U0001f600?"


def test_no_file(tmp_path):
    with pytest.raises(DataNotFoundError):
        list(map(question_of, read_squad(tmp_path / "x.json")))


def filtered(context, *answers, split="train", unanswerable=False):
    skip_counts = SkipCounts()
    given = SpanQAExample(
        uid="q",
        lang="de",
        context=context,
        question="?",
        answers=tuple(Answer(text=t, start=s) for t, s in answers),
    )
    return filter_span_qa(given, split, unanswerable=unanswerable, skip_counts=skip_counts), dict(
        skip_counts.uids
    )


def test_answers_of_training_rows_stand_in_their_context():
    kept, counted = filtered("The Kublai.", ("Kublai", 4))
    assert kept.answers == (Answer(text="Kublai", start=4),)
    assert not counted
    kept, counted = filtered("The Kublai.", ("Kublai", 2))
    assert kept.answers == (Answer(text="Kublai", start=4),)
    assert list(counted.values()) == [["de:q"]]
    assert filtered("The Kublai.", ("Marco", 4))[0] == "answer not in its context"
    assert filtered("", ("Marco", 4))[0] == "answer not in its context"


def test_why_a_training_row_is_left_out():
    far = "dog " + "x" * 200 + " dog"
    assert "at no place that is clearly meant" in filtered(far, ("dog", 100))[0]
    assert "answer mended: it stood near" in next(iter(filtered(far, ("dog", 2))[1]))
    kept, counted = filtered("x" * 200 + " dog", ("dog", 0))
    assert kept.answers == (Answer(text="dog", start=201),)
    assert "answer mended: its file counts bytes or UTF-16 units" in next(iter(counted))


def test_scoring_needs_the_text_of_an_answer_alone():
    for split in ("validation", "test"):
        kept, counted = filtered("The Kublai.", ("Marco", 4), split=split)
        assert kept.answers == (Answer(text="Marco", start=4),)
        assert counted == {f"kept in {split}, but no span is right: answer not in its context": ["de:q"]}
        # One accepted answer is enough, and a wrong place is no fault where only texts are compared.
        kept, counted = filtered("The\u00a0Kublai.", ("Marco", 4), ("The Kublai", 9), split=split)
        assert len(kept.answers) == 2
        assert not counted
    assert filtered("The Kublai.", split="test")[0] == "no answer given"
    assert filtered("The Kublai.", split="test", unanswerable=True)[0].answers == ()
