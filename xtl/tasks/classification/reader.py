"""Records of pairs, or of single texts, to examples whose labels the task knows."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xtl.counts import SkipCounts
from xtl.data.raw import LineLocation, text_field, two_texts
from xtl.data.rows import EMPTY_TEXT, NO_LABEL, NO_TRANSLATION, Rows, SkipReason
from xtl.errors import DataFormatError, nearest
from xtl.readers import (
    MISSING_LABELS,
    MISSING_SCORES,
    RECORD_FORMATS,
    Record,
    is_missing,
    label_text,
    read_records,
    text_of,
    value_of,
)
from xtl.types import IGNORE, ClassificationExample, SplitName


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationReader:
    """Reader of the files of one classification or regression task.

    Attributes:
        task: Name of the task; uids begin with it.
        labels: Classes of the task; none: the label is a number.
        first: Column of the first text; where releases differ several, see :func:`xtl.readers.value_of`.
        second: Column of the second text; empty: there is none.
        label: Column of the label.
        replace: Labels as files spell them to labels of the task.
        quoted: Whether ``.tsv`` files are quoted, see :func:`xtl.readers.read_records`.
    """

    task: str
    labels: Sequence[str]
    first: str
    second: str
    label: str
    replace: Mapping[str, str] = field(default_factory=dict)
    quoted: bool = False

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return RECORD_FORMATS

    def records(self, path: Path, lang: str) -> Iterator[Record]:  # noqa: ARG002  all languages are alike
        """Rows of one file."""
        return read_records(path, quoted=self.quoted)

    def examples(self, rows: Rows) -> Iterator[ClassificationExample]:
        """Example of each row; ``label`` is ``None`` where the file gives none.

        Raises:
            DataFormatError: if a column is missing, or there are labels that the task does not know.
        """
        unknown: Counter[str] = Counter()
        first_unknown = ""
        for row, record in enumerate(rows.records):
            label = self._label(value_of(record, self.label))
            if isinstance(label, str) and label not in self.labels:
                unknown[label] += 1
                first_unknown = first_unknown or record[0]
            yield ClassificationExample(
                uid=rows.uid(self.task, row),
                lang=rows.lang,
                first=text_of(record, self.first),
                second=text_of(record, self.second) if self.second else None,
                label=label,
            )
        if unknown:
            raise DataFormatError(self._unknown(first_unknown, unknown))

    def _label(self, value: object) -> str | float | None:
        """Label: a class by name, a number, or nothing. A class is never meant by its number alone."""
        if value in self.labels and value not in self.replace:  # as nearly always
            return str(value)
        text = "" if is_missing(value) else str(value).strip()
        for spelling in (text, label_text(value)) if self.labels else (text,):
            if spelling in self.replace:  # which may give a label another meaning
                return self.replace[spelling]
            if spelling in self.labels:
                return spelling
        # A class that is called -1 is none; a score of -1 is one.
        if text in (MISSING_LABELS if self.labels else MISSING_SCORES):
            return None
        if self.labels:
            return text
        try:
            number = float(text)
        except ValueError:
            return text
        # Python reads "nan" and "inf" as numbers.
        return number if math.isfinite(number) and number != IGNORE else text

    def _unknown(self, where: str, unknown: Counter[str]) -> str:
        listed = "; ".join(
            f"{label!r} {count} time(s){nearest(label, self.labels)}"
            for label, count in sorted(unknown.items())[:8]
        )
        expected = (
            f"({' '.join(self.labels)})" if self.labels else f"(a finite number each, and not {IGNORE})"
        )
        remedy = "say in the task's replace table what is meant" if self.labels else "leave the label empty"
        return (
            f"{where}: expected only labels of task '{self.task}' {expected}, got {listed}, the first "
            f"one here; correct the file, or {remedy}"
        )


def filter_classification(
    example: ClassificationExample, split: SplitName, *, skip_counts: SkipCounts
) -> ClassificationExample | SkipReason:
    """The example, or why nothing can be done with it: it needs a label, and texts to be learned from.

    Rows to score without a text are kept, since the benchmark's scores are over all rows; they are counted.

    Args:
        example: Example as its file has it.
        split: Split that it is for.
        skip_counts: Counts of rows that are kept although they lack a text, with uids.

    Returns:
        The example, or the reason.
    """
    if example.label is None:
        return NO_LABEL
    reason = _reason_of_texts([example.first] if example.second is None else [example.first, example.second])
    if reason is None or split == "train":
        return reason or example
    skip_counts.add(f"kept in {split}, as the benchmark scores it: {reason}", f"{example.lang}:{example.uid}")
    return example


def _reason_of_texts(texts: Sequence[str]) -> SkipReason | None:
    """Reason why nothing can be learned from texts."""
    if not all(text.strip() for text in texts):
        return EMPTY_TEXT
    # One text of two letters may be what it says; a sentence of a pair is not.
    if len(texts) > 1 and "NS" in (text.strip() for text in texts):
        return NO_TRANSLATION
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class RawClassificationReader:
    """Reader of one or two raw texts to classify.

    Attributes:
        first: Name of the first text in the task's own files.
        second: Name of the second text; empty: there is none.
    """

    first: str
    second: str = ""

    @property
    def layout(self) -> str:
        """Form of a line of text, for errors."""
        first, second = (name.split("|")[0] for name in (self.first, self.second))
        return f"'{first}<TAB>{second}'" if second else "a text"

    @property
    def keys(self) -> str:
        """Form of a JSON line, for errors."""
        names = [name.replace("|", " or ") for name in (self.first, self.second) if name]
        default = ("first", "second")[: len(names)]
        return f"a JSON object with the texts {' and '.join(names)} (or {' and '.join(default)})"

    def from_text(self, text: str, location: LineLocation) -> ClassificationExample:
        """Example of a line, parted at the tab where the task has two texts."""
        first, second = two_texts(text, location, self.layout) if self.second else (text, None)
        return ClassificationExample(
            uid=location.uid, lang=location.lang, first=first, second=second, label=None
        )

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> ClassificationExample:
        """Example of a JSON object: its texts by name."""
        first = text_field(record, (self.first, "first"), location, self.keys)
        second = text_field(record, (self.second, "second"), location, self.keys) if self.second else None
        return ClassificationExample(
            uid=location.uid, lang=location.lang, first=first, second=second, label=None
        )
