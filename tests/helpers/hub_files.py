"""Writes data sets as the hub holds them: parquet or JSON lines, and a card that says what is where.

A table is a description of its columns and rows by split. Columns: ``"string"``, ``"int64"`` and so on;
``Classes`` for numbers with names; ``[column]`` for a list; a dictionary of columns for a table inside a row,
which the hub stores column by column (SQuAD's answers).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tests.helpers.hub_server import folder_of


class Classes(tuple):
    """Names of classes, in the order of their numbers."""

    __slots__ = ()


class Table(NamedTuple):
    """One config of a repository.

    Attributes:
        columns: By name.
        splits: Rows by the hub's name of the split.
        noted: Where the meaning of numbers stands: in the ``card``, in each ``file``, or ``nowhere``.
        kind: Format of its files.
    """

    columns: Mapping[str, Any]
    splits: Mapping[str, Sequence[Mapping[str, Any]]]
    noted: str = "card"
    kind: str = "parquet"


def write_repository(
    root: Path, repository: str, configs: Mapping[str, Table], revision: str = "main"
) -> Path:
    """Write one repository; give its folder."""
    folder = folder_of(root, repository, revision)
    exported = revision == "refs/convert/parquet"
    for name, table in configs.items():
        for split, rows in table.splits.items():
            stem = f"{name}/{split}/0000" if exported else f"{name}/{split}-00000-of-00001"
            path = folder / f"{stem}.{table.kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_rows(path, table, rows)
    if not exported:
        card = {
            "dataset_info": [_info(name, table) for name, table in configs.items() if table.noted == "card"],
            "configs": [_config(name, table) for name, table in configs.items()],
        }
        (folder / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n\nMade up.\n", encoding="utf-8")
    return folder


def _write_rows(path: Path, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if table.kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return
    schema = pa.schema([(name, _arrow(column)) for name, column in table.columns.items()])
    if table.noted == "file":
        features = {name: _plain(column) for name, column in table.columns.items()}
        schema = schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)


def _config(name: str, table: Table) -> dict:
    files = [{"split": split, "path": f"{name}/{split}-*"} for split in table.splits]
    return {"config_name": name, "data_files": files}


def _info(name: str, table: Table) -> dict:
    splits = [
        {"name": split, "num_bytes": 1, "num_examples": len(rows)} for split, rows in table.splits.items()
    ]
    features = [{"name": column, **_yaml(what)} for column, what in table.columns.items()]
    return {
        "config_name": name,
        "features": features,
        "splits": splits,
        "download_size": 1,
        "dataset_size": 1,
    }


def _arrow(column: Any) -> pa.DataType:
    match column:
        case Classes():
            return pa.int64()
        case [inner]:
            return pa.list_(_arrow(inner))
        case dict():
            return pa.struct([(name, pa.list_(_arrow(inner))) for name, inner in column.items()])
    return pa.type_for_alias(column)


def _yaml(column: Any) -> dict:
    """Describe a column as cards do."""
    match column:
        case Classes():
            return {
                "dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(column)}}}
            }
        case [inner]:
            return {"sequence": _yaml(inner)["dtype"]}
        case dict():
            return {"sequence": [{"name": name, **_yaml(inner)} for name, inner in column.items()]}
    return {"dtype": column}


def _plain(column: Any) -> dict:
    """Describe a column as parquet files do."""
    match column:
        case Classes():
            return {"names": list(column), "_type": "ClassLabel"}
        case [inner]:
            return {"feature": _plain(inner), "_type": "List"}
        case dict():
            return {name: {"feature": _plain(inner), "_type": "List"} for name, inner in column.items()}
    return {"dtype": column, "_type": "Value"}
