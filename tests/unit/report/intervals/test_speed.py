"""A report of a whole study takes seconds."""

import time

import pytest

from tests.helpers.counts import write_sweep
from xtl.report import judge_sweep, read_redraws, score_intervals
from xtl.statistics import Rules

pytestmark = pytest.mark.slow


def test_a_study_of_100_cells_in_ten_languages_is_drawn_in_seconds(tmp_path):
    langs = ("ar", "de", "es", "fr", "hi", "ja", "ru", "sw", "tr", "zh")
    sizes = (0, 100, 200, 400, 800, 1600, 3200)
    runs = write_sweep(tmp_path, seeds=range(1, 15), sizes=sizes, langs=langs, number=1000)
    lines = [line for of_run in runs.values() for line in of_run]
    begun = time.process_time()
    redraws = read_redraws(runs)
    score_intervals(lines, redraws)
    judge_sweep(lines, Rules(), redraws)
    assert time.process_time() - begun < 30
    assert len(redraws.scores) == 980
