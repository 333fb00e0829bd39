"""Files of questions to examples whose answers stand where they say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xtl.data.source import Flaw
from xtl.encoding.spans import located
from xtl.readers import RECORD_FORMATS, read_questions
from xtl.tally import Tally
from xtl.types import Answer, SpanExample, Split


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanReader:
    """Reads the files of one task of questions.

    Attributes:
        task: Its name; uids begin with it.
    """

    task: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".json", *(ending for ending in RECORD_FORMATS if ending in (".jsonl", ".parquet")))

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[SpanExample]:
        """Read one file.

        Returns:
            One example a question, row ids counting from 0 in file order; answers as the file has them.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is not in its format.
        """
        return [
            SpanExample(
                uid=f"{self.task}/{split}/{row}",
                lang=lang,
                context=question.context,
                question=question.question,
                answers=tuple(Answer(text=text, start=start) for text, start in question.answers),
                source_id=question.id,
            )
            for row, question in enumerate(read_questions(path))
        ]


def sift_spans(example: SpanExample, split: Split, *, unanswerable: bool, tally: Tally) -> SpanExample | Flaw:
    """Put answers of training rows where they stand in their context; scoring needs their texts alone.

    Args:
        example: As its file has it.
        split: What it is for.
        unanswerable: Whether the task has questions without an answer.
        tally: Takes the uids of rows whose answer was mended.

    Returns:
        The example, or why nothing can be done with it.
    """
    if not example.answers:
        return example if unanswerable else Flaw("no answer given")
    if split != "train":
        return example
    found = [located(example.context, answer) for answer in example.answers]
    answers = tuple(answer for answer in found if answer is not None)
    if not answers:
        return Flaw("answer not in its context")
    if answers != example.answers:
        tally.add(
            "answer mended: it stood near its place, or in another form", f"{example.lang}:{example.uid}"
        )
    return replace(example, answers=answers)
