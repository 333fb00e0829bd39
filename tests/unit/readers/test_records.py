"""Files of named columns: what they hold, and what they must not."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.errors import DataFormatError, DataNotFoundError
from xtl.readers import read_records, tagged_words, value_of

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


SWALLOWED = (
    'first{0}second{0}score\n"Ada singt{0}Ada ist laut{0}3\nBea ruht{0}Bea döst"{0}1{0}2\n'
    "Cem liest{0}Cem{0}4\n"
)


@pytest.mark.parametrize(("name", "delimiter"), [("train.tsv", "\t"), ("train.csv", ",")])
def test_stray_quotation_marks_do_not_swallow_rows(tmp_path, name, delimiter):
    path = tmp_path / name
    path.write_text(SWALLOWED.format(delimiter), encoding="utf-8")
    with pytest.raises(DataFormatError, match=rf"{name}:2: expected a field .*stray quotation marks"):
        list(read_records(path, quoted=True))


@pytest.mark.parametrize(("name", "delimiter"), [("train.tsv", "\t"), ("train.csv", ",")])
def test_a_quoted_field_may_hold_a_line_break_or_a_delimiter(tmp_path, name, delimiter):
    path = tmp_path / name
    path.write_text(f'a{delimiter}b\n"one\n\ntwo"{delimiter}"x{delimiter}y"\n', encoding="utf-8")
    assert [values for _, values in read_records(path, quoted=True)] == [
        {"a": "one\n\ntwo", "b": f"x{delimiter}y"}
    ]


def test_a_mark_that_is_never_closed_names_the_line_it_stands_in(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text('a\tb\n1\t2\n"open\t1\n3\t4\n5\t6\n', encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"train\.tsv:3: expected fields in quotation marks"):
        list(read_records(path, quoted=True))


@pytest.mark.parametrize("ending", [".tsv", ".csv", ".jsonl", ".parquet"])
def test_a_field_longer_than_the_csv_module_reads_by_default(tmp_path, ending):
    rows = [{"a": "x" * 200_000, "b": "1"}]
    path = write(tmp_path / f"train{ending}", rows)
    assert [dict(values) for _, values in read_records(path)] == rows


@pytest.mark.parametrize("name", ["train.tsv", "train.csv", "train.jsonl"])
def test_lines_may_end_as_on_old_macs(tmp_path, name):
    path = write(tmp_path / name, [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    assert [dict(values) for _, values in read_records(path)] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize("line", [r'{"a": "Ada \ud83d"}', r'{"a": ["\udc00"]}', r'{"\ud83d": 1}'])
def test_half_a_character_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "train.jsonl"
    path.write_text('{"a": "whole \\ud83d\\ude00"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"train\.jsonl:2: expected text, got half a character"):
        list(read_records(path))


def test_half_a_character_in_a_name_of_a_class_is_refused(tmp_path):
    features = {"label": {"_type": "ClassLabel", "names": ["no", "\ud83d"]}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    path = tmp_path / "train.parquet"
    pq.write_table(pa.table({"label": [0]}).replace_schema_metadata(metadata), path)
    with pytest.raises(DataFormatError, match=r"train\.parquet: names of classes: .*half a character"):
        list(read_records(path))


def test_classes_of_a_column_with_empty_cells(tmp_path):
    features = {"label": {"_type": "ClassLabel", "names": ["no", "yes"]}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    path = tmp_path / "train.parquet"
    table = pa.table({"label": pa.array([1.0, None, float("nan"), -1.0, 0.0], pa.float64())})
    pq.write_table(table.replace_schema_metadata(metadata), path)
    assert [values["label"] for _, values in read_records(path)] == ["yes", None, None, -1, "no"]
    pq.write_table(pa.table({"label": [1.0, 0.5]}).replace_schema_metadata(metadata), path)
    with pytest.raises(DataFormatError, match=r"train\.parquet: row 1: expected in 'label' a whole number"):
        list(read_records(path))


@pytest.mark.parametrize(("tags", "expected"), [([1.0, 0.0], ("1", "0")), ([1, 0], ("1", "0"))])
def test_tags_of_a_column_of_floats(tags, expected):
    assert tagged_words(("x: row 0", {"tokens": ["a", "b"], "tags": tags})) == (("a", "b"), expected)


@pytest.mark.parametrize(
    ("tag", "message"), [(0.5, "whole numbers"), (float("nan"), "1 empty tags"), (None, "1 empty tags")]
)
def test_tags_that_are_none(tag, message):
    with pytest.raises(DataFormatError, match=rf"x: row 0: .*{message}"):
        tagged_words(("x: row 0", {"tokens": ["a", "b"], "tags": [1.0, tag]}))


@pytest.mark.parametrize(
    ("name", "text"), [("a.tsv", "text\ttext\tlabel\na\tb\t1\n"), ("a.csv", "text,text\na,b\n")]
)
def test_columns_of_one_name_are_refused(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataFormatError, match=rf"{name}:1: expected a name of its own .*'text' 2 times"):
        list(read_records(path))
