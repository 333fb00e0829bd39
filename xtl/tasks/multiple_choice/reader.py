"""Records of questions with options to examples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xtl.data.raw import LineLocation, checked_text, field_value, text_field
from xtl.data.rows import NO_LABEL, Rows, SkipReason
from xtl.errors import DataFormatError
from xtl.readers import (
    ABSENT,
    MISSING_LABELS,
    RECORD_FORMATS,
    Record,
    label_text,
    lookup,
    read_records,
    text_of,
    value_of,
)
from xtl.types import MultipleChoiceExample, SplitName


@dataclass(frozen=True, kw_only=True, slots=True)
class MultipleChoiceReader:
    """Reader of the files of one multiple-choice task.

    Attributes:
        task: Name of the task; uids begin with it.
        context: Column of the context.
        question: Column of the question; empty: there is none.
        options: Columns of the options, or one column that holds a list of them.
        label: Column of the right option: its index, or a letter (A, B, ...).
        prompts: Texts that are read instead of a question, such as COPA's ``cause`` and ``effect``.
    """

    task: str
    context: str
    question: str
    options: Sequence[str]
    label: str
    prompts: Mapping[str, str] = field(default_factory=dict)

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return RECORD_FORMATS

    def records(self, path: Path, lang: str) -> Iterator[Record]:  # noqa: ARG002  all languages are alike
        """Rows of one file."""
        return read_records(path)

    def examples(self, rows: Rows) -> Iterator[MultipleChoiceExample]:
        """Example of each row; ``label`` is ``None`` where the file gives none.

        Raises:
            DataFormatError: if a column is missing, or a label names no option.
        """
        for row, record in enumerate(rows.records):
            options, letters = self._options(record)
            question = text_of(record, self.question) if self.question else ""
            yield MultipleChoiceExample(
                uid=rows.uid(self.task, row),
                lang=rows.lang,
                context=text_of(record, self.context),
                question=self.prompts.get(question, question),
                options=options,
                label=_label(record[0], self.label, value_of(record, self.label), letters),
            )

    def _options(self, record: Record) -> tuple[tuple[str, ...], list[str]]:
        """Options, and the names that labels may have for them."""
        where = record[0]
        if len(self.options) > 1:  # a label may be the name of a column, as in COPA
            return tuple(text_of(record, name) for name in self.options), list(self.options)
        return _listed(value_of(record, self.options[0]), where, self.options[0])


def _listed(options: object, where: str, column: str) -> tuple[tuple[str, ...], list[str]]:
    """Options of a column that holds all of them, and their letters."""
    letters: Any = None
    # A list of structs and a struct of lists: ``datasets`` has written either in its time.
    if isinstance(options, list) and options and all(isinstance(option, Mapping) for option in options):
        options = {key: [option.get(key) for option in options] for key in ("label", "text")}
    if isinstance(options, Mapping):  # CommonsenseQA: texts beside their letters
        letters, options = options.get("label"), options.get("text")
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        raise DataFormatError(f"{where}: expected a list of options in '{column}', got {str(options)[:60]!r}")
    return tuple(options), [str(letter) for letter in letters or _letters(len(options))]


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + index) for index in range(count)]


def filter_multiple_choice(
    example: MultipleChoiceExample,
    split: SplitName,  # noqa: ARG001  all splits are alike
) -> MultipleChoiceExample | SkipReason:
    """The example, or why nothing can be done with it: it needs two options and a label."""
    if len(example.options) < 2:
        return SkipReason("fewer than two options")
    return NO_LABEL if example.label is None else example


def _label(where: str, column: str, value: object, letters: Sequence[str]) -> int | None:
    text = label_text(value)
    for names in (letters, _letters(len(letters))):
        if text in names:
            return names.index(text)
    if text in MISSING_LABELS or not letters:  # without options the example is left out anyway
        return None
    if text.isdecimal() and int(text) < len(letters):
        return int(text)
    raise DataFormatError(
        f"{where}: expected in '{column}' an index from 0 to {len(letters) - 1} or one of "
        f"{', '.join(letters)}, got {value!r}"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RawMultipleChoiceReader:
    """Reader of raw questions with options.

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
        """Form of a JSON line, for errors."""
        columns = (self.context, self.question, *self.options)
        names = ", ".join(name.replace("|", " or ") for name in columns if name)
        return f'a JSON object {{"context": "...", "question": "...", "options": ["...", ...]}} (or {names})'

    def from_text(self, text: str, location: LineLocation) -> MultipleChoiceExample:
        """Refusal: a line of text cannot hold options.

        Raises:
            DataFormatError: always.
        """
        raise DataFormatError(f"{location.where}: expected {self.keys}, got {text[:60]!r}")

    def from_record(
        self, record: Mapping[str, Any], location: LineLocation
    ) -> MultipleChoiceExample | SkipReason:
        """Example of a JSON object: its texts and options by name."""
        question = ""
        # Where the context is read from the column "question", that is no question.
        if self.question or ("question" in record and "context" in record):
            question = text_field(record, (self.question, "question"), location, self.keys)
        options = self._options(record, location)
        if len(options) < 2:
            return SkipReason("fewer than two options")
        return MultipleChoiceExample(
            uid=location.uid,
            lang=location.lang,
            context=text_field(record, (self.context, "context"), location, self.keys),
            question=self.prompts.get(question, question),
            options=options,
            label=None,
        )

    def _options(self, record: Mapping[str, Any], location: LineLocation) -> tuple[str, ...]:
        columns = [lookup(record, name) for name in self.options]
        if len(columns) > 1 and ABSENT not in columns:
            return tuple(checked_text(location.where, "options", option) for option in columns)
        names = ("options",) if len(columns) > 1 else (self.options[0], "options")
        value = field_value(record, names, location, self.keys)
        return _listed(value, location.where, names[0].replace("|", " or "))[0]
