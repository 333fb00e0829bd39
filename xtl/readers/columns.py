"""Column files, one word a line, to tagged words.

Two layouts are told apart by what most lines begin with: ``index<TAB>word<TAB>tag...`` (Universal NER's
``.iob2``, GermEval), whose third column is the tag, and ``word<TAB>tag`` (CoNLL as XTREME writes it). Where
more columns follow a word without an index, the last one is the tag if it holds span tags alone (``O``,
``B-PER``), as in CoNLL-2003; else the tag is the column next to the word.

In a file without any tab, single spaces separate the columns (CoNLL-2003, MasakhaNER), and the tag is the
last of them. Lines ``-DOCSTART-`` part sentences and are no words.

PAN-X's ``de:`` in front of words is cut off on request, where at least half of a file's words have it, and
nothing else that stands before a colon: ``10:30`` is a word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.conllu import TaggedWords
from xtl.readers.lines import Row, numbered_lines

_DOCUMENT_START = "-DOCSTART-"


_SPAN_TAG = re.compile(r"O|[BIESLUM]-\S+")

_INDEX = re.compile(r"([0-9]+)([-.][0-9]+)?")
"""Number of a word, of a fused form (``2-3``) or of a node without a word (``2.1``)."""

_HASHTAG = re.compile(r"#[^\s#]")


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
        prefix: Beginning of words to cut off where it stands, such as ``de:``, unless fewer than half of the
            words have it.

    Yields:
        The words and tags of each sentence, in file order.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line lacks its word or its tag, has another number of columns than the first, or
            an index that does not rise within its sentence.
    """
    lines = list(numbered_lines(path))
    separator = _separator_of(lines)
    sentences = list(_sentences(lines, separator))
    layout = _layout_of(sentences, separator)
    if prefix and not _has_prefix(sentences, layout, prefix):
        prefix = ""
    empty = True
    for rows in sentences:
        of_words = [row for row in rows if not layout.is_comment(row[1])]
        if not of_words:
            continue
        empty = False
        if layout.word:
            _check_indices(path, of_words, layout)
        else:
            _check_comments(path, rows, layout)
        tagged = [
            _word_and_tag(f"{path}:{number}", columns, layout, prefix=prefix) for number, columns in of_words
        ]
        yield tuple(word for word, _ in tagged), tuple(tag for _, tag in tagged)
    if empty:
        raise DataFormatError(f"{path}: expected at least one sentence, got comments and blank lines only")


def _sentences(lines: Sequence[tuple[int, str]], separator: str) -> Iterator[list[Row]]:
    """Number and columns of each line of a sentence, comments among them."""
    rows: list[Row] = []
    for number, line in lines:
        columns = line.split(separator)
        if line.strip(" \t") and columns[0] != _DOCUMENT_START:
            rows.append((number, columns))
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


def _has_prefix(sentences: Sequence[Sequence[Row]], layout: _Layout, prefix: str) -> bool:
    """Whether at least half of the words begin with a prefix."""
    words = [
        columns[layout.word]
        for rows in sentences
        for _, columns in rows
        if len(columns) > layout.tag and not layout.is_comment(columns)
    ]
    return 2 * sum(word.startswith(prefix) for word in words) >= len(words)


def _check_indices(path: Path, rows: Sequence[Row], layout: _Layout) -> None:
    """Refuse a sentence whose indices do not rise: two sentences, or lines that are no words."""
    last = -1
    for number, columns in rows:
        index = columns[0]
        if not index.isascii() or not index.isdigit():
            raise DataFormatError(
                f"{path}:{number}: expected '{layout.text}' with a whole number as the index, as in most "
                f"lines, got {index[:60]!r}; leave lines of fused forms and of nodes without a word out, or "
                "name a file of Universal Dependencies .conllu"
            )
        if int(index) <= last:
            raise DataFormatError(
                f"{path}:{number}: expected an index above {last} in this sentence, got {index}; put a blank "
                "line between sentences"
            )
        last = int(index)


def _check_comments(path: Path, rows: Sequence[Row], layout: _Layout) -> None:
    """Refuse a comment between two words that may be a word without its tag, such as ``#ulm``."""
    words = [number for number, columns in rows if not layout.is_comment(columns)]
    for number, columns in rows:
        is_tag = layout.is_comment(columns) and _HASHTAG.match(columns[0])
        if is_tag and words[0] < number < words[-1]:
            raise DataFormatError(
                f"{path}:{number}: expected '{layout.text}', got a line without a tag between two words "
                f"({columns[0][:60]!r}); give a word its tag, begin a comment with '# '"
            )


def _is_plain(line: str) -> bool:
    """Whether a line is no comment: those begin with a hash, though a word may, too."""
    return bool(line.strip(" \t")) and not line.startswith(("#", _DOCUMENT_START))


def _separator_of(lines: Sequence[tuple[int, str]]) -> str:
    """Character between the columns of a file: a tab, or a space where no line has a tab."""
    plain = [line for _, line in lines if _is_plain(line)]
    return "\t" if not plain or any("\t" in line for line in plain) else " "


def _layout_of(sentences: Sequence[Sequence[Row]], separator: str) -> _Layout:
    """Find the layout of a file by its lines that do not begin with a hash, which may be comments."""
    plain = [
        rows
        for sentence in sentences
        if (rows := [columns for _, columns in sentence if not columns[0].startswith("#")])
    ]
    if _are_indexed(plain):
        return _Layout(separator=separator, num_columns=0, word=1, tag=2)
    num_columns = max(2, len(plain[0][0])) if plain else 2
    ends_in_tag = separator == " " or all(_SPAN_TAG.fullmatch(row[-1]) for rows in plain for row in rows)
    tag = num_columns - 1 if ends_in_tag else 1
    return _Layout(separator=separator, num_columns=num_columns, word=0, tag=tag)


def _are_indexed(sentences: Sequence[Sequence[list[str]]]) -> bool:
    """Whether most lines begin with an index that two more columns follow.

    An index counts through each sentence from 0 or 1, or through the whole file.
    """
    # Without a third column a sentence of numerals, ``1<TAB>NUM``, would pass for an index and a word.
    rows = [columns for rows in sentences for columns in rows]
    wide = sum(len(columns) >= 3 for columns in rows)
    numbers = [int(match.group(1)) for columns in rows if (match := _INDEX.fullmatch(columns[0]))]
    if 2 * len(numbers) <= len(rows) or 2 * wide < len(rows):
        return False
    begun = [match for rows in sentences if (match := _INDEX.fullmatch(rows[0][0]))]
    begin = sum(int(match.group(1)) <= 1 for match in begun)
    return 2 * begin > len(sentences) or all(low <= high for low, high in pairwise(numbers))


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
