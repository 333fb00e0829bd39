"""Records of two corpora and the translations among them to examples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl.data.rows import Rows
from xtl.errors import DataFormatError
from xtl.readers import Record
from xtl.readers.aligned import read_id_sentences, read_two_columns
from xtl.types import BitextMiningExample


@dataclass(frozen=True, kw_only=True, slots=True)
class BitextMiningReader:
    """Reader of ``<split>.<lang>`` and ``<split>.<pivot>`` (id, tab, sentence), and ``<split>.gold`` (ids).

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

    @property
    def companions(self) -> Sequence[str]:
        """Endings of the files that it reads beside those of :attr:`formats`."""
        return (
            f".{self.pivot}",
            ".gold",
        )

    def records(self, path: Path, lang: str) -> Iterator[Record]:  # noqa: ARG002  all languages are alike
        """Record of one language: both corpora with the pairs of ids.

        Raises:
            DataNotFoundError: if a file is not there.
            DataFormatError: if a line is not an id and a sentence, or gold names an id that is not there.
        """
        sides = [read_id_sentences(file) for file in (path, path.with_suffix(f".{self.pivot}"))]
        gold_path = path.with_suffix(".gold")
        gold = set()
        for number, columns in read_two_columns(gold_path, "source id<TAB>target id"):
            for id_, side in zip(columns, sides, strict=True):
                if id_ not in side:
                    raise DataFormatError(f"{gold_path}:{number}: expected ids of sentences, got {id_!r}")
            gold.add((columns[0], columns[1]))
        yield str(path), {"text_of_id": sides[0], "translation_of_id": sides[1], "gold": frozenset(gold)}

    def examples(self, rows: Rows) -> list[BitextMiningExample]:
        """Example of both corpora."""
        return [
            BitextMiningExample(uid=rows.uid(self.task, row), lang=rows.lang, **values)
            for row, (_, values) in enumerate(rows.records)
        ]
