"""Files of named columns to records: ``.tsv``, ``.csv``, ``.jsonl`` and ``.parquet``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xtl.errors import DataFormatError, DataNotFoundError, nearest
from xtl.readers.class_names import class_names, with_names
from xtl.readers.lines import numbered_lines
from xtl.readers.tables import read_table_rows
from xtl.readers.values import check_characters

RECORD_FORMATS = (".tsv", ".csv", ".jsonl", ".parquet")

MISSING_LABELS = ("", "-", "-1", "-1.0")
"""What data sets write where annotators did not agree, or where labels are kept back."""

MISSING_SCORES = ("", "-")
"""The same where labels are numbers, of which -1 is one."""


Record = tuple[str, Mapping[str, Any]]
"""Place of a row, such as ``file:12``, and its values by column."""


# None is a value that a file may hold, so what is absent needs a mark of its own.
ABSENT = object()
"""Value of a column that is not there, see :func:`lookup`."""


def read_records(path: Path | str, *, quoted: bool = False) -> Iterator[Record]:
    """Read the records of a file whose columns have names.

    Args:
        path: File of records. Tables of text begin with a line of names.
        quoted: Whether a ``.tsv`` writes ``"`` around fields and ``""`` for one inside, as ``.csv`` always
            does, see :func:`xtl.readers.tables.read_table_rows`. Without it, a quotation mark is a character
            like any other.

    Yields:
        Each record with its place, in file order.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if it is not in its format, or empty.
    """
    path = Path(path)
    match path.suffix:
        case ".jsonl":
            records = _jsonl(path)
        case ".parquet":
            records = _parquet(path)
        case ".csv":
            records = _table(path, ",", quoted=True)
        case _:
            records = _table(path, "\t", quoted=quoted)
    empty = True
    for record in records:
        empty = False
        yield record
    if empty:
        raise DataFormatError(f"{path}: expected at least one row, got none; fetch or unpack it again")


def lookup(values: Mapping[str, Any], names: str) -> Any:  # noqa: ANN401  whatever stands there
    """Value of the first of several columns that is there, or :data:`ABSENT`.

    Args:
        values: Values of a row by column.
        names: Column name, or several, see :func:`value_of`.
    """
    if names in values:  # as nearly always: one name, and the column is there
        return values[names]
    for name in names.split("|"):
        value: Any = values
        # A column whose own name has a dot in it goes before a way into an object.
        for key in [name] if name in values else name.split("."):
            value = value.get(key, ABSENT) if isinstance(value, Mapping) else ABSENT
        if value is not ABSENT:
            return value
    return ABSENT


def value_of(record: Record, names: str) -> Any:  # noqa: ANN401  whatever stands there
    """Look a value up.

    Args:
        record: Row and its place.
        names: Column name, or several, separated by ``|``, for a column that releases of a data set name
            differently: the first that the record has counts. A dot leads into an object: ``question.stem``.

    Raises:
        DataFormatError: if the record has none of them.

    Example:
        >>> value_of(("a.jsonl:1", {"question": {"stem": "Why?"}}), "question.stem|question")
        'Why?'
    """
    where, values = record
    value = lookup(values, names)
    if value is not ABSENT:
        return value
    first, listed = names.split("|")[0], " or ".join(names.split("|"))
    delimiter = next((mark for mark in (";", "\t") if len(values) == 1 and mark in next(iter(values))), "")
    if delimiter:
        raise DataFormatError(
            f"{where}: expected a column named '{listed}', got the one column {next(iter(values))!r}, which "
            f"seems to be several, separated by {delimiter!r}: .csv has commas, .tsv has tabs"
        )
    raise DataFormatError(
        f"{where}: expected a column named '{listed}', got {', '.join(values)}"
        f"{nearest(first, list(values))}; name the columns in the task's config"
    )


def text_of(record: Record, names: str) -> str:
    """Look a text up, see :func:`value_of`.

    Args:
        record: Place and columns of a row.
        names: Column name, or several, see :func:`value_of`.

    Raises:
        DataFormatError: if it is not there, or no text.
    """
    text = value_of(record, names)
    if not isinstance(text, str):
        raise DataFormatError(f"{record[0]}: expected a text in column '{names}', got {text!r}")
    return text


def _table(path: Path, delimiter: str, *, quoted: bool) -> Iterator[Record]:
    name = str(path)
    for number, values in read_table_rows(path, delimiter, quoted=quoted):
        yield f"{name}:{number}", values


def _jsonl(path: Path) -> Iterator[Record]:
    name = str(path)
    for number, line in numbered_lines(path):
        if not line or line.isspace():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataFormatError(f"{path}:{number}: expected a JSON object, got {line[:60]!r}") from error
        if not isinstance(values, dict):
            raise DataFormatError(f"{path}:{number}: expected a JSON object, got {line[:60]!r}")
        if "\\u" in line:  # only an escape can spell half a character: the line itself is UTF-8
            check_characters(f"{path}:{number}", values)
        yield f"{name}:{number}", values


def _parquet(path: Path) -> Iterator[Record]:
    table = read_table(path)
    names = class_names(_features(table))
    check_characters(f"{path}: names of classes", names)
    for row, values in enumerate(plain_rows(table)):
        where = f"{path}: row {row}"
        yield where, with_names(where, values, names)


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Give the rows of a table as plain objects, a 32-bit number as the decimals that it was written from.

    Args:
        table: Table of any columns.

    Example:
        >>> plain_rows(pa.table({"score": pa.array([0.8], pa.float32())}))
        [{'score': 0.8}]
    """
    rows: list[dict[str, Any]] = table.to_pylist()
    for name in (column.name for column in table.schema if pa.types.is_float32(column.type)):
        for row in rows:
            row[name] = None if row[name] is None else float(str(np.float32(row[name])))
    return rows


def _features(table: pa.Table) -> Mapping[str, Any]:
    """Read what the library ``datasets`` writes into its files: the meaning of each column."""
    text = (table.schema.metadata or {}).get(b"huggingface")
    try:
        features: Mapping[str, Any] = json.loads(text)["info"]["features"] if text else {}
    except (ValueError, KeyError, TypeError):
        return {}  # written by another tool: its numbers stay numbers
    return features


def read_table(path: Path) -> pa.Table:
    """Read a parquet file.

    Raises:
        DataNotFoundError: if it is not there.
        DataFormatError: if it is no parquet file.
    """
    if not path.is_file():
        raise DataNotFoundError(f"{path}: expected a data file, found none")
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataFormatError(
            f"{path}: expected a parquet file, got something else or a part of one ({error})"
        ) from error
