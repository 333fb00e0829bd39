"""Tokenising ahead: the very files of features that training and evaluation will look for."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from xtl.caching.session import SessionCache
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, named_by_language, packs_examples
from xtl.tasks.loaders import inputs_of
from xtl.types import SplitName


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """Features of one language and split.

    Attributes:
        task: Name of the task.
        lang: Code of the language.
        split: Name of the split.
        rows: Number of examples.
        features: Number of features that they became.
        subwords: Number of sub-words that an encoder reads of them, special tokens included.
        size: Size of the file, in bytes.
        seconds: Time that reading and encoding took.
        was_there: Whether nothing had to be encoded.
    """

    task: str
    lang: str
    split: str
    rows: int
    features: int
    subwords: int
    size: int
    seconds: float
    was_there: bool


def prepare_split(
    task: Task, data: DataConfig, lang: str, split: SplitName, *, tokenizer: PreTrainedTokenizerBase,
    memory: SessionCache,
) -> Prepared:  # fmt: skip
    """Encode a language and split into the cache, whole, whatever of it will be trained on.

    Of raw text, whose lines are packed together, that is what training on all of one language will find.

    Args:
        task: Its task.
        data: Where it comes from.
        lang: Code.
        split: The split.
        tokenizer: Of the backbone.
        memory: Knows the cache.

    Raises:
        DataNotFoundError: if it is not there.
        DataFormatError: if it cannot be read.
    """
    start = time.monotonic()
    rows = memory.examples(task, data, lang, split)
    files, features, was_there = [], [], True
    for given in _variants(task, rows, split):
        path = memory.file_of(task, given, tokenizer)
        was_there = was_there and path.is_file()
        features = memory.features(task, given, tokenizer)
        files.append(path)
    return Prepared(
        task=task.name,
        lang=lang,
        split=split,
        rows=len(rows),
        features=len(features),
        subwords=sum(len(ids) for feature in features for ids in inputs_of(feature)),
        size=sum(path.stat().st_size for path in files),
        seconds=time.monotonic() - start,
        was_there=was_there,
    )


def _variants(task: Task, rows: Sequence[Any], split: SplitName) -> Iterator[Sequence[Any]]:
    """Give rows as they are asked for; with whole splits names make no difference."""
    if not packs_examples(task):
        yield rows
        return
    if split == task.config.eval_split:
        yield rows
    yield named_by_language(rows)
