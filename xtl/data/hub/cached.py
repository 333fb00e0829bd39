"""One split in the cache of the hub's tools: its files, as the card names them or as is usual."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from xtl.data.hub.errors import Address, damaged

EXPORT = "refs/convert/parquet"
"""Branch with parquet files that the hub made of a repository's own, in folders ``<config>/<split>``."""

_OF_DATA = ("name", "version", "data_dir", "data_files", "description", "features")
"""Fields of a config of ``datasets`` that say which data, not how they are read."""

_DATA = re.compile(r".*\.(parquet|arrow|jsonl?|csv|tsv)(\.\w+)?", re.IGNORECASE | re.DOTALL)
"""Files that are read, compressed ones too."""

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

    @classmethod
    def of(cls, builder: Any, split: str, info: Any) -> "SplitFiles":  # noqa: ANN401  of datasets, without types
        """Files of a split as a builder of ``datasets`` has them.

        Args:
            builder: Builder whose config has files of the split.
            split: Name of the split.
            info: ``DatasetInfo`` of the config; ``None``: there is none.
        """
        defaults = type(builder.config)()
        names = [entry.name for entry in fields(defaults) if entry.name not in _OF_DATA]
        settings = {name: getattr(builder.config, name) for name in names}
        split_info = info and (info.splits or {}).get(split)
        return cls(
            paths=builder.config.data_files[split],
            kind=type(builder).__module__.rpartition(".")[2],
            settings={name: value for name, value in settings.items() if value != getattr(defaults, name)},
            features=info and info.features,
            num_rows=(split_info and split_info.num_examples) or None,  # 0: nobody filled it in
        )


def cached_files(address: Address) -> SplitFiles:
    """Look into the snapshot of a repository that lies in the cache, whole or in part.

    Raises:
        FileNotFoundError: if there is nothing of the split.
        DataFormatError: if there are some of its parts only.
    """
    import datasets
    from datasets.data_files import DataFilesList
    from datasets.info import DatasetInfosDict
    from huggingface_hub.errors import LocalEntryNotFoundError

    folder, _ = _snapshot(address)
    config = _config(folder, address)
    try:
        base, patterns = _patterns(folder, config, address)
        paths = list(DataFilesList.from_patterns(patterns, base_path=str(base)))
    except FileNotFoundError:
        paths = []
    paths = [path for path in paths if _DATA.fullmatch(path)] or paths  # a licence may lie beside them
    if not paths:
        raise LocalEntryNotFoundError(f"{folder} has no files of this split")
    if any("*" in pattern for pattern in patterns):
        _check_parts(address, [*map(Path, paths)])
    prefix = "" if base == folder else f"{base.relative_to(folder)}/"
    if not _snapshot(address, [f"{prefix}{pattern}" for pattern in patterns])[1]:
        raise damaged(address, f"{len(paths)} of its parts, and not all")
    name = address.config if config else None
    builder = datasets.load_dataset_builder(str(folder), name, data_files={address.split: paths})
    info = DatasetInfosDict.from_directory(str(folder)).get(address.config)
    return SplitFiles.of(builder, address.split, info)


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


def _config(folder: Path, address: Address) -> Mapping[str, Any]:
    """What the card says of a config; empty: nothing."""
    card = folder / "README.md"
    if address.revision == EXPORT or not card.is_file():
        return {}
    from huggingface_hub import DatasetCard

    configs = DatasetCard.load(card).data.get("configs") or []
    matching = (config for config in configs if config.get("config_name", "default") == address.config)
    return next(matching, {})


def _patterns(folder: Path, config: Mapping[str, Any], address: Address) -> tuple[Path, Sequence[str]]:
    """Which files of a repository belong to a split, and below which folder.

    As its card says, or as ``datasets`` finds them.

    Raises:
        FileNotFoundError: if the split has none.
    """
    from datasets.data_files import get_data_patterns, sanitize_patterns

    if address.revision == EXPORT:
        return folder, [f"{address.config}/{address.split}/*.parquet"]
    base = folder / str(config.get("data_dir") or "")
    if not config and address.config != "default":
        # Without a card, or with one that does not name it, a config other than the default has a folder.
        folders = (folder / name for name in (address.config, f"data/{address.config}"))
        base = next((path for path in folders if path.is_dir()), folder / address.config)
    listed = config.get("data_files")
    by_split = sanitize_patterns(listed) if listed else get_data_patterns(str(base))
    patterns = {str(split): of_split for split, of_split in by_split.items()}
    if address.split not in patterns:
        raise FileNotFoundError(f"{folder} has no files of this split")
    return base, patterns[address.split]


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
