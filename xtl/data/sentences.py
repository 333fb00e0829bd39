"""Files of aligned sentences, and of two corpora that hold some translations, to examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtl.errors import DataFormatError
from xtl.readers import read_aligned, read_records, text_of
from xtl.readers.lines import numbered_lines
from xtl.types import MiningExample, ParallelExample, Split

PARALLEL_COLUMNS = ("source_sentence", "target_sentence")
"""Of ``.parquet``, ``.tsv`` and ``.jsonl`` files, as on the hub."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParallelReader:
    """Reads aligned sentences of one task.

    Attributes:
        task: Its name; uids begin with it.
        pivot: Code of the other side, such as ``eng``.
    """

    task: str
    pivot: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads: the language's own, or one file of two columns."""
        return (".{lang}", ".parquet", ".tsv", ".jsonl")

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[ParallelExample]:
        """Read one language.

        Raises:
            DataNotFoundError: if a file is not there.
            DataFormatError: if files are not aligned, or not in their format.
        """
        if path.suffix == f".{lang}":
            pairs = list(read_aligned(path, path.with_suffix(f".{self.pivot}")))
        else:
            records = read_records(path, PARALLEL_COLUMNS)
            pairs = [_pair(where, record) for where, record in records]
        return [
            ParallelExample(uid=f"{self.task}/{split}/{row}", lang=lang, text=text, translation=translation)
            for row, (text, translation) in enumerate(pairs)
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class MiningReader:
    """Reads ``<split>.<lang>`` and ``<split>.<pivot>`` (id, tab, sentence), and ``<split>.gold`` (ids).

    Attributes:
        task: Its name; uids begin with it.
        pivot: Code of the other side.
    """

    task: str
    pivot: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".{lang}",)

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[MiningExample]:
        """Read one language: a single example.

        Raises:
            DataNotFoundError: if a file is not there.
            DataFormatError: if a line is not an id and a sentence, or gold names an id that is not there.
        """
        sides = [_sentences(one) for one in (path, path.with_suffix(f".{self.pivot}"))]
        gold_path = path.with_suffix(".gold")
        gold = set()
        for number, columns in _columns(gold_path, "source id<TAB>target id"):
            for id_, side in zip(columns, sides, strict=True):
                if id_ not in side:
                    raise DataFormatError(f"{gold_path}:{number}: expected ids of sentences, got {id_!r}")
            gold.add((columns[0], columns[1]))
        return [
            MiningExample(
                uid=f"{self.task}/{split}/0",
                lang=lang,
                text_of_id=sides[0],
                translation_of_id=sides[1],
                gold=frozenset(gold),
            )
        ]


def _pair(where: str, record: Mapping[str, Any]) -> tuple[str, str]:
    first, second = (text_of(where, column, record[column]) for column in PARALLEL_COLUMNS)
    for column, text in zip(PARALLEL_COLUMNS, (first, second), strict=True):
        if not text.strip():
            raise DataFormatError(f"{where}: expected a sentence in column '{column}', got a blank one")
    return first, second


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
