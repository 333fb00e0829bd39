"""Tokenising ahead: the very files of features that training and evaluation will look for."""

import time
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from xtl.caching.session import SessionCache
from xtl.data.splits import Subset
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task
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
    task: Task,
    data: DataConfig,
    lang: str,
    split: SplitName,
    *,
    tokenizer: PreTrainedTokenizerBase,
    cache: SessionCache,
) -> Prepared:
    """Encode a language and split into the cache, whole, whatever of it will be trained on.

    Raw text, whose lines are packed together, is encoded as training on all of one language will ask for it.

    Args:
        task: Task to encode for.
        data: Source of the examples.
        lang: Code of the language.
        split: Split to encode.
        tokenizer: Tokenizer of the backbone.
        cache: Cache that gets the features.

    Raises:
        DataNotFoundError: if it is not there.
        DataFormatError: if it cannot be read.
    """
    start = time.monotonic()
    examples = cache.examples.split(task, data, lang, split)
    path = cache.features.path(task, examples, tokenizer)
    was_there = path.is_file()
    # The whole split, which any fraction of it is later taken from.
    features = cache.features.features(task, [Subset.first(examples)], tokenizer)
    return Prepared(
        task=task.name,
        lang=lang,
        split=split,
        rows=len(examples),
        features=len(features),
        subwords=features.num_subwords(),
        size=path.stat().st_size if path.is_file() else 0,
        seconds=time.monotonic() - start,
        was_there=was_there,
    )
