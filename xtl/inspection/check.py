"""Everything that a task has to read, read: rows, labels, lengths, and what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from transformers import PreTrainedTokenizerBase

from xtl.errors import XtlError
from xtl.languages import language
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.base import Task
from xtl.tasks.describe import labels_in, length_of, numbers_in, repeated, texts_of
from xtl.types import SPLITS, SplitName

_SHOWN = 3


_LEFT_OUT = "left out"
"""How reasons begin that cost a row, see :class:`xtl.data.FilteredSource`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong with some rows, or was mended; ``examples`` are the first of ``count``."""

    reason: str
    count: int
    examples: Sequence[str] = ()


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
        task: Its name.
        lang: Code; empty: the task as a whole could not be looked at.
        split: The split.
        rows: That can be used.
        left_out: That cannot.
        labels: Numbers by label.
        numbers: Lowest, median and highest score, where labels are numbers.
        lengths: In words or characters, and in sub-words if that was asked for.
        problems: Left out, mended or doubtful.
        error: Why it cannot be read; empty: it can.
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


def splits_found(
    task: Task, langs: Sequence[str] | None = None, splits: Sequence[SplitName] = SPLITS
) -> list[tuple[str, SplitName]]:
    """List what there is of a task, language by language in its own order, then those it does not know.

    Args:
        task: The task.
        langs: Only these; ``None``: all.
        splits: Only these.

    Raises:
        DataNotFoundError: if the task is not there at all.
    """
    there = {split: task.source.languages(split) for split in splits}
    known = [*task.config.languages.split(), *task.config.languages_xtreme_r.split()]
    listed = dict.fromkeys([*known, *(lang for found in there.values() for lang in found)])
    return [
        (lang, split)
        for lang in listed
        if langs is None or lang in langs
        for split in splits
        if lang in there[split]
    ]


def check_split(
    task: Task, lang: str, split: SplitName, *, tokenizer: PreTrainedTokenizerBase | None = None
) -> SplitReport:
    """Read a language and split and describe it; what cannot be read is an ``error``, not an exception."""
    task = task.config
    task.skip_counts.take()
    try:
        examples = task.source.examples(lang, split)
        spaced = language(lang).spaced
    except (XtlError, OSError, ValueError) as error:
        return SplitReport(task=task.name, lang=lang, split=split, error=str(error))
    told = task.skip_counts.take()
    problems = [_problem(reason, uids) for reason, uids in told.items()]
    if lang not in (*task.languages.split(), *task.languages_xtreme_r.split()):
        problems.append(Problem(reason=f"'{lang}' is none of the task's languages", count=len(examples)))
    twice = [f"{uid} = {first}" for uid, first in repeated(examples)]
    if twice:
        problems.append(_problem("a row has the texts of an earlier one", twice))
    unit = "words" if spaced or task.task_type == "tagging" else "characters"
    lengths = [Lengths.of(unit, [length_of(one, spaced=spaced) for one in examples])]
    if tokenizer is not None:
        lengths.append(Lengths.of("sub-words", _subwords(examples, tokenizer)))
    scores = numbers_in(examples)
    return SplitReport(
        task=task.name,
        lang=lang,
        split=split,
        rows=len(examples),
        left_out=sum(len(uids) for reason, uids in told.items() if reason.startswith(_LEFT_OUT)),
        labels=dict(labels_in(examples).most_common()),
        numbers=(scores[0], float(median(scores)), scores[-1]) if scores else (),
        lengths=lengths,
        problems=problems,
    )


def unequal(task: TaskConfig, reports: Sequence[SplitReport]) -> Iterator[Problem]:
    """Find splits whose rows should be translations of each other and are not even as many.

    Args:
        task: Says which splits are row-aligned.
        reports: Of the task.
    """
    for split in task.aligned.split():
        rows = {one.lang: one.rows + one.left_out for one in reports if one.split == split and not one.error}
        if len(set(rows.values())) > 1:
            usual = max(rows.values(), key=list(rows.values()).count)
            others = [f"{lang} {count:,}" for lang, count in rows.items() if count != usual]
            yield Problem(
                reason=f"{split}: rows should be translations of each other, and most languages have "
                f"{usual:,}; row n is not the same in",
                count=len(others),
                examples=others,
            )


def unread_files(task: TaskConfig, data: DataConfig) -> Iterator[Problem]:
    """Find files of a task that nothing reads, since their names begin with no split."""
    folder = Path(str(data.root)).expanduser() / (task.folder or task.name)
    if data.source != "local" or not folder.is_dir():
        return
    inside = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    stray = [
        str(path)
        for path in inside
        if path.name[0] != "." and (len(path.parts) != 2 or path.name.split(".")[0] not in SPLITS)
    ]
    if stray:
        yield _problem(
            f"not read: expected <language>/<split>.<format>, split one of {', '.join(SPLITS)}", stray
        )


def _problem(reason: str, examples: Sequence[str]) -> Problem:
    return Problem(reason=reason, count=len(examples), examples=list(examples[:_SHOWN]))


def _subwords(examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Count the sub-words of all texts of each example, without special tokens, before anything is cut."""
    encode: Callable[..., Mapping[str, Any]] = tokenizer
    texts = [texts_of(one) for one in examples]
    flat = [text for own in texts for text in own]
    ids = iter(encode(flat, add_special_tokens=False, verbose=False)["input_ids"] if flat else [])
    return [sum(len(next(ids)) for _ in own) for own in texts]
