"""Columns of values that hold others: lists, tuples, objects, and what may be ``None``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from xtl.data.stored.columns import Column, ReadRow, ReadSpan, Scalar


@dataclass(frozen=True, slots=True)
class Listed(Column):
    """Lists and tuples of any length.

    Attributes:
        item: Column of the items.
        make: ``list`` or ``tuple``.
    """

    item: Column
    make: type

    @property
    def arrow(self) -> pa.DataType:
        """List of the items' type."""
        return pa.list_(self.item.arrow)

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Items of all values, and where each value ends."""
        if isinstance(self.item, Scalar):
            return pa.array(values, self.arrow)
        ends = np.cumsum([0, *map(len, values)], dtype=np.int64)
        items = self.item.array([item for value in values for item in value])
        return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), items)

    def has_nulls(self, array: pa.Array) -> bool:
        """Whether lists, or items of them, are nulls."""
        return array.null_count > 0 or self.item.has_nulls(array.values)

    def span(self, array: pa.Array) -> ReadSpan:
        """Lists of a range of rows."""
        offsets = array.offsets.to_numpy()
        items, make = self.item.span(array.values), self.make

        def span(start: int, end: int) -> list[Any]:
            ends = offsets[start : end + 1].tolist()
            values = (items(*pair) for pair in pairwise(ends))
            return list(values) if make is list else list(map(make, values))

        return span

    def read(self, array: pa.Array) -> ReadRow:
        """Value of a row."""
        offsets = array.offsets.to_numpy()
        items, make = self.item.span(array.values), self.make
        if make is list:
            return lambda row: items(offsets[row], offsets[row + 1])
        return lambda row: make(items(offsets[row], offsets[row + 1]))


@dataclass(frozen=True, slots=True)
class Tuples(Column):
    """Tuples of integers of one length.

    Attributes:
        size: Length of each.
    """

    size: int

    @property
    def arrow(self) -> pa.DataType:
        """List of a fixed number of integers."""
        return pa.list_(pa.int32(), self.size)

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Values as they are."""
        return pa.array(values, self.arrow)

    def has_nulls(self, array: pa.Array) -> bool:
        """Whether tuples, or numbers of them, are nulls."""
        return bool(array.null_count or array.values.null_count)

    def span(self, array: pa.Array) -> ReadSpan:
        """Tuples of a range of rows."""
        size = self.size
        numbers = array.values.to_numpy()[array.offset * size :].reshape(-1, size)
        return lambda start, end: list(map(tuple, numbers[start:end].tolist()))


@dataclass(frozen=True, slots=True)
class Struct(Column):
    """Objects with named fields: named tuples and dataclasses.

    Attributes:
        make: Class of the objects.
        columns: Column of each field.
    """

    make: Callable[..., Any]
    columns: Mapping[str, Column]

    @property
    def arrow(self) -> pa.DataType:
        """Struct of the fields."""
        return pa.struct([(name, column.arrow) for name, column in self.columns.items()])

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Array of each field."""
        fields = [
            column.array([getattr(value, name) for value in values]) for name, column in self.columns.items()
        ]
        return pa.StructArray.from_arrays(fields, fields=list(self.arrow))

    def has_nulls(self, array: pa.Array) -> bool:
        """Whether objects, or fields of them that must be there, are nulls."""
        return array.null_count > 0 or any(
            column.has_nulls(array.field(name)) for name, column in self.columns.items()
        )

    def span(self, array: pa.Array) -> ReadSpan:
        """Objects of a range of rows."""
        spans = {name: column.span(array.field(name)) for name, column in self.columns.items()}
        names, make = tuple(spans), self.make

        def read(start: int, end: int) -> list[Any]:
            values = [span(start, end) for span in spans.values()]
            return [make(**dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]

        return read

    def read(self, array: pa.Array) -> ReadRow:
        """Object of a row."""
        reads = {name: column.read(array.field(name)) for name, column in self.columns.items()}
        return lambda row: self.make(**{name: read(row) for name, read in reads.items()})


@dataclass(frozen=True, slots=True)
class Nullable(Column):
    """Values that may be ``None``.

    Attributes:
        item: Column of the others.
    """

    item: Column

    @property
    def arrow(self) -> pa.DataType:
        """Type of the others: any column of Arrow may have nulls."""
        return self.item.arrow

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Values that are there, spread out among nulls."""
        if isinstance(self.item, Scalar):
            return self.item.array(values)
        items = self.item.array([value for value in values if value is not None])
        if len(items) == len(values):
            return items
        positions = count()
        return items.take(
            pa.array([None if value is None else next(positions) for value in values], pa.int64())
        )

    def has_nulls(self, array: pa.Array) -> bool:
        """Whether values that are there hold nulls."""
        return self.item.has_nulls(array.drop_null() if array.null_count else array)

    def span(self, array: pa.Array) -> ReadSpan:
        """Values of a range of rows."""
        if not array.null_count:
            return self.item.span(array)
        if isinstance(self.item, Scalar):
            return lambda start, end: array[start:end].to_pylist()
        read = self.read(array)
        return lambda start, end: list(map(read, range(start, end)))

    def read(self, array: pa.Array) -> ReadRow:
        """Value of a row."""
        if not array.null_count:
            return self.item.read(array)
        is_there = array.is_valid().to_numpy(zero_copy_only=False)
        read = self.item.read(array)
        return lambda row: read(row) if is_there[row] else None
