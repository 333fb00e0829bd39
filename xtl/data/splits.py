"""Splits of a task's data and subsets of them. An example is known by its language and its uid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from xtl.data.digests import content_digest
from xtl.data.stored import StoredRows
from xtl.types import ExampleId, SplitName


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """All examples of one language and split of a task.

    Attributes:
        task: Name of the task.
        lang: Code of the language.
        name: ``train``, ``validation`` or ``test``.
        examples: Examples in the order of their file.
        known_digest: Hash of their content where it has been computed before; empty: it is computed.
    """

    task: str
    lang: str
    name: SplitName
    examples: Sequence[Any]
    known_digest: str = ""

    @cached_property
    def digest(self) -> str:
        """Hash of the content of all examples: 64 hexadecimal digits."""
        return self.known_digest or content_digest(map(repr, self.examples))

    @property
    def ids(self) -> Sequence[ExampleId]:
        """Identity of each example, had without making the examples where they lie on disk."""
        if isinstance(self.examples, StoredRows):
            return list(map(ExampleId, self.examples.values("lang"), self.examples.values("uid")))
        return [example.id for example in self.examples]

    def __len__(self) -> int:
        return len(self.examples)


@dataclass(frozen=True, eq=False, slots=True)
class Subset:
    """Some examples of a split, or all of them.

    Attributes:
        split: Split that they are taken from.
        indices: Index in the split of each example, in the order of the subset.
    """

    split: Split
    indices: Sequence[int]

    @classmethod
    def first(cls, split: Split, count: int | None = None) -> "Subset":
        """Subset of the first ``count`` examples of a split; of all where that is ``None``."""
        return cls(split, range(len(split) if count is None else min(count, len(split))))

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[Any]:
        if self.is_whole:
            return iter(self.split.examples)
        return (self.split.examples[index] for index in self.indices)

    @property
    def ids(self) -> Sequence[ExampleId]:
        """Identity of each example."""
        ids = self.split.ids
        return [ids[index] for index in self.indices]

    @property
    def is_whole(self) -> bool:
        """Whether it holds every example of its split, in order."""
        return self.indices == range(len(self.split))

    def as_split(self) -> Split:
        """Split of these examples alone, as if nothing were known of the rest."""
        return Split(task=self.split.task, lang=self.split.lang, name=self.split.name, examples=list(self))


def examples_of(subsets: Sequence[Subset]) -> list[Any]:
    """Examples of several subsets, one subset behind the other; all of them in memory."""
    return [example for subset in subsets for example in subset]
