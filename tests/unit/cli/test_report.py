"""The report command refuses to average runs that have read different data."""

import pytest

from tests.helpers.factories import result
from xtl import results
from xtl.cli import report


@pytest.mark.parametrize("flags", [[], ["--xtreme"]])
def test_runs_of_different_test_sets_are_not_averaged(tmp_path, capsys, flags):
    for seed, content in enumerate("aab"):
        line = result(seed=seed, test_data=content, value=80.0 + seed)
        results.write(tmp_path / f"run{seed}" / "results.jsonl", [line])
    with pytest.raises(SystemExit, match="1"):
        report.main([str(tmp_path), *flags])
    error = capsys.readouterr().err.replace("\n", " ")
    assert "2 different contents of the test set of udpos in de" in error
    for seed in range(3):
        assert f"run{seed}" in error
    assert not (tmp_path / "scaling.png").exists()


def test_runs_of_one_test_set_are(tmp_path, capsys):
    for seed in range(2):
        results.write(tmp_path / f"run{seed}" / "results.jsonl", [result(seed=seed, test_data="a")])
    report.main([str(tmp_path)])
    assert (tmp_path / "scaling.png").exists()
