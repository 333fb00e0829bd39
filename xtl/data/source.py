"""Where examples come from: files under one root, the hub, or the pocket benchmark."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from xtl import pocket
from xtl.counts import SkipCounts
from xtl.data.local import LocalSource, is_file_of, stem_of
from xtl.data.rows import Reader, Rows, SkipReason, kept
from xtl.errors import DataFormatError
from xtl.readers import Record
from xtl.types import SPLITS, SplitName

_ABOUT_FILES = ("README", "LICENSE", "LICENCE", "NOTICE", "CITATION", "CHANGELOG")
"""Names, without ending, of files beside data that tell of them."""


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
        return list(self.stream(lang, split))

    def stream(self, lang: str, split: SplitName) -> Iterator[Any]:
        """Read one language and split, example by example."""
        for part, stem in self._stems(split):
            paths = self.files.paths(self._folder, lang, stem, self.reader.formats)
            origin = str(paths[0])
            records: Iterable[Record] = chain.from_iterable(self.reader.records(path, lang) for path in paths)
            if self.patterns:
                records = kept(records, self.patterns, lang=lang, origin=origin)
            rows = Rows(origin=origin, records=records, lang=lang, split=split, part=part)
            yield from self.reader.examples(rows)

    def unread(self) -> dict[str, list[str]]:
        """Files of the task that nothing reads, sorted, by the reason for it.

        Hidden files are passed over, and so are a README and its like.
        """
        folder = self.files.root / self._folder
        reasons: dict[str, list[str]] = {}
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            inside = path.relative_to(folder)
            hidden = any(part.startswith(".") for part in inside.parts)
            if path.is_file() and not hidden and path.stem.upper() not in _ABOUT_FILES:
                reason = self._reason_unread(inside)
                if reason:
                    reasons.setdefault(reason, []).append(str(inside))
        return reasons

    def _reason_unread(self, inside: Path) -> str:
        """Reason why nothing reads a file, given by its path in the folder of the task; empty: it is read."""
        if len(inside.parts) != 2 or stem_of(inside.name) not in SPLITS:
            return f"expected <language>/<split>.<format>, split one of {', '.join(SPLITS)}"
        lang, name = inside.parts
        endings = [ending.replace("{lang}", lang) for ending in self.reader.formats]
        endings += getattr(self.reader, "companions", ())
        stems = [stem for split in SPLITS for _, stem in self._stems(split)]
        if any(is_file_of(name, stem, ending) for stem in stems for ending in endings):
            return ""
        listed = ", ".join(dict.fromkeys(stem for stem in stems if stem_of(stem) == stem_of(name)))
        return f"expected {listed} with one of the endings {', '.join(endings)}"

    @property
    def _folder(self) -> str:
        return self.folder or self.reader.task

    def _stems(self, split: SplitName) -> list[tuple[str, str]]:
        """Give each part of a split and the name of its file without the ending."""
        return [(part, f"{split}.{part}") for part in self.parts.get(split, ())] or [("", split)]


def unread_files(source: Source) -> dict[str, list[str]]:
    """Files of a source that nothing reads, by the reason for it; none of a source that reads no files."""
    unread: Callable[[], dict[str, list[str]]] | None = getattr(source, "unread", None)
    return unread() if unread else {}


def stream_of(source: Source, lang: str, split: SplitName) -> Iterator[Any]:
    """Examples of one language and split, one after the other where the source can give them so."""
    stream: Callable[[str, SplitName], Iterator[Any]] | None = getattr(source, "stream", None)
    return stream(lang, split) if stream else iter(source.examples(lang, split))


@dataclass(frozen=True, slots=True)
class PocketRows:
    """``data=pocket``: rows that :mod:`xtl.pocket` makes.

    Attributes:
        task: Name of the task, one of ``xtl.pocket.TASKS``.
        sizes: Number of rows of each split.
        seed: Seed of the benchmark.
        agreement: Agreement of its tags with those of the benchmark, see
            :func:`xtl.pocket.tasks.agreement.retagged`.
    """

    task: str
    sizes: Mapping[str, int]
    seed: int
    agreement: float = 1.0

    def languages(self, split: SplitName) -> list[str]:  # noqa: ARG002  each language has all splits
        """List the languages of the task."""
        return list(pocket.languages(self.task))

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Make the rows of one language and split."""
        size = self.sizes[split]
        return list(
            pocket.examples(self.task, lang, split=split, size=size, seed=self.seed, agreement=self.agreement)
        )


@dataclass(frozen=True, slots=True)
class FilteredSource:
    """A source without the examples that nothing can be done with; each of them is counted.

    Attributes:
        source: Source of the examples.
        filter: Function of an example and its split: the example as it is to be used, mended if need be, or
            why it is skipped.
        skip_counts: Counts of what is left out, with uids.
    """

    source: Source
    filter: Callable[[Any, SplitName], Any | SkipReason]
    skip_counts: SkipCounts

    def languages(self, split: SplitName) -> list[str]:
        """List the languages that have ``split``."""
        return self.source.languages(split)

    def unread(self) -> dict[str, list[str]]:
        """Files of the task that nothing reads, by the reason for it; none where no files are read."""
        return unread_files(self.source)

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Give the examples that can be used, see :meth:`stream`."""
        return list(self.stream(lang, split))

    def stream(self, lang: str, split: SplitName) -> Iterator[Any]:
        """Give the examples that can be used, one after the other.

        Raises:
            DataFormatError: if none can.
        """
        num_usable = num_skipped = 0
        first_reason = "nothing there"
        for example in stream_of(self.source, lang, split):
            filtered = self.filter(example, split)
            if isinstance(filtered, SkipReason):
                first_reason = first_reason if num_skipped else filtered
                num_skipped += 1
                self.skip_counts.add(f"left out of {split}: {filtered}", f"{lang}:{example.uid}")
            else:
                num_usable += 1
                yield filtered
        if not num_usable:
            raise DataFormatError(
                f"{lang}, {split}: expected examples to use, got none; all {num_skipped:,} were left out, "
                f"the first one for: {first_reason}"
            )
