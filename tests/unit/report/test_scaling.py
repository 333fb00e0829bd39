import pytest

from tests.helpers.factories import result
from xtl.report import draw_scaling, points


def cell(lang, rows, seed, scores, *, data_seed=1, task="udpos"):
    """The lines of one cell: English, which the head was trained in, and others."""
    return [
        result(
            task=task, train_task=task, lang=code, value=value, seed=seed, data_seed=data_seed,
            intermediate_task="stsb", intermediate_lang=lang, intermediate_rows=rows,
        )
        for code, value in scores.items()
    ]  # fmt: skip


BASELINE = {1: {"en": 99.0, "de": 60.0, "hi": 40.0}, 2: {"en": 99.0, "de": 64.0, "hi": 44.0}}
# Without rows a cell is the baseline whatever its language: it stands in the sweep once for each.
SWEEP = [
    *(line for seed in (1, 2) for lang in ("de", "en") for line in cell(lang, 0, seed, BASELINE[seed])),
    *cell("de", 100, 1, {"en": 99.0, "de": 70.0, "hi": 50.0}),
    *cell("de", 100, 2, {"en": 99.0, "de": 70.0, "hi": 56.0}),
    *cell("en", 100, 1, {"en": 99.0, "de": 50.0, "hi": 50.0}),
]


def test_a_point_is_the_mean_over_unseen_languages_of_each_seed():
    found = {(point.lang, point.rows): point for point in points(SWEEP)}
    assert set(found) == {("", 0), ("de", 100), ("en", 100)}
    assert found["", 0].values == (50.0, 54.0)
    assert found["de", 100].values == (60.0, 63.0)
    assert found["de", 100].mean == 61.5
    assert found["de", 100].spread == pytest.approx(4.5**0.5)  # n - 1
    assert found["en", 100].spread is None
    assert {point.num_langs for point in found.values()} == {2}


def test_another_draw_of_the_rows_is_another_value_but_the_baseline_has_no_rows():
    lines = [
        line
        for draw in (1, 2)
        for rows, score in ((0, 50.0), (10, 50.0 + draw))
        for line in cell("de", rows, 1, {"de": score}, data_seed=draw)
    ]
    assert [point.values for point in points(lines)] == [(50.0,), (51.0, 52.0)]


def test_the_curves_stand_on_a_log_axis_with_the_baseline_and_their_spread(tmp_path, figures):
    draw_scaling(points(SWEEP), tmp_path / "scaling.png")
    (axes,) = figures[0].axes
    assert axes.get_xscale() == "log"
    assert axes.lines[0].get_linestyle() == "--"
    assert list(axes.lines[0].get_ydata()) == [52.0, 52.0]
    drawn = {one.get_label(): one for one in axes.containers}
    assert {lang: list(one[0].get_ydata()) for lang, one in drawn.items()} == {"de": [61.5], "en": [50.0]}
    assert [one.has_yerr for one in drawn.values()] == [True, False]  # one seed of English
    assert axes.get_ylabel() == "accuracy (0-100), mean of 2 unseen languages"
    assert axes.get_title() == "udpos (2 seeds, ± standard deviation)"


def test_a_point_of_one_seed_has_no_interval_on_a_line_that_has_others(tmp_path, figures):
    draw_scaling(points([*SWEEP, *cell("de", 1000, 1, {"de": 80.0, "hi": 60.0})]), tmp_path / "scaling.png")
    (axes,) = figures[0].axes
    (bars,) = (one for one in axes.containers if one.get_label() == "de")
    _, _, (intervals,) = bars
    lengths = [segment[-1][1] - segment[0][1] for segment in intervals.get_segments() if len(segment)]
    assert lengths == [pytest.approx(2 * 4.5**0.5)]  # of 100 rows; 1,000 have one seed


def test_one_seed_has_no_intervals_and_the_picture_says_so(tmp_path, figures):
    draw_scaling(points([line for line in SWEEP if line.run.seed == 1]), tmp_path / "scaling.png")
    (axes,) = figures[0].axes
    assert not any(one.has_yerr for one in axes.containers)
    assert not axes.patches
    assert axes.get_title() == "udpos (one seed)"
