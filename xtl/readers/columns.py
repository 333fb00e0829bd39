"""Column files, one word a line, to tagged words: word first or after an index, tag next.

Two layouts are told apart by their first sentence: ``index<TAB>word<TAB>tag...`` (Universal NER's ``.iob2``)
and ``word<TAB>tag`` (CoNLL as XTREME writes it). PAN-X's ``de:`` in front of words is cut off on request, and
nothing else that stands before a colon: ``10:30`` is a word.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers.conllu import TaggedWords
from xtl.readers.lines import Row, blocks


def read_columns(path: Path, *, prefix: str = "") -> Iterator[TaggedWords]:
    """Read words and tags.

    Args:
        path: Column file. Comment lines (``# ``, no tab) are left out.
        prefix: Beginning of words to cut off where it stands, such as ``de:``; empty: nothing.

    Yields:
        The words and tags of each sentence, in file order.

    Raises:
        DataNotFoundError: if the file is not there.
        DataFormatError: if a line lacks its word or its tag.
    """
    sentences = blocks(path, lambda line: line.startswith("#") and "\t" not in line)  # "#" may be a word
    first = next(sentences, None)
    if first is None:
        raise DataFormatError(f"{path}: expected at least one sentence, got comments and blank lines only")
    word_column = 1 if _is_indexed(first) else 0
    for rows in chain([first], sentences):
        words, tags = [], []
        for number, columns in rows:
            word, tag = _word_and_tag(path, number, columns, word_column, prefix=prefix)
            words.append(word)
            tags.append(tag)
        yield tuple(words), tuple(tags)


def _is_indexed(rows: Sequence[Row]) -> bool:
    """Whether the first column counts the words of the sentence from 1 and two more columns follow."""
    # Without the third column a sentence of one numeral, ``1<TAB>NUM``, would pass for an index and a word.
    return all(
        len(columns) >= 3 and columns[0] == str(index) for index, (_, columns) in enumerate(rows, start=1)
    )


def _word_and_tag(
    path: Path, number: int, columns: Sequence[str], word_column: int, *, prefix: str
) -> tuple[str, str]:
    layout = "index<TAB>word<TAB>tag" if word_column else "word<TAB>tag"
    if len(columns) < word_column + 2:
        raise DataFormatError(
            f"{path}:{number}: expected '{layout}', got {len(columns)} column(s): "
            f"{'<tab>'.join(columns)[:60]!r}; "
            "every word needs its tag (a file without tags cannot be scored)"
        )
    word, tag = columns[word_column].removeprefix(prefix), columns[word_column + 1]
    if not word or not tag:
        missing = "word" if not word else "tag"
        raise DataFormatError(
            f"{path}:{number}: expected '{layout}', got an empty {missing}; fill it in (tag O if none)"
        )
    return word, tag
