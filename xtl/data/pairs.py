"""Files of pairs, or of single texts, to examples whose labels the task knows."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xtl.errors import DataFormatError, nearest
from xtl.readers import RECORD_FORMATS, read_records, text_of
from xtl.types import PairExample, Split

MISSING_LABELS = ("", "-", "-1", "-1.0")
"""What data sets write where annotators did not agree, or where labels are kept back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairReader:
    """Reads the files of one task of pairs.

    Attributes:
        task: Its name; uids begin with it.
        labels: Its classes; none: the label is a number.
        first: Column of the first text.
        second: Column of the second one; empty: there is none.
        label: Column of the label.
        replace: Labels that stand in files, and what is read instead.
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

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[PairExample]:
        """Read one file.

        Returns:
            One example a row, row ids counting from 0 in file order; ``label`` is ``None`` where there is
            none.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is not in its format, or has labels that the task does not know.
        """
        columns = [column for column in (self.first, self.second, self.label) if column]
        examples = []
        unknown: Counter[str] = Counter()
        for row, (where, record) in enumerate(read_records(path, columns, quoted=self.quoted)):
            label = self._label(record[self.label])
            if isinstance(label, str) and label not in self.labels:
                unknown[label] += 1
            examples.append(
                PairExample(
                    uid=f"{self.task}/{split}/{row}",
                    lang=lang,
                    first=text_of(where, self.first, record[self.first]),
                    second=text_of(where, self.second, record[self.second]) if self.second else None,
                    label=label,
                )
            )
        if unknown:
            raise DataFormatError(self._unknown(path, unknown))
        return examples

    def _label(self, given: object) -> str | float | None:
        """Read a label: a class by name, a number, or nothing. A class is never known by its number alone."""
        text = "" if given is None else str(given).strip()
        if isinstance(given, float) and given.is_integer() and self.labels:
            text = str(int(given))
        if text in self.labels:
            return text
        if text in self.replace:
            return self.replace[text]
        if text in MISSING_LABELS:
            return None
        if self.labels:
            return text
        try:
            number = float(text)
        except ValueError:
            return text
        return number if math.isfinite(number) else text

    def _unknown(self, path: Path, unknown: Counter[str]) -> str:
        listed = "; ".join(
            f"{label!r} {count} time(s){nearest(label, self.labels)}"
            for label, count in sorted(unknown.items())[:8]
        )
        wanted = f"({' '.join(self.labels)})" if self.labels else "(a finite number each)"
        return (
            f"{path}: expected only labels of task '{self.task}' {wanted}, got {listed}; correct the file, "
            "or say in the task's replace table what is meant"
        )
