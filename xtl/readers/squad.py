"""SQuAD's JSON (v1.1 and v2) to records of one question each, and such records to questions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers.records import Record, text_of, value_of


class Question(NamedTuple):
    """A question, its context, and accepted answers: texts with the characters at which files say they start.

    Attributes:
        where: File and place in it, which an error names.
        context: Text that the answers stand in.
        question: The question.
        answers: Accepted answers, each with the index of its first character as the file says it.
        id: Id of the data set; empty if it gives none.
    """

    where: str
    context: str
    question: str
    answers: tuple[tuple[str, int], ...]
    id: str = ""


def read_squad(path: Path) -> Iterator[Record]:
    """Read ``.json``: articles, paragraphs, questions; or flat records of one question each.

    Articles, or records, stand in a list named ``data``, or in a list that is the whole file.

    Args:
        path: JSON file.

    Yields:
        Questions in file order: ``id``, ``context``, ``question``, and ``answers``, none where the file says
        that there is none.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if it is not in its format, or has no question.
    """
    empty = True
    for where, item in _items(path, _content(path)):
        for record in _questions(where, item):
            empty = False
            yield record
    if empty:
        raise DataFormatError(f"{path}: expected at least one question, got none; fetch or unpack it again")


def _questions(where: str, item: Mapping[str, Any]) -> Iterator[Record]:
    """Questions of an article, or the one of a flat record."""
    if "paragraphs" not in item:
        if "context" not in item and "question" not in item:
            raise DataFormatError(
                f"{where}: expected an article with 'paragraphs', or a question with 'context', 'question' "
                f"and 'answers', got {', '.join(item)[:60] or 'nothing'}"
            )
        yield _question(where, checked_unicode(f"{where}.context", _text(where, item, "context")), item)
        return
    for paragraph_index, paragraph in enumerate(_objects(where, item, "paragraphs")):
        place = f"{where}.paragraphs[{paragraph_index}]"
        context = checked_unicode(f"{place}.context", _text(place, paragraph, "context"))
        for question_index, question in enumerate(_objects(place, paragraph, "qas")):
            yield _question(f"{place}.qas[{question_index}]", context, question)


def _question(where: str, context: str, question: Mapping[str, Any]) -> Record:
    answers = [] if _is_impossible(where, question) else _listed(where, question.get("answers"))
    values = {"question": _text(where, question, "question"), "answers": answers}
    # A missing id is not made up: it is the name by which an official scorer looks the answer up.
    values |= {"id": question["id"]} if "id" in question else {}
    return where, {"context": context, **checked_unicode(where, values)}


def question_of(record: Record) -> Question:
    """Read one question: ``context``, ``question`` and ``answers``.

    Answers whose text is blank are none, whatever start they have; so is everything beside ``is_impossible``.

    Args:
        record: Where the question stands, for messages, and its fields.

    Raises:
        DataFormatError: if one of them is missing, or of another form.
    """
    where, values = record
    answers: tuple[tuple[str, int], ...] = ()
    if not _is_impossible(where, values):
        answers = tuple(
            (_text(where, answer, "text"), _start(where, answer))
            for answer in _listed(where, value_of(record, "answers"))
            if not _is_blank(answer)
        )
    return Question(where, text_of(record, "context"), text_of(record, "question"), answers, _id(values))


def checked_unicode(where: str, value: Any) -> Any:  # noqa: ANN401  whatever JSON holds
    """Value as it is, if all its texts can be written down.

    Args:
        where: Place of the value; that of a part of it is told by its name or number.
        value: Text, list, object, or anything else that JSON holds.

    Raises:
        DataFormatError: if a text has half of a pair of surrogates.
    """
    if isinstance(value, Mapping):
        for key, part in value.items():
            checked_unicode(f"{where}.{key}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            checked_unicode(f"{where}[{index}]", part)
    elif isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DataFormatError(
                f"{where}: expected text of whole characters, got half a surrogate pair, "
                f"{value[error.start]!a}, as character {error.start}; write the character whole or remove it"
            ) from error
    return value


def _content(path: Path) -> Any:  # noqa: ANN401  whatever JSON holds
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataNotFoundError(f"{path}: expected a data file, found none") from error
    except ValueError as error:
        raise DataFormatError(f"{path}: expected SQuAD's JSON, got something else ({error})") from error
    try:
        return json.loads(text)
    except ValueError as error:
        hint = "; an object a line is read from .jsonl: rename it" if _is_json(text.split("\n", 1)[0]) else ""
        raise DataFormatError(f"{path}: expected SQuAD's JSON, got something else ({error}){hint}") from error


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _items(path: Path, content: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401
    """Place and value of each article, or flat record."""
    name, items = "data", content.get("data") if isinstance(content, Mapping) else None
    if isinstance(content, list):
        name, items = "", content
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        given = f"an object of {', '.join(content)}" if isinstance(content, Mapping) else f"{content!r}"
        raise DataFormatError(
            f"{path}: expected a list of objects named 'data' (articles with 'paragraphs', or questions with "
            f"'context', 'question' and 'answers'), got {given[:80]}"
        )
    for index, item in enumerate(items):
        yield f"{path}: {name}[{index}]", item


def _listed(where: str, answers: Any) -> list[Any]:  # noqa: ANN401
    """Answers as a list of objects."""
    if isinstance(answers, Mapping):  # as on the hub: a list of texts beside a list of starts
        texts, starts = answers.get("text"), answers.get("answer_start")
        if isinstance(texts, str):  # one answer, not in a list
            return [answers]
        if not isinstance(texts, Sequence) or not isinstance(starts, Sequence) or len(texts) != len(starts):
            raise DataFormatError(
                f"{where}: expected as many texts as starts in answers, got {str(answers)[:60]}"
            )
        answers = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]
    return _objects(where, {"answers": answers}, "answers")


def _is_blank(answer: Mapping[str, Any]) -> bool:
    text = answer.get("text")
    if text is None:
        return answer.get("answer_start") == -1
    return isinstance(text, str) and not text.strip()


def _is_impossible(where: str, values: Mapping[str, Any]) -> bool:
    value = values.get("is_impossible")
    if value is None or isinstance(value, bool | int):
        return bool(value)
    raise DataFormatError(f"{where}: expected true or false named 'is_impossible', got {value!r}")


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
    if isinstance(start, float) and start.is_integer():  # as tables with an empty place write it
        start = int(start)
    if not isinstance(start, int):
        raise DataFormatError(f"{where}: expected a whole number named 'answer_start', got {start!r}")
    return start
