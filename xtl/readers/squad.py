"""Questions in SQuAD's JSON (v1.1 and v2), and in records of one question each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers.records import read_records


class Question(NamedTuple):
    """A question, its context, and accepted answers: texts with the places where files say they start.

    ``id`` is the data set's own, empty if it gives none.
    """

    where: str
    context: str
    question: str
    answers: tuple[tuple[str, int], ...]
    id: str = ""


def read_questions(path: Path) -> Iterator[Question]:
    """Read ``.json`` (articles, paragraphs, questions) or records of context, question and answers.

    Yields:
        Questions in file order; no answers where the file says that there is none.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if it is not in its format, or has no question.
    """
    found = False
    for question in _articles(path) if path.suffix == ".json" else _records(path):
        found = True
        yield question
    if not found:
        raise DataFormatError(f"{path}: expected at least one question, got none; fetch or unpack it again")


def _articles(path: Path) -> Iterator[Question]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise DataNotFoundError(f"{path}: expected a data file, found none") from error
    except ValueError as error:
        raise DataFormatError(f"{path}: expected SQuAD's JSON, got something else ({error})") from error
    for at, article in enumerate(_list(f"{path}", content, "data")):
        for paragraph_at, paragraph in enumerate(_list(f"{path}: data[{at}]", article, "paragraphs")):
            where = f"{path}: data[{at}].paragraphs[{paragraph_at}]"
            context = _text(where, paragraph, "context")
            for question_at, question in enumerate(_list(where, paragraph, "qas")):
                here = f"{where}.qas[{question_at}]"
                given = [] if question.get("is_impossible") else _list(here, question, "answers")
                answers = tuple((_text(here, one, "text"), _start(here, one)) for one in given)
                yield Question(here, context, _text(here, question, "question"), answers, _id(question))


def _records(path: Path) -> Iterator[Question]:
    for where, record in read_records(path, ("context", "question", "answers")):
        given = record["answers"]
        if isinstance(given, Mapping):  # as on the hub: a list of texts beside a list of starts
            texts, starts = given.get("text"), given.get("answer_start")
            if (
                not isinstance(texts, Sequence)
                or not isinstance(starts, Sequence)
                or len(texts) != len(starts)
            ):
                raise DataFormatError(
                    f"{where}: expected as many texts as starts in answers, got {str(given)[:60]}"
                )
            given = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]
        answers = tuple(
            (_text(where, one, "text"), _start(where, one))
            for one in _list(where, {"answers": given}, "answers")
        )
        context, question_ = (_text(where, record, key) for key in ("context", "question"))
        yield Question(where, context, question_, answers, _id(record))


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
