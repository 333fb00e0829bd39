"""Columns of a file: how values of one annotation become Arrow's, and come back as they were."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

ReadRow = Callable[[int], Any]
"""Value of a row."""
ReadSpan = Callable[[int, int], list[Any]]
"""Values of rows ``start`` to ``end`` (exclusive)."""


class Column(ABC):
    """Values of one annotation."""

    @property
    @abstractmethod
    def arrow(self) -> pa.DataType:
        """Type of the column in a file."""

    @abstractmethod
    def plain(self, value: Any) -> Any:  # noqa: ANN401  a value of the annotation
        """Value as pyarrow takes it."""

    @abstractmethod
    def span(self, array: pa.Array) -> ReadSpan:
        """Function that gives the values of a range of rows of an array."""

    def read(self, array: pa.Array) -> ReadRow:
        """Function that gives the value of a row of an array."""
        span = self.span(array)
        return lambda row: span(row, row + 1)[0]


@dataclass(frozen=True, slots=True)
class Scalar(Column):
    """Texts, numbers, truth values.

    Attributes:
        arrow: Type of the column in a file.
    """

    arrow: pa.DataType

    def plain(self, value: Any) -> Any:  # noqa: ANN401
        """The value itself."""
        return value

    def span(self, array: pa.Array) -> ReadSpan:
        """Values by way of numpy where they lie in memory as numbers, else by pyarrow."""
        if pa.types.is_integer(self.arrow) or pa.types.is_floating(self.arrow):
            # Whoever holds nulls asks for the others alone.
            numbers = (array.fill_null(0) if array.null_count else array).to_numpy(zero_copy_only=True)
            return lambda start, end: numbers[start:end].tolist()
        return lambda start, end: array[start:end].to_pylist()

    def read(self, array: pa.Array) -> ReadRow:
        """Value of a row: of texts by their bytes, ten times as fast as pyarrow's own way."""
        if not pa.types.is_string(self.arrow):
            return Column.read(self, array)  # slots: no super() in the class that they make anew
        _, offsets, data = array.buffers()
        if data is None:  # nothing but empty texts
            return lambda _: ""
        ends = np.frombuffer(offsets, dtype=np.int32)[array.offset :]
        content = memoryview(data)
        return lambda row: str(content[ends[row] : ends[row + 1]], "utf-8")


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

    def plain(self, value: Any) -> Any:  # noqa: ANN401
        """The value, its items as pyarrow takes them."""
        return value if isinstance(self.item, Scalar) else [self.item.plain(item) for item in value]

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

    def plain(self, value: Any) -> Any:  # noqa: ANN401
        """The value itself."""
        return value

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

    def plain(self, value: Any) -> Any:  # noqa: ANN401
        """Fields by name."""
        return {name: column.plain(getattr(value, name)) for name, column in self.columns.items()}

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

    def plain(self, value: Any) -> Any:  # noqa: ANN401
        """The value as pyarrow takes it, ``None`` as it is."""
        return None if value is None else self.item.plain(value)

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


class AsJson(Column):
    """Values that have no column of their own, such as a text or a number: each as JSON."""

    @property
    def arrow(self) -> pa.DataType:
        """Text."""
        return pa.string()

    def plain(self, value: Any) -> Any:  # noqa: ANN401
        """The value as JSON."""
        return json.dumps(value, ensure_ascii=False)

    def span(self, array: pa.Array) -> ReadSpan:
        """Values of a range of rows."""
        return lambda start, end: list(map(json.loads, array[start:end].to_pylist()))

    def read(self, array: pa.Array) -> ReadRow:
        """Value of a row."""
        read = Scalar(self.arrow).read(array)
        return lambda row: json.loads(read(row))


def numbers_in(array: pa.Array) -> np.ndarray:
    """Numbers of an array of lists, one list behind the other."""
    offsets = array.offsets
    return np.asarray(array.values.to_numpy()[offsets[0].as_py() : offsets[-1].as_py()])
