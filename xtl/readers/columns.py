"""Column files, one word a line, to tagged words.

Two layouts are told apart by their first sentence: ``index<TAB>word<TAB>tag...`` (Universal NER's ``.iob2``,
GermEval), whose third column is the tag, and ``word<TAB>tag`` (CoNLL as XTREME writes it). Where more columns
follow a word without an index, the last one is the tag if it holds span tags alone (``O``, ``B-PER``), as in
CoNLL-2003; else the tag is the column next to the word.

In a file without any tab, single spaces separate the columns (CoNLL-2003, MasakhaNER), and the tag is the
last of them. Lines ``-DOCSTART-`` part sentences and are no words.

PAN-X's ``de:`` in front of words is cut off on request, and nothing else that stands before a colon:
``10:30`` is a word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.conllu import TaggedWords
from xtl.readers.lines import Row, numbered_lines

_DOCUMENT_START = "-DOCSTART-"


_SPAN_TAG = re.compile(r"O|[BIESLUM]-\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """What the columns of a file are.

    Attributes:
        separator: Character between columns.
        num_columns: Number of columns of each line; 0: at least those of word and tag.
        word: Number of the word's column, from 0.
        tag: Number of the tag's column.
    """

    separator: str
    num_columns: int
    word: int
    tag: int

    @property
    def text(self) -> str:
        """Layout as errors name it."""
        names = ["word", *["..."] * (self.tag - self.word - 1), "tag"]
        gap = "<TAB>" if self.separator == "\t" else " "
        return gap.join(["index"] * self.word + names)

    def is_comment(self, columns: list[str]) -> bool:
        """Whether a line, of which ``columns`` are the columns, is no word.

        A hash may be a word, so what stands in its line decides: a word has its tag.
        """
        if not columns[0].startswith("#"):
            return False
        if self.word:  # an index is a number
            return True
        if len(columns) == 1:
            return True
        return columns[0] == "#" and (len(columns) != self.num_columns or columns[2:3] == ["="])


def read_columns(path: Path, *, prefix: str = "") -> Iterator[TaggedWords]:
    """Read words and tags.

    Args:
        path: Column file. Comments are left out: lines that begin with ``#`` and are no word with its tag.
        prefix: Beginning of words to cut off where it stands, such as ``de:``; empty: nothing.

    Yields:
        The words and tags of each sentence, in file order.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line lacks its word or its tag, or has another number of columns than the first.
    """
    lines = list(numbered_lines(path))
    layout = _layout_of(lines)
    words: list[str] = []
    tags: list[str] = []
    empty = True
    for number, columns in _rows(lines, layout.separator):
        if not number:  # the end of a sentence
            if words:
                empty = False
                yield tuple(words), tuple(tags)
                words, tags = [], []
        elif not layout.is_comment(columns):
            word, tag = _word_and_tag(f"{path}:{number}", columns, layout, prefix=prefix)
            words.append(word)
            tags.append(tag)
    if empty:
        raise DataFormatError(f"{path}: expected at least one sentence, got comments and blank lines only")


def _rows(lines: Sequence[tuple[int, str]], separator: str) -> Iterator[Row]:
    """Columns of each line with its number; 0 and nothing where a sentence ends."""
    for number, line in lines:
        columns = line.split(separator)
        if not line.strip(" \t") or columns[0] == _DOCUMENT_START:
            yield 0, []
        else:
            yield number, columns
    yield 0, []


def _layout_of(lines: Sequence[tuple[int, str]]) -> _Layout:
    """Find the layout of a file by its lines that do not begin with a hash, which may be comments."""
    plain = [line for _, line in lines if line.strip(" \t") and not line.startswith(("#", _DOCUMENT_START))]
    separator = "\t" if not plain or any("\t" in line for line in plain) else " "
    first: list[list[str]] = []
    rows: list[list[str]] = []
    for _, columns in _rows(lines, separator):
        if columns and not columns[0].startswith("#"):
            rows.append(columns)
        elif not columns and rows:
            first = first or rows
            if len(rows) > 1:  # a sentence of the one word "1" would pass for an index
                first = rows
                break
            rows = []
    if first and _is_indexed(first):
        return _Layout(separator=separator, num_columns=0, word=1, tag=2)
    num_columns = max(2, len(first[0])) if first else 2
    ends_in_tag = separator == " " or all(_SPAN_TAG.fullmatch(line.rpartition("\t")[2]) for line in plain)
    tag = num_columns - 1 if ends_in_tag else 1
    return _Layout(separator=separator, num_columns=num_columns, word=0, tag=tag)


def _is_indexed(rows: list[list[str]]) -> bool:
    """Whether the first column counts the words of the sentence from 1, or 0, and two more columns follow."""
    # Without the third column a sentence of one numeral, ``1<TAB>NUM``, would pass for an index and a word.
    return any(
        all(len(columns) >= 3 and columns[0] == str(index) for index, columns in enumerate(rows, start=start))
        for start in (0, 1)
    )


def _word_and_tag(where: str, columns: list[str], layout: _Layout, *, prefix: str) -> tuple[str, str]:
    shown = ("<tab>" if layout.separator == "\t" else " ").join(columns)[:60]
    if len(columns) <= layout.tag:
        raise DataFormatError(
            f"{where}: expected '{layout.text}', got {len(columns)} column(s): {shown!r}; "
            "every word needs its tag (a file without tags cannot be scored)"
        )
    if layout.num_columns and len(columns) != layout.num_columns:
        between = "tabs" if layout.separator == "\t" else "single spaces (the file has no tab)"
        raise DataFormatError(
            f"{where}: expected {layout.num_columns} columns between {between}, as in the first line, got "
            f"{len(columns)}: {shown!r}"
        )
    word, tag = columns[layout.word].removeprefix(prefix), columns[layout.tag]
    if not word or not tag:
        missing = "word" if not word else "tag"
        raise DataFormatError(
            f"{where}: expected '{layout.text}', got an empty {missing}; fill it in (tag O if none)"
        )
    return word, tag
