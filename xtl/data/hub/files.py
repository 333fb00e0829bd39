"""One split of one config of a repository of the hub: found, fetched, read with ``datasets``.

Only the files of that split are fetched. Where the hub cannot be reached, what an earlier run or
``hf download`` left in the cache is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from xtl.data.hub.cached import EXPORT, SplitFiles, cached_files, num_rows
from xtl.data.hub.errors import Address, absent_split, damaged, explained, is_unreachable
from xtl.readers import plain_rows

if TYPE_CHECKING:
    from datasets import Dataset


_OF_DATA = ("name", "version", "data_dir", "data_files", "description", "features")
"""Fields of a config of ``datasets`` that say which data, not how they are read."""


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
        dataset = datasets.load_dataset(
            files.kind,
            data_files={address.split: list(files.paths)},
            split=address.split,
            features=files.features,
            **_settings(files),
        )
    except Exception as error:
        explanation = explained(error, address)
        if explanation is None:
            raise
        raise explanation from error
    if files.num_rows is not None and files.num_rows != len(dataset):
        raise damaged(address, f"{len(dataset):,} rows where the repository says {files.num_rows:,}")
    return LoadedRows(dataset)


def _settings(files: SplitFiles) -> Mapping[str, Any]:
    """Settings of the reader of files; in CSV no word is a missing value, as in files of a user's own."""
    if files.kind != "csv":
        return files.settings
    # An empty cell of a column of numbers, where the repository names the types, is none all the same.
    missing = {"keep_default_na": False, "na_values": [""] if files.features else None}
    return {**missing, **files.settings}


def _files(address: Address) -> SplitFiles:
    """Ask the hub; where it is out of reach, the cache."""
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        return cached_files(address)
    try:
        return _on_hub(address)
    except Exception as error:
        if not is_unreachable(error):
            raise
        try:
            return cached_files(address)
        except FileNotFoundError:
            raise error from None


def _on_hub(address: Address) -> SplitFiles:
    import datasets

    if address.revision == EXPORT:
        return _exported(address)
    builder = datasets.load_dataset_builder(address.repository, address.config, revision=address.revision)
    by_split: Mapping[Any, Sequence[str]] = builder.config.data_files or {}
    paths = {str(split): files for split, files in by_split.items()}
    if address.split not in paths:
        raise absent_split(address, list(paths))
    kind = type(builder).__module__.rpartition(".")[2]
    defaults = type(builder.config)()
    names = [entry.name for entry in fields(defaults) if entry.name not in _OF_DATA]
    settings = {name: getattr(builder.config, name) for name in names}
    changed = {name: value for name, value in settings.items() if value != getattr(defaults, name)}
    rows = num_rows(builder.info, address.split)
    return SplitFiles(paths[address.split], kind, changed, builder.info.features, rows)


def _exported(address: Address) -> SplitFiles:
    from huggingface_hub import HfFileSystem

    root = f"datasets/{address.repository}@{EXPORT.replace('/', '%2F')}/{address.config}"
    paths = sorted(HfFileSystem().glob(f"{root}/{address.split}/*.parquet"))
    if not paths:
        folders = {PurePosixPath(path).parent.name for path in HfFileSystem().glob(f"{root}/*/*.parquet")}
        raise absent_split(address, sorted(folders))
    return SplitFiles([f"hf://{path}" for path in paths], "parquet", {}, None, None)
