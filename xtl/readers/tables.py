"""Tables of text, ``.tsv`` and ``.csv``, to rows of fields: quoted ones and plain ones."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.lines import numbered_lines

# The csv module stops at 131,072 characters a field; the largest number that fits a C long everywhere.
csv.field_size_limit(2**31 - 1)


def read_table_rows(path: Path, delimiter: str, *, quoted: bool) -> Iterator[tuple[int, dict[str, str]]]:
    """Read the rows of a table whose first line names its columns.

    Args:
        path: Table.
        delimiter: Character between fields.
        quoted: Whether fields may stand in quotation marks, with ``""`` for one inside. A field in marks may
            hold a line break or the delimiter, but not both: that is what a stray mark looks like, which
            swallows the rows up to the next one.

    Yields:
        Number of the line that a row ends in, and its values by column.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if it is empty, or a row does not have the columns that the first line names.
    """
    # With quoting a blank line may be part of a field; without, it is a line too many at the end.
    lines = ((number, line) for number, line in numbered_lines(path) if line or quoted)
    rows = _quoted_rows(path, lines, delimiter) if quoted else _plain_rows(lines, delimiter)
    first, names = next(rows)
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise DataFormatError(
            f"{path}:{first}: expected a name of its own for each column, got {repeated!r} "
            f"{names.count(repeated)} times"
        )
    for number, row in rows:
        if len(row) != len(names):
            raise DataFormatError(
                f"{path}:{number}: expected {len(names)} columns ({', '.join(names)}), got {len(row)}: "
                f"{delimiter.join(row)[:60]!r}"
            )
        if not quoted:
            _refuse_quoting(path, number, row)
        yield number, dict(zip(names, row, strict=True))


def _plain_rows(lines: Iterable[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines:
        yield number, line.split(delimiter)


def _quoted_rows(
    path: Path, lines: Iterable[tuple[int, str]], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    # strict: else a quotation mark that is never closed takes the rest of the file into one field.
    reader = csv.reader((f"{line}\n" for _, line in lines), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for row in reader:
            if row:
                _refuse_swallowed_rows(path, begin, row, delimiter)
                yield reader.line_num, row
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DataFormatError(
            f"{path}:{begin}: expected fields in quotation marks or without any, got {error} (in line "
            f"{reader.line_num}); double a quotation mark that belongs to the text, or set quoted=false"
        ) from error


def _refuse_swallowed_rows(path: Path, number: int, row: Sequence[str], delimiter: str) -> None:
    """Stop at a field that may be several rows between two stray quotation marks."""
    for field in row:
        if "\n" in field and delimiter in field:
            name = "tab" if delimiter == "\t" else "delimiter"
            raise DataFormatError(
                f"{path}:{number}: expected a field in quotation marks to hold a line break or a {name}, got "
                f"both, which is what rows between two stray quotation marks look like: {field[:60]!r}; "
                'double a quotation mark that belongs to the text (""), set quoted=false for a .tsv that '
                "quotes nothing, or write such texts into a .jsonl file"
            )


def _refuse_quoting(path: Path, number: int, row: Sequence[str]) -> None:
    """Stop at what can only be a quoted field, before its marks are read as text."""
    for field in row:
        inside = field[1:-1]
        if len(field) > 1 and field[0] == field[-1] == '"' and '""' in inside:
            raise DataFormatError(
                f"{path}:{number}: expected fields without quoting, got {field[:60]!r}; set quoted=true in "
                "the task's config"
            )
