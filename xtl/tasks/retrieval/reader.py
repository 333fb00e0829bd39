"""Records of aligned sentences to examples, and raw sentences to embed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtl.data.raw import LineLocation, text_field
from xtl.data.rows import Rows, SkipReason
from xtl.errors import DataFormatError
from xtl.readers import Record, read_aligned, read_records, text_of
from xtl.tasks.retrieval.types import Sentence
from xtl.types import RetrievalExample


@dataclass(frozen=True, slots=True)
class RawRetrievalReader:
    """Reader of raw sentences that become vectors."""

    layout: str = "a sentence"
    keys: str = 'a JSON object {"text": "..."}'

    def from_text(self, text: str, location: LineLocation) -> Sentence:
        """Sentence of a line: all of it."""
        return Sentence(uid=location.uid, lang=location.lang, text=text)

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> Sentence | SkipReason:
        """Sentence of a JSON object: its ``text``, or the one to look a translation up for."""
        text = text_field(record, ("text", PARALLEL_COLUMNS[0]), location, self.keys)
        return (
            Sentence(uid=location.uid, lang=location.lang, text=text)
            if text.strip()
            else SkipReason("blank text")
        )


PARALLEL_COLUMNS = ("source_sentence", "target_sentence")
"""Columns of ``.parquet``, ``.tsv`` and ``.jsonl`` files, as on the hub."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalReader:
    """Reader of the aligned sentences of one task.

    Attributes:
        task: Name of the task; uids begin with it.
        pivot: Code of the other side's language, such as ``eng``.
    """

    task: str
    pivot: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads: the language's own, or one file of two columns."""
        return (".{lang}", ".parquet", ".tsv", ".jsonl")

    @property
    def companions(self) -> Sequence[str]:
        """Endings of the files that it reads beside those of :attr:`formats`."""
        return (f".{self.pivot}",)

    def records(self, path: Path, lang: str) -> Iterator[Record]:
        """Pairs of one language.

        Raises:
            DataNotFoundError: if a file is not there.
            DataFormatError: if files are not aligned, or not in their format.
        """
        if path.suffix != f".{lang}":
            yield from read_records(path)
            return
        for number, pair in enumerate(read_aligned(path, path.with_suffix(f".{self.pivot}")), start=1):
            yield f"{path}:{number}", dict(zip(PARALLEL_COLUMNS, pair, strict=True))

    def examples(self, rows: Rows) -> Iterator[RetrievalExample]:
        """Example of each pair. Rows with a ``source_lang`` may have the pivot on either side.

        Raises:
            DataFormatError: if a column is missing, or a sentence blank.
        """
        for row, record in enumerate(rows.records):
            text, translation = (_sentence(record, column) for column in PARALLEL_COLUMNS)
            if record[1].get("source_lang") == self.pivot:
                text, translation = translation, text
            uid = rows.uid(self.task, row)
            yield RetrievalExample(uid=uid, lang=rows.lang, text=text, translation=translation)


def _sentence(record: Record, column: str) -> str:
    text = text_of(record, column)
    if not text.strip():
        raise DataFormatError(f"{record[0]}: expected a sentence in column '{column}', got a blank one")
    return text
