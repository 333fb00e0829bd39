"""Lines and sentence blocks of text files, cut only where the format means it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from xtl.errors import DataFormatError, DataNotFoundError

Row = tuple[int, list[str]]
"""Number of a line from 1, and its columns."""


_MARK = b"\xef\xbb\xbf"
"""The byte-order mark that some editors put in front of UTF-8."""


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give each line with its number from 1, without its end; memory holds one line at a time.

    Lines end at LF or CRLF only: a form feed, U+0085 or U+2028 inside a word is part of the word. In a file
    without any LF they end at CR, as on old Macs. A byte-order mark at the start is dropped.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if the file is empty or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            blank: list[bytes] = []  # lines before the first that says something: perhaps none does
            is_empty = True
            number = 0
            for line in _split_lines(file):
                if is_empty and not line.removeprefix(_MARK).strip():
                    blank.append(line)
                    continue
                is_empty = False
                for whole_line in (*blank, line):
                    number += 1
                    unmarked = whole_line.removeprefix(_MARK) if number == 1 else whole_line
                    yield number, _decoded(unmarked, f"{path}:{number}")
                blank.clear()
    except FileNotFoundError as error:
        raise DataNotFoundError(f"{path}: expected a data file, found none") from error
    if is_empty:
        raise DataFormatError(
            f"{path}: expected at least one sentence, got an empty file; fetch or unpack it again"
        )


def _split_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends; behind the last end stands one more, as ``bytes.split`` has it."""
    # Cut as bytes: str.splitlines would also cut at the characters named above.
    line = b"\n"
    for number, line in enumerate(file):
        if number == 0 and not line.endswith(b"\n"):  # all of the file
            yield from line.split(line_end(line))
            return
        yield line.removesuffix(b"\n")
    if line.endswith(b"\n"):
        yield b""


def line_end(data: bytes) -> bytes:
    r"""Byte that ends the lines of a file.

    Example:
        >>> line_end(b"one\rtwo\r"), line_end(b"one\r\ntwo")
        (b'\r', b'\n')
    """
    return b"\r" if b"\r" in data and b"\n" not in data else b"\n"


def streamed_lines(stream: Iterable[bytes], name: str) -> Iterator[tuple[str, str]]:
    """Give each line of a stream as it comes, as :func:`numbered_lines` does for a file; blank ones too.

    Args:
        stream: Lines with their ends, such as an open file.
        name: Name of the stream in errors.

    Yields:
        Place of the line, such as ``stdin:1``, and the line without its end.

    Raises:
        DataFormatError: at a line that is not UTF-8.
    """
    number = 0
    for chunk in stream:
        # Without any LF the first line is all there is, and its lines end at CR.
        is_all = not number and not chunk.endswith(b"\n")
        end = line_end(chunk) if is_all else b"\n"
        for line in chunk.removesuffix(end).split(end):
            number += 1
            where = f"{name}:{number}"
            yield where, _decoded(line.removeprefix(_MARK) if number == 1 else line, where)


def blocks(path: Path, is_comment: Callable[[str], bool] = lambda _: False) -> Iterator[list[Row]]:
    """Give the sentences of a column file: runs of tab-separated lines between blank lines.

    Args:
        path: Column file.
        is_comment: Predicate of lines to leave out.

    Yields:
        Rows of one sentence, at least one.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if the file is empty or not UTF-8.
    """
    rows: list[Row] = []
    for number, line in numbered_lines(path):
        if not line.strip(" \t"):
            if rows:
                yield rows
            rows = []
        elif not is_comment(line):
            rows.append((number, line.split("\t")))
    if rows:
        yield rows


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise DataFormatError(
            f"{where}: expected UTF-8, got byte 0x{line[error.start]:02x} at position {error.start + 1} of "
            "the line; convert the file, e.g. with iconv"
        ) from error
