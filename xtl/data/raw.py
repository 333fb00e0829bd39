"""Raw lines to examples without labels: plain text or a JSON object a line, one reader for each family."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from xtl.data.rows import Flaw
from xtl.errors import DataFormatError, nearest
from xtl.types import ChoiceExample, PairExample, SpanExample, TaggingExample, TextExample


class Place(NamedTuple):
    """Source, uid and language of one line.

    Attributes:
        where: Source that errors name, such as ``stdin:12``.
        uid: Uid of the line's example; no other line has it.
        lang: Code of the line's language; may be empty.
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

    def from_text(self, text: str, location: Place) -> Any:  # noqa: ANN401  an example of the family, or a Flaw
        """Read a line of text that is not blank."""

    def from_record(self, record: Mapping[str, Any], location: Place) -> Any:  # noqa: ANN401
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


def read_raw(reader: RawReader, line: str, location: Place, *, form: str) -> tuple[Any, Mapping[str, Any]]:
    """Read one line.

    Args:
        reader: Reader of the family.
        line: Line without its end.
        location: Source, uid and language of the line.
        form: Format, one of :data:`xtl.types.RAW_FORMATS`.

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
            raise DataFormatError(f"{location.where}: expected {reader.keys}, got {line[:60]!r}")
        return reader.from_text(line, location), {}
    record = _record(line, location, reader.keys)
    return reader.from_record(record, location), {"id": record["id"]} if "id" in record else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSentences:
    """Sentences to tag.

    Attributes:
        filler: Tag of the task, any of them: it stands where a word will get one.
    """

    filler: str
    layout: str = "a sentence whose words are separated by spaces"
    keys: str = 'a JSON object {"words": ["...", ...]}'

    def from_text(self, text: str, location: Place) -> TaggingExample | Flaw:
        """Split at white space."""
        return self._example(text.split(), location)

    def from_record(self, record: Mapping[str, Any], location: Place) -> TaggingExample | Flaw:
        """Take the words as they are."""
        words = _value(record, ("words",), location, self.keys)
        if not isinstance(words, list):
            raise DataFormatError(
                f"{location.where}: expected a list of texts in 'words', got {str(words)[:60]!r}"
            )
        return self._example([_checked(location.where, "words", word) for word in words], location)

    def _example(self, words: Sequence[str], location: Place) -> TaggingExample | Flaw:
        if not words:
            return Flaw("no words")
        tags = (self.filler,) * len(words)
        return TaggingExample(uid=location.uid, lang=location.lang, words=tuple(words), tags=tags)


@dataclass(frozen=True, kw_only=True, slots=True)
class RawPairs:
    """One or two texts to classify.

    Attributes:
        first: Name of the first text in the task's own files.
        second: Name of the second text; empty: there is none.
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

    def from_text(self, text: str, location: Place) -> PairExample:
        """Split at the tab where the task has two texts."""
        first, second = _two(text, location, self.layout) if self.second else (text, None)
        return PairExample(uid=location.uid, lang=location.lang, first=first, second=second, label=None)

    def from_record(self, record: Mapping[str, Any], location: Place) -> PairExample:
        """Take the texts by name."""
        first = _text(record, (self.first, "first"), location, self.keys)
        second = _text(record, (self.second, "second"), location, self.keys) if self.second else None
        return PairExample(uid=location.uid, lang=location.lang, first=first, second=second, label=None)


