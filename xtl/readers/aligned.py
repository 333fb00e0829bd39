"""Aligned files: line n of one is the translation of line n of the other."""

from collections.abc import Iterator
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.lines import numbered_lines


def read_aligned(path: Path, other: Path) -> Iterator[tuple[str, str]]:
    """Read two aligned files.

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
