"""Records of aligned sentences, and of two corpora that hold some translations, to examples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl.data.rows import Rows
from xtl.errors import DataFormatError
from xtl.readers import Record, read_aligned, read_records, text_of
from xtl.readers.lines import numbered_lines
from xtl.types import MiningExample, ParallelExample

PARALLEL_COLUMNS = ("source_sentence", "target_sentence")
"""Columns of ``.parquet``, ``.tsv`` and ``.jsonl`` files, as on the hub."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParallelReader:
    """Reads aligned sentences of one task.

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

    def records(self, path: Path, lang: str) -> Iterator[Record]:
        """Read the pairs of one language.

        Raises:
            DataNotFoundError: if a file is not there.
            DataFormatError: if files are not aligned, or not in their format.
        """
        if path.suffix != f".{lang}":
            yield from read_records(path)
            return
        for number, pair in enumerate(read_aligned(path, path.with_suffix(f".{self.pivot}")), start=1):
            yield f"{path}:{number}", dict(zip(PARALLEL_COLUMNS, pair, strict=True))

    def examples(self, rows: Rows) -> list[ParallelExample]:
        """Make an example of each pair. Rows that say ``source_lang`` may have the pivot on either side.

        Raises:
            DataFormatError: if a column is missing, or a sentence blank.
        """
        examples = []
        for row, record in enumerate(rows.records):
            text, translation = (_sentence(record, column) for column in PARALLEL_COLUMNS)
            if record[1].get("source_lang") == self.pivot:
                text, translation = translation, text
            uid = rows.uid(self.task, row)
            examples.append(ParallelExample(uid=uid, lang=rows.lang, text=text, translation=translation))
        return examples


@dataclass(frozen=True, kw_only=True, slots=True)
class MiningReader:
    """Reads ``<split>.<lang>`` and ``<split>.<pivot>`` (id, tab, sentence), and ``<split>.gold`` (ids).

    Attributes:
        task: Name of the task; uids begin with it.
        pivot: Code of the other side's language.
    """

    task: str
    pivot: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".{lang}",)

    def records(self, path: Path, lang: str) -> Iterator[Record]:  # noqa: ARG002  all languages are alike
        """Read one language: a single record, both corpora with the pairs of ids.

        Raises:
            DataNotFoundError: if a file is not there.
            DataFormatError: if a line is not an id and a sentence, or gold names an id that is not there.
        """
        sides = [_sentences(file) for file in (path, path.with_suffix(f".{self.pivot}"))]
        gold_path = path.with_suffix(".gold")
        gold = set()
        for number, columns in _columns(gold_path, "source id<TAB>target id"):
            for id_, side in zip(columns, sides, strict=True):
                if id_ not in side:
                    raise DataFormatError(f"{gold_path}:{number}: expected ids of sentences, got {id_!r}")
            gold.add((columns[0], columns[1]))
        yield str(path), {"text_of_id": sides[0], "translation_of_id": sides[1], "gold": frozenset(gold)}

    def examples(self, rows: Rows) -> list[MiningExample]:
        """Make one example of both corpora."""
        return [
            MiningExample(uid=rows.uid(self.task, row), lang=rows.lang, **values)
            for row, (_, values) in enumerate(rows.records)
        ]


def _sentence(record: Record, column: str) -> str:
    text = text_of(record, column)
    if not text.strip():
        raise DataFormatError(f"{record[0]}: expected a sentence in column '{column}', got a blank one")
    return text


def _sentences(path: Path) -> dict[str, str]:
    sentences = {}
    for number, (id_, text) in _columns(path, "id<TAB>sentence"):
        if id_ in sentences:
            raise DataFormatError(f"{path}:{number}: expected each id once, got {id_!r} again")
        sentences[id_] = text
    return sentences


def _columns(path: Path, layout: str) -> list[tuple[int, list[str]]]:
    rows = []
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        columns = line.split("\t", maxsplit=1)
        if len(columns) < 2 or not all(columns):
            raise DataFormatError(f"{path}:{number}: expected '{layout}', got {line[:60]!r}")
        rows.append((number, columns))
    return rows
