"""Results of many folders: each score once, conflicts refused, one table of all."""

import pytest

from tests.helpers.factories import result
from xtl import results
from xtl.errors import DataFormatError, DataNotFoundError


def write(folder, *lines):
    results.write(folder / results.FILE_NAME, lines)
    return folder


def test_runs_of_several_sweeps_are_gathered_in_order(tmp_path):
    runs = [write(tmp_path / name, result(seed=seed, cell=name * 16)) for seed, name in enumerate("bac")]
    gathered = results.gather([runs[0], tmp_path])
    assert list(gathered) == [runs[0], runs[1], runs[2]]
    assert [line.run.seed for lines in gathered.values() for line in lines] == [0, 1, 2]


def test_a_score_that_stands_in_two_folders_counts_once(tmp_path):
    # The same cell again, on a machine that took longer.
    first, second = (
        write(tmp_path / "a", result()),
        write(tmp_path / "b", result(seconds=9.0, commit="1" * 40)),
    )
    assert results.gather([tmp_path]) == {first: [result()], second: []}


def test_two_values_of_one_score_are_refused_with_both_folders(tmp_path):
    write(tmp_path / "a", result(value=80.0))
    write(tmp_path / "b", result(value=81.5))
    with pytest.raises(DataFormatError, match=r"got 80\.0 in .*/a and 81\.5 in .*/b"):
        results.gather([tmp_path])


@pytest.mark.parametrize("changed", [{"version": "0.2.0"}, {"devices": 2}, {"micro_batch": 4}])
def test_nor_do_versions_and_devices_make_two_scores_of_one_cell(tmp_path, changed):
    write(tmp_path / "a", result(value=80.0))
    write(tmp_path / "b", result(value=81.5, **changed))
    with pytest.raises(DataFormatError, match="leave one of the folders out"):
        results.gather([tmp_path])


@pytest.mark.parametrize(
    "changed", [{"cell": "d" * 16}, {"rule": "last", "chosen": False}, {"test_data": "x"}, {"device": "cuda"}]
)
def test_what_tells_scores_apart_lets_both_stand(tmp_path, changed):
    write(tmp_path / "a", result(value=80.0))
    write(tmp_path / "b", result(value=81.5, **changed))
    assert sum(map(len, results.gather([tmp_path]).values())) == 2


def test_lines_without_a_hash_of_their_cell_all_stand(tmp_path):
    for name in "ab":
        write(tmp_path / name, result(cell=""))
    assert sum(map(len, results.gather([tmp_path]).values())) == 2


def test_a_folder_without_results_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    write(tmp_path / "a", result())
    with pytest.raises(DataNotFoundError, match=r"empty: expected runs with results\.jsonl"):
        results.gather([tmp_path / "a", tmp_path / "empty"])


def test_one_folder_may_be_named_alone(tmp_path):
    results.write(tmp_path / "run" / results.FILE_NAME, [result(value=50.0)])
    for folder in (tmp_path, str(tmp_path)):
        assert list(results.table(folder).value) == [50.0]
    assert [line.value for line in results.read(str(tmp_path / "run" / results.FILE_NAME))] == [50.0]
    with pytest.raises(DataNotFoundError, match="expected at least one folder with runs, got none"):
        results.table([])


def test_one_table_of_all(tmp_path):
    write(tmp_path / "a", result(value=80.0, seed=1), result(value=70.0, seed=1, rule="last", chosen=False))
    write(tmp_path / "b", result(value=82.0, seed=2, cell="d" * 16))
    table = results.table([str(tmp_path)])
    assert list(table.columns) == [*results.to_line(result()), "folder", "schema_version"]
    assert set(table.schema_version) == {results.SCHEMA_VERSION}
    assert table.folder.tolist() == [str(tmp_path / name) for name in "aab"]
    assert table[table.chosen].groupby(["task", "metric", "lang"]).value.mean().tolist() == [81.0]
