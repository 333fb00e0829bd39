"""Parquet files with a list of tokens and a list of tags a row to tagged words."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from xtl.errors import DataFormatError, nearest
from xtl.readers.conllu import TaggedWords
from xtl.readers.records import read_table

WORD_COLUMNS = ("tokens", "words")
TAG_COLUMNS = ("tags", "ner_tags", "pos_tags", "upos")


def read_parquet_tags(path: Path, *, labels: tuple[str, ...]) -> Iterator[TaggedWords]:
    """Read a column of tokens and one of tags, names or numbers.

    Args:
        path: The file.
        labels: The task's tags; where tags are numbers, number n is the n-th of them.

    Yields:
        The words and tags of each row, in file order.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if it is no parquet file, lacks a column, is empty, or a number is out of range.
    """
    table = read_table(path)
    if not table.num_rows:
        raise DataFormatError(f"{path}: expected at least one row, got none")
    words = _lists(path, table, _column(path, table, WORD_COLUMNS), _is_text)
    tags = _lists(
        path, table, _column(path, table, TAG_COLUMNS), lambda kind: _is_text(kind) or pt.is_integer(kind)
    )
    for row, (row_words, row_tags) in enumerate(zip(words, tags, strict=True)):
        if row_words is None or row_tags is None or len(row_words) != len(row_tags):
            raise DataFormatError(
                f"{path}: row {row}: expected one tag a word, got {len(row_words or ())} words and "
                f"{len(row_tags or ())} tags"
            )
        if not all(row_words) or None in row_tags:
            raise DataFormatError(
                f"{path}: row {row}: expected a word and a tag at each place, got "
                f"{sum(not word for word in row_words)} empty words and {row_tags.count(None)} empty tags"
            )
        if row_words:
            yield tuple(row_words), tuple(_name(path, row, tag, labels) for tag in row_tags)


def _lists(
    path: Path, table: pa.Table, name: str, accepts: Callable[[pa.DataType], bool]
) -> list[list[Any] | None]:
    """Take a column of lists."""
    kind = table.schema.field(name).type
    if not (pt.is_list(kind) or pt.is_large_list(kind)) or not accepts(kind.value_type):
        raise DataFormatError(
            f"{path}: column '{name}': expected a list a row, of words or of tags (names or whole "
            f"numbers), got {kind}"
        )
    rows: list[list[Any] | None] = table.column(name).to_pylist()
    return rows


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _column(path: Path, table: pa.Table, accepted: tuple[str, ...]) -> str:
    for name in accepted:
        if name in table.column_names:
            return name
    raise DataFormatError(
        f"{path}: expected a column named {' or '.join(accepted)}, got {', '.join(table.column_names)}"
        f"{nearest(accepted[0], table.column_names)}; rename the column"
    )


def _name(path: Path, row: int, tag: str | int, labels: tuple[str, ...]) -> str:
    if isinstance(tag, str):
        return tag
    if not 0 <= tag < len(labels):
        raise DataFormatError(f"{path}: row {row}: expected a tag from 0 to {len(labels) - 1}, got {tag}")
    return labels[tag]