@dataclass(frozen=True, slots=True)
class RawQuestions:
    """Contexts and questions about them."""

    layout: str = "'context<TAB>question'"
    keys: str = 'a JSON object {"context": "...", "question": "..."}'

    def from_text(self, text: str, location: Place) -> SpanExample:
        """Split at the tab."""
        context, question = _two(text, location, self.layout)
        return SpanExample(
            uid=location.uid, lang=location.lang, context=context, question=question, answers=()
        )

    def from_record(self, record: Mapping[str, Any], location: Place) -> SpanExample:
        """Take the texts by name."""
        context, question = (_text(record, (name,), location, self.keys) for name in ("context", "question"))
        return SpanExample(
            uid=location.uid, lang=location.lang, context=context, question=question, answers=()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RawChoices:
    """Questions with options.

    Attributes:
        context: Name of the context in the task's own files.
        question: Name of the question; empty: there is none.
        options: Names of the options, or the name of one list of them.
        prompts: Texts that are read instead of a question.
    """

    context: str
    question: str
    options: Sequence[str]
    prompts: Mapping[str, str] = field(default_factory=dict)
    layout: str = ""

    @property
    def keys(self) -> str:
        """What a JSON line must be."""
        names = " ".join(name for name in (self.context, self.question, *self.options) if name)
        return f'a JSON object {{"context": "...", "question": "...", "options": ["...", ...]}} (or {names})'

    def from_text(self, text: str, location: Place) -> ChoiceExample:
        """Refuse it: options have no place in a line of text."""
        raise DataFormatError(f"{location.where}: expected {self.keys}, got {text[:60]!r}")

    def from_record(self, record: Mapping[str, Any], location: Place) -> ChoiceExample | Flaw:
        """Take texts and options by name."""
        question = ""
        if self.question or "question" in record:
            question = _text(record, (self.question, "question"), location, self.keys)
        options = self._options(record, location)
        if len(options) < 2:
            return Flaw("fewer than two options")
        return ChoiceExample(
            uid=location.uid,
            lang=location.lang,
            context=_text(record, (self.context, "context"), location, self.keys),
            question=self.prompts.get(question, question),
            options=options,
            label=None,
        )

    def _options(self, record: Mapping[str, Any], location: Place) -> tuple[str, ...]:
        has_columns = all(name in record for name in self.options)
        if has_columns and len(self.options) > 1:
            options: Any = [record[name] for name in self.options]
        else:
            name = self.options[0] if has_columns else "options"
            options = _value(record, (name, "options"), location, self.keys)
        if isinstance(options, Mapping):  # CommonsenseQA: texts beside their letters
            options = options.get("text")
        if not isinstance(options, list):
            raise DataFormatError(f"{location.where}: expected a list of options, got {str(options)[:60]!r}")
        return tuple(_checked(location.where, "options", option) for option in options)


@dataclass(frozen=True, slots=True)
class RawTexts:
    """Sentences that become vectors."""

    layout: str = "a sentence"
    keys: str = 'a JSON object {"text": "..."}'

    def from_text(self, text: str, location: Place) -> TextExample:
        """Take the line as it is."""
        return TextExample(uid=location.uid, lang=location.lang, text=text)

    def from_record(self, record: Mapping[str, Any], location: Place) -> TextExample | Flaw:
        """Take the text by name."""
        text = _text(record, ("text",), location, self.keys)
        return (
            TextExample(uid=location.uid, lang=location.lang, text=text)
            if text.strip()
            else Flaw("blank text")
        )


def _record(line: str, location: Place, keys: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
        json.dumps(record, ensure_ascii=False).encode()  # JSON can spell half a character: "\\ud83d"
    except (ValueError, RecursionError) as error:
        raise DataFormatError(f"{location.where}: expected {keys}, got {line[:60]!r} ({error})") from error
    if not isinstance(record, dict):
        raise DataFormatError(f"{location.where}: expected {keys}, got {line[:60]!r}")
    return record


def _checked(where: str, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise DataFormatError(f"{where}: expected a text in '{name}', got {value!r}")
    return value


def _two(text: str, location: Place, layout: str) -> tuple[str, str]:
    parts = text.split("\t")
    if len(parts) != 2:
        raise DataFormatError(
            f"{location.where}: expected {layout}, got {len(parts) - 1} tabs in {text[:60]!r}; texts that "
            "hold tabs can be given as JSON lines"
        )
    return parts[0], parts[1]


def _value(record: Mapping[str, Any], names: Sequence[str], location: Place, keys: str) -> Any:  # noqa: ANN401
    """Give the value of the first of ``names`` that is there."""
    for name in names:
        if name and name in record:
            return record[name]
    available = ", ".join(record) or "none"
    raise DataFormatError(
        f"{location.where}: expected {keys}, got no '{names[0]}' among {available}{nearest(names[0], record)}"
    )


def _text(record: Mapping[str, Any], names: Sequence[str], location: Place, keys: str) -> str:
    used = next((name for name in names if name and name in record), names[0])
    return _checked(location.where, used, _value(record, names, location, keys))
