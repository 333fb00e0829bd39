"""Files of raw text to lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xtl.errors import DataFormatError
from xtl.readers import read_records, text_of
from xtl.readers.lines import numbered_lines
from xtl.types import Split, TextExample

TEXT_COLUMN = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class TextReader:
    """Reads raw text of one task: a line of ``.txt``, or the column ``text`` of records, is an example.

    Attributes:
        task: Its name; uids begin with it.
    """

    task: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".txt", ".jsonl", ".parquet")

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[TextExample]:
        """Read one file; blank lines, which part paragraphs, are left out.

        Returns:
            One example a line, row ids counting all lines from 0 in file order.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is not in its format, or holds nothing but blank lines.
        """
        examples = [
            TextExample(uid=f"{self.task}/{split}/{row}", lang=lang, text=text)
            for row, text in enumerate(self._texts(path))
            if text.strip()
        ]
        if not examples:
            raise DataFormatError(f"{path}: expected lines of text, got blank ones only")
        return examples

    def _texts(self, path: Path) -> Iterator[str]:
        if path.suffix == ".txt":
            yield from (line for _, line in numbered_lines(path))
            return
        for where, record in read_records(path, [TEXT_COLUMN]):
            yield text_of(where, TEXT_COLUMN, record[TEXT_COLUMN])
