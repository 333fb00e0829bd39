"""``data=hub``: data sets of the Hugging Face hub, through the same readers as files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xtl.data.hub.errors import Address
from xtl.data.hub.files import load_split
from xtl.data.rows import Reader, Rows, kept
from xtl.errors import DataNotFoundError, nearest
from xtl.languages import filled
from xtl.readers import Record, class_names, with_names
from xtl.types import SplitName

_AT_ONCE = 1000
"""Number of rows that are turned into Python's objects at once: a split may not fit into memory as such."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HubTable:
    """What one repository holds of a task.

    Attributes:
        repository: Name of the repository, such as ``google/xtreme``.
        config: Pattern of a language's config, such as ``PAN-X.{lang}``, see
            :func:`xtl.languages.filled`.
        revision: Commit, tag or branch.
        langs: Languages that the repository holds.
        splits: Split to its name in the repository.
        lacks: Split to languages that do not have it.
        refused: Language to the reason why its rows there are not the task's, and what to read instead.
        columns: Column as the task names it to its name in the repository, where that differs.
    """

    repository: str
    config: str
    revision: str
    langs: Sequence[str]
    splits: Mapping[str, str]
    lacks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def holds(self, lang: str, split: SplitName) -> bool:
        """Whether a language has a split there that is the task's."""
        is_absent = lang in self.refused or lang in self.lacks.get(split, ())
        return split in self.splits and lang in self.langs and not is_absent

    def address(self, lang: str, split: SplitName) -> Address:
        """Say where it is."""
        return Address(self.repository, filled(self.config, lang), self.revision, self.splits[split])


def tables_of(
    tables: Mapping[str, HubTable], parts: Mapping[str, Sequence[str]], lang: str, split: SplitName
) -> list[tuple[str, HubTable]]:
    """Tables that make up a split of a language, each with the name of its part; none: it is not there.

    Args:
        tables: Tables of a task by name, as :class:`HubRows` has them.
        parts: Split to the names of the tables that make it up together; without parts the first table that
            has it counts, whose part has no name.
        lang: Language.
        split: Split.
    """
    if parts.get(split):
        named = [(name, tables[name]) for name in parts[split]]
        return named if all(table.holds(lang, split) for _, table in named) else []
    return [("", table) for table in tables.values() if table.holds(lang, split)][:1]


@dataclass(frozen=True, kw_only=True, slots=True)
class HubRows:
    """Rows of one or several repositories.

    Attributes:
        reader: Reader that makes examples of rows.
        tables: Tables by name, which is also that of a part. Where a split has no parts, the first table that
            has a language counts.
        parts: Split to the names of the tables that make it up together.
        patterns: Patterns of the rows of a language, see :func:`xtl.data.rows.kept`; none: all of its config.
        absent: Message about a task that has no tables.
    """

    reader: Reader
    tables: Mapping[str, HubTable]
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""

    def languages(self, split: SplitName) -> list[str]:
        """List the languages that have ``split``, as the tables say; the hub is not asked.

        Raises:
            DataNotFoundError: if the task is not on the hub.
        """
        self._check_present()
        langs = dict.fromkeys(lang for table in self.tables.values() for lang in table.langs)
        return [lang for lang in langs if self._tables_of(lang, split)]

    def examples(self, lang: str, split: SplitName) -> list[Any]:
        """Load one language and split, see :meth:`stream`."""
        return list(self.stream(lang, split))

    def stream(self, lang: str, split: SplitName) -> Iterator[Any]:
        """Load one language and split, example by example.

        Raises:
            DataNotFoundError: if the task, language or split is not on the hub, or the hub is out of reach.
            DataFormatError: if what is there is damaged, or not what the task expects.
        """
        self._check_present()
        tables = self._tables_of(lang, split)
        if not tables:
            available = self.languages(split)
            reasons = [table.refused[lang] for table in self.tables.values() if lang in table.refused]
            if reasons:
                raise DataNotFoundError(
                    f"task '{self.reader.task}' on the hub: expected {split} rows in '{lang}', "
                    f"got others than the task's: {reasons[0]}"
                )
            raise DataNotFoundError(
                f"task '{self.reader.task}' on the hub: expected {split} rows in '{lang}', found "
                f"{split} rows in {', '.join(available) or 'no language'}{nearest(lang, available)}; choose "
                "another language, or read files: data=local data.root=FOLDER"
            )
        for part, table in tables:
            yield from self._examples(table, lang, split, part)

    def _examples(self, table: HubTable, lang: str, split: SplitName, part: str) -> Iterable[Any]:
        address = table.address(lang, split)
        origin = str(address)
        records = _records(address, table.columns)
        if self.patterns:
            records = kept(records, self.patterns, lang=lang, origin=origin)
        return self.reader.examples(Rows(origin=origin, records=records, lang=lang, split=split, part=part))

    def _tables_of(self, lang: str, split: SplitName) -> list[tuple[str, HubTable]]:
        """Give what a language has of a split: all of its parts, or a single table."""
        return tables_of(self.tables, self.parts, lang, split)

    def _check_present(self) -> None:
        if not self.tables:
            raise DataNotFoundError(
                f"task '{self.reader.task}': expected a repository on the hub, found none in its file. "
                f"{self.absent or 'Give one under hub:'}; or read files: data=local data.root=FOLDER"
            )


def _records(address: Address, columns: Mapping[str, str]) -> Iterator[Record]:
    """Give the rows of a split, classes by name, columns as the task calls them."""
    rows = load_split(address)
    names = class_names(rows.features)
    number = 0
    for batch in rows.batches(_AT_ONCE):
        for values in batch:
            where = f"{address}: row {number}"
            number += 1
            named = with_names(where, values, names)
            for column, hub_name in columns.items():
                if hub_name in named:
                    named[column] = named.pop(hub_name)
            yield where, named
