"""Counts per example on disk: a small parquet file for each task, language, split and selection."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xtl.atomic import atomic_write
from xtl.errors import DataFormatError
from xtl.statistics.examples.counts import ExampleCounts
from xtl.statistics.examples.formulas import Formula, Kind

FOLDER = "counts"
"""Folder of a run that holds them."""

_UID, _GROUP, _FORMULAS = "uid", "group", b"xtl_formulas"


def counts_path(run: Path, task: str, lang: str, split: str) -> Path:
    """Where the counts of one language stand in a run folder."""
    return run / FOLDER / task / f"{lang}.{split}.parquet"


def write_counts(path: Path, counts: ExampleCounts) -> None:
    """Write counts, in one rename; the same counts give the same bytes."""
    columns = {name: pa.array(values) for name, values in counts.columns.items()}
    table = pa.table(
        {
            _UID: pa.array(counts.uids, pa.string()),
            _GROUP: pa.array(counts.groups.astype(np.int32)),
            **columns,
        }
    )
    formulas = {metric: [formula.kind, *formula.columns] for metric, formula in counts.formulas.items()}
    with atomic_write(path) as temporary:
        pq.write_table(
            table.replace_schema_metadata({_FORMULAS: json.dumps(formulas)}),
            temporary,
            compression="zstd",
            # Uids and groups ascend: what differs from the one before is next to nothing.
            use_dictionary=list(columns),
            column_encoding={_UID: "DELTA_BYTE_ARRAY", _GROUP: "DELTA_BINARY_PACKED"},
            write_statistics=False,
        )


def read_counts(path: Path) -> ExampleCounts | None:
    """Read what :func:`write_counts` wrote; ``None`` if there is no file, as in older runs.

    Raises:
        DataFormatError: if the file holds something else.
    """
    if not path.is_file():
        return None
    try:
        # Without threads: the file is small, and starting them takes longer than reading it.
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
        arrays = {name: table.column(name) for name in table.column_names}
        return ExampleCounts(
            uids=tuple(arrays.pop(_UID).to_pylist()),
            groups=arrays.pop(_GROUP).to_numpy().astype(np.int64),
            columns={name: column.to_numpy() for name, column in arrays.items()},
            formulas=_formulas(json.loads(table.schema.metadata[_FORMULAS])),
        )
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise DataFormatError(
            f"{path}: expected counts per example as evaluation writes them, got {error}; score the run "
            "again, or remove the file to go on without them"
        ) from error


def _formulas(values: Mapping[str, list[str]]) -> dict[str, Formula]:
    return {metric: Formula(Kind(kind), tuple(columns)) for metric, (kind, *columns) in values.items()}
