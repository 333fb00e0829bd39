"""Intervals of scores over seeds and over examples."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.helpers.counts import counts_with, write_run, write_sweep
from tests.helpers.factories import result
from xtl.report import read_redraws, score_intervals
from xtl.report.intervals.score_intervals import preferred
from xtl.statistics.examples import ExampleCounts, counts_path, read_counts, write_counts


def flat(runs):
    return [line for lines in runs.values() for line in lines]


def by_lang(intervals, kind):
    return {interval.lang: interval for interval in intervals if interval.kind == kind}


def test_one_seed_has_an_interval_over_examples(tmp_path):
    counts = {"de": counts_with(0.8), "hi": counts_with(0.6, seed=3)}
    runs = {tmp_path: write_run(tmp_path, counts)}
    intervals = score_intervals(flat(runs), read_redraws(runs))
    assert [(i.lang, i.kind, i.seeds, i.examples) for i in intervals] == [
        ("de", "examples", 1, 200), ("hi", "examples", 1, 200), ("unseen", "examples", 1, 400),
    ]  # fmt: skip
    for interval in intervals[:2]:
        shares = counts[interval.lang].columns["right"] / 10
        half = 1.96 * 100 * shares.std(ddof=1) / np.sqrt(200)  # of a mean; all sentences are as long
        assert interval.low < interval.value < interval.high
        assert interval.margin == pytest.approx(half, rel=0.1)
    assert intervals[2].value == pytest.approx((intervals[0].value + intervals[1].value) / 2)
    assert intervals[2].margin < intervals[0].margin


def test_several_seeds_have_a_t_interval_first_and_one_over_examples_second(tmp_path):
    runs = write_sweep(tmp_path, sizes=(0,))
    intervals = score_intervals(flat(runs), read_redraws(runs))
    assert [i.kind for i in intervals if i.lang == "de"] == ["seeds", "examples"]
    values = [line.value for line in flat(runs) if line.lang == "de"]
    german = by_lang(intervals, "seeds")["de"]
    low, high = stats.t.interval(0.95, 2, loc=np.mean(values), scale=stats.sem(values))
    assert (german.low, german.high) == (pytest.approx(low), pytest.approx(high))
    assert {i.kind for i in preferred(intervals).values()} == {"seeds"}


def test_a_baseline_of_several_cells_counts_once():
    lines = [
        result(value=value, seed=seed, intermediate_task="xnli", intermediate_lang=lang, intermediate_rows=0)
        for lang in ("de", "en")
        for seed, value in ((1, 50.0), (2, 52.0))
    ]
    first, *_ = score_intervals(lines)
    assert (first.value, first.seeds, first.setting.intermediate) == (51.0, 2, "")


def test_a_mean_over_fewer_languages_than_beside_it_is_none():
    def lines(rows, *langs):
        phase = {"intermediate_task": "xnli", "intermediate_lang": "de", "intermediate_rows": rows}
        return [result(lang=lang, value=50.0 + rows, seed=seed, **phase) for lang in langs for seed in (1, 2)]

    some = [replace(line, value=math.nan) for line in lines(30, "de", "sw", "zh") if line.lang == "sw"]
    mixed = [*lines(10, "en", "de", "sw"), *lines(20, "de"), *lines(30, "de"), *some]
    means = {one.setting.rows: one for one in score_intervals(mixed) if one.lang == "unseen"}
    assert means[10].value == 60.0
    assert [math.isnan(means[rows].value) for rows in (20, 30)] == [True, True]
    assert [means[rows].note for rows in (20, 30)] == ["no number in sw", "no number in sw"]


def test_draws_of_rows_under_one_seed_count_once():
    def drawn(seed, *values):
        phase = {"intermediate_task": "xnli", "intermediate_lang": "de", "intermediate_rows": 10}
        return [
            result(value=value, seed=seed, data_seed=number, intermediate_ids=f"{number:016}", **phase)
            for number, value in enumerate(values)
        ]

    first, *_ = score_intervals(drawn(1, 50.0, 52.0, 54.0))
    assert (first.value, first.seeds, first.kind) == (52.0, 1, "")
    two, *_ = score_intervals([*drawn(1, 50.0, 52.0, 54.0), *drawn(2, 60.0)])
    assert (two.value, two.seeds, two.kind) == (56.0, 2, "seeds")
    low, high = stats.t.interval(0.95, 1, loc=56, scale=4)
    assert (two.low, two.high) == (pytest.approx(low), pytest.approx(high))


def test_cells_of_other_settings_are_not_averaged():
    lines = [result(value=50.0), result(value=70.0, seed=2, recipe="hu2020")]
    assert sorted(interval.value for interval in score_intervals(lines) if interval.lang == "de") == [
        50.0,
        70.0,
    ]


def test_older_runs_are_told_and_reported_without(tmp_path):
    runs = {tmp_path / "old": [result(value=50.0)], **write_sweep(tmp_path / "new", seeds=(1,), sizes=(100,))}
    redraws = read_redraws(runs)
    assert redraws.problems == (
        "no interval over examples of 1 of 2 run(s): they are older and have no counts per example",
    )
    old = next(interval for interval in score_intervals(flat(runs), redraws) if interval.value == 50.0)
    assert (old.low, old.high, old.kind, old.margin) == (None, None, "", None)
    assert old.note == "one seed, and no counts per example"


def test_scores_without_a_number_are_told_and_the_rest_is_reported():
    lines = [result(value=value, seed=seed) for seed, value in enumerate((50.0, math.nan, 54.0))]
    first, *_ = score_intervals(lines)
    assert (first.value, first.seeds, first.kind) == (52.0, 2, "seeds")
    assert first.note == "1 of 3 seeds without a number in each language"
    nothing, *_ = score_intervals([result(value=math.nan)])
    assert math.isnan(nothing.value)
    assert nothing.note == "1 of 1 seeds without a number in each language"


def test_counts_that_do_not_give_the_score_are_told(tmp_path):
    runs = {tmp_path: write_run(tmp_path, {"de": counts_with(0.8), "hi": counts_with(0.7)})}
    write_counts(counts_path(tmp_path, "udpos", "de", "test"), counts_with(0.3))
    redraws = read_redraws(runs)
    (problem,) = redraws.problems
    assert "accuracy of udpos in de is" in problem
    assert "its counts give" in problem
    assert [line.lang for line in redraws.scores] == ["hi"]


def test_damaged_counts_and_one_example_are_told_and_the_rest_is_reported(tmp_path):
    counts = {"de": counts_with(0.8), "hi": counts_with(0.7, number=1), "zh": counts_with(0.7)}
    runs = {tmp_path: write_run(tmp_path, counts)}
    counts_path(tmp_path, "udpos", "de", "test").write_bytes(b"half a")
    redraws = read_redraws(runs)
    assert any("de.test.parquet: expected counts per example" in problem for problem in redraws.problems)
    assert any("udpos in hi: no interval over examples" in problem for problem in redraws.problems)
    assert [line.lang for line in redraws.scores] == ["zh"]


def test_a_language_without_examples_has_no_interval(tmp_path):
    empty = ExampleCounts.of([], {"right": [], "words": []}, counts_with(0.5).formulas)
    runs = {tmp_path: write_run(tmp_path, {"de": empty, "hi": counts_with(0.7)})}
    assert read_counts(counts_path(tmp_path, "udpos", "de", "test")).uids == ()
    redraws = read_redraws(runs)
    assert [line.lang for line in redraws.scores] == ["hi"]
    assert any("udpos in de" in problem for problem in redraws.problems)


def test_cells_of_different_examples_are_not_paired(tmp_path):
    runs = {}
    for seed, number in ((1, 200), (2, 150)):
        path = tmp_path / str(seed)
        runs[path] = write_run(path, {"de": counts_with(0.8, number=number, seed=seed)}, seed=seed)
    redraws = read_redraws(runs)
    assert redraws.problems == ("udpos in de: cells are scored on different examples, and not paired",)
    assert not redraws.paired(flat(runs))
    assert [i.kind for i in score_intervals(flat(runs), redraws) if i.lang == "de"] == ["seeds"]
    assert len(redraws.scores) == 2
