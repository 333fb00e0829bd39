"""Gains, English rows, fits, costs, selections, scores by language, and where runs come from."""

import json
from dataclasses import replace

import pytest

from tests.helpers.curves import log_gain, sweep
from xtl.report.analysis.costs import costs
from xtl.report.analysis.english import english_curves
from xtl.report.analysis.fits import curve_fits
from xtl.report.analysis.gains import gain_cells
from xtl.report.analysis.languages import setting_scores
from xtl.report.analysis.panels import panels
from xtl.report.analysis.provenance import provenance
from xtl.report.analysis.selections import selection_scores
from xtl.statistics import benjamini_hochberg
from xtl.statistics.curves import Place


def flat(rows):
    return 0.0


def half(rows):
    """As English with a quarter of the rows."""
    return log_gain(rows) - 2


def test_gains_stand_at_the_largest_common_size_and_are_adjusted_together():
    lines = sweep({"en": log_gain, "de": flat}, tasks=("udpos", "uner"))
    lines += [line for line in sweep({"en": log_gain}, sizes=(1600,)) if line.run.trained_intermediate.rows]
    cells = gain_cells(panels(lines))
    assert [(cell.panel, cell.curve, cell.rows) for cell in cells] == [
        ("udpos", "de", 800), ("udpos", "en", 800), ("uner", "de", 800), ("uner", "en", 800),
    ]  # fmt: skip
    assert [cell.adjusted for cell in cells] == pytest.approx(
        benjamini_hochberg([cell.p for cell in cells]).tolist()
    )
    assert [cell.adjusted < 0.05 for cell in cells] == [False, True, False, True]
    assert cells[1].estimate.value == pytest.approx(4, abs=0.3)


def test_without_a_common_size_each_gain_stands_at_its_own():
    lines = sweep({"en": log_gain}, sizes=(100, 200)) + [
        line for line in sweep({"de": log_gain}, sizes=(300,)) if line.run.trained_intermediate.rows
    ]
    assert {cell.curve: cell.rows for cell in gain_cells(panels(lines))} == {"de": 300, "en": 200}


def test_one_seed_has_gains_without_p_values():
    (cell,) = gain_cells(panels(sweep({"de": log_gain}, seeds=(1,))))
    assert (cell.p, cell.adjusted) == (None, None)
    assert gain_cells(panels(sweep({"de": log_gain}, baseline=False))) == ()


def test_sizes_in_english_rows_are_never_extrapolated():
    lines = sweep({"en": log_gain, "de": half, "zh": lambda rows: log_gain(rows) + 9}, noise=0.01)
    by_lang = {curve.curve.lang: curve for curve in english_curves(panels(lines), english="en")}
    assert set(by_lang) == {"de", "zh"}
    german = by_lang["de"].equivalents
    assert [item.english.place for item in german] == [
        Place.BELOW,
        Place.BELOW,
        Place.MEASURED,
        Place.MEASURED,
    ]
    assert german[3].english.rows == pytest.approx(200, rel=0.05)
    assert {item.english.place for item in by_lang["zh"].equivalents} == {Place.ABOVE}
    assert by_lang["zh"].exponent is None
    assert "inside the range" in by_lang["zh"].reason
    assert english_curves(panels(sweep({"de": half})), english="en") == ()


def test_fits_have_a_constant_beside_them_and_say_what_they_cannot():
    fits = curve_fits(panels(sweep({"en": log_gain, "zh": flat})))
    assert [fit.num_seeds for fit in fits] == [3, 3]
    assert all("const" in {item.form.name for item in fit.comparison.fits} for fit in fits)
    assert fits[0].comparison.best.form.name != "const"
    (fit,) = curve_fits(panels(sweep({"de": log_gain}, sizes=(100, 200))))
    assert (fit.comparison, fit.power_law) == (None, None)
    assert "sizes" in fit.reason
    lacking = [
        line
        for line in sweep({"de": log_gain}, seeds=(1,))
        if (line.run.intermediate.rows, line.lang) != (200, "hi")
    ]
    assert "no seed has all sizes" in curve_fits(panels(lacking))[0].reason


def test_a_stray_cell_leaves_fits_and_english_rows_as_they_are():
    whole = sweep({"en": log_gain, "de": half}, sizes=(100, 200, 400, 800, 1600))
    without_size = [line for line in whole if line.run.trained_intermediate.rows != 1600]
    stray = [line for line in whole if line.run.trained_intermediate.rows != 1600 or line.run.seed == 1]
    for fit, expected in zip(*(curve_fits(panels(lines)) for lines in (stray, without_size)), strict=True):
        assert (fit.num_seeds, fit.sizes) == (expected.num_seeds, expected.sizes) == (3, (100, 200, 400, 800))
        assert fit.comparison.best.params == expected.comparison.best.params
    (german,), (expected,) = (english_curves(panels(lines), english="en") for lines in (stray, without_size))
    assert (german.equivalents, german.english_sizes) == (expected.equivalents, expected.english_sizes)


