import math
from itertools import pairwise

from tests.helpers.factories import result, table_words
from xtl.report import draw_curves, language_table

SCORES = {100: {"en": 70.0, "de": 50.0, "hi": 30.0}, 1000: {"en": 90.0, "de": 80.0, "hi": 45.0}}
RESULTS = [
    result(lang=lang, value=value, train_rows=rows)
    for rows in (1000, 100)  # not in order
    for lang, value in SCORES[rows].items()
]


def test_a_line_for_each_language_and_one_for_the_mean(tmp_path, figures):
    draw_curves(RESULTS, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    (axes,) = figures[0].axes
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    assert drawn == [
        ([100, 1000], [SCORES[100][lang], SCORES[1000][lang]]) for lang in ("en", "de", "hi")
    ] + [([100, 1000], [40.0, 62.5])]
    assert axes.get_xscale() == "log"


def test_scores_that_are_no_numbers_are_left_out(tmp_path, figures):
    lost = result(lang="en", value=math.nan, train_rows=1000, seed=2)
    draw_curves([lost, *RESULTS], tmp_path / "curves.pdf")
    assert (tmp_path / "curves.pdf").read_bytes().startswith(b"%PDF")
    assert all(math.isfinite(value) for line in figures[0].axes[0].lines for value in line.get_ydata())
    draw_curves([lost], tmp_path / "nothing.png")
    assert not (tmp_path / "nothing.png").exists()


def test_a_line_is_the_mean_over_seeds(tmp_path, figures):
    seeds = [
        result(lang=lang, value=SCORES[rows][lang] + shift, train_rows=rows, seed=seed)
        for seed, shift in ((1, 0.0), (2, 4.0))
        for rows in (100, 1000)
        for lang in ("en", "de", "hi")
    ]
    draw_curves(seeds, tmp_path / "curves.png")
    (axes,) = figures[0].axes
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines[:3]] == [
        ([100, 1000], [SCORES[100][lang] + 2, SCORES[1000][lang] + 2]) for lang in ("en", "de", "hi")
    ]
    assert list(axes.lines[3].get_ydata()) == [42.0, 64.5]


def test_names_of_lines_that_end_together_do_not_lie_on_each_other(tmp_path, figures):
    draw_curves([result(lang=lang, value=50.0) for lang in ("de", "hi", "zh", "tr")], tmp_path / "curves.png")
    (axes,) = figures[0].axes
    low, high = axes.get_ylim()
    heights = sorted(text.xy[1] for text in axes.texts)
    assert all(after - before > (high - low) / 30 for before, after in pairwise(heights))
    assert low <= heights[0] <= heights[-1] <= high


def test_names_at_the_top_stay_inside_the_picture(tmp_path, figures):
    lines = [
        result(lang=lang, value=value)
        for lang, value in (("de", 0.0), ("hi", 99.9), ("zh", 100.0), ("tr", 100.0))
    ]
    draw_curves(lines, tmp_path / "curves.png")
    (axes,) = figures[0].axes
    assert max(text.xy[1] for text in axes.texts) <= axes.get_ylim()[1]


def test_the_source_alone_has_no_mean(tmp_path, figures):
    draw_curves([result(lang="en", train_rows=size) for size in (100, 1000)], tmp_path / "curves.png")
    assert len(figures[0].axes[0].lines) == 1


def test_a_language_that_is_missing_at_one_size(tmp_path):
    lines = [
        result(lang="en", train_rows=10, value=50.0),
        result(lang="de", train_rows=10, value=40.0),
        result(lang="en", train_rows=20, value=60.0),
    ]
    draw_curves(lines, tmp_path / "curves.png")
    assert table_words(language_table(lines))[-1] == ["20", "60.0", "-", "-"]


def test_the_mean_is_over_seeds_that_have_all_languages_and_draws_count_once(tmp_path, figures):
    scores = {(1, "de"): 50.0, (1, "hi"): 30.0, (2, "de"): 60.0}  # the second seed has no hi
    lines = [result(lang=lang, value=value, seed=seed) for (seed, lang), value in scores.items()]
    again = [result(lang=lang, value=90.0, seed=1, data_seed=1, train_ids="e" * 16) for lang in ("de", "hi")]
    draw_curves([*lines, *again], tmp_path / "curves.png")
    german, hindi, mean = (list(line.get_ydata()) for line in figures[0].axes[0].lines)
    assert (german, hindi, mean) == ([65.0], [60.0], [65.0])


def test_the_table_is_of_the_first_metric_also_where_the_first_line_was_left_out():
    lines = [
        result(lang=lang, seed=seed, metric=metric, value=value)
        for seed in (1, 2)
        for lang in ("de", "hi")
        for metric, value in (("accuracy", 80.0), ("f1", 40.0))
    ]
    assert str(language_table(lines[1:]).title) == "udpos: accuracy"
