"""Rows counted without reading what they say are as many as the reader gives."""

import pytest

from xtl.readers import count_rows, read_columns, read_records


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_rows_and_sentences_of_any_line_end(tmp_path, end, last):
    words = tmp_path / "test.txt"
    text = "-DOCSTART- O\n\nAda B-PER\nlo O\n\nzu O\n# O\n-DOCSTART- O\nsi O\n"
    words.write_bytes((text if last else text.rstrip()).replace("\n", end).encode())
    assert count_rows(words, tagged=True) == len(list(read_columns(words))) == 3
    table = tmp_path / "test.tsv"
    text = "a\tb\n1\t2\n3\t4\n"
    table.write_bytes((text if last else text.rstrip()).replace("\n", end).encode())
    assert count_rows(table) == len(list(read_records(table))) == 2
