"""SQuAD's JSON (v1.1 and v2) to records of one question each, and such records to questions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers.records import Record, text_of, value_of


class Question(NamedTuple):
    """A question, its context, and accepted answers: texts with the characters at which files say they start.

    ``id`` is the data set's own, empty if it gives none.
    """

    where: str
    context: str
    question: str
    answers: tuple[tuple[str, int], ...]
    id: str = ""


def read_squad(path: Path) -> Iterator[Record]:
    """Read ``.json``: articles, paragraphs, questions.

    Yields:
        Questions in file order: ``id``, ``context``, ``question``, and ``answers``, none where the file says
        that there is none.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if it is not in its format, or has no question.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise DataNotFoundError(f"{path}: expected a data file, found none") from error
    except ValueError as error:
        raise DataFormatError(f"{path}: expected SQuAD's JSON, got something else ({error})") from error
    empty = True
    for article_index, article in enumerate(_objects(f"{path}", content, "data")):
        article_name = f"{path}: data[{article_index}]"
        for paragraph_index, paragraph in enumerate(_objects(article_name, article, "paragraphs")):
            where = f"{article_name}.paragraphs[{paragraph_index}]"
            context = _text(where, paragraph, "context")
            for question_index, question in enumerate(_objects(where, paragraph, "qas")):
                empty = False
                yield _question(f"{where}.qas[{question_index}]", context, question)
    if empty:
        raise DataFormatError(f"{path}: expected at least one question, got none; fetch or unpack it again")


def _question(where: str, context: str, question: Mapping[str, Any]) -> Record:
    answers = [] if question.get("is_impossible") else _objects(where, question, "answers")
    values = {"context": context, "question": _text(where, question, "question"), "answers": answers}
    # A missing id is not made up: it is the name by which an official scorer looks the answer up.
    return where, values | ({"id": question["id"]} if "id" in question else {})


def question_of(record: Record) -> Question:
    """Read one question: ``context``, ``question`` and ``answers``.

    Raises:
        DataFormatError: if one of them is missing, or of another form.
    """
    where = record[0]
    value = value_of(record, "answers")
    if isinstance(value, Mapping):  # as on the hub: a list of texts beside a list of starts
        texts, starts = value.get("text"), value.get("answer_start")
        if not isinstance(texts, Sequence) or not isinstance(starts, Sequence) or len(texts) != len(starts):
            raise DataFormatError(
                f"{where}: expected as many texts as starts in answers, got {str(value)[:60]}"
            )
        value = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]
    answers = tuple(
        (_text(where, answer, "text"), _start(where, answer))
        for answer in _objects(where, {"answers": value}, "answers")
    )
    return Question(where, text_of(record, "context"), text_of(record, "question"), answers, _id(record[1]))


def _objects(where: str, values: Any, key: str) -> list[Any]:  # noqa: ANN401
    objects = values.get(key) if isinstance(values, Mapping) else None
    if not isinstance(objects, list) or not all(isinstance(item, Mapping) for item in objects):
        raise DataFormatError(f"{where}: expected a list of objects named '{key}', got {str(objects)[:60]!r}")
    return objects


def _text(where: str, values: Mapping[str, Any], key: str) -> str:
    text = values.get(key)
    if not isinstance(text, str):
        raise DataFormatError(f"{where}: expected a text named '{key}', got {str(text)[:60]!r}")
    return text


def _id(values: Mapping[str, Any]) -> str:
    value = values.get("id")
    return "" if value is None else str(value)


def _start(where: str, answer: Mapping[str, Any]) -> int:
    start = answer.get("answer_start")
    if not isinstance(start, int):
        raise DataFormatError(f"{where}: expected a whole number named 'answer_start', got {start!r}")
    return start
