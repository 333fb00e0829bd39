"""Aligned files: line n of one is the translation of line n of the other."""

from collections.abc import Iterator
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.lines import numbered_lines


def read_id_sentences(path: Path) -> dict[str, str]:
    """Sentences of one corpus by id, from lines ``id<TAB>sentence``.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line is not an id and a sentence, or an id stands there twice.
    """
    sentences = {}
    for number, (id_, text) in read_two_columns(path, "id<TAB>sentence"):
        if id_ in sentences:
            raise DataFormatError(f"{path}:{number}: expected each id once, got {id_!r} again")
        sentences[id_] = text
    return sentences


def read_two_columns(path: Path, layout: str) -> list[tuple[int, list[str]]]:
    """Numbers and columns of the lines that are not blank.

    Args:
        path: File of two columns, parted by a tab.
        layout: Layout that an error names, such as ``id<TAB>sentence``.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line does not have two columns.
    """
    rows = []
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        columns = line.split("\t", maxsplit=1)
        if len(columns) < 2 or not all(columns):
            raise DataFormatError(f"{path}:{number}: expected '{layout}', got {line[:60]!r}")
        rows.append((number, columns))
    return rows


def read_aligned(path: Path, other: Path) -> Iterator[tuple[str, str]]:
    """Read two aligned files.

    Args:
        path: File of one language.
        other: File of the other one, line by line its translation.

    Yields:
        A line of ``path`` and the line of ``other`` with the same number.

    Raises:
        DataNotFoundError: if one is not there.
        DataFormatError: if one has more lines, or a line is blank in one of them.
    """
    first, second = _lines(path), _lines(other)
    if len(first) != len(second):
        raise DataFormatError(
            f"{path}: expected as many lines as in {other.name} ({len(second):,}), got {len(first):,}; "
            "line n of one must be the translation of line n of the other"
        )
    for number, pair in enumerate(zip(first, second, strict=True), start=1):
        for file, text in zip((path, other), pair, strict=True):
            if not text.strip():
                raise DataFormatError(f"{file}:{number}: expected a sentence, got a blank line")
        yield pair


def _lines(path: Path) -> list[str]:
    lines = [text for _, text in numbered_lines(path)]
    # What stands behind the last line end is no sentence; a blank line before it is, and an error.
    return lines[:-1] if lines and not lines[-1] else lines
