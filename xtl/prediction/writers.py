"""Where predictions go, record by record: JSON lines, or vectors as ``.npy`` or ``.parquet``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xtl.atomic import atomic_write
from xtl.errors import ConfigError

ENDINGS = (".jsonl",)


VECTOR_ENDINGS = (".npy", ".parquet", ".jsonl")


class PredictionWriter(Protocol):
    """Writes records in the order of the input."""

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Write some more.

        Args:
            records: Records with what was predicted.
        """


class JsonLines:
    """One JSON object a line, in UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Write them, and pass them on at once."""
        for record in records:
            line = json.dumps(record, ensure_ascii=False, default=_as_numbers)
            self._stream.write(line.encode() + b"\n")
        self._stream.flush()  # a reader at the other end of a pipe waits for it


class NpyVectors:
    """A float32 matrix; a record without a vector is a row of NaN."""

    def __init__(self, stream: BinaryIO, width: int) -> None:
        """Begin a matrix of no rows.

        Args:
            stream: Stream whose beginning can be written again.
            width: Length of a vector.
        """
        self._stream, self._width, self._rows = stream, width, 0
        self._start = self._header()

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Add a row for each."""
        nothing = np.full(self._width, np.nan, dtype=np.float32)
        for record in records:
            row = nothing if record["vector"] is None else np.asarray(record["vector"], dtype="<f4")
            self._stream.write(row.astype("<f4").tobytes())
        self._rows += len(records)

    def finish(self) -> None:
        """Write into the header how many rows there are."""
        # Standard input has no length, so that the number of rows is known only now.
        self._stream.seek(0)
        if self._header() != self._start:  # numpy leaves room in a header for more rows
            raise RuntimeError(f"expected a header of {self._start} bytes for {self._rows} rows")

    def _header(self) -> int:
        described = {"descr": "<f4", "fortran_order": False, "shape": (self._rows, self._width)}
        np.lib.format.write_array_header_1_0(self._stream, described)
        return self._stream.tell()


class ParquetVectors:
    """Columns ``line`` (from 1), ``vector`` (null where there is none), ``error``, and ``id`` as JSON."""

    def __init__(self, path: Path, width: int) -> None:
        self._schema = pa.schema(
            [
                ("line", pa.int64()),
                ("id", pa.string()),
                ("vector", pa.list_(pa.float32(), width)),
                ("error", pa.string()),
            ]
        )
        self._writer, self._rows = pq.ParquetWriter(path, self._schema), 0

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Add a row for each."""
        columns = {
            "line": range(self._rows + 1, self._rows + len(records) + 1),
            "id": [_as_text(record["id"]) if "id" in record else None for record in records],
            "vector": [record["vector"] for record in records],
            "error": [record.get("error") for record in records],
        }
        arrays = [pa.array(columns[field.name], type=field.type) for field in self._schema]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows += len(records)

    def close(self) -> None:
        """Write the end of the file."""
        self._writer.close()


def check_out(out: Path | None, *, vectors: bool) -> None:
    """Refuse a file whose ending no writer has, and a folder.

    Args:
        out: File to write; ``None``: standard output.
        vectors: Whether records hold vectors.

    Raises:
        ConfigError: if it has none of its endings, or is a folder.
    """
    if out is not None and out.is_dir():
        raise ConfigError(f"--out {out}: expected a file, found a folder")
    endings = VECTOR_ENDINGS if vectors else ENDINGS
    if out is not None and out.suffix not in endings:
        hint = "" if vectors else " (.npy and .parquet are for tasks whose predictions are vectors)"
        raise ConfigError(f"--out {out}: expected a file ending in {' or '.join(endings)}{hint}")


@contextmanager
def open_writer(out: Path | None, stdout: BinaryIO, *, width: int) -> Iterator[PredictionWriter]:
    """Open a writer of predictions. Its file is there, whole, when the block has ended well, or not at all.

    Args:
        out: File to write, whose ending decides the format; ``None``: JSON lines on ``stdout``.
        stdout: Standard output.
        width: Length of a vector, where there are vectors.
    """
    if out is None:
        yield JsonLines(stdout)
        return
    with atomic_write(out) as temporary:
        if out.suffix == ".parquet":
            rows = ParquetVectors(temporary, width)
            try:
                yield rows
            finally:
                rows.close()
            return
        with temporary.open("w+b") as stream:
            if out.suffix == ".npy":
                matrix = NpyVectors(stream, width)
                yield matrix
                matrix.finish()
            else:
                yield JsonLines(stream)


def _as_numbers(value: object) -> list[float]:
    """Write a vector with the digits that tell float32 numbers apart."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"expected a vector, got {type(value).__name__}")
    return [float(f"{number:.9g}") for number in value.tolist()]


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
