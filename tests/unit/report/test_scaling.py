import pytest

from tests.helpers.factories import result, table_words
from xtl.report import language_table, points, scaling_table


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


def test_the_table_has_a_row_for_each_setting_and_a_column_for_each_target():
    lines = SWEEP + cell("de", 100, 1, {"de": 10.0, "hi": 20.0}, task="uner")
    header, metrics, *body = table_words(scaling_table(points(lines)))
    assert header == ["udpos", "uner"]
    assert metrics == ["intermediate", "language", "rows", "accuracy", "accuracy"]
    assert body == [
        ["none", "-", "0", "52.0", "±", "2.8", "-"],
        ["stsb", "de", "100", "61.5", "±", "2.1", "15.0"],
        ["stsb", "en", "100", "50.0", "-"],
    ]


def test_the_table_of_languages_has_means_over_seeds_and_the_unseen():
    title, header, *body = table_words(language_table(SWEEP))
    assert title == ["udpos:", "accuracy", "after", "stsb"]
    assert header == ["lang", "rows", "en", "de", "hi", "unseen"]
    assert body == [
        ["none", "0", "99.0", "62.0", "42.0", "52.0"],
        ["de", "100", "99.0", "70.0", "53.0", "61.5"],
        ["en", "100", "99.0", "50.0", "50.0", "50.0"],
    ]
