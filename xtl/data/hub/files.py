"""One split of one config of a repository of the hub: found, fetched, read with ``datasets``.

Only the files of that split are fetched. Where the hub cannot be reached, what an earlier run or
``hf download`` left in the cache is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from xtl.data.hub.cached import EXPORT, SplitFiles, cached_files
from xtl.data.hub.errors import Address, absent_split, damaged, explained, is_unreachable
from xtl.readers import plain_rows

if TYPE_CHECKING:
    from datasets import Dataset


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
    try:
        files = _files(address)
        dataset = _read(files, address.split)
    except Exception as error:
        explanation = explained(error, address)
        if explanation is None:
            raise
        raise explanation from error
    if files.num_rows is not None and files.num_rows != len(dataset):
        raise damaged(address, f"{len(dataset):,} rows where the repository says {files.num_rows:,}")
    return LoadedRows(dataset)


def _read(files: SplitFiles, split: str) -> "Dataset":
    """Read files; CSV whose columns the repository does not describe is text, as in files of a user's own.

    What its reader makes of columns otherwise depends on the rows: ``NA`` is no word then, ``1`` beside an
    empty cell is 1.0, and a column of numbers may become one of text behind 10,000 rows.
    """
    import datasets

    settings: dict[str, Any] = {"data_files": {split: list(files.paths)}, "split": split, **files.settings}
    features = files.features
    if files.kind == "csv":
        settings = {"keep_default_na": False, "na_values": [""] if features else None, **settings}
        if features is None:
            columns = datasets.load_dataset("csv", nrows=1, **settings).column_names
            features = datasets.Features({column: datasets.Value("string") for column in columns})
    return datasets.load_dataset(files.kind, features=features, **settings)


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
    return SplitFiles.of(builder, address.split, builder.info)


def _exported(address: Address) -> SplitFiles:
    from huggingface_hub import HfFileSystem

    root = f"datasets/{address.repository}@{EXPORT.replace('/', '%2F')}/{address.config}"
    paths = sorted(HfFileSystem().glob(f"{root}/{address.split}/*.parquet"))
    if not paths:
        folders = {PurePosixPath(path).parent.name for path in HfFileSystem().glob(f"{root}/*/*.parquet")}
        raise absent_split(address, sorted(folders))
    return SplitFiles([f"hf://{path}" for path in paths], "parquet", {}, None, None)
