"""Files of rows: written batch by batch, mapped into memory when they are read."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

import numpy as np
import pyarrow as pa

from xtl.atomic import atomic_write
from xtl.data.stored.layout import Layout
from xtl.garbage import collector_paused

_INFO = b"xtl"
"""Key under which the last batch, which has no rows, holds the description of the file."""


class StoredRows(Sequence[Any]):
    """Records of a file, made when they are asked for; the file stays on disk."""

    def __init__(self, batches: Sequence[pa.RecordBatch], layout: Layout, info: Mapping[str, Any]) -> None:
        """Rows of batches.

        Args:
            batches: Batches in order, none without rows.
            layout: Layout of the records.
            info: Description of the file.
        """
        self.info = info
        self._batches = batches
        self._layout = layout
        self._ends = list(accumulate(batch.num_rows for batch in batches))
        self._readers: list[Callable[[int], Any] | None] = [None] * len(batches)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Any: ...  # noqa: ANN401  a record
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Record at an index, or list of those of a slice."""
        if isinstance(index, slice):
            start, end, step = index.indices(len(self))
            return self._span(start, end) if step == 1 else [self[row] for row in range(start, end, step)]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"index {index} of {len(self):,} rows")
        number = bisect_right(self._ends, row)
        reader = self._readers[number]
        if reader is None:
            reader = self._readers[number] = self._layout.reader(self._batches[number])
        return reader(row - self._starts(number))

    def __iter__(self) -> Iterator[Any]:
        for batch in self._batches:
            yield from self._layout.records(batch)

    def _span(self, start: int, end: int) -> list[Any]:
        """Records ``start`` to ``end`` (exclusive), column by column."""
        records: list[Any] = []
        for number in range(bisect_right(self._ends, start), len(self._batches)):
            first = self._starts(number)
            if first >= end:
                break
            begin = max(start, first)
            part = self._batches[number].slice(begin - first, min(end, self._ends[number]) - begin)
            records += self._layout.records(part)
        return records

    def has(self, column: str) -> bool:
        """Whether the records have a field of a name."""
        return column in self._layout.columns

    def values(self, column: str, rows: Sequence[int] | None = None) -> list[Any]:
        """Values of one field.

        Args:
            column: Name of the field.
            rows: Rows to take, ascending; ``None``: all.
        """
        reader = self._layout.columns[column]
        return [value for array in self.arrays(column, rows) for value in reader.span(array)(0, len(array))]

    def arrays(self, column: str, rows: Sequence[int] | None = None) -> Iterable[pa.Array]:
        """Arrow's arrays of one field, a batch each.

        Args:
            column: Name of the field.
            rows: Rows to take, ascending; ``None``: all.
        """
        if rows is None:
            return (batch.column(column) for batch in self._batches)
        chosen = np.asarray(rows, dtype=np.int64)
        cuts = np.searchsorted(chosen, self._ends)
        starts = [0, *cuts[:-1]]
        return (
            batch.column(column).take(pa.array(chosen[first:last] - self._starts(number)))
            for number, (batch, first, last) in enumerate(zip(self._batches, starts, cuts, strict=True))
            if last > first
        )

    def _starts(self, number: int) -> int:
        """Row that a batch begins with."""
        return self._ends[number - 1] if number else 0


def write_rows(
    path: Path, layout: Layout, chunks: Iterable[Sequence[Any]], *, info: Callable[[], Mapping[str, Any]]
) -> None:
    """Write records chunk by chunk, in one rename at the end.

    Args:
        path: Path of the file.
        layout: Layout of the records.
        chunks: Records; a chunk becomes a batch of the file.
        info: Function, called when all chunks are written, of the description of the file: plain values.

    Raises:
        UnstorableError: if the columns cannot hold a record; no file is left.
        OSError: if it cannot be written.
    """
    schema = layout.schema
    with (
        collector_paused(),  # rows have no cycles, and a search takes a fifth of the time
        atomic_write(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
    ):
        for chunk in chunks:
            if chunk:
                writer.write_batch(layout.batch(chunk))
        # Known at the end alone, when a schema's own metadata are long written.
        description = json.dumps(info(), ensure_ascii=False)
        writer.write_batch(layout.batch([]), custom_metadata={_INFO: description})


def open_rows(path: Path, layout: Layout) -> StoredRows | None:
    """Rows of a file, mapped into memory; ``None`` if it is not there, not whole, or of another layout.

    Raises:
        OSError: if it is there and cannot be read.
    """
    try:
        with path.open("rb"):  # pyarrow's own error does not tell what is missing from what is forbidden
            reader = pa.ipc.open_file(pa.memory_map(str(path)))
        if reader.schema != layout.schema or not reader.num_record_batches:
            return None
        *numbers, last = range(reader.num_record_batches)
        _, metadata = reader.get_batch_with_custom_metadata(last)
        info = json.loads(metadata[_INFO])
        batches = [reader.get_batch(number) for number in numbers]
        # Versions before wrote such rows, whose nulls were read as 0.
        return None if any(map(layout.has_nulls, batches)) else StoredRows(batches, layout, info)
    except (FileNotFoundError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
        return None
