"""Where examples come from: files under one root, or the pocket benchmark. Both give the same examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from xtl import pocket
from xtl.data.local import LocalSource
from xtl.errors import DataFormatError
from xtl.tally import Tally
from xtl.types import Split


class Reader(Protocol):
    """Reads one file of a task, in any format that the task's family knows."""

    @property
    def task(self) -> str:
        """Name of the task, which is also its folder."""

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads, such as ``.conllu``."""

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[Any]:
        """Give the examples of one file, in file order."""


class Source(Protocol):
    """What gives the examples of one task."""

    def languages(self, split: Split) -> list[str]:
        """List the languages that have ``split``."""

    def examples(self, lang: str, split: Split) -> list[Any]:
        """Give the examples of one language and split, in their own order."""


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """``data=local``: one file for each language and split."""

    files: LocalSource
    reader: Reader

    def languages(self, split: Split) -> list[str]:
        """List the languages that have a file of ``split``."""
        return self.files.languages(self.reader.task, split, self.reader.formats)

    def examples(self, lang: str, split: Split) -> list[Any]:
        """Read one file."""
        path = self.files.path(self.reader.task, lang, split, self.reader.formats)
        return self.reader(path, lang=lang, split=split)


@dataclass(frozen=True, slots=True)
class PocketRows:
    """``data=pocket``: rows that :mod:`xtl.pocket` makes.

    Attributes:
        task: One of ``xtl.pocket.TASKS``.
        sizes: Rows of each split.
        seed: Of the benchmark.
    """

    task: str
    sizes: Mapping[str, int]
    seed: int

    def languages(self, split: Split) -> list[str]:  # noqa: ARG002  each language has all splits
        """List the languages of the task."""
        return list(pocket.languages(self.task))

    def examples(self, lang: str, split: Split) -> list[Any]:
        """Make the rows of one language and split."""
        return list(pocket.examples(self.task, lang, split=split, size=self.sizes[split], seed=self.seed))


class Flaw(str):
    """Why nothing can be done with an example."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Usable:
    """A source without the examples that nothing can be done with; each of them is counted.

    Attributes:
        source: What gives the examples.
        sift: Gives an example of a split as it is to be used, mended if need be, or a flaw.
        tally: Takes the uids of what is left out.
    """

    source: Source
    sift: Callable[[Any, Split], Any]
    tally: Tally

    def languages(self, split: Split) -> list[str]:
        """List the languages that have ``split``."""
        return self.source.languages(split)

    def examples(self, lang: str, split: Split) -> list[Any]:
        """Give the examples that can be used.

        Raises:
            DataFormatError: if none can.
        """
        usable, flaws = [], []
        for example in self.source.examples(lang, split):
            sifted = self.sift(example, split)
            if isinstance(sifted, Flaw):
                flaws.append(sifted)
                self.tally.add(f"left out of {split}: {sifted}", f"{lang}:{example.uid}")
            else:
                usable.append(sifted)
        if not usable:
            raise DataFormatError(
                f"{lang}, {split}: expected examples to use, got none; all {len(flaws):,} were left out, the "
                f"first one for: {flaws[0] if flaws else 'nothing there'}"
            )
        return usable
