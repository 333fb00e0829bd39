"""Everything that a task has to read, read: rows, labels, lengths, and what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from transformers import PreTrainedTokenizerBase

from xtl.data.rows import WITHHELD
from xtl.data.source import unread_files
from xtl.errors import XtlError
from xtl.languages import language
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task
from xtl.tasks.describe import label_counts, repeated, sorted_numbers
from xtl.types import SPLITS, SplitName

_MAX_EXAMPLES = 3


_LEFT_OUT = "left out"
"""Beginning of the reasons that cost a row, see :class:`xtl.data.source.FilteredSource`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong with some rows or files, or was mended, or is doubtful.

    Attributes:
        reason: Reason, the same for all of them.
        count: Number of rows or files.
        examples: Names of the first of them.
        fault: Whether something must be put right: nothing reads a file, or a row cannot be used although
            those who publish the set did not mean to keep it back.
    """

    reason: str
    count: int
    examples: Sequence[str] = ()
    fault: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Lengths:
    """Lengths of rows: in words, characters or subwords."""

    unit: str
    median: float
    longest: int

    @classmethod
    def of(cls, unit: str, lengths: Sequence[int]) -> "Lengths":
        """Sum up; of no rows, zeros."""
        return cls(unit=unit, median=float(median(lengths or [0])), longest=max(lengths, default=0))


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitReport:
    """What one language and split holds.

    Attributes:
        task: Name of the task.
        lang: Code of the language; empty: the task as a whole could not be looked at.
        split: Name of the split.
        rows: Number of rows that can be used.
        left_out: Number of rows that cannot.
        labels: Number of rows by label.
        numbers: Lowest, median and highest score, where labels are numbers.
        lengths: Lengths in words or characters, and in sub-words if that was asked for.
        problems: Rows that were left out or mended, or are doubtful.
        error: Reason why it cannot be read; empty: it can.
    """

    task: str
    lang: str
    split: str
    rows: int = 0
    left_out: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    numbers: Sequence[float] = ()
    lengths: Sequence[Lengths] = ()
    problems: Sequence[Problem] = ()
    error: str = ""

    @property
    def is_faulty(self) -> bool:
        """Whether it cannot be read, or has rows that should be put right."""
        return bool(self.error) or any(problem.fault for problem in self.problems)


def available_splits(
    task: Task, langs: Sequence[str] | None = None, splits: Sequence[SplitName] = SPLITS
) -> list[tuple[str, SplitName]]:
    """List what there is of a task, language by language in its own order, then those it does not know.

    Args:
        task: Task to look at.
        langs: Codes of the only languages to list; ``None``: all.
        splits: Names of the only splits to list.

    Raises:
        DataNotFoundError: if the task is not there at all.
    """
    available = {split: task.source.languages(split) for split in splits}
    published = [*task.config.languages.split(), *task.config.languages_xtreme_r.split()]
    listed = dict.fromkeys([*published, *(lang for codes in available.values() for lang in codes)])
    return [
        (lang, split)
        for lang in listed
        if langs is None or lang in langs
        for split in splits
        if lang in available[split]
    ]


def check_split(
    task: Task, lang: str, split: SplitName, *, tokenizer: PreTrainedTokenizerBase | None = None
) -> SplitReport:
    """Read a language and split and describe it; what cannot be read is an ``error``, not an exception."""
    try:
        return _report(task, lang, split, tokenizer)
    # Whatever a broken file does to its reader, the other files are still to be looked at.
    except Exception as error:
        return unreadable(task.name, error, lang=lang, split=split)


def unreadable(task: str, error: Exception, *, lang: str = "", split: str = "") -> SplitReport:
    """Report of what cannot be read.

    Args:
        task: Name of the task.
        error: What its reader raised.
        lang: Code of the language; empty: it is the task as a whole.
        split: Name of the split.
    """
    # An error of ours says all that is needed; of another's the text may be a single word.
    text = str(error) if isinstance(error, XtlError | OSError) else f"{type(error).__name__}: {error}"
    return SplitReport(task=task, lang=lang, split=split, error=text)


def _report(
    task: Task, lang: str, split: SplitName, tokenizer: PreTrainedTokenizerBase | None
) -> SplitReport:
    config = task.config
    task.skip_counts.take()  # what an earlier split counted
    examples = task.source.examples(lang, split)
    spaced = language(lang).spaced
    skipped = task.skip_counts.take()
    problems = [_problem(reason, uids, fault=_is_fault(reason)) for reason, uids in skipped.items()]
    if lang not in (*config.languages.split(), *config.languages_xtreme_r.split()):
        problems.append(Problem(reason=f"'{lang}' is none of the task's languages", count=len(examples)))
    twice = [f"{uid} = {first}" for uid, first in repeated(examples)]
    if twice:
        problems.append(_problem("a row has the texts of an earlier one", twice))
    # Where words are not parted by spaces, only files that list them say how many there are.
    unit = "words" if spaced or task.type.reads_words else "characters"
    lengths = [Lengths.of(unit, [example.length(spaced=spaced) for example in examples])]
    if tokenizer is not None:
        lengths.append(Lengths.of("sub-words", _subwords(examples, tokenizer)))
    scores = sorted_numbers(examples)
    return SplitReport(
        task=task.name,
        lang=lang,
        split=split,
        rows=len(examples),
        left_out=sum(len(uids) for reason, uids in skipped.items() if reason.startswith(_LEFT_OUT)),
        labels=dict(label_counts(examples).most_common()),
        numbers=(scores[0], float(median(scores)), scores[-1]) if scores else (),
        lengths=lengths,
        problems=problems,
    )


def unequal(task: TaskConfig, reports: Sequence[SplitReport]) -> Iterator[Problem]:
    """Find splits whose rows should be translations of each other and are not even as many.

    Args:
        task: Config of the task, with the splits that are row-aligned.
        reports: Reports of its languages and splits.
    """
    for split in task.aligned.split():
        rows = {
            report.lang: report.rows + report.left_out
            for report in reports
            if report.split == split and not report.error
        }
        if len(set(rows.values())) > 1:
            # Not the largest: one language with rows too many would make all others look short.
            most_frequent = max(rows.values(), key=list(rows.values()).count)
            deviating = [f"{lang} {count:,}" for lang, count in rows.items() if count != most_frequent]
            yield Problem(
                reason=f"{split}: rows should be translations of each other, and most languages have "
                f"{most_frequent:,}; row n is not the same in",
                count=len(deviating),
                examples=deviating,
            )


def unread(task: Task) -> Iterator[Problem]:
    """Find files of a task that nothing reads: of no split, or not in a format of the task's."""
    for reason, files in unread_files(task.source).items():
        yield _problem(f"not read: {reason}", files, fault=True)


def _is_fault(reason: str) -> bool:
    """Whether rows were left out, or cannot be right, that those who publish the set did not keep back."""
    return reason.startswith((_LEFT_OUT, "kept in")) and reason.partition(": ")[2] not in WITHHELD


def _problem(reason: str, examples: Sequence[str], *, fault: bool = False) -> Problem:
    listed = list(examples[:_MAX_EXAMPLES])
    return Problem(reason=reason, count=len(examples), examples=listed, fault=fault)


def _subwords(examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Count the sub-words of all texts of each example, without special tokens, before anything is cut."""
    encode: Callable[..., Mapping[str, Any]] = tokenizer
    # All at once: a call of a tokenizer for each text takes several times as long.
    texts = [example.texts for example in examples]
    flat = [text for row in texts for text in row]
    ids = iter(encode(flat, add_special_tokens=False, verbose=False)["input_ids"] if flat else [])
    return [sum(len(next(ids)) for _ in row) for row in texts]
