"""Where the rows of a task come from: pocket, the hub, or files."""

from collections.abc import Mapping
from pathlib import Path

from xtl.data.hub import Address, HubRows, HubTable, tables_of
from xtl.data.local import LocalSource
from xtl.data.rows import Reader
from xtl.data.source import LocalFiles, PocketRows, Source
from xtl.schemas.data import DataConfig
from xtl.schemas.task import HubSet, TaskConfig
from xtl.types import SplitName


def source_of(task: TaskConfig, data: DataConfig, reader: Reader) -> Source:
    """Source of the examples of a task: pocket, the hub, or files."""
    parts = _parts(task)
    match data.source:
        case "pocket":
            return PocketRows(task.name, data.sizes, data.seed, task.agreement)
        case "hub":
            absent = task.hub.absent
            return HubRows(
                reader=reader, tables=_tables(task), parts=parts, patterns=task.rows, absent=absent
            )
        case _:
            files = LocalSource(Path(str(data.root)).expanduser())
            return LocalFiles(files=files, reader=reader, folder=task.folder, parts=parts, patterns=task.rows)


def hub_addresses(task: TaskConfig, lang: str, split: SplitName) -> list[Address]:
    """Where on the hub a language's split is read from, in one or several parts; none: no set has it.

    Args:
        task: Config of the task.
        lang: Language.
        split: Split.
    """
    return [table.address(lang, split) for _, table in tables_of(_tables(task), _parts(task), lang, split)]


def _parts(task: TaskConfig) -> dict[str, tuple[str, ...]]:
    return {split: tuple(names.split()) for split, names in task.parts.items()}


def _tables(task: TaskConfig) -> dict[str, HubTable]:
    return {name: _table(task, hub_set) for name, hub_set in task.hub.sets.items()}


def _table(task: TaskConfig, hub_set: HubSet) -> HubTable:
    return HubTable(
        repository=hub_set.repository,
        config=hub_set.config,
        revision=hub_set.revision or task.hub.revision,
        langs=tuple((hub_set.langs or task.languages).split()),
        splits=hub_set.splits,
        lacks={split: tuple(langs.split()) for split, langs in hub_set.lacks.items()},
        refused=_refused(hub_set),
        columns=hub_set.columns,
    )


def refused_languages(task: TaskConfig, data: DataConfig) -> Mapping[str, str]:
    """Languages whose rows in some set of the hub are not the task's, to the reason; none without the hub."""
    if data.source != "hub":
        return {}
    return {lang: why for hub_set in task.hub.sets.values() for lang, why in _refused(hub_set).items()}


def _refused(hub_set: HubSet) -> dict[str, str]:
    return {lang: why for langs, why in hub_set.refused.items() for lang in langs.split()}