def test_costs_are_means_over_cells_and_stand_beside_gains():
    lines = [
        replace(line, run=replace(line.run, seconds=10.0 * line.run.seed)) for line in sweep({"de": log_gain})
    ]
    none, *_, largest = costs(panels(lines))
    assert (none.curve, none.gain, none.cells, none.seconds) == (None, None, 3, 20.0)
    assert (largest.rows, largest.tokens, largest.examples) == (800, 9000.0, 2801.0)
    assert largest.gain == pytest.approx(4, abs=0.3)


def test_selections_stand_side_by_side_where_there_are_several():
    own = sweep({"de": log_gain})
    last = [
        replace(line, value=line.value - 1, run=replace(line.run, selection="last", is_selected=False))
        for line in own
    ]
    rows = selection_scores(own + last)
    assert [row.setting for row in rows] == ["none", *(f"de, {size} rows" for size in (100, 200, 400, 800))]
    assert {row.own for row in rows} == {"best_validation"}
    for row in rows:
        assert row.scores["best_validation"] - row.scores["last"] == pytest.approx(1)
    assert selection_scores(own) == ()


def test_selections_are_compared_in_the_languages_and_seeds_that_all_of_them_have():
    own = sweep({"de": log_gain})
    oracle = [
        replace(line, value=line.value + 1, run=replace(line.run, selection="oracle", is_selected=False))
        for line in own
        if line.lang in ("en", "fr", "hi") and not (line.run.seed == 2 and line.lang == "hi")
    ]
    for row in selection_scores(own + oracle):
        assert row.langs == ("fr", "hi")
        assert row.scores["oracle"] - row.scores["best_validation"] == pytest.approx(1)


def test_a_mean_over_fewer_languages_than_the_panel_has_is_none():
    lines = [
        line
        for line in sweep({"de": log_gain})
        if not (line.lang == "zh" and line.run.trained_intermediate.rows == 200)
        and not (line.lang == "hi" and line.run.seed == 1 and line.run.trained_intermediate.rows == 400)
    ]
    scores = {row.rows: row for row in setting_scores(panels(lines)[0])}
    assert scores[200].unseen is None
    assert scores[200].gap is None
    assert set(scores[200].by_lang) == {"en", "de", "fr", "hi"}
    expected = [
        line.value
        for line in lines
        if line.run.trained_intermediate.rows == 400 and line.lang != "en" and line.run.seed != 1
    ]
    assert scores[400].unseen == pytest.approx(sum(expected) / len(expected))
    assert scores[400].gap == pytest.approx(
        sum(
            line.value
            for line in lines
            if (line.run.trained_intermediate.rows, line.lang) == (400, "en") and line.run.seed != 1
        )
        / 2
        - scores[400].unseen
    )


def test_gaps_of_languages_are_over_the_seeds_that_have_both():
    lines = []
    for line in sweep({"de": log_gain}, noise=0.0):
        shifted = replace(line, value=line.value + 10 * line.run.seed)  # alike in all languages
        if (line.lang, line.run.seed, line.run.trained_intermediate.rows) != ("hi", 3, 400):
            lines.append(shifted)
    scores = {row.rows: row for row in setting_scores(panels(lines)[0])}
    assert scores[400].gap_of_lang == pytest.approx(scores[200].gap_of_lang)
    assert scores[400].gap_of_lang["hi"] == pytest.approx(-9.0)


def test_scores_by_language_have_the_gap_to_the_source():
    (panel,) = panels(sweep({"de": log_gain}, noise=0.0))
    none, *_, largest = setting_scores(panel)
    assert none.by_lang == {"en": 60.0, "de": 63.0, "fr": 66.0, "hi": 69.0, "zh": 72.0}
    assert (none.source, none.unseen, none.gap) == (60.0, 67.5, -7.5)
    assert largest.by_lang["hi"] == 73.0
    without = [line for line in panel.results if line.lang != "en"]
    assert setting_scores(replace(panel, results=tuple(without)))[0].gap is None


def test_commands_and_versions_are_counted_and_damaged_records_too(tmp_path):
    for name, text in {
        "a": json.dumps({"xtl": "0.1.0", "command": ["xtl-train", "a b"], "packages": {"torch": "2"}}),
        "b": json.dumps({"xtl": "0.2.0", "command": ["xtl-train", "a b"], "packages": None}),
        "c": "{",
        "d": "[]",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "environment.json").write_text(text)
    facts = provenance([tmp_path / name for name in "abcde"])
    assert facts.commands == {"xtl-train 'a b'": 2}
    assert facts.facts == {"xtl": {"0.1.0": 1, "0.2.0": 1}, "torch": {"2": 1}}
    assert facts.unreadable == 3
