"""One split in the cache of the hub's tools: its files, as the card names them or as is usual."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtl.data.hub.errors import Address, damaged

EXPORT = "refs/convert/parquet"
"""Branch with parquet files that the hub made of a repository's own, in folders ``<config>/<split>``."""

_KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    ".parquet": ("parquet", {}),
    ".arrow": ("arrow", {}),
    ".json": ("json", {}),
    ".jsonl": ("json", {}),
    ".csv": ("csv", {}),
    ".tsv": ("csv", {"sep": "\t"}),
}
"""Endings of files to what reads them, as ``datasets`` has it."""

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")

_NOT_OF_READER = (
    "config_name", "data_files", "data_dir", "default", "description", "version", "features", "drop_labels",
)  # fmt: skip
"""Keys of a config in a card that say nothing of how its files are read."""

_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
"""Split to how files of it are called, as ``datasets`` knows them."""

_PART = re.compile(r"(?P<stem>.*)-(?P<number>\d{5})-of-(?P<total>\d{5})\b.*")
_EXPORTED_PART = re.compile(r"(?P<number>\d{4})\.parquet")


class SplitFiles(NamedTuple):
    """Files of a split, and how they are read.

    Attributes:
        paths: Paths or addresses.
        kind: Format, as ``datasets`` calls it.
        settings: Settings of its reader, such as ``sep``.
        features: Meaning of the columns, where the repository says it.
        num_rows: Number of rows, where the repository says it.
    """

    paths: Sequence[str]
    kind: str
    settings: Mapping[str, Any]
    features: Any
    num_rows: int | None


def cached_files(address: Address) -> SplitFiles:
    """Look into the snapshot of a repository that lies in the cache, whole or in part.

    Raises:
        FileNotFoundError: if there is nothing of the split.
        DataFormatError: if there are some of its parts only.
    """
    from datasets.info import DatasetInfosDict
    from huggingface_hub.errors import LocalEntryNotFoundError

    folder, _ = _snapshot(address)
    config = _config(folder, address)
    patterns = _patterns(config, address)
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    if not paths:
        raise LocalEntryNotFoundError(f"{folder} has no files of this split")
    _check_parts(address, paths)
    if not _snapshot(address, patterns)[1]:
        raise damaged(address, f"{len(paths)} of its parts, and not all")
    kind, settings = kind_of(paths[0].name)
    settings |= {key: value for key, value in config.items() if key not in _NOT_OF_READER}
    info = DatasetInfosDict.from_directory(str(folder)).get(address.config)
    rows = num_rows(info, address.split) if info else None
    return SplitFiles([*map(str, paths)], kind, settings, info and info.features, rows)


def _snapshot(address: Address, patterns: Sequence[str] | None = None) -> tuple[Path, bool]:
    """Folder of a repository in the cache, and whether all its files of some patterns are there.

    They count as all where nobody has asked the hub for a list of them.

    Raises:
        FileNotFoundError: if there is none.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    name, revision = address.repository, address.revision
    allowed = None if patterns is None else [*patterns]
    try:
        folder = snapshot_download(
            name, repo_type="dataset", revision=revision, local_files_only=True, allow_patterns=allowed
        )
    except LocalEntryNotFoundError as error:  # says which folder lacks files, where there is one
        incomplete = getattr(error, "snapshot_path", None)
        if incomplete is None:
            raise
        return Path(incomplete), False
    return Path(folder), True


def kind_of(name: str) -> tuple[str, dict[str, Any]]:
    r"""What reads a file, and its settings; parquet where the ending says nothing.

    Example:
        >>> kind_of("train.tsv.gz")
        ('csv', {'sep': '\t'})
    """
    path = Path(name)
    suffix = Path(path.stem).suffix if path.suffix in _COMPRESSED else path.suffix
    kind, settings = _KINDS.get(suffix, ("parquet", {}))
    return kind, dict(settings)


def num_rows(info: Any, split: str) -> int | None:  # noqa: ANN401  a DatasetInfo, which has no types
    """Number of rows that a repository says a split has; ``None``: it does not."""
    split_info = (info.splits or {}).get(split)
    # 0 stands for a number that nobody filled in.
    return split_info.num_examples if split_info is not None and split_info.num_examples else None


def _config(folder: Path, address: Address) -> Mapping[str, Any]:
    """What the card says of a config; empty: nothing."""
    card = folder / "README.md"
    if address.revision == EXPORT or not card.is_file():
        return {}
    from huggingface_hub import DatasetCard

    configs = DatasetCard.load(card).data.get("configs") or []
    matching = (config for config in configs if config.get("config_name", "default") == address.config)
    return next(matching, {})


def _patterns(config: Mapping[str, Any], address: Address) -> Sequence[str]:
    """Which files of a repository belong to a split: as its card says, or as they are usually named."""
    name, split = address.config, address.split
    if address.revision == EXPORT:
        return [f"{name}/{split}/*.parquet"]
    folder = f"{config['data_dir'].strip('./')}/" if config.get("data_dir") else ""
    listed = config.get("data_files") or []
    if listed:
        entries = listed if isinstance(listed, list) else [listed]
        # What has no split is all for training.
        named = [entry if isinstance(entry, dict) else {"path": entry} for entry in entries]
        paths = [entry["path"] for entry in named if entry.get("split", "train") == split]
        return [f"{folder}{path}" for one in paths for path in ([one] if isinstance(one, str) else one)]
    # Without a card, or with one that does not name it, a config other than the default has a folder.
    roots = [folder, f"{folder}data/"] if config or name == "default" else [f"{name}/", f"data/{name}/"]
    stems = [f"{root}{word}" for root in roots for word in _NAMES.get(split, (split,))]
    return [f"{stem}{end}" for stem in stems for end in ("-*", ".*", "/*")]


def _check_parts(address: Address, paths: Sequence[Path]) -> None:
    """Refuse a split of whose numbered parts some are missing: another tool may have fetched a few.

    Raises:
        DataFormatError: if parts are missing.
    """
    numbers: dict[tuple[str, int], set[int]] = {}
    for path in paths:
        part = _PART.fullmatch(path.name)
        exported = _EXPORTED_PART.fullmatch(path.name) if address.revision == EXPORT else None
        if part:
            series = f"{path.parent}/{part['stem']}", int(part["total"])
            numbers.setdefault(series, set()).add(int(part["number"]))
        elif exported:
            numbers.setdefault((str(path.parent), 0), set()).add(int(exported["number"]))
    for (_, total), present in numbers.items():
        expected = total or max(present) + 1  # an export does not say how many there are
        if len(present) < expected:
            raise damaged(address, f"{len(present)} of {expected} parts")
