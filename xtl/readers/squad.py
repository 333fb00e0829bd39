"""SQuAD's JSON (v1.1 and v2) to records of one question each, and such records to questions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers.records import Record, text_of, value_of


class Question(NamedTuple):
    """A question, its context, and accepted answers: texts with the places where files say they start.

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
    found = False
    for at, article in enumerate(_list(f"{path}", content, "data")):
        for paragraph_at, paragraph in enumerate(_list(f"{path}: data[{at}]", article, "paragraphs")):
            where = f"{path}: data[{at}].paragraphs[{paragraph_at}]"
            context = _text(where, paragraph, "context")
            for question_at, question in enumerate(_list(where, paragraph, "qas")):
                found = True
                yield _question(f"{where}.qas[{question_at}]", context, question)
    if not found:
        raise DataFormatError(f"{path}: expected at least one question, got none; fetch or unpack it again")


def _question(where: str, context: str, question: Mapping[str, Any]) -> Record:
    answers = [] if question.get("is_impossible") else _list(where, question, "answers")
    values = {"context": context, "question": _text(where, question, "question"), "answers": answers}
    return where, values | ({"id": question["id"]} if "id" in question else {})


def question_of(record: Record) -> Question:
    """Read one question: ``context``, ``question`` and ``answers``.

    Raises:
        DataFormatError: if one of them is missing, or of another form.
    """
    where = record[0]
    given = value_of(record, "answers")
    if isinstance(given, Mapping):  # as on the hub: a list of texts beside a list of starts
        texts, starts = given.get("text"), given.get("answer_start")
        if not isinstance(texts, Sequence) or not isinstance(starts, Sequence) or len(texts) != len(starts):
            raise DataFormatError(
                f"{where}: expected as many texts as starts in answers, got {str(given)[:60]}"
            )
        given = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]
    answers = tuple(
        (_text(where, one, "text"), _start(where, one)) for one in _list(where, {"answers": given}, "answers")
    )
    return Question(where, text_of(record, "context"), text_of(record, "question"), answers, _id(record[1]))


def _list(where: str, values: Any, key: str) -> list[Any]:  # noqa: ANN401
    found = values.get(key) if isinstance(values, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise DataFormatError(f"{where}: expected a list of objects named '{key}', got {str(found)[:60]!r}")
    return found


def _text(where: str, values: Mapping[str, Any], key: str) -> str:
    found = values.get(key)
    if not isinstance(found, str):
        raise DataFormatError(f"{where}: expected a text named '{key}', got {str(found)[:60]!r}")
    return found


def _id(values: Mapping[str, Any]) -> str:
    found = values.get("id")
    return "" if found is None else str(found)


def _start(where: str, answer: Mapping[str, Any]) -> int:
    found = answer.get("answer_start")
    if not isinstance(found, int):
        raise DataFormatError(f"{where}: expected a whole number named 'answer_start', got {found!r}")
    return found
