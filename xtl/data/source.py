"""Where examples come from: files under one root, the hub, or the pocket benchmark."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from xtl import pocket
from xtl.counts import SkipCounts
from xtl.data.local import LocalSource
from xtl.data.rows import Reader, Rows, SkipReason, kept
from xtl.errors import DataFormatError
from xtl.types import SplitName


class Source(Protocol):
    """What gives the examples of one task."""

    def languages(self, split: SplitName) -> list[str]:
        """List the languages that have ``split``."""

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Give the examples of one language and split, in their own order."""


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """``data=local``: a file for each language and split, or for each part of a split.

    Attributes:
        files: Folder of data files.
        reader: Reader of the files.
        folder: Name of the task's folder; empty: the task's name.
        parts: Split to the parts that make it up, each in a file ``<split>.<part>.<format>``.
        patterns: Patterns of the rows of a language, see :func:`xtl.data.rows.kept`; none: all of its file.
    """

    files: LocalSource
    reader: Reader
    folder: str = ""
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)

    def languages(self, split: SplitName) -> list[str]:
        """List the languages that have a file of ``split``, or of each of its parts."""
        languages_of_part = [
            self.files.languages(self._folder, name, self.reader.formats) for _, name in self._stems(split)
        ]
        first = languages_of_part[0]
        return [lang for lang in first if all(lang in langs for langs in languages_of_part)]

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Read one language and split."""
        examples = []
        for part, stem in self._stems(split):
            path = self.files.path(self._folder, lang, stem, self.reader.formats)
            records = self.reader.records(path, lang)
            if self.patterns:
                records = kept(records, self.patterns, lang=lang, origin=str(path))
            rows = Rows(origin=str(path), records=records, lang=lang, split=split, part=part)
            examples += self.reader.examples(rows)
        return examples

    @property
    def _folder(self) -> str:
        return self.folder or self.reader.task

    def _stems(self, split: SplitName) -> list[tuple[str, str]]:
        """Give each part of a split and the name of its file without the ending."""
        return [(part, f"{split}.{part}") for part in self.parts.get(split, ())] or [("", split)]


@dataclass(frozen=True, slots=True)
class PocketRows:
    """``data=pocket``: rows that :mod:`xtl.pocket` makes.

    Attributes:
        task: Name of the task, one of ``xtl.pocket.TASKS``.
        sizes: Number of rows of each split.
        seed: Seed of the benchmark.
    """

    task: str
    sizes: Mapping[str, int]
    seed: int

    def languages(self, split: SplitName) -> list[str]:  # noqa: ARG002  each language has all splits
        """List the languages of the task."""
        return list(pocket.languages(self.task))

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Make the rows of one language and split."""
        return list(pocket.examples(self.task, lang, split=split, size=self.sizes[split], seed=self.seed))


@dataclass(frozen=True, slots=True)
class FilteredSource:
    """A source without the examples that nothing can be done with; each of them is counted.

    Attributes:
        source: Source of the examples.
        sift: Function of an example and its split: the example as it is to be used, mended if need be, or a
            flaw.
        tally: Counts of what is left out, with uids.
    """

    source: Source
    sift: Callable[[Any, SplitName], Any]
    skip_counts: SkipCounts

    def languages(self, split: SplitName) -> list[str]:
        """List the languages that have ``split``."""
        return self.source.languages(split)

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Give the examples that can be used.

        Raises:
            DataFormatError: if none can.
        """
        usable, flaws = [], []
        for example in self.source.examples(lang, split):
            sifted = self.sift(example, split)
            if isinstance(sifted, SkipReason):
                flaws.append(sifted)
                self.skip_counts.add(f"left out of {split}: {sifted}", f"{lang}:{example.uid}")
            else:
                usable.append(sifted)
        if not usable:
            raise DataFormatError(
                f"{lang}, {split}: expected examples to use, got none; all {len(flaws):,} were left out, the "
                f"first one for: {flaws[0] if flaws else 'nothing there'}"
            )
        return usable
