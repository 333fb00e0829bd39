"""Lines of text to examples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtl.data.raw import LineLocation, text_field
from xtl.data.rows import Rows
from xtl.readers import Record
from xtl.readers.lines import numbered_lines
from xtl.types import Example


@dataclass(frozen=True, kw_only=True, slots=True)
class CapitalExample(Example):
    """A sentence, and whether it begins with a capital letter; ``None`` where that is to be predicted."""

    text: str
    is_capital: bool | None

    @property
    def texts(self) -> Sequence[str]:
        """The sentence."""
        return [self.text]

    @property
    def label_counts(self) -> Mapping[str, int]:
        """One of its label."""
        return {"capital" if self.is_capital else "small": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class CapitalReader:
    """Reader of ``.txt`` files, a sentence a line."""

    task: str
    skip: int

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".txt",)

    def records(self, path: Path, lang: str) -> Iterator[Record]:
        """Lines of one file."""
        for number, line in numbered_lines(path):
            yield f"{path}:{number}", {"text": line}

    def examples(self, rows: Rows) -> list[CapitalExample]:
        """Example of each line."""
        texts = [record["text"] for _, record in rows.records]
        return [
            CapitalExample(
                uid=rows.uid(self.task, row),
                lang=rows.lang,
                text=text,
                is_capital=text[self.skip : self.skip + 1].isupper(),
            )
            for row, text in enumerate(texts)
            if text
        ]


@dataclass(frozen=True, slots=True)
class RawCapitalReader:
    """Reader of raw sentences."""

    layout: str = "a sentence"
    keys: str = 'a JSON object {"text": "..."}'

    def from_text(self, text: str, location: LineLocation) -> CapitalExample:
        """Example of a line: all of it."""
        return CapitalExample(uid=location.uid, lang=location.lang, text=text, is_capital=None)

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> CapitalExample:
        """Example of a JSON object: its ``text``."""
        return self.from_text(text_field(record, ("text",), location, self.keys), location)
