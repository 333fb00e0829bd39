"""The pocket benchmark: every task type in ten languages, made from one grammar, without a download.

meaning (concepts, draw)  ->  sentence (grammar/<lang>, lexicon/<lang>)  ->  example (tasks)

A meaning knows no language and a grammar draws nothing, so a row means the same in every language, and what
follows from what is read off meanings, never guessed from words. May import types and errors.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from xtl.errors import ConfigError, DataNotFoundError, nearest
from xtl.pocket.grammar import LANGUAGES, available, grammar
from xtl.pocket.rng import Rng
from xtl.pocket.tasks import aligned, nli, paraphrase, story, tagging
from xtl.pocket.tasks.agreement import retagged
from xtl.types import (
    SPLITS,
    BitextMiningExample,
    ClassificationExample,
    MaskedLMExample,
    MultipleChoiceExample,
    RetrievalExample,
    SpanQAExample,
    SplitName,
    TaggingExample,
)

__all__ = [
    "DEFAULT_SIZES",
    "LANGUAGES",
    "MAX_SIZE",
    "RETAGGED",
    "TASKS",
    "available",
    "examples",
    "languages",
]

Example = (
    TaggingExample
    | ClassificationExample
    | SpanQAExample
    | MultipleChoiceExample
    | RetrievalExample
    | BitextMiningExample
    | MaskedLMExample
)
MAX_SIZE = 50_000
DEFAULT_SIZES: dict[SplitName, int] = {"train": 2_000, "validation": 500, "test": 1_000}
_MAKERS: dict[str, tuple[Callable[[Rng, SplitName], Any], Callable[[Any, str, str], Example]]] = {
    "pocket_pos": (tagging.plan_sentence, tagging.pos),
    "pocket_ner": (tagging.plan_sentence, tagging.ner),
    "pocket_nli": (nli.plan, nli.pair),
    "pocket_paraphrase": (paraphrase.plan, nli.pair),
    "pocket_qa": (story.plan_qa, story.qa),
    "pocket_choice": (story.plan_choice, story.choice),
    "pocket_text": (tagging.plan_text, tagging.text),
}
TASKS: tuple[str, ...] = (*_MAKERS, "pocket_retrieval", "pocket_mining")
RETAGGED = ("pocket_pos",)
"""Tasks whose tags can be made to agree less with the true ones."""

_PAIRED_WITH_ENGLISH = ("pocket_retrieval", "pocket_mining")


def languages(task: str) -> tuple[str, ...]:
    """The languages of a task: all that are available, without English where English is the other side.

    Args:
        task: Name of a task, one of ``TASKS``.

    Raises:
        DataNotFoundError: if there is no such task.
    """
    _check_task(task)
    return tuple(lang for lang in available() if task not in _PAIRED_WITH_ENGLISH or lang != "en")


def examples(
    task: str,
    lang: str,
    *,
    split: SplitName,
    size: int | None = None,
    seed: int = 0,
    agreement: float = 1.0,
) -> list[Example]:
    """Make the first rows of a task.

    Row r depends on the seed, the task, the split and r alone: it has the same meaning and the same label in
    every language, and a smaller size is the beginning of a larger one. ``pocket_mining`` is one example of
    ``size`` sentences on each side.

    Args:
        task: Name of a task, one of ``TASKS``.
        lang: Code of a language, one of ``languages(task)``.
        split: train, validation or test; no sentence is in two of them.
        size: Number of rows, 50,000 at most; the default is ``DEFAULT_SIZES[split]``.
        seed: Seed of the whole benchmark: another one makes another benchmark.
        agreement: Agreement of the tags with the true ones, in [-1, 1], for the tasks ``RETAGGED``: see
            :func:`xtl.pocket.tasks.agreement.retagged`.

    Raises:
        DataNotFoundError: for an unknown task, language or split.
        ConfigError: for an agreement out of range, or of another task than those.
        ValueError: for a size out of range.

    Example:
        >>> rows = examples("pocket_pos", "en", split="test", size=2)
        >>> [row.uid for row in rows]
        ['pocket_pos/test/0', 'pocket_pos/test/1']
    """
    _check(task, lang, split)
    size = DEFAULT_SIZES[split] if size is None else size
    if not 1 <= size <= MAX_SIZE:
        raise ValueError(f"{task} ({lang}): expected a size from 1 to {MAX_SIZE:,}, got {size:,}")
    if agreement != 1:
        if task not in RETAGGED or not -1 <= agreement <= 1:
            raise ConfigError(
                f"{task}: expected an agreement from -1 to 1, and 1 for all tasks but {', '.join(RETAGGED)}, "
                f"got {agreement}"
            )
        true = examples(task, lang, split=split, size=size, seed=seed)
        return [retagged(row, agreement, seed=seed) for row in true if isinstance(row, TaggingExample)]
    if task == "pocket_mining":
        return [aligned.mining(lang, split, size, seed)]
    uids = [f"{task}/{split}/{row}" for row in range(size)]
    if task == "pocket_retrieval":
        return [
            aligned.retrieval(aligned.plan_row(seed, split, row), lang, uid) for row, uid in enumerate(uids)
        ]
    realise = _MAKERS[task][1]
    return [realise(_plan(task, split, row, seed), lang, uid) for row, uid in enumerate(uids)]


@lru_cache(maxsize=8192)
def _plan(task: str, split: SplitName, row: int, seed: int) -> object:
    """What a row says, which takes long to draw and is kept because the next language says the same."""
    # A generator of its own for each row, so that a larger size begins with the rows of a smaller one.
    return _MAKERS[task][0](Rng(seed, task, split, row), split)


def _check_task(task: str) -> None:
    if task not in TASKS:
        raise DataNotFoundError(
            f"pocket has no task {task!r}{nearest(task, TASKS)}; it has {', '.join(TASKS)}"
        )


def _check(task: str, lang: str, split: str) -> None:
    _check_task(task)
    if split not in SPLITS:
        raise DataNotFoundError(
            f"{task} has no split {split!r}{nearest(split, SPLITS)}; it has {', '.join(SPLITS)}"
        )
    grammar(lang)
    if lang not in languages(task):
        raise DataNotFoundError(
            f"{task} pairs each language with English: ask for one of {', '.join(languages(task))}"
        )
