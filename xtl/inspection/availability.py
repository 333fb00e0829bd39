"""Which data of a task are on this machine: files under a root, the hub's cache, or made by pocket.

Nothing is downloaded and the hub is not asked, and torch is not imported: a listing is there at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xtl.config.catalogue import HubLocation, TaskCard, pocket_data
from xtl.data.local import files_of
from xtl.readers import COUNTED_FORMATS, count_rows
from xtl.tasks.registry import task_type
from xtl.types import SPLITS


class SplitAvailability(NamedTuple):
    """One language and split.

    Attributes:
        source: ``files``, ``cache`` (of the hub), ``pocket``, or ``hub``: to be fetched from there.
        rows: Number of rows, where that is known without reading them.
    """

    source: str
    rows: int | None


Availability = Mapping[str, Mapping[str, SplitAvailability]]
"""Language to split to what there is of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFolders:
    """Folders to look into.

    Attributes:
        root: Folder of files; ``None``: none is looked into.
        hub_cache: Cache of the hub's own tools.
    """

    root: Path | None
    hub_cache: Path

    @classmethod
    def under(cls, root: Path | None) -> "DataFolders":
        """Take the hub's cache where its own tools have it (HF_HOME, HF_HUB_CACHE)."""
        from huggingface_hub import constants

        return cls(root=root, hub_cache=Path(constants.HF_HUB_CACHE))


def availability(card: TaskCard, folders: DataFolders) -> Availability:
    """What there is of a task; files count before the cache, the cache before the hub."""
    if card.group == "pocket":
        return dict.fromkeys(card.languages, _of_pocket(card))
    files = _files(card, folders.root)
    cached = {
        location.repository: _cached_files(folders.hub_cache, location.repository) for location in card.hub
    }
    available: dict[str, dict[str, SplitAvailability]] = {}
    for lang in dict.fromkeys([*card.languages, *card.more_languages, *files]):
        local = {split: SplitAvailability("files", rows) for split, rows in files.get(lang, {}).items()}
        on_hub = {split: _on_hub(card, lang, split, cached) for split in SPLITS if split not in local}
        available[lang] = {**local, **{split: entry for split, entry in on_hub.items() if entry is not None}}
    return available


def is_local(split: SplitAvailability | None) -> bool:
    """Whether something can be read without the network."""
    return split is not None and split.source != "hub"


def _of_pocket(card: TaskCard) -> dict[str, SplitAvailability]:
    one_example = task_type(card.task_type).one_example
    return {
        split: SplitAvailability("pocket", 1 if one_example else rows)
        for split, rows in pocket_data().sizes.items()
    }


def _files(card: TaskCard, root: Path | None) -> dict[str, dict[str, int | None]]:
    """Rows of files, by language and split."""
    folder = None if root is None else root / card.folder
    if folder is None or not folder.is_dir():
        return {}
    # Also folders that no language of the task is named after: a typing error should be seen.
    langs = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    return {
        lang: {
            split: _sum([_rows(card, path) for path in paths])
            for split in SPLITS
            if (paths := _paths(folder / lang, [f"{split}.{part}" for part in card.parts.get(split, ())]
                                or [split]))
        }
        for lang in langs
    }  # fmt: skip


def _paths(folder: Path, stems: Sequence[str]) -> list[Path]:
    """Files of each stem; none unless all are there."""
    paths = []
    for stem in stems:
        endings = (f".{folder.name}", *COUNTED_FORMATS)
        candidates = [files for ending in endings if (files := files_of(folder, stem, ending))]
        if not candidates:
            return []
        paths += candidates[0]  # those that would be read
    return paths


def _rows(card: TaskCard, path: Path) -> int | None:
    kind = task_type(card.task_type)
    return 1 if kind.one_example else count_rows(path, tagged=kind.reads_words, quoted=card.quoted)


def _sum(counts: Sequence[int | None]) -> int | None:
    # A sum of some parts would look like the number of rows of all.
    numbers = [count for count in counts if count is not None]
    return sum(numbers) if len(numbers) == len(counts) else None


def _on_hub(
    card: TaskCard, lang: str, split: str, cached: Mapping[str, set[tuple[str, str]]]
) -> SplitAvailability | None:
    """Whether the hub has it, as the task's file says, and whether its cache has all of it."""
    locations = [location for location in card.hub if location.holds(lang, split)]
    # Several repositories hold parts of a split only where the task says so; otherwise the first one is read.
    locations = locations if card.parts.get(split) else locations[:1]
    if not locations:
        return None
    complete = all(_holds(cached[location.repository], location, lang, split) for location in locations)
    return SplitAvailability("cache" if complete else "hub", None)


def _cached_files(hub_cache: Path, repository: str) -> set[tuple[str, str]]:
    """Files of a repository in the cache: names of folder and split, as repositories commonly have them."""
    folder = hub_cache / f"datasets--{repository.replace('/', '--')}" / "snapshots"
    files = set()
    for path in folder.glob("*/**/*"):
        if path.is_file() and path.suffix in (".parquet", ".jsonl", ".json", ".csv", ".arrow"):
            inside = path.relative_to(folder).parts[1:-1]  # without the revision
            inside = inside[1:] if inside[:1] == ("data",) else inside
            name = path.name.split("-")[0].split(".")[0]
            files.add((inside[0] if inside else "", inside[1] if len(inside) > 1 else name))
    return files


def _holds(files: set[tuple[str, str]], location: HubLocation, lang: str, split: str) -> bool:
    return any((config, location.splits[split]) in files for config in (location.config_of(lang), ""))
