"""Files of named columns: what they hold, and what they must not."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers import read_records, value_of

ROWS = [{"a": 'He said "no"', "b": "1"}, {"a": "tab-free\u2028line", "b": ""}]


def write(path, rows):
    match path.suffix:
        case ".tsv":
            lines = ["a\tb", *("\t".join(row.values()) for row in rows)]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        case ".csv":
            quoted = [",".join('"' + v.replace('"', '""') + '"' for v in row.values()) for row in rows]
            path.write_text("\n".join(["a,b", *quoted]) + "\n", encoding="utf-8")
        case ".jsonl":
            path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
        case _:
            pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("ending", [".tsv", ".csv", ".jsonl", ".parquet"])
def test_all_formats_hold_the_same(tmp_path, ending):
    path = write(tmp_path / f"train{ending}", ROWS)
    assert [dict(values) for _, values in read_records(path)] == ROWS


@pytest.mark.parametrize("ending", [".tsv", ".csv", ".jsonl", ".parquet"])
def test_a_missing_column(tmp_path, ending):
    path = write(tmp_path / f"train{ending}", ROWS)
    with pytest.raises(DataFormatError, match=r"train.*expected a column named 'label', got a, b"):
        [value_of(record, "label") for record in read_records(path)]


def test_quoted_tables_are_read_when_the_task_says_so(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text('a\tb\n"A ""dog"" sleeps"\t1\n"two\nlines"\t2\n', encoding="utf-8")
    found = [dict(values) for _, values in read_records(path, quoted=True)]
    assert found == [{"a": 'A "dog" sleeps', "b": "1"}, {"a": "two\nlines", "b": "2"}]
    with pytest.raises(DataFormatError, match=r"train\.tsv:2: expected fields without quoting.*quoted=true"):
        list(read_records(path))


def test_a_quotation_that_does_not_end(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text('a\tb\n"open\t1\n', encoding="utf-8")
    with pytest.raises(DataFormatError, match="expected fields in quotation marks"):
        list(read_records(path, quoted=True))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.tsv", "a\tb\n1\n", r"x\.tsv:2: expected 2 columns \(a, b\), got 1"),
        ("x.tsv", "a\tb\n1\t2\t3\n", r"x\.tsv:2: expected 2 columns \(a, b\), got 3"),
        ("x.tsv", "a\tb\n", r"expected at least one row, got none"),
        ("x.tsv", "", "got an empty file"),
        ("x.jsonl", '{"a": 1\n', r"x\.jsonl:1: expected a JSON object"),
        ("x.jsonl", "[1]\n", r"x\.jsonl:1: expected a JSON object"),
        ("x.parquet", "no", "expected a parquet file"),
    ],
)
def test_broken_files(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFormatError, match=message):
        list(read_records(path))


@pytest.mark.parametrize("name", ["x.tsv", "x.csv", "x.jsonl", "x.parquet"])
def test_no_file(tmp_path, name):
    with pytest.raises(DataNotFoundError, match="found none"):
        list(read_records(tmp_path / name))
