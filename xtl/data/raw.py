"""Raw lines to examples without labels: plain text or a JSON object a line, one reader for each family."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from xtl.data.rows import Flaw
from xtl.errors import DataFormatError, nearest
from xtl.types import ChoiceExample, PairExample, SpanExample, TaggingExample, TextExample


class Place(NamedTuple):
    """Of one line.

    Attributes:
        where: What errors name, such as ``stdin:12``.
        uid: Of its example; no other line has it.
        lang: Code of its language; may be empty.
    """

    where: str
    uid: str
    lang: str


class RawReader(Protocol):
    """Reads the lines that a family predicts for."""

    @property
    def layout(self) -> str:
        """What a line of text must be, for errors; empty: only JSON lines can be read."""

    @property
    def keys(self) -> str:
        """What a JSON line must be, for errors."""

    def from_text(self, text: str, at: Place) -> Any:  # noqa: ANN401  an example of the family, or a Flaw
        """Read a line of text that is not blank."""

    def from_record(self, record: Mapping[str, Any], at: Place) -> Any:  # noqa: ANN401
        """Read a JSON object."""


def guess_format(line: str) -> str:
    """Tell ``jsonl`` from ``text`` by the first line that is not blank.

    Example:
        >>> guess_format('{"words": ["Ein", "Hund"]}'), guess_format("{sic} Ein Hund")
        ('jsonl', 'text')
    """
    try:
        return "jsonl" if isinstance(json.loads(line), dict) else "text"
    except (ValueError, RecursionError):
        return "text"


def read_raw(reader: RawReader, line: str, at: Place, *, form: str) -> tuple[Any, Mapping[str, Any]]:
    """Read one line.

    Args:
        reader: Of the family.
        line: Without its end.
        at: Its place.
        form: One of :data:`xtl.types.RAW_FORMATS`.

    Returns:
        An example, or a :class:`Flaw` that says why there can be no prediction; and what the line says of
        itself (its ``id``, if it has one).

    Raises:
        DataFormatError: if the line is not in its format.
    """
    if not line.strip():
        return Flaw("blank line"), {}
    if form == "text":
        if not reader.layout:
            raise DataFormatError(f"{at.where}: expected {reader.keys}, got {line[:60]!r}")
        return reader.from_text(line, at), {}
    record = _record(line, at, reader.keys)
    return reader.from_record(record, at), {"id": record["id"]} if "id" in record else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSentences:
    """Sentences to tag.

    Attributes:
        filler: Any tag of the task: it stands where a word will get one.
    """

    filler: str
    layout: str = "a sentence whose words are separated by spaces"
    keys: str = 'a JSON object {"words": ["...", ...]}'

    def from_text(self, text: str, at: Place) -> TaggingExample | Flaw:
        """Split at white space."""
        return self._example(text.split(), at)

    def from_record(self, record: Mapping[str, Any], at: Place) -> TaggingExample | Flaw:
        """Take the words as they are."""
        words = _value(record, ("words",), at, self.keys)
        if not isinstance(words, list):
            raise DataFormatError(f"{at.where}: expected a list of texts in 'words', got {str(words)[:60]!r}")
        return self._example([_checked(at.where, "words", word) for word in words], at)

    def _example(self, words: Sequence[str], at: Place) -> TaggingExample | Flaw:
        if not words:
            return Flaw("no words")
        tags = (self.filler,) * len(words)
        return TaggingExample(uid=at.uid, lang=at.lang, words=tuple(words), tags=tags)


@dataclass(frozen=True, kw_only=True, slots=True)
class RawPairs:
    """One or two texts to classify.

    Attributes:
        first: The task's own name of the first text.
        second: Of the second one; empty: there is none.
    """

    first: str
    second: str = ""

    @property
    def layout(self) -> str:
        """What a line of text must be."""
        return f"'{self.first}<TAB>{self.second}'" if self.second else "a text"

    @property
    def keys(self) -> str:
        """What a JSON line must be."""
        names = (self.first, self.second) if self.second else (self.first,)
        default = ("first", "second")[: len(names)]
        return f"a JSON object with the texts {' and '.join(names)} (or {' and '.join(default)})"

    def from_text(self, text: str, at: Place) -> PairExample:
        """Split at the tab where the task has two texts."""
        first, second = _two(text, at, self.layout) if self.second else (text, None)
        return PairExample(uid=at.uid, lang=at.lang, first=first, second=second, label=None)

    def from_record(self, record: Mapping[str, Any], at: Place) -> PairExample:
        """Take the texts by name."""
        first = _text(record, (self.first, "first"), at, self.keys)
        second = _text(record, (self.second, "second"), at, self.keys) if self.second else None
        return PairExample(uid=at.uid, lang=at.lang, first=first, second=second, label=None)


@dataclass(frozen=True, slots=True)
class RawQuestions:
    """Contexts and questions about them."""

    layout: str = "'context<TAB>question'"
    keys: str = 'a JSON object {"context": "...", "question": "..."}'

    def from_text(self, text: str, at: Place) -> SpanExample:
        """Split at the tab."""
        context, question = _two(text, at, self.layout)
        return SpanExample(uid=at.uid, lang=at.lang, context=context, question=question, answers=())

    def from_record(self, record: Mapping[str, Any], at: Place) -> SpanExample:
        """Take the texts by name."""
        context, question = (_text(record, (name,), at, self.keys) for name in ("context", "question"))
        return SpanExample(uid=at.uid, lang=at.lang, context=context, question=question, answers=())


@dataclass(frozen=True, kw_only=True, slots=True)
class RawChoices:
    """Questions with options.

    Attributes:
        context: The task's own name of the context.
        question: Of the question; empty: it has none.
        options: Of the options, or of one list of them.
        prompts: What is read instead of a question.
    """

    context: str
    question: str
    options: Sequence[str]
    prompts: Mapping[str, str] = field(default_factory=dict)
    layout: str = ""

    @property
    def keys(self) -> str:
        """What a JSON line must be."""
        own = " ".join(name for name in (self.context, self.question, *self.options) if name)
        return f'a JSON object {{"context": "...", "question": "...", "options": ["...", ...]}} (or {own})'

    def from_text(self, text: str, at: Place) -> ChoiceExample:
        """Refuse it: options have no place in a line of text."""
        raise DataFormatError(f"{at.where}: expected {self.keys}, got {text[:60]!r}")

    def from_record(self, record: Mapping[str, Any], at: Place) -> ChoiceExample | Flaw:
        """Take texts and options by name."""
        question = ""
        if self.question or "question" in record:
            question = _text(record, (self.question, "question"), at, self.keys)
        options = self._options(record, at)
        if len(options) < 2:
            return Flaw("fewer than two options")
        return ChoiceExample(
            uid=at.uid,
            lang=at.lang,
            context=_text(record, (self.context, "context"), at, self.keys),
            question=self.prompts.get(question, question),
            options=options,
            label=None,
        )

    def _options(self, record: Mapping[str, Any], at: Place) -> tuple[str, ...]:
        own = all(name in record for name in self.options)
        if own and len(self.options) > 1:
            found: Any = [record[name] for name in self.options]
        else:
            found = _value(record, (self.options[0] if own else "options", "options"), at, self.keys)
        if isinstance(found, Mapping):  # CommonsenseQA: texts beside their letters
            found = found.get("text")
        if not isinstance(found, list):
            raise DataFormatError(f"{at.where}: expected a list of options, got {str(found)[:60]!r}")
        return tuple(_checked(at.where, "options", one) for one in found)


@dataclass(frozen=True, slots=True)
class RawTexts:
    """Sentences that become vectors."""

    layout: str = "a sentence"
    keys: str = 'a JSON object {"text": "..."}'

    def from_text(self, text: str, at: Place) -> TextExample:
        """Take the line as it is."""
        return TextExample(uid=at.uid, lang=at.lang, text=text)

    def from_record(self, record: Mapping[str, Any], at: Place) -> TextExample | Flaw:
        """Take the text by name."""
        text = _text(record, ("text",), at, self.keys)
        return TextExample(uid=at.uid, lang=at.lang, text=text) if text.strip() else Flaw("blank text")


def _record(line: str, at: Place, keys: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
        json.dumps(record, ensure_ascii=False).encode()  # JSON can spell half a character: "\\ud83d"
    except (ValueError, RecursionError) as error:
        raise DataFormatError(f"{at.where}: expected {keys}, got {line[:60]!r} ({error})") from error
    if not isinstance(record, dict):
        raise DataFormatError(f"{at.where}: expected {keys}, got {line[:60]!r}")
    return record


def _checked(where: str, name: str, given: object) -> str:
    if not isinstance(given, str):
        raise DataFormatError(f"{where}: expected a text in '{name}', got {given!r}")
    return given


def _two(text: str, at: Place, layout: str) -> tuple[str, str]:
    parts = text.split("\t")
    if len(parts) != 2:
        raise DataFormatError(
            f"{at.where}: expected {layout}, got {len(parts) - 1} tabs in {text[:60]!r}; texts that hold "
            "tabs can be given as JSON lines"
        )
    return parts[0], parts[1]


def _value(record: Mapping[str, Any], names: Sequence[str], at: Place, keys: str) -> Any:  # noqa: ANN401
    """Give the value of the first of ``names`` that is there."""
    for name in names:
        if name and name in record:
            return record[name]
    there = ", ".join(record) or "none"
    raise DataFormatError(
        f"{at.where}: expected {keys}, got no '{names[0]}' among {there}{nearest(names[0], record)}"
    )


def _text(record: Mapping[str, Any], names: Sequence[str], at: Place, keys: str) -> str:
    used = next((name for name in names if name and name in record), names[0])
    return _checked(at.where, used, _value(record, names, at, keys))
