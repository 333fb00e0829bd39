"""Rows of raw text to lines, and raw lines whose masks are to be filled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtl.data.raw import LineLocation, text_field
from xtl.data.rows import Rows
from xtl.errors import DataFormatError
from xtl.readers import Record, read_records, text_of
from xtl.readers.lines import numbered_lines
from xtl.types import MaskedLMExample

TEXT_COLUMN = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedLMReader:
    """Reader of the raw text of one task: lines of ``.txt``, or the column ``text`` of records.

    Attributes:
        task: Name of the task; uids begin with it.
    """

    task: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".txt", ".jsonl", ".parquet")

    def records(self, path: Path, lang: str) -> Iterator[Record]:  # noqa: ARG002  all languages are alike
        """Lines of one file.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is empty, or not in its format.
        """
        if path.suffix != ".txt":
            yield from read_records(path)
            return
        for number, line in numbered_lines(path):
            yield f"{path}:{number}", {TEXT_COLUMN: line}

    def examples(self, rows: Rows) -> Iterator[MaskedLMExample]:
        """Example of each line; blank ones, which part paragraphs, are left out but counted in uids.

        Raises:
            DataFormatError: if a column is missing, or all lines are blank.
        """
        is_blank = True
        for row, record in enumerate(rows.records):
            text = text_of(record, TEXT_COLUMN)
            if text.strip():
                is_blank = False
                yield MaskedLMExample(uid=rows.uid(self.task, row), lang=rows.lang, text=text)
        if is_blank:
            raise DataFormatError(f"{rows.origin}: expected lines of text, got blank ones only")


@dataclass(frozen=True, kw_only=True, slots=True)
class RawMaskedLMReader:
    """Reader of raw texts whose masks are to be filled."""

    layout: str = "a text with a mask token, such as <mask>"
    keys: str = 'a JSON object {"text": "..."}'

    def from_text(self, text: str, location: LineLocation) -> MaskedLMExample:
        """Example of a line: all of it."""
        return MaskedLMExample(uid=location.uid, lang=location.lang, text=text)

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> MaskedLMExample:
        """Example of a JSON object: its ``text``."""
        return self.from_text(text_field(record, (TEXT_COLUMN,), location, self.keys), location)
