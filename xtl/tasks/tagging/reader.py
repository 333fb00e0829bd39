"""Tagged sentences of any format to examples whose tags the task knows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from xtl.counts import SkipCounts
from xtl.data.raw import LineLocation, checked_text, field_value
from xtl.data.rows import WITHHELD_WORDS, Rows, SkipReason
from xtl.errors import DataFormatError, nearest
from xtl.readers import (
    Record,
    TaggedWords,
    read_ccgbank,
    read_columns,
    read_conllu,
    read_records,
    read_supertags,
    tagged_record,
    tagged_words,
)
from xtl.types import TaggingExample

_WITHOUT_WORDS = "left out: no words"

_OTHER_PLACES = ("E", "S", "L", "U", "M")
"""Places in an entity that IOBES, BILOU and BMES write and IOB2 does not."""


_PLACES = ("B", "I", *_OTHER_PLACES)


@dataclass(frozen=True, kw_only=True, slots=True)
class RawTaggingReader:
    """Reader of raw sentences to tag.

    Attributes:
        filler: Tag of the task, any of them: it stands where a word will get one.
    """

    filler: str
    layout: str = "a sentence whose words are separated by spaces"
    keys: str = 'a JSON object {"words": ["...", ...]}'

    def from_text(self, text: str, location: LineLocation) -> TaggingExample | SkipReason:
        """Example of a line, parted at white space."""
        return self._example(text.split(), location)

    def from_record(self, record: Mapping[str, Any], location: LineLocation) -> TaggingExample | SkipReason:
        """Example of a JSON object: its words as they are."""
        words = field_value(record, ("words", "tokens"), location, self.keys)
        if not isinstance(words, list):
            raise DataFormatError(
                f"{location.where}: expected a list of texts in 'words', got {str(words)[:60]!r}"
            )
        return self._example([checked_text(location.where, "words", word) for word in words], location)

    def _example(self, words: Sequence[str], location: LineLocation) -> TaggingExample | SkipReason:
        if not words:
            return SkipReason("no words")
        tags = (self.filler,) * len(words)
        return TaggingExample(uid=location.uid, lang=location.lang, words=tuple(words), tags=tags)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingReader:
    """Reader of the files of one tagging task.

    Attributes:
        task: Name of the task; uids begin with it.
        labels: Tags of the task; none: any tag is one.
        replace: Tags as files spell them to tags of the task.
        fused_forms: Whether ``.conllu`` is read as XTREME converts it, see :func:`xtl.readers.read_conllu`.
        word_prefix: Whether words of column files begin with the language and a colon, to be cut off.
        supertags: Whether tags are made from the trees of ``.conllu`` files, see
            :func:`xtl.readers.read_supertags`.
        skip_counts: Counts of the sentences that are left out, and of those whose entities are not in IOB2.
        scores_entities: Whether entities are scored, so that those that are not in IOB2 are counted.
    """

    task: str
    labels: Sequence[str]
    replace: Mapping[str, str] = field(default_factory=dict)
    fused_forms: bool = False
    word_prefix: bool = False
    supertags: bool = False
    skip_counts: SkipCounts = field(default_factory=SkipCounts)
    scores_entities: bool = True

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        if self.supertags:
            return (".conllu",)
        return (".conllu", ".iob2", ".conll", ".tsv", ".txt", ".auto", ".jsonl", ".parquet")

    def records(self, path: Path, lang: str) -> Iterator[Record]:
        """Sentences of one file.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is not in its format.
        """
        if path.suffix in (".jsonl", ".parquet"):
            yield from read_records(path)
            return
        for number, sentence in enumerate(self._sentences(path, lang), start=1):
            yield tagged_record(f"{path}: sentence {number}", sentence)

    def examples(self, rows: Rows) -> Iterator[TaggingExample]:
        """Example of each sentence that has words.

        Raises:
            DataFormatError: if there is no sentence, or there are tags that the task does not know.
        """
        unknown: Counter[str] = Counter()
        schemes = _SchemeCounts()
        count = 0
        for uid, words, raw_tags in self._with_words(rows):
            tags = tuple(self.replace.get(tag, tag) for tag in raw_tags)
            if self.labels:
                unknown.update(tag for tag in tags if tag not in self.labels)
            example = TaggingExample(uid=uid, lang=rows.lang, words=words, tags=tags)
            count += 1
            if self.scores_entities:
                schemes.add(example)
            yield example
        if unknown:
            raise DataFormatError(self._unknown(rows.origin, unknown))
        if not count:
            raise DataFormatError(
                f"{rows.origin}: expected at least one sentence, got none; fetch or unpack it again"
            )
        if self.scores_entities:
            schemes.report(self.skip_counts)

    def _with_words(self, rows: Rows) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """Id, words and tags of each row that has words; rows of translations have the same ids."""
        for number, record in enumerate(rows.records):
            words, tags = tagged_words(record)
            uid = rows.uid(self.task, number)
            if words:
                yield uid, words, tags
            else:
                self.skip_counts.add(_WITHOUT_WORDS, f"{rows.lang}:{uid}")

    def _sentences(self, path: Path, lang: str) -> Iterator[TaggedWords]:
        def count_withheld(line: int) -> None:
            self.skip_counts.add(f"left out: {WITHHELD_WORDS}", f"{lang}:{path.name}:{line}")

        match path.suffix:
            case ".conllu" if self.supertags:
                return read_supertags(path, withheld=count_withheld)
            case ".conllu":
                return read_conllu(path, lang=lang, fused_forms=self.fused_forms, withheld=count_withheld)
            case ".auto":
                return read_ccgbank(path)
            case _:
                return read_columns(path, prefix=f"{lang}:" if self.word_prefix else "")

    def _unknown(self, origin: str, unknown: Counter[str]) -> str:
        listed = "; ".join(
            f"{tag!r} {count} time(s){nearest(tag, self.labels)}" for tag, count in sorted(unknown.items())
        )
        is_other_scheme = any(
            tag.startswith(tuple(f"{place}-" for place in _OTHER_PLACES)) for tag in unknown
        )
        hint = "; IOBES and BILOU must be converted to IOB2 (B- I- O)" if is_other_scheme else ""
        return (
            f"{origin}: expected only the tags of task '{self.task}' ({' '.join(self.labels)}), "
            f"got {listed}; correct the file, or add the tags to the task's labels or to its replace table"
            f"{hint}"
        )


class _SchemeCounts:
    """Sentences whose tags are not IOB2, which is what is scored; nothing is left out for that."""

    def __init__(self) -> None:
        self._total = self._other = 0
        self._ids: list[str] = []

    def add(self, example: TaggingExample) -> None:
        """Count the entities of a sentence."""
        entities = count_entities(example.tags)
        self._total += entities.total
        self._other += entities.other
        if entities.other:
            self._ids.append(str(example.id))

    def report(self, skip_counts: SkipCounts) -> None:
        """Tell of all sentences that were counted."""
        reason = (
            "tags that are not IOB2 (B- I- O), as which they are scored, but IOB1, IOBES or BILOU: "
            f"{self._other:,} of {self._total:,} entities ({100 * self._other / max(self._total, 1):.1f}%)"
        )
        skip_counts.add_all((reason, id_) for id_ in self._ids)


class EntityCounts(NamedTuple):
    """Number of entities of a sentence, and of those whose tags are not IOB2."""

    total: int
    other: int


def count_entities(tags: Sequence[str]) -> EntityCounts:
    """Count the entities of a sentence. Tags without a hyphen, such as parts of speech, are none.

    Example:
        >>> count_entities(["B-PER", "I-PER", "O", "I-LOC", "S-LOC"])
        EntityCounts(total=3, other=2)
    """
    total = other = 0
    open_kind, counted = "", True
    for tag in tags:
        place, hyphen, kind = tag.partition("-")
        if not hyphen or place not in _PLACES:
            open_kind = ""
            continue
        begins = kind != open_kind or place in ("B", "S", "U")
        if begins:
            total, counted = total + 1, False
        if not counted and (place in _OTHER_PLACES or (begins and place != "B")):
            other, counted = other + 1, True
        open_kind = "" if place in ("E", "S", "L", "U") else kind
    return EntityCounts(total, other)


def labels_of(examples: Sequence[TaggingExample], *, most: int = 0) -> tuple[str, ...]:
    """Tags of a task that names none: those of its training set, sorted.

    Args:
        examples: Examples of the training set.
        most: Largest number of tags, the most frequent ones (of equal ones the first in order); 0: all.
    """
    count = Counter(tag for example in examples for tag in example.tags)
    by_frequency = sorted(count, key=lambda tag: (-count[tag], tag))
    return tuple(sorted(by_frequency[:most] if most else by_frequency))
