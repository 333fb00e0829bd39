"""What an example is: one row of a task, as it stands in its file."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingExample:
    """One sentence with one tag a word, as it stands in the file.

    Attributes:
        uid: Identifier ``<task>/<split>/<row id>``, without the language: translations of one row share it.
        lang: The task's own code of the language.
        words: The words, length L.
        tags: Tags, one a word, length L.

    Raises:
        ValueError: if the numbers of words and tags differ.
    """

    uid: str
    lang: str
    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != len(self.tags):
            raise ValueError(
                f"{self.uid} ({self.lang}): expected one tag a word, got {len(self.words)} words and "
                f"{len(self.tags)} tags; each line of the file needs exactly one word and one tag"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationExample:
    """One or two texts with a class or a score.

    Attributes:
        uid: Identifier ``<task>/<split>/<row id>``.
        lang: The task's own code of the language.
        first: The premise, or the only text.
        second: The hypothesis; ``None`` where the task has one text.
        label: A class by name, a score as a number, or ``None`` where the file gives none.
    """

    uid: str
    lang: str
    first: str
    second: str | None
    label: str | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One accepted answer: its text, and where it starts in the context (characters from 0)."""

    text: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanQAExample:
    """A question about a context; no answers means that it cannot be answered.

    Attributes:
        source_id: Id of the question in the data set; empty: none. Decides no weight, so no key has it.
    """

    uid: str
    lang: str
    context: str
    question: str
    answers: tuple[Answer, ...]
    source_id: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class MultipleChoiceExample:
    """A context, a question about it (may be empty) and options of which one is right.

    Attributes:
        label: Index of the right option from 0, or ``None`` where the file gives none.
    """

    uid: str
    lang: str
    context: str
    question: str
    options: tuple[str, ...]
    label: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalExample:
    """A sentence in ``lang`` and its translation, in English unless the task says otherwise."""

    uid: str
    lang: str
    text: str
    translation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BitextMiningExample:
    """Two comparable corpora and the pairs of ids that are translations (``gold``)."""

    uid: str
    lang: str
    text_of_id: dict[str, str]
    translation_of_id: dict[str, str]
    gold: frozenset[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedLMExample:
    """One line of raw text."""

    uid: str
    lang: str
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
