"""Intervals in model cards: those of the report, and none where counts are missing or of another score."""

import numpy as np
import pytest

from tests.helpers.counts import counts_with, write_run
from xtl.export.intervals import example_intervals
from xtl.report.intervals.redraws import read_redraws
from xtl.report.intervals.score_intervals import score_intervals
from xtl.statistics.examples import counts_path


def test_they_are_the_intervals_of_the_report(tmp_path):
    lines = write_run(tmp_path, {"de": counts_with(0.7), "hi": counts_with(0.5, seed=1)})
    intervals = example_intervals(tmp_path, lines)
    of_report = {
        interval.lang: (interval.low, interval.high)
        for interval in score_intervals(lines, read_redraws({tmp_path: lines}))
    }
    assert {score.lang: ends for score, ends in intervals.items()} == {
        lang: pytest.approx(of_report[lang]) for lang in ("de", "hi")
    }
    for score, (low, high) in intervals.items():
        assert low < score.value < high
        # The clustered words of 200 sentences: wider than if the 2,000 words were independent.
        assert high - low > 2 * 1.96 * 100 * np.sqrt(0.25 / 2000) * 0.9


def test_a_language_without_counts_has_none(tmp_path):
    lines = write_run(tmp_path, {"de": counts_with(0.7), "hi": counts_with(0.5, seed=1)})
    counts_path(tmp_path, "udpos", "hi", "test").unlink()
    assert [score.lang for score in example_intervals(tmp_path, lines)] == ["de"]


def test_counts_of_another_score_are_not_taken(tmp_path):
    (line,) = write_run(tmp_path, {"de": counts_with(0.7)})
    write_run(tmp_path, {"de": counts_with(0.5)})
    assert example_intervals(tmp_path, [line]) == {}


def test_counts_that_cannot_be_read_are_told(tmp_path, caplog):
    lines = write_run(tmp_path, {"de": counts_with(0.7)})
    counts_path(tmp_path, "udpos", "de", "test").write_bytes(b"not parquet")
    assert example_intervals(tmp_path, lines) == {}
    assert "no interval of accuracy in de" in caplog.text
