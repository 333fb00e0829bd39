"""What is damaged is left out and told, and the rest counts."""

import math

import pytest

from tests.helpers.factories import result
from xtl import results
from xtl.errors import DataFormatError


def write(folder, *lines):
    results.write(folder / results.FILE_NAME, lines)
    return folder / results.FILE_NAME


def test_what_is_no_score_is_left_out_and_told(tmp_path):
    write(tmp_path, result(), result(lang="fr", value=math.nan), result(lang="hi", n=0, value=0.0))
    usable = results.usable([tmp_path])
    assert usable.results == {tmp_path: [result()]}
    assert usable.problems == (
        f"{tmp_path}: accuracy of udpos in fr: expected a number, got nan; it does not count",
        f"{tmp_path}: accuracy of udpos in hi: expected scored examples, got 0; it does not count",
    )


@pytest.mark.parametrize("cut", [1, 2, 30, 400])
def test_a_last_line_that_was_cut_off(tmp_path, cut):
    path = write(tmp_path, result(), result(lang="hi"))
    path.write_bytes(path.read_bytes()[:-cut])
    usable = results.usable([tmp_path])
    if cut == 1:  # the end of the line alone
        assert (len(usable.results[tmp_path]), usable.problems) == (2, ())
    else:
        assert usable.results[tmp_path] == [result()]
        assert usable.problems == (
            f"{path}:2: the last line is cut off and does not count; run that cell again",
        )


def test_a_damaged_line_in_the_middle_is_refused(tmp_path):
    path = write(tmp_path, result())
    path.write_text("{\n" + path.read_text())
    with pytest.raises(DataFormatError, match=r"results\.jsonl:1: expected one JSON object"):
        results.usable([tmp_path])


def test_the_same_nan_in_two_folders_is_no_conflict(tmp_path):
    for name in "ab":
        write(tmp_path / name, result(value=math.nan))
    assert sum(map(len, results.gather([tmp_path]).values())) == 1


def test_a_table_of_old_lines_has_all_fields(tmp_path, caplog):
    import json

    old = results.to_line(result())
    for name in ("precision", "cell", "chosen", "train_data", "intermediate_data", "test_data"):
        del old[name]
    (tmp_path / results.FILE_NAME).write_text(json.dumps(old) + "\n" + '{"task": "ud')
    table = results.table([tmp_path])
    assert table.precision.tolist() == [""]
    assert table.schema_version.tolist() == [results.SCHEMA_VERSION]
    assert "the last line is cut off" in caplog.text
