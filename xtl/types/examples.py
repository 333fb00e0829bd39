"""What an example is: one row of a task, as it stands in its file."""

from dataclasses import dataclass, field
from typing import NamedTuple


class ExampleId(NamedTuple):
    """Identity of an example: translations of one row share the uid and differ in language."""

    lang: str
    uid: str

    def __str__(self) -> str:
        return f"{self.lang}:{self.uid}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identified:
    """Row of a task.

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


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingExample(Identified):
    """One sentence with one tag a word, as it stands in the file.

    Attributes:
        words: The words, length L.
        tags: Tags, one a word, length L.

    Raises:
        ValueError: if the numbers of words and tags differ.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != len(self.tags):
            raise ValueError(
                f"{self.uid} ({self.lang}): expected one tag a word, got {len(self.words)} words and "
                f"{len(self.tags)} tags; each line of the file needs exactly one word and one tag"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationExample(Identified):
    """One or two texts with a class or a score.

    Attributes:
        first: The premise, or the only text.
        second: The hypothesis; ``None`` where the task has one text.
        label: A class by name, a score as a number, or ``None`` where the file gives none.
    """

    first: str
    second: str | None
    label: str | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One accepted answer: its text, and where it starts in the context (characters from 0)."""

    text: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanQAExample(Identified):
    """A question about a context; no answers means that it cannot be answered.

    Attributes:
        source_id: Id of the question in the data set; empty: none. Decides no weight, so no key has it.
    """

    context: str
    question: str
    answers: tuple[Answer, ...]
    source_id: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class MultipleChoiceExample(Identified):
    """A context, a question about it (may be empty) and options of which one is right.

    Attributes:
        label: Index of the right option from 0, or ``None`` where the file gives none.
    """

    context: str
    question: str
    options: tuple[str, ...]
    label: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalExample(Identified):
    """A sentence in ``lang`` and its translation, in English unless the task says otherwise."""

    text: str
    translation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BitextMiningExample(Identified):
    """Two comparable corpora and the pairs of ids that are translations (``gold``)."""

    text_of_id: dict[str, str]
    translation_of_id: dict[str, str]
    gold: frozenset[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedLMExample(Identified):
    """One line of raw text."""

    text: str


Example = (
    TaggingExample
    | ClassificationExample
    | SpanQAExample
    | MultipleChoiceExample
    | RetrievalExample
    | BitextMiningExample
    | MaskedLMExample
)
"""An example of any task type."""
