"""Points of curves: means over complete seeds, gains paired by seed; settings that differ stay apart."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.curves import log_gain, sweep
from xtl.report.analysis.panels import panels, setting_label
from xtl.statistics import crossed


def test_a_point_is_the_mean_of_unseen_languages_and_its_gain_is_paired():
    lines = sweep({"de": log_gain}, noise=0.5)
    (panel,) = panels(lines)
    (curve,) = panel.curves
    assert panel.langs == ("de", "fr", "hi", "zh")
    point = curve.points[1]
    assert point.rows == 200

    value = {(line.run.intermediate.rows, line.run.seed, line.lang): line.value for line in lines}

    def scores(rows):
        return np.array([[value[rows, seed, lang] for lang in panel.langs] for seed in (1, 2, 3)])

    assert list(point.values.values()) == pytest.approx(scores(200).mean(1))
    expected = crossed(scores(200) - scores(0))
    assert point.gain.value == pytest.approx(expected.value)
    interval = expected.interval()
    assert point.band.high - point.band.low == pytest.approx(interval.high - interval.low)
    assert point.band.low == pytest.approx(point.mean + interval.low - expected.value)


def test_a_seed_without_all_languages_does_not_count():
    lines = [
        line
        for line in sweep({"de": log_gain})
        if not (line.run.seed == 2 and line.lang == "hi" and line.run.intermediate.rows == 200)
    ]
    nan = [
        replace(line, value=math.nan) if line.run.seed == 3 and line.lang == "zh" else line for line in lines
    ]
    (panel,) = panels(lines)
    assert [len(point.values) for point in panel.curves[0].points] == [3, 2, 3, 3]
    (panel,) = panels(nan)
    assert [len(point.values) for point in panel.curves[0].points] == [2, 1, 2, 2]
    assert len(panel.baseline.values) == 2


def test_a_band_leaves_the_line_of_the_baseline_where_the_gain_is_not_0():
    """Seed 3 has a baseline of its own level and no other cell: the gain is of the seeds that have both."""
    lines = [
        replace(line, value=line.value + (10 if line.run.seed == 3 else 0))
        for line in sweep({"de": log_gain}, noise=0.3)
        if line.run.seed != 3 or not line.run.trained_intermediate.rows
    ]
    (panel,) = panels(lines)
    for point in panel.curves[0].points:
        interval = point.gain.interval()
        assert point.band.low - panel.baseline.mean == pytest.approx(interval.low)
        assert point.band.high - panel.baseline.mean == pytest.approx(interval.high)


def test_draws_of_rows_under_one_seed_make_no_band():
    (first,) = panels(sweep({"de": log_gain}, seeds=(1,), baseline=False))
    drawn = []
    for line in sweep({"de": log_gain}, seeds=(1,), baseline=False):
        for draw in (0, 1, 2):
            phases = (replace(line.run.intermediate, ids=f"{draw:016}"), line.run.target)
            run = replace(line.run, data_seed=draw, phases=phases)
            drawn.append(replace(line, value=line.value + draw, run=run))
    (panel,) = panels(drawn)
    for before, point in zip(first.curves[0].points, panel.curves[0].points, strict=True):
        assert len(point.values) == 1
        assert point.mean == pytest.approx(before.mean + 1)
        assert point.band is None


def test_without_a_baseline_the_band_is_over_seeds_and_there_is_no_gain():
    (panel,) = panels(sweep({"de": log_gain}, baseline=False))
    assert panel.baseline is None
    assert {point.gain for point in panel.curves[0].points} == {None}
    assert all(point.band for point in panel.curves[0].points)


def test_one_target_language_has_a_gain_too():
    lines = [line for line in sweep({"de": log_gain}) if line.lang in ("en", "hi")]
    (panel,) = panels(lines)
    assert panel.langs == ("hi",)
    assert panel.curves[0].points[0].gain.num_langs == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("recipe", "large"), ("backbone", "xlmr"), ("device", "cuda"), ("shots", 5), ("rule", "last"),
     ("train_lang", "de"), ("train_rows", 7), ("train_budget", "steps:3"), ("split", "validation")],
)  # fmt: skip
def test_cells_of_different_settings_are_never_averaged(field, value):
    both = panels(sweep({"de": log_gain}) + sweep({"de": lambda rows: -9.0}, **{field: value}))
    assert len(both) == 2
    assert str(value) in both[1].title
    means = [panel.curves[0].points[0].mean for panel in both]
    assert means[0] - means[1] > 8


@pytest.mark.parametrize(("field", "value"), [("intermediate_budget", "steps:9"), ("tuning", "lora:8")])
def test_nor_are_curves_of_different_intermediate_settings(field, value):
    other = [
        line
        for line in sweep({"de": lambda rows: -9.0}, **{field: value})
        if line.run.trained_intermediate.rows
    ]
    (panel,) = panels(sweep({"de": log_gain}) + other)
    labels = {curve.label for curve in panel.curves}
    assert len(labels) == 2
    assert any(value in label for label in labels)


def test_settings_have_short_names():
    (panel,) = panels(sweep({"de": log_gain}))
    assert setting_label(panel.curves[0], 1000) == "de, 1,000 rows"
    assert setting_label(None, 0) == "none"


def test_a_curve_has_one_name_before_every_target():
    lines = sweep({"de": log_gain}, tasks=("udpos", "uner"))
    lines += [
        line
        for line in sweep({"de": log_gain}, intermediate_task="xnli")
        if line.run.trained_intermediate.rows
    ]
    first, second = panels(lines)
    assert [curve.label for curve in first.curves] == ["stsb de", "xnli de"]
    assert [(curve.label, curve.variant) for curve in second.curves] == [("stsb de", 0)]
