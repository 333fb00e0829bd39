"""Curves: a log axis of rows, the baseline as a level line, a band where there are seeds, names for all."""

import pytest
from matplotlib.collections import PolyCollection

from tests.helpers.curves import SIZES, log_gain, sweep
from tests.helpers.factories import result
from xtl.report import draw_scaling, panels
from xtl.results import told_apart


def cell(lang, rows, seed, scores, **changed):
    """Results of one cell: English, which the head was trained in, and others."""
    return [
        result(
            lang=code, value=value, seed=seed,
            intermediate_task="stsb", intermediate_lang=lang, intermediate_rows=rows, **changed,
        )
        for code, value in scores.items()
    ]  # fmt: skip


SWEEP = [
    *cell("de", 0, 1, {"en": 99.0, "de": 60.0, "hi": 40.0}),
    *cell("de", 0, 2, {"en": 99.0, "de": 64.0, "hi": 44.0}),
    *cell("de", 100, 1, {"en": 99.0, "de": 70.0, "hi": 50.0}),
    *cell("de", 100, 2, {"en": 99.0, "de": 70.0, "hi": 56.0}),
    *cell("en", 100, 1, {"en": 99.0, "de": 50.0, "hi": 50.0}),
]


def drawn(figures, lines, path):
    draw_scaling(panels(lines), path)
    return figures[-1].axes


def bands(axes):
    return [area for area in axes.collections if isinstance(area, PolyCollection)]


def test_the_curves_stand_on_a_log_axis_with_the_baseline(tmp_path, figures):
    (axes,) = drawn(figures, SWEEP, tmp_path / "scaling.png")
    assert axes.get_xscale() == "log"
    assert list(axes.lines[0].get_ydata()) == [52.0, 52.0]
    curves = {line.get_label(): list(line.get_ydata()) for line in axes.lines[1:]}
    assert curves == {"de": [61.5], "en": [50.0]}
    assert [line.get_gid() for line in axes.lines] == [
        "curve-udpos-baseline", "curve-udpos-stsb-de", "curve-udpos-stsb-en",
    ]  # fmt: skip
    assert axes.get_ylabel() == "accuracy (0-100), mean of 2 unseen languages"
    assert axes.get_title() == "udpos (2 seeds, 95 % intervals)"
    assert len(bands(axes)) == 1  # one seed of English


def test_one_seed_has_no_interval_and_the_picture_says_so(tmp_path, figures):
    (axes,) = drawn(figures, [line for line in SWEEP if line.run.seed == 1], tmp_path / "scaling.png")
    assert not axes.collections
    assert axes.get_title() == "udpos (one seed, no interval)"


def test_a_language_has_one_colour_in_every_panel_and_is_told_apart_without_it(tmp_path, figures):
    gains = dict.fromkeys(("ar", "de", "en", "fr", "hi", "sw", "zh"), log_gain)
    lines = sweep(gains, tasks=("udpos",)) + sweep({"zh": log_gain}, tasks=("uner",))
    first, second = drawn(figures, lines, tmp_path / "scaling.svg")
    curves = first.lines[1:]
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in curves}
    assert len(looks) == 7  # six colours, and a seventh language with another line
    assert len({line.get_marker() for line in curves}) == 7
    assert second.lines[1].get_color() == curves[-1].get_color()
    assert list(second.lines[1].get_xdata()) == list(SIZES)


def test_cells_of_another_setting_are_another_panel_or_curve(tmp_path, figures):
    lines = sweep({"de": log_gain}) + sweep({"de": log_gain}, recipe="large")
    axes = drawn(figures, lines, tmp_path / "a.svg")
    titles = [panel.get_title().partition(" (")[2] for panel in axes]
    assert [title.split(")")[0] for title in titles] == ["recipe small", "recipe large"]
    steps = [
        line for line in sweep({"de": log_gain}, intermediate_budget="steps:9") if line.run.intermediate.rows
    ]
    (panel,) = drawn(figures, sweep({"de": log_gain}) + steps, tmp_path / "b.svg")
    assert [line.get_label() for line in panel.lines[1:]] == ["epochs:3 de", "steps:9 de"]
    gids = [line.get_gid() for line in panel.lines]
    assert len(set(gids)) == len(gids)
    assert len({line.get_linestyle() for line in panel.lines[1:]}) == 2
    assert len({line.get_marker() for line in panel.lines[1:]}) == 2  # a single point has no line
    (apart,) = drawn(figures, told_apart(sweep({"de": log_gain}) + steps), tmp_path / "c.svg")
    assert [line.get_label() for line in apart.lines[1:]] == ["epochs:3 de", "steps:9 de"]


def test_long_names_stay_inside_the_picture(tmp_path, figures):
    names = ["mixture of stsb and xnli and squad1", "masked language modelling on raw text", "ud_supertag"]
    lines = [line for name in names for line in sweep({"de": log_gain}, intermediate_task=name)]
    drawn(figures, lines, tmp_path / "a.png")
    (legend,) = figures[-1].legends
    extent, figure = legend.get_window_extent(), figures[-1].bbox
    assert figure.x0 <= extent.x0 < extent.x1 <= figure.x1


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_a_file_has_the_same_bytes_each_time(tmp_path, ending):
    paths = [tmp_path / name / f"scaling.{ending}" for name in "ab"]
    for path in paths:
        draw_scaling(panels(SWEEP), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
