"""Which data of a task are on this machine: files under a root, the hub's cache, or made by pocket.

Nothing is downloaded and the hub is not asked, and torch is not imported: a listing is there at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xtl.config.catalogue import HubLocation, TaskCard, pocket_sizes
from xtl.readers import COUNTED_FORMATS, count_rows
from xtl.types import SPLITS


class Found(NamedTuple):
    """One language and split.

    Attributes:
        source: ``files``, ``cache`` (of the hub), ``pocket``, or ``hub``: to be fetched from there.
        rows: How many, where that is known without reading them.
    """

    source: str
    rows: int | None


Presence = Mapping[str, Mapping[str, Found]]
"""Language to split to what there is of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where to look.

    Attributes:
        root: Of files; ``None``: nowhere.
        hub_cache: Of the hub's own tools.
    """

    root: Path | None
    hub_cache: Path

    @classmethod
    def of(cls, root: Path | None) -> "Places":
        """Take the hub's cache where its own tools have it (HF_HOME, HF_HUB_CACHE)."""
        from huggingface_hub import constants

        return cls(root=root, hub_cache=Path(constants.HF_HUB_CACHE))


def presence(card: TaskCard, places: Places) -> Presence:
    """Find what there is of a task; files count before the cache, the cache before the hub."""
    if card.group == "pocket":
        made = {split: Found("pocket", rows) for split, rows in pocket_sizes().items()}
        if card.task_type == "bitext_mining":  # both corpora are one row
            made = {split: Found("pocket", 1) for split in made}
        return dict.fromkeys(card.languages, made)
    files = _files(card, places.root)
    cached = {held.repository: _cached_files(places.hub_cache, held.repository) for held in card.hub}
    found: dict[str, dict[str, Found]] = {}
    for lang in dict.fromkeys([*card.languages, *card.more_languages, *files]):
        there = {split: Found("files", rows) for split, rows in files.get(lang, {}).items()}
        on_hub = {split: _on_hub(card, lang, split, cached) for split in SPLITS if split not in there}
        found[lang] = {**there, **{split: one for split, one in on_hub.items() if one is not None}}
    return found


def is_here(found: Found | None) -> bool:
    """Whether something can be read without the network."""
    return found is not None and found.source != "hub"


def _files(card: TaskCard, root: Path | None) -> dict[str, dict[str, int | None]]:
    """Count rows of files, by language and split."""
    folder = None if root is None else root / card.folder
    if folder is None or not folder.is_dir():
        return {}
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
    """Find a file for each stem; none unless all are there."""
    found = []
    for stem in stems:
        own = [
            path for ending in (f".{folder.name}", *COUNTED_FORMATS)
            if (path := folder / f"{stem}{ending}").is_file()
        ]  # fmt: skip
        found += own[:1]
    return found if len(found) == len(stems) else []


def _rows(card: TaskCard, path: Path) -> int | None:
    if card.task_type == "bitext_mining":
        return 1
    return count_rows(path, tagged=card.task_type == "tagging", quoted=card.quoted)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _on_hub(
    card: TaskCard, lang: str, split: str, cached: Mapping[str, set[tuple[str, str]]]
) -> Found | None:
    """Say whether the hub has it, as the task's file says, and whether its cache has all of it."""
    held = [one for one in card.hub if one.holds(lang, split)]
    held = held if card.parts.get(split) else held[:1]
    if not held:
        return None
    here = all(_holds(cached[one.repository], one, lang, split) for one in held)
    return Found("cache" if here else "hub", None)


def _cached_files(hub_cache: Path, repository: str) -> set[tuple[str, str]]:
    """List the files of a repository in the cache: names of folder and split, as is usual."""
    folder = hub_cache / f"datasets--{repository.replace('/', '--')}" / "snapshots"
    found = set()
    for path in folder.glob("*/**/*"):
        if path.is_file() and path.suffix in (".parquet", ".jsonl", ".json", ".csv", ".arrow"):
            inside = path.relative_to(folder).parts[1:-1]  # without the revision
            inside = inside[1:] if inside[:1] == ("data",) else inside
            name = path.name.split("-")[0].split(".")[0]
            found.add((inside[0] if inside else "", inside[1] if len(inside) > 1 else name))
    return found


def _holds(files: set[tuple[str, str]], held: HubLocation, lang: str, split: str) -> bool:
    return any((config, held.splits[split]) in files for config in (held.config_of(lang), ""))
