"""Tagged files of any format to examples whose tags the task knows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xtl.errors import DataFormatError, nearest
from xtl.readers import TaggedWords, read_columns, read_conllu, read_parquet_tags
from xtl.types import Split, TaggingExample


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingReader:
    """Reads the files of one tagging task.

    Attributes:
        task: Its name; uids begin with it.
        labels: Its tags, in the order of the output units.
        replace: Tags that stand in files, and what is read instead.
        fused_forms: Whether ``.conllu`` is read as XTREME converts it, see :func:`xtl.readers.read_conllu`.
        word_prefix: Whether words of column files begin with a language and a colon.
    """

    task: str
    labels: Sequence[str]
    replace: Mapping[str, str] = field(default_factory=dict)
    fused_forms: bool = False
    word_prefix: bool = False

    @property
    def formats(self) -> Sequence[str]:
        """Endings of the files that it reads."""
        return (".conllu", ".iob2", ".conll", ".tsv", ".parquet")

    def __call__(self, path: Path, *, lang: str, split: Split) -> list[TaggingExample]:
        """Read one file.

        Returns:
            One example a sentence, row ids counting from 0 in file order.

        Raises:
            DataNotFoundError: if the file is not there.
            DataFormatError: if it is not in its format, holds no sentence, or has tags that the task does
            not know.
        """
        examples = []
        unknown: Counter[str] = Counter()
        for row, (words, raw_tags) in enumerate(self._sentences(path, lang)):
            tags = tuple(self.replace.get(tag, tag) for tag in raw_tags)
            unknown.update(tag for tag in tags if tag not in self.labels)
            uid = f"{self.task}/{split}/{row}"
            examples.append(TaggingExample(uid=uid, lang=lang, words=words, tags=tags))
        if unknown:
            raise DataFormatError(self._unknown(path, unknown))
        if not examples:
            raise DataFormatError(
                f"{path}: expected at least one sentence, got none; fetch or unpack it again"
            )
        return examples

    def _sentences(self, path: Path, lang: str) -> Iterator[TaggedWords]:
        match path.suffix:
            case ".conllu":
                return read_conllu(path, lang=lang, fused_forms=self.fused_forms)
            case ".parquet":
                return read_parquet_tags(path, labels=tuple(self.labels))
            case _:
                return read_columns(path, word_prefix=self.word_prefix)

    def _unknown(self, path: Path, unknown: Counter[str]) -> str:
        listed = "; ".join(
            f"{tag!r} {count} time(s){nearest(tag, self.labels)}" for tag, count in sorted(unknown.items())
        )
        return (
            f"{path}: expected only the tags of task '{self.task}' ({' '.join(self.labels)}), got {listed}; "
            "correct the file, or add the tags to the task's labels or to its replace table"
        )
