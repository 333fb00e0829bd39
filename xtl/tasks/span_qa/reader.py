"""Records of questions to examples whose answers stand where they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xtl.counts import SkipCounts
from xtl.data.raw import LineLocation, text_field, two_texts
from xtl.data.rows import NO_ANSWER, Rows, SkipReason
from xtl.readers import Record, question_of, read_records, read_squad
from xtl.tasks.span_qa.locate import MAX_SHIFT, is_inside, located
from xtl.types import Answer, SpanQAExample, SplitName

_NOT_THERE = "answer not in its context"
_MENDED_NEAR = "answer mended: it stood near its place, or in another form"
_MENDED_FAR = "answer mended: its file counts bytes or UTF-16 units, or it stood far away and once only"
_SEVERAL_PLACES = "answer not where its file says, and at no place that is clearly meant"


@dataclass(frozen=True, slots=True)
class RawSpanQAReader:
    """Reader of raw contexts and questions about them."""

    layout: str = "'context<TAB>question'"
    keys: str = 'a JSON object {"context": "...", "question": "..."}'

    def from_text(self, text: str, location: LineLocation) -> SpanQAExample:
        """Example of a line, parted at the tab."""
        context, question = two_texts(text, location, self.layout)
        return SpanQAExample(
            uid=location.uid, lang=location.lang, context=context, question=question, answers=()
        )

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> SpanQAExample:
        """Example of a JSON object: its texts by name."""
        context, question = (
            text_field(record, (name,), location, self.keys) for name in ("context", "question")
        )
        return SpanQAExample(
            uid=location.uid, lang=location.lang, context=context, question=question, answers=()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanQAReader:
    """Reader of the files of one task of questions.

    Attributes:
        task: Name of the task; uids begin with it.
    """

    task: str

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".json", ".jsonl", ".parquet")

    def records(self, path: Path, lang: str) -> Iterator[Record]:  # noqa: ARG002  all languages are alike
        """Questions of one file."""
        return read_squad(path) if path.suffix == ".json" else read_records(path)

    def examples(self, rows: Rows) -> Iterator[SpanQAExample]:
        """Example of each question, with answers as the file has them.

        Raises:
            DataFormatError: if a row is no question.
        """
        for row, question in enumerate(map(question_of, rows.records)):
            yield SpanQAExample(
                uid=rows.uid(self.task, row),
                lang=rows.lang,
                context=question.context,
                question=question.question,
                answers=tuple(Answer(text=text, start=start) for text, start in question.answers),
                source_id=question.id,
            )


def filter_span_qa(
    example: SpanQAExample, split: SplitName, *, unanswerable: bool, skip_counts: SkipCounts
) -> SpanQAExample | SkipReason:
    """The example, in training rows with answers where they stand in their context.

    Scoring needs the texts of answers alone, so rows to score are kept as they are; they are counted where no
    span can be right.

    Args:
        example: Example as its file has it.
        split: Split that it is for.
        unanswerable: Whether the task has questions without an answer.
        skip_counts: Counts of rows whose answer was mended or cannot be found, with uids.

    Returns:
        The example, or why nothing can be done with it.
    """
    if not example.answers:
        return example if unanswerable else NO_ANSWER
    uid = f"{example.lang}:{example.uid}"
    if split != "train":
        if not _holds_one(example):
            skip_counts.add(f"kept in {split}, but no span is right: {_NOT_THERE}", uid)
        return example
    located_answers = [located(example.context, answer) for answer in example.answers]
    answers = tuple(answer for answer in located_answers if answer is not None)
    if not answers:
        return SkipReason(_SEVERAL_PLACES if _holds_one(example) else _NOT_THERE)
    if answers != example.answers:
        is_near = all(
            abs(answer.start - mended.start) <= MAX_SHIFT
            for answer, mended in zip(example.answers, located_answers, strict=True)
            if mended is not None
        )
        skip_counts.add(_MENDED_NEAR if is_near else _MENDED_FAR, uid)
    return replace(example, answers=answers)


def _holds_one(example: SpanQAExample) -> bool:
    """Whether the context has the text of an accepted answer anywhere."""
    return any(
        answer.text in example.context or is_inside(example.context, answer.text)
        for answer in example.answers
    )
