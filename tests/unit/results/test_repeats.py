"""Repeats of a setting: draws of rows under one seed count once, wherever a mean over seeds is taken."""

import math
from collections import Counter
from dataclasses import replace

import pytest

from tests.helpers.curves import sweep
from xtl.report.analysis.languages import setting_scores
from xtl.report.analysis.panels import panels
from xtl.report.comparison.compare import compare
from xtl.report.intervals.score_intervals import score_intervals
from xtl.results.damage import source_changes
from xtl.results.repeats import complete_means, repeat_of, seed_means


def test_draws_under_one_seed_count_once():
    assert seed_means({(2, "a"): 9.0, (1, "a"): 1.0, (1, "b"): 2.0, (1, "c"): 6.0}) == {1: 3.0, 2: 9.0}
    assert seed_means({}) == {}


def test_a_mean_over_languages_is_of_the_repeats_that_have_all():
    values = {"de": {(1, "a"): 1.0, (2, "a"): 5.0, (3, "a"): 7.0}, "zh": {(1, "a"): 3.0, (2, "a"): math.nan}}
    assert complete_means(values, ["de", "zh"]) == {(1, "a"): 2.0}
    assert complete_means(values, ["de"]) == {(1, "a"): 1.0, (2, "a"): 5.0, (3, "a"): 7.0}
    assert complete_means(values, ["de", "hi"]) == {}
    assert complete_means(values, []) == {}


def unbalanced(lines):
    """Lines with three draws of rows under seed 1, each with other scores, and one under each other seed."""
    changed = []
    for line in lines:
        draws = (0, 1, 2) if line.run.seed == 1 and line.run.trained_intermediate.rows else (0,)
        for draw in draws:
            before = [replace(phase, ids=f"{draw:016}") for phase in line.run.phases[:-1]]
            target = replace(line.run.target, validation=90.0 - line.run.seed - 3 * draw, metric="accuracy")
            run = replace(line.run, data_seed=draw, cell=f"{draw:016}", phases=(*before, target))
            changed.append(replace(line, value=line.value - 6 * draw, run=run))
    return changed


def test_every_part_of_a_report_states_the_same_mean():
    balanced = sweep({"de": lambda rows: rows / 1000}, seeds=(1, 2), sizes=(1000, 2000), noise=0.0)
    (without_draws,) = panels(balanced)
    lines = unbalanced(balanced)
    draws_by_seed = Counter(seed for seed, _ in {repeat_of(line) for line in lines})
    assert draws_by_seed == {1: 4, 2: 2}  # the baseline's, and each draw of the intermediate rows
    # Seed 1 falls by 6 points, the mean of its draws, so the mean over both seeds by 3.
    expected = [point.mean - 3 for point in without_draws.curves[0].points]
    (panel,) = panels(lines)
    of_curve = [point.mean for point in panel.curves[0].points]
    of_table = [row.unseen for row in setting_scores(panel) if row.rows]
    of_intervals = [
        next(one.value for one in score_intervals(lines) if one.lang == "unseen" and one.setting.rows == rows)
        for rows in (1000, 2000)
    ]
    of_comparison = [one.before for one in compare(lines, lines).differences if one.rows]
    for means in (of_curve, of_table, of_intervals, of_comparison):
        assert means == pytest.approx(expected)
    assert [len(point.values) for point in panel.curves[0].points] == [2, 2]
    # The baseline's validation score is 89 and 88; those of seed 1 are 89, 86, 83.
    assert [change.by_seed for change in source_changes(lines)] == [{1: -3.0, 2: 0.0}] * 2


def test_draws_of_the_target_rows_are_repeats_of_a_baseline_too():
    lines = []
    for draw in range(3):
        for line in sweep({"de": lambda rows: 0.0}, seeds=(1,), sizes=(0,), noise=0.0):
            target = replace(line.run.target, ids=f"{draw:016}")
            run = replace(line.run, data_seed=draw, cell=f"{draw:016}", phases=(target,))
            lines.append(replace(line, value=line.value - 6 * draw, run=run))
    first = next(line for line in lines if line.lang == "fr")
    middle = [line for line in lines if line.run.data_seed == 1]
    row, of_middle = (setting_scores(panels(of_draws)[0])[0] for of_draws in (lines, middle))
    assert row.unseen == pytest.approx(of_middle.unseen)
    score = next(one for one in score_intervals(lines) if one.lang == first.lang)
    assert score.value == pytest.approx(first.value - 6)
    # The same rows under another seed of their choice are the same run.
    again = replace(first, run=replace(first.run, data_seed=9))
    assert repeat_of(again) == repeat_of(first)
