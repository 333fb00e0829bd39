"""What an example of each task type of xtl is: one row of a task, as it stands in its file."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from xtl.types.base import Example

NO_LABEL = "(none)"
"""Name that rows without a label are counted under."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingExample(Example):
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

    @property
    def texts(self) -> Sequence[str]:
        """The sentence."""
        return [" ".join(self.words)]

    @property
    def label_counts(self) -> Mapping[str, int]:
        """How often it has each tag."""
        return Counter(self.tags)

    def length(self, *, spaced: bool) -> int:  # noqa: ARG002  the file has parted them
        """Number of words, in every language."""
        return len(self.words)

    @property
    def lines(self) -> Sequence[str]:
        """The sentence, with tags behind a slash; the tag ``O`` is left out."""
        tagged = zip(self.words, self.tags, strict=True)
        return [" ".join(word if tag == "O" else f"{word}/{tag}" for word, tag in tagged)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationExample(Example):
    """One or two texts with a class or a score.

    Attributes:
        first: The premise, or the only text.
        second: The hypothesis; ``None`` where the task has one text.
        label: A class by name, a score as a number, or ``None`` where the file gives none.
    """

    first: str
    second: str | None
    label: str | float | None

    @property
    def texts(self) -> Sequence[str]:
        """One text or two."""
        return [self.first] if self.second is None else [self.first, self.second]

    @property
    def label_counts(self) -> Mapping[str, int]:
        """One of its class; a score is none."""
        if isinstance(self.label, float):
            return {}
        return {NO_LABEL if self.label is None else self.label: 1}

    @property
    def number(self) -> float | None:
        """Score, where the label is no class."""
        return self.label if isinstance(self.label, float) else None

    @property
    def lines(self) -> Sequence[str]:
        """Texts, then the label."""
        return [*self.texts, f"label: {self.label}"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One accepted answer: its text, and where it starts in the context (characters from 0).

    Attributes:
        text: Text of the answer.
        start: Index of its first character in the context, from 0.
    """

    text: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanQAExample(Example):
    """A question about a context; no answers means that it cannot be answered.

    Attributes:
        context: Text that the answer stands in.
        question: The question.
        answers: Accepted answers; none: it has none.
        source_id: Id of the question in the data set; empty: none. Decides no weight, so no key has it.
    """

    context: str
    question: str
    answers: tuple[Answer, ...]
    source_id: str = field(default="", repr=False)

    @property
    def texts(self) -> Sequence[str]:
        """Context, then question."""
        return [self.context, self.question]

    @property
    def group(self) -> Hashable:
        """Context: questions about one paragraph are right or wrong together."""
        return self.context

    @property
    def label_counts(self) -> Mapping[str, int]:
        """Whether there is an answer."""
        return {"answer" if self.answers else "no answer": 1}

    @property
    def lines(self) -> Sequence[str]:
        """Context with the first answer between guillemets, question, answer."""
        if not self.answers:
            return [*self.texts, "no answer"]
        context, answer = self.context, self.answers[0]
        end = answer.start + len(answer.text)
        marked = f"{context[: answer.start]}«{context[answer.start : end]}»{context[end:]}"
        return [marked, self.question, f"answer: {answer.text} (characters {answer.start} to {end})"]

    @property
    def summary(self) -> str:
        """Question and answers."""
        return " | ".join([self.question, *(answer.text for answer in self.answers)])


@dataclass(frozen=True, kw_only=True, slots=True)
class MultipleChoiceExample(Example):
    """A context, a question about it (may be empty) and options of which one is right.

    Attributes:
        context: Text that the question is about.
        question: The question; may be empty.
        options: Texts to choose from.
        label: Index of the right option from 0, or ``None`` where the file gives none.
    """

    context: str
    question: str
    options: tuple[str, ...]
    label: int | None

    @property
    def texts(self) -> Sequence[str]:
        """Context, question and options; those that are empty are left out."""
        return [text for text in (self.context, self.question, *self.options) if text]

    @property
    def group(self) -> Hashable:
        """Context, if there is one, as for questions with answers in it."""
        return self.context or self.uid

    @property
    def label_counts(self) -> Mapping[str, int]:
        """Position of the right option."""
        return {NO_LABEL if self.label is None else f"option {self.label}": 1}

    @property
    def lines(self) -> Sequence[str]:
        """Context, question, and a line for each option, the right one behind an arrow."""
        marked = [
            f"{'->' if index == self.label else '  '} {option}" for index, option in enumerate(self.options)
        ]
        return [self.context, self.question, *marked]

    @property
    def summary(self) -> str:
        """Question and options."""
        return " | ".join([self.question, *self.options])


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedLMExample(Example):
    """One line of raw text.

    Attributes:
        text: The line.
    """

    text: str

    @property
    def texts(self) -> Sequence[str]:
        """The line."""
        return [self.text]
