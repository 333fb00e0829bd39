"""The records of one language and split on their way to examples, wherever they come from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol

from xtl.errors import DataFormatError
from xtl.languages import filled
from xtl.readers import Record, value_of
from xtl.types import SplitName


class SkipReason(str):
    """Why nothing can be done with an example."""

    __slots__ = ()


EMPTY_TEXT = SkipReason("empty text")


NO_LABEL = SkipReason("no label")


NO_ANSWER = SkipReason("no answer given")


NO_TRANSLATION = SkipReason("'NS' instead of a text: its translation was not supplied")


WITHHELD_WORDS = SkipReason("words withheld")


WITHHELD = frozenset({NO_LABEL, NO_ANSWER, NO_TRANSLATION, WITHHELD_WORDS})
"""Reasons that are no fault of a file: those who publish a set keep these back, and say so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Records of one language and split.

    Attributes:
        origin: Name for errors: a file, or a repository with its config.
        records: Records in their own order; they can be gone through once.
        lang: The task's own code of the language.
        split: Name of the split.
        part: Name of the part of the split, where it is put together from several; empty: all of it.
    """

    origin: str
    records: Iterable[Record]
    lang: str
    split: SplitName
    part: str = ""

    def uid(self, task: str, row: int) -> str:
        """Name a row: ``<task>/<split>/<row>``, or ``<task>/<split>/<part>-<row>``, counting from 0."""
        return f"{task}/{self.split}/{f'{self.part}-' if self.part else ''}{row}"


class Reader(Protocol):
    """Makes examples of one task from records, and records from files of any format that its task knows."""

    @property
    def task(self) -> str:
        """Name of the task."""

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads, such as ``.conllu``."""

    def records(self, path: Path, lang: str) -> Iterator[Record]:
        """Give the rows of one file, in file order."""

    def examples(self, rows: Rows) -> Iterable[Any]:
        """Make an example of each row, best one after the other, so that memory need not hold all."""


def read_file(reader: Reader, path: Path, *, lang: str, split: SplitName) -> list[Any]:
    """Read the examples of one file.

    Raises:
        DataNotFoundError: if it is not there.
        DataFormatError: if it is not in its format, or not what the task expects.
    """
    rows = Rows(origin=str(path), records=reader.records(path, lang), lang=lang, split=split)
    return list(reader.examples(rows))


def kept(
    records: Iterable[Record], patterns: Mapping[str, str], *, lang: str, origin: str
) -> Iterator[Record]:
    """Leave out the rows of other languages, where a set holds several.

    Args:
        records: All rows.
        patterns: Column to the pattern of its value in rows of ``lang``, such as ``{name}-*``; capitals and
            small letters are the same. A row must fit all of them. A column whose name ends in ``?`` counts
            in sets that have it.
        lang: Code of the language.
        origin: Name of the set for errors.

    Raises:
        DataFormatError: if a column is missing, or no row fits.
    """
    filled_patterns = {column: filled(pattern, lang).casefold() for column, pattern in patterns.items()}
    num_rows = num_matches = 0
    for record in records:
        num_rows += 1
        if all(_fits(record, column, pattern) for column, pattern in filled_patterns.items()):
            num_matches += 1
            yield record
    if num_rows and not num_matches:
        listed = ", ".join(f"{column} like '{pattern}'" for column, pattern in filled_patterns.items())
        raise DataFormatError(
            f"{origin}: expected rows with {listed}, got none among {num_rows:,}; correct the task's rows: "
            "table, which says which rows belong to a language"
        )


def _fits(record: Record, column: str, pattern: str) -> bool:
    name = column.removesuffix("?")
    if name != column and name not in record[1]:
        return True
    return fnmatchcase(str(value_of(record, name)).casefold(), pattern)
