"""Features of a file: columns are read as columns, a feature is made when it is asked for."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xtl.data.stored.columns import numbers_in
from xtl.data.stored.features import FeatureSet
from xtl.data.stored.files import StoredRows


class StoredFeatures(FeatureSet):
    """Some features of a file, or all of them."""

    def __init__(self, rows: StoredRows, chosen: Sequence[int] | None = None) -> None:
        """Features of rows.

        Args:
            rows: Rows of the file.
            chosen: Rows to take; ``None``: all.
        """
        self._rows = rows
        self._chosen = chosen
        # Features of no class are JSON; rows in another order than the file's are read one by one.
        self._has_columns = rows.has("input_ids") and _ascend(chosen)

    def __len__(self) -> int:
        return len(self._rows) if self._chosen is None else len(self._chosen)

    def feature(self, index: int) -> Any:  # noqa: ANN401
        """Feature at an index from 0."""
        return self._rows[index if self._chosen is None else self._chosen[index]]

    def lengths(self) -> list[int]:
        """Length of each feature in sub-words."""
        if not self._has_columns:
            return super().lengths()
        return [
            length
            for array in self._rows.arrays("input_ids", self._chosen)
            for length in pc.list_value_length(array).to_pylist()
        ]

    def values(self, name: str, default: Any = None) -> list[Any]:  # noqa: ANN401
        """One value of each feature, ``default`` where it has none of that name."""
        if not self._has_columns:
            return super().values(name, default)
        if not self._rows.has(name):
            return [default] * len(self)
        return [default if value is None else value for value in self._rows.values(name, self._chosen)]

    def vocabulary(self) -> set[int]:
        """Sub-word ids that an encoder reads in any of the features."""
        if not self._has_columns:
            return super().vocabulary()
        return {id_ for array in self._inputs() for id_ in pc.unique(pa.array(numbers_in(array))).to_pylist()}

    def num_subwords(self) -> int:
        """Number of sub-words that an encoder reads in all of the features."""
        if not self._has_columns:
            return super().num_subwords()
        return sum(len(numbers_in(array)) for array in self._inputs())

    def _inputs(self) -> Iterator[pa.Array]:
        """Sub-word ids of all sequences."""
        if not self._rows.has("sequences"):
            yield from self._rows.arrays("input_ids", self._chosen)
            return
        for array in self._rows.arrays("sequences", self._chosen):
            yield array.flatten().field("input_ids")


def _ascend(rows: Sequence[int] | None) -> bool:
    return rows is None or isinstance(rows, range) or all(first <= then for first, then in pairwise(rows))
