"""Features of subsets: taken from the file of their split, or encoded now and put there."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerBase

import xtl
from xtl.caching.ahead import made_ahead
from xtl.caching.counted_lists import Counted, CountedLists
from xtl.caching.example_files import reading_code
from xtl.caching.feature_files import (
    FeatureFile,
    FeaturesOfExamples,
    encoded_in_memory,
    features_folder,
)
from xtl.caching.settings import reading_settings
from xtl.data.splits import Split, Subset, examples_of
from xtl.data.stored import FeatureList, FeatureSet, joined
from xtl.models.tokenizer import tokenizer_digest
from xtl.progress import progress_meter
from xtl.tasks.base import CHUNK_SIZE, Chunk, Task

logger = logging.getLogger(__name__)

_SMALL_SHARE = 8
"""A split that is not on disk is encoded whole if more than one example in so many is asked for."""


class FeatureCache:
    """Features by task, tokenizer and subset.

    On disk stand whole splits, so that any fraction of one is taken from the same file.
    """

    def __init__(self, *, max_sets: int, folder: Path | None = None) -> None:
        """Empty memory over a folder.

        Args:
            max_sets: Most sets of features that stay in memory.
            folder: Folder of files, which other processes share; ``None``: ``features`` in xtl's cache.
        """
        self._folder = folder or features_folder()
        self._sets = CountedLists(max_sets)
        self._tokenizer: tuple[PreTrainedTokenizerBase, str] | None = None

    def features(
        self, task: Task, subsets: Sequence[Subset], tokenizer: PreTrainedTokenizerBase
    ) -> FeatureSet:
        """Features of subsets, one subset behind the other; those of a mixture member by member.

        Args:
            task: Task that encodes them.
            subsets: Subsets of its splits; of a mixture, of its members' splits.
            tokenizer: Tokenizer of the backbone.
        """
        if task.members:
            return task.join(
                {
                    name: self.features(
                        member, [subset for subset in subsets if subset.split.task == name], tokenizer
                    )
                    for name, member in task.members.items()
                }
            )
        if task.type.packs_examples and subsets:
            # A feature holds several examples: what one becomes hangs on all that stand beside it.
            subsets = [Subset.first(_joined(subsets))]
        if not subsets:
            return FeatureList([])
        return joined([self._subset_features(task, subset, tokenizer) for subset in subsets])

    def path(self, task: Task, split: Split, tokenizer: PreTrainedTokenizerBase) -> Path:
        """Path of the file that holds, or will hold, the features of a whole split.

        The name is a hash of all that decides them: versions, settings, labels, tokenizer and content, and
        the code of a task type of another package.
        """
        parts = [
            xtl.__version__,
            reading_settings(task.config),
            " ".join(task.labels),
            self._digest_of(tokenizer),
            split.digest,
        ]
        if task.type.version > 1:
            parts.append(str(task.type.version))
        if _is_outside(task):
            parts.append(str(reading_code(type(task))))
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        return self._folder / f"{name}.arrow"

    def _subset_features(
        self, task: Task, subset: Subset, tokenizer: PreTrainedTokenizerBase
    ) -> Sequence[Any]:
        path = self.path(task, subset.split, tokenizer)
        if len(subset) * _SMALL_SHARE < len(subset.split) and not path.is_file():
            subset = Subset.first(subset.as_split())
            path = self.path(task, subset.split, tokenizer)
        # The class too: one that a notebook has defined anew encodes in another way.
        key = (type(task), path.name, _indices_digest(subset))
        return self._sets.get(key, task.skip_counts, partial(self._load, path, task, subset, tokenizer))

    def _load(self, path: Path, task: Task, subset: Subset, tokenizer: PreTrainedTokenizerBase) -> FeatureSet:
        """Read features from the disk, or encode the split and write it; count what concerns the subset."""
        split = subset.split
        encoding = SplitEncoding(task, split, tokenizer)
        indices = None if task.type.packs_examples else subset.indices
        if _is_outside(task) and reading_code(type(task)) is None:
            features, counted = encoded_in_memory(encoding, indices)
        else:
            features, counted = self._stored(path, encoding, indices)
        if counted:  # most splits count nothing, and names of hundreds of thousands of rows take a while
            names = {str(id_) for id_ in subset.ids}
            task.skip_counts.add_all([(reason, uid) for reason, uid in counted if uid in names])
        return features

    def _stored(
        self, path: Path, encoding: "SplitEncoding", indices: Sequence[int] | None
    ) -> tuple[FeatureSet, Counted]:
        task, split = encoding.task, encoding.split
        state = "read from" if path.is_file() else "encoded into"
        logger.debug("%s %s %s: features %s %s", task.name, split.lang, split.name, state, path)
        return FeatureFile(path, task.feature_layout).read_or_make(encoding, indices=indices)

    def _digest_of(self, tokenizer: PreTrainedTokenizerBase) -> str:
        """Hash of all that a tokenizer does; the last one is remembered, as that takes a while."""
        if self._tokenizer is None or self._tokenizer[0] is not tokenizer:
            self._tokenizer = (tokenizer, tokenizer_digest(tokenizer))
        return self._tokenizer[1]


@dataclass
class SplitEncoding:
    """Encoding of a split by its task.

    Attributes:
        task: Task that encodes it.
        split: Split to encode.
        tokenizer: Tokenizer of the backbone.
        counted: What encoding counted, apart from what reading did.
    """

    task: Task
    split: Split
    tokenizer: PreTrainedTokenizerBase
    counted: Counted = field(default_factory=list)

    def chunks(self) -> Iterator[FeaturesOfExamples]:
        """Features example by example, chunk by chunk."""
        self.counted.clear()
        title = f"{self.task.name} ({self.split.lang}) {self.split.name}: encoding"
        chunks = self._encoded() if len(self.split) <= CHUNK_SIZE else made_ahead(self._encoded())
        # No bar: evaluation, which may ask for features, has one.
        with progress_meter(title, len(self.split), live=False) as progress:
            for examples, features in chunks:
                if len(examples) < len(self.split):
                    progress.advance(len(examples), tokens=0)
                yield _by_example(examples, features, is_packed=self.task.type.packs_examples)

    def _encoded(self) -> Iterator[Chunk]:
        """Chunks; what they count goes into :attr:`counted`."""
        chunks = self.task.encode_in_chunks(self.split.examples, self.tokenizer)
        while True:
            with self.task.skip_counts.apart() as counted:
                chunk = next(chunks, None)
            self.counted += counted
            if chunk is None:
                return
            yield chunk


def _is_outside(task: Task) -> bool:
    """Whether a task's class is of another package, whose code changes while xtl's version stays."""
    return type(task).__module__.partition(".")[0] != "xtl"


def _by_example(examples: Sequence[Any], features: Sequence[Any], *, is_packed: bool) -> FeaturesOfExamples:
    if is_packed:  # of no single example: a file of them is asked for whole
        return [[feature] for feature in features]
    by_id: dict[Any, list[Any]] = {example.id: [] for example in examples}
    for feature in features:
        by_id[feature["id"]].append(feature)
    return list(by_id.values())


def _joined(subsets: Sequence[Subset]) -> Split:
    """Examples of several subsets as one split."""
    if len(subsets) == 1 and subsets[0].is_whole:
        return subsets[0].split
    first = subsets[0].split
    langs = "+".join(dict.fromkeys(subset.split.lang for subset in subsets))
    return Split(task=first.task, lang=langs, name=first.name, examples=examples_of(subsets))


def _indices_digest(subset: Subset) -> str:
    """Hash of the indices; empty for a whole split."""
    if subset.is_whole:
        return ""
    return hashlib.sha256(np.asarray(subset.indices, dtype=np.int64).tobytes()).hexdigest()
