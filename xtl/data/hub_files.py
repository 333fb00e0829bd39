"""One split of one config of a repository of the hub: found, fetched, read with ``datasets``.

Only the files of that split are fetched. Where the hub cannot be reached, what an earlier run or
``hf download`` left in the cache is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from xtl.data.hub_errors import Address, absent_split, damaged, explained, is_unreachable
from xtl.readers import plain_rows

if TYPE_CHECKING:
    from datasets import Dataset


_EXPORT = "refs/convert/parquet"
"""Branch with parquet files that the hub made of a repository's own, in folders ``<config>/<split>``."""


_KINDS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".csv": "csv", ".arrow": "arrow"}


class _Files(NamedTuple):
    """Files of a split, the meaning of their columns and the number of rows, where the repository says so."""

    paths: Sequence[str]
    features: Any
    num_rows: int | None


@dataclass(frozen=True, slots=True)
class LoadedRows:
    """Rows of a split.

    Attributes:
        dataset: Split as ``datasets`` loads it.
    """

    dataset: "Dataset"

    @property
    def features(self) -> Mapping[str, Any]:
        """Column to its meaning, as plain objects."""
        features: Mapping[str, Any] = self.dataset.features.to_dict()
        return features

    def batches(self, size: int) -> Iterator[list[dict[str, Any]]]:
        """Give rows as plain objects, ``size`` at once."""
        for table in self.dataset.with_format("arrow").iter(size):
            yield plain_rows(table)


def load_split(address: Address) -> LoadedRows:
    """Load the rows of a split.

    Raises:
        DataNotFoundError: if the hub is out of reach and the cache has nothing, or the repository, revision,
            config or split is not there.
        DataFormatError: if a file is damaged, or a part of one.
    """
    import datasets  # takes seconds

    try:
        files = _files(address)
        kind = _KINDS.get(Path(files.paths[0]).suffix, "parquet")
        dataset = datasets.load_dataset(
            kind, data_files={address.split: list(files.paths)}, split=address.split, features=files.features
        )
    except Exception as error:
        explanation = explained(error, address)
        if explanation is None:
            raise
        raise explanation from error
    if files.num_rows is not None and files.num_rows != len(dataset):
        raise damaged(address, f"{len(dataset):,} rows where the repository says {files.num_rows:,}")
    return LoadedRows(dataset)


def _files(address: Address) -> _Files:
    """Ask the hub; where it is out of reach, the cache."""
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        return _cached(address)
    try:
        return _on_hub(address)
    except Exception as error:
        if not is_unreachable(error):
            raise
        try:
            return _cached(address)
        except FileNotFoundError:
            raise error from None


def _on_hub(address: Address) -> _Files:
    import datasets

    if address.revision == _EXPORT:
        return _exported(address)
    builder = datasets.load_dataset_builder(address.repository, address.config, revision=address.revision)
    by_split: Mapping[Any, Sequence[str]] = builder.config.data_files or {}
    paths = {str(split): files for split, files in by_split.items()}
    if address.split not in paths:
        raise absent_split(address, list(paths))
    return _Files(paths[address.split], builder.info.features, _num_rows(builder.info, address.split))


def _exported(address: Address) -> _Files:
    from huggingface_hub import HfFileSystem

    root = f"datasets/{address.repository}@{_EXPORT.replace('/', '%2F')}/{address.config}"
    paths = sorted(HfFileSystem().glob(f"{root}/{address.split}/*.parquet"))
    if not paths:
        folders = {Path(path).parent.name for path in HfFileSystem().glob(f"{root}/*/*.parquet")}
        raise absent_split(address, sorted(folders))
    return _Files([f"hf://{path}" for path in paths], None, None)


def _cached(address: Address) -> _Files:
    """Look into the snapshot of the repository that lies in the cache, whole or in part."""
    from datasets.info import DatasetInfosDict
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(
                address.repository, repo_type="dataset", revision=address.revision, local_files_only=True
            )
        )
    except LocalEntryNotFoundError as error:  # says which folder lacks files, where there is one
        incomplete = getattr(error, "snapshot_path", None)
        if incomplete is None:
            raise
        folder = Path(incomplete)
    paths = sorted({str(path) for pattern in _patterns(folder, address) for path in folder.glob(pattern)})
    if not paths:
        raise LocalEntryNotFoundError(f"{folder} has no files of this split")
    info = DatasetInfosDict.from_directory(str(folder)).get(address.config)
    return _Files(paths, info and info.features, info and _num_rows(info, address.split))


def _patterns(folder: Path, address: Address) -> Sequence[str]:
    """Say which files of a repository belong to a split: as its card says, or as they are usually named."""
    default_patterns = [
        f"{stem}{address.split}{end}"
        for stem in (
            f"{address.config}/{address.split}",
            f"data/{address.split}",
            f"data/{address.config}/{address.split}",
        )
        for end in ("-*", ".*", "/*")
    ]
    card = folder / "README.md"
    if address.revision == _EXPORT or not card.is_file():
        return default_patterns
    from huggingface_hub import DatasetCard

    for config in DatasetCard.load(card).data.get("configs") or []:
        if config.get("config_name", "default") == address.config:
            listed = config.get("data_files") or []
            entries = listed if isinstance(listed, list) else [listed]
            paths = [
                entry["path"]
                for entry in entries
                if isinstance(entry, dict) and entry.get("split") == address.split
            ]
            return [pattern for path in paths for pattern in ([path] if isinstance(path, str) else path)]
    return default_patterns


def _num_rows(info: Any, split: str) -> int | None:  # noqa: ANN401  a DatasetInfo, which has no types
    split_info = (info.splits or {}).get(split)
    # 0 stands for a number that nobody filled in.
    return split_info.num_examples if split_info is not None and split_info.num_examples else None
