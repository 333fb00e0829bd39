"""SQuAD's JSON and records of questions."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.counts import SkipCounts
from xtl.data.rows import read_file
from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers import question_of, read_records, read_squad
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


NO_PLACE = '{"context": "c", "qas": [{"question": "q", "answers": [{"text": "c"}]}]}'
NO_START = f'{{"data": [{{"paragraphs": [{NO_PLACE}]}}]}}'
"""An answer without its place."""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected SQuAD's JSON"),
        ("[]", "expected a list of objects named 'data'"),
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


def test_no_file(tmp_path):
    with pytest.raises(DataNotFoundError):
        list(map(question_of, read_squad(tmp_path / "x.json")))


def sifted(context, *answers, split="train", unanswerable=False):
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
    kept, counted = sifted("The Kublai.", ("Kublai", 4))
    assert kept.answers == (Answer(text="Kublai", start=4),)
    assert not counted
    kept, counted = sifted("The Kublai.", ("Kublai", 2))
    assert kept.answers == (Answer(text="Kublai", start=4),)
    assert list(counted.values()) == [["de:q"]]
    assert sifted("The Kublai.", ("Marco", 4))[0] == "answer not in its context"
    assert sifted("", ("Marco", 4))[0] == "answer not in its context"


def test_scoring_needs_the_text_of_an_answer_alone():
    assert sifted("The Kublai.", ("Marco", 4), split="test")[0].answers[0].text == "Marco"
    assert sifted("The Kublai.", split="test")[0] == "no answer given"
    assert sifted("The Kublai.", split="test", unanswerable=True)[0].answers == ()
