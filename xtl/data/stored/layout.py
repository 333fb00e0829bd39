"""Layouts: the columns of a record class, and its objects to batches of rows and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NotRequired, get_origin, get_type_hints, is_typeddict

import pyarrow as pa

from xtl.data.stored.annotations import columns_of
from xtl.data.stored.columns import AsJson, Column
from xtl.types import ExampleId


class UnstorableError(Exception):
    """Records that the columns of a file cannot hold; they stay in memory."""


JSON = "json"
"""Column of records of no class."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a record class.

    Attributes:
        columns: Column of each field.
        value: Function of a record and a field that gives the field's value, ``None`` where it is left out.
        make: Function of the fields' values by name that gives the record.
        fits: Function that says whether the columns hold all of a record, which a subclass may have more of.
    """

    columns: Mapping[str, Column]
    value: Callable[[Any, str], Any]
    make: Callable[[dict[str, Any]], Any]
    fits: Callable[[Any], bool] = lambda _: True

    @staticmethod
    def json(make: Callable[[dict[str, Any]], Any]) -> "Layout":
        """Layout of mappings with an ``id`` that JSON can hold.

        Args:
            make: Function of what JSON made of a record that gives the record.
        """

        def record(values: dict[str, Any]) -> Any:  # noqa: ANN401
            content = values[JSON]
            return make({**content, "id": ExampleId(*content["id"])})  # JSON has no tuples

        return Layout({JSON: AsJson()}, lambda value, _: value, record)

    @staticmethod
    @cache
    def of(record: type) -> "Layout":
        """Layout of a dataclass or a ``TypedDict``.

        Raises:
            TypeError: if a field has no column.
        """
        if is_typeddict(record):
            hints = get_type_hints(record, include_extras=True)
            columns = columns_of(record, tuple(hints))
            optional = [name for name, hint in hints.items() if get_origin(hint) is NotRequired]
            make = _without_nulls(optional) if optional else dict
            return Layout(columns, _item, make, lambda values: values.keys() <= columns.keys())
        columns = columns_of(record, [item.name for item in fields(record)])
        return Layout(columns, getattr, lambda values: record(**values), lambda value: type(value) is record)

    @property
    def schema(self) -> pa.Schema:
        """Columns as Arrow names them."""
        return pa.schema([(name, column.arrow) for name, column in self.columns.items()])

    def batch(self, records: Sequence[Any]) -> pa.RecordBatch:
        """Rows of records.

        Raises:
            UnstorableError: if a record has fields, or values, that its class does not declare.
        """
        if not all(map(self.fits, records)):
            raise UnstorableError("a record has fields that its class does not declare")
        schema = self.schema
        try:
            arrays = [
                column.array([self.value(record, name) for record in records])
                for name, column in self.columns.items()
            ]
            batch = pa.record_batch(arrays, schema=schema)
        except (pa.ArrowException, UnicodeError, OverflowError, TypeError, AttributeError) as error:
            raise UnstorableError(f"a value is not what its class declares: {error}") from error
        if self.has_nulls(batch):
            raise UnstorableError("a value is None where its class declares another")
        return batch

    def has_nulls(self, batch: pa.RecordBatch) -> bool:
        """Whether a batch has nulls where the class of the records allows none."""
        return any(column.has_nulls(batch.column(name)) for name, column in self.columns.items())

    def records(self, batch: pa.RecordBatch) -> list[Any]:
        """Records of all rows, column by column: faster than one by one."""
        spans = [column.span(batch.column(name)) for name, column in self.columns.items()]
        values = [span(0, batch.num_rows) for span in spans]
        return [self.make(dict(zip(self.columns, row, strict=True))) for row in zip(*values, strict=True)]

    def reader(self, batch: pa.RecordBatch) -> Callable[[int], Any]:
        """Function that gives the record of a row."""
        reads = {name: column.read(batch.column(name)) for name, column in self.columns.items()}
        return lambda row: self.make({name: read(row) for name, read in reads.items()})


def _item(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    return record.get(name)


def _without_nulls(optional: Iterable[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    names = frozenset(optional)
    return lambda values: {
        name: value for name, value in values.items() if value is not None or name not in names
    }
