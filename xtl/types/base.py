"""What all examples have: an identity, and what those who look at data ask of them."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class ExampleId(NamedTuple):
    """Identity of an example: translations of one row share the uid and differ in language.

    Attributes:
        lang: The task's own code of the language.
        uid: Identifier ``<task>/<split>/<row id>``.
    """

    lang: str
    uid: str

    def __str__(self) -> str:
        return f"{self.lang}:{self.uid}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example(ABC):
    """Row of a task: base of the examples of every type.

    What is not abstract suits an example that is its texts and no more.

    Attributes:
        uid: Identifier ``<task>/<split>/<row id>``, without the language: translations of one row share it.
        lang: The task's own code of the language.
    """

    uid: str
    lang: str

    @property
    def id(self) -> ExampleId:
        """Language and uid, which no other example of the task has."""
        return ExampleId(self.lang, self.uid)

    @property
    @abstractmethod
    def texts(self) -> Sequence[str]:
        """All that is read of it; words of a sentence are joined by spaces."""

    @property
    def group(self) -> Hashable:
        """What it shares with those examples that no resampling may part it from; most are alone."""
        return self.uid

    @property
    def label_counts(self) -> Mapping[str, int]:
        """How often it has each label, such as a tag, its class, or whether there is an answer."""
        return {}

    @property
    def number(self) -> float | None:
        """Label, where that is a number."""
        return None

    def length(self, *, spaced: bool) -> int:
        """Number of words, or of characters of languages that are written without spaces."""
        return sum(text_length(text, spaced=spaced) for text in self.texts)

    @property
    def lines(self) -> Sequence[str]:
        """Lines that show it to a reader: answers between guillemets, the right option behind an arrow."""
        return self.texts

    @property
    def summary(self) -> str:
        """Line of text that a reader can compare with that of the same row in other languages."""
        return " | ".join(self.texts)


def text_length(text: str, *, spaced: bool) -> int:
    """Number of words of a text, or of characters where words have no spaces between them."""
    return len(text.split()) if spaced else len(text)
