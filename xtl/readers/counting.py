"""Rows of a file, counted without reading what they say."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

COUNTED_FORMATS = (
    ".conllu", ".iob2", ".conll", ".auto", ".tsv", ".csv", ".json", ".jsonl", ".parquet", ".txt",
)  # fmt: skip
"""Endings of files whose rows can be counted; those of aligned lines have the language's code."""


def count_rows(path: Path | str, *, tagged: bool = False, quoted: bool = False) -> int | None:
    """Count the rows of a file: sentences, questions, lines under a line of names, or lines.

    Args:
        path: Data file.
        tagged: Whether tables hold a word a line, and blank lines between sentences.
        quoted: Whether a ``.tsv`` is quoted.

    Returns:
        Number of rows before anything is left out; ``None`` if the file cannot be read.
    """
    path = Path(path)
    try:
        return _counter(path.suffix, tagged=tagged, quoted=quoted)(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error):
        # A count is for an overview: what is wrong, and in which line, is for the file's reader to say.
        return None


def _counter(suffix: str, *, tagged: bool, quoted: bool) -> Callable[[Path], int]:
    match suffix:
        case ".conllu" | ".iob2" | ".conll":
            return _sentences
        case ".tsv" | ".txt" if tagged:
            return _sentences
        case ".csv":
            return _quoted_rows
        case ".tsv":
            return _quoted_rows if quoted else lambda path: _lines(path) - 1
        case ".json":
            return _questions
        case ".parquet":
            return _parquet_rows
        case ".auto":
            return _derivations
        case _:
            return _lines


def _sentences(path: Path) -> int:
    """Count blocks of lines that are not all comments."""
    # In column files "#" may be a word, which a tab follows; in CoNLL-U a line begins with a number.
    comment = b"#" if path.suffix == ".conllu" else b"# "
    count, inside = 0, False
    for line in _bytes_of_lines(path):
        if not line.strip() or line.startswith(b"-DOCSTART-"):
            inside = False
        elif not inside and not line.startswith(comment):
            count, inside = count + 1, True
    return count


def _lines(path: Path) -> int:
    return sum(1 for line in _bytes_of_lines(path) if line.strip())


def _bytes_of_lines(path: Path) -> Iterator[bytes]:
    """Lines as :func:`xtl.readers.lines.numbered_lines` cuts them, without a file in memory."""
    with path.open("rb") as lines:
        for line in lines:
            # A line without an end is the last one; if it is the first one too, CR may end lines.
            yield from line.split(b"\r") if not line.endswith(b"\n") and lines.tell() == len(line) else [line]


def _quoted_rows(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = "," if path.suffix == ".csv" else "\t"
        return sum(1 for row in csv.reader(file, delimiter=delimiter) if row) - 1


def _questions(path: Path) -> int:
    def questions_of(item: dict[str, list[dict[str, list[object]]]]) -> int:
        if "paragraphs" not in item and "context" in item:
            return 1  # a flat record
        return sum(len(paragraph["qas"]) for paragraph in item["paragraphs"])

    content = json.loads(path.read_text(encoding="utf-8-sig"))
    return sum(map(questions_of, content if isinstance(content, list) else content["data"]))


def _derivations(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for line in lines if line.startswith(b"("))


def _parquet_rows(path: Path) -> int:
    import pyarrow.parquet as pq  # slow to load, and most files are no parquet

    return int(pq.ParquetFile(path).metadata.num_rows)
