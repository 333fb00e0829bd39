"""Two sweeps beside each other: paired where they can be, and never a difference of what is not the same."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.helpers.factories import result, table_text, table_words
from tests.helpers.sweeps import LANGS, lines_of_cell
from xtl.report.comparison import compare, comparison_record, difference_table, shared_method
from xtl.statistics import crossed, holm


def sweep(*, seeds=(1, 2, 3), sizes=(0, 100, 200), **changed):
    return [line for seed in seeds for rows in sizes for line in lines_of_cell(seed, "de", rows, **changed)]


def values(lines, rows):
    by_cell = {(line.run.seed, line.lang): line.value for line in lines if line.run.intermediate.rows == rows}
    seeds, langs = (sorted({key[axis] for key in by_cell}) for axis in (0, 1))
    return np.array([[by_cell[seed, lang] for lang in langs] for seed in seeds])


def test_shared_seeds_are_paired_and_languages_are_a_sample():
    before, after = sweep(), [*sweep(seeds=(1, 2, 3), level=52.0, noise=0.6)]
    comparison = compare(before, after)
    assert [difference.rows for difference in comparison.differences] == [0, 100, 200]
    for difference in comparison.differences:
        estimate = crossed(values(after, difference.rows) - values(before, difference.rows))
        assert difference.method == "paired by seed"
        assert difference.estimate == estimate
        assert difference.after - difference.before == pytest.approx(estimate.value)
    p_values = [difference.p for difference in comparison.differences]
    assert [difference.adjusted for difference in comparison.differences] == pytest.approx(
        list(holm(p_values))
    )


def test_other_seeds_are_compared_as_welch_does():
    before, after = sweep(), sweep(seeds=(4, 5, 6, 7), level=51.0)
    difference = compare(before, after).differences[1]
    means = values(before, 100).mean(axis=1), values(after, 100).mean(axis=1)
    test = stats.ttest_ind(means[1], means[0], equal_var=False)
    assert difference.method == "unpaired (Welch)"
    assert difference.p == pytest.approx(test.pvalue)
    interval, expected = difference.estimate.interval(), test.confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_one_shared_seed_has_no_interval():
    comparison = compare(sweep(), sweep(seeds=(1,), level=51.0))
    assert {difference.method for difference in comparison.differences} == {"no interval: one seed"}
    assert {difference.adjusted for difference in comparison.differences} == {None}
    assert comparison.differences[0].estimate.value == pytest.approx(1.0)  # that seed alone in both
    assert comparison.only_before == ("seeds 2, 3 of udpos, baseline and 2 more settings",)


def test_seeds_that_lack_a_language_do_not_count():
    after = [line for line in sweep() if (line.run.seed, line.lang) != (2, "hi")]
    for difference in compare(sweep(), after).differences:
        assert (difference.estimate.num_seeds, difference.langs) == (2, tuple(sorted(LANGS)))
        assert "1 incomplete seed(s) do not count" in difference.note


def test_what_differs_is_listed_and_what_does_not_is_not():
    data = {"test_data": "a", "intermediate_data": "b"}
    after = sweep(
        recipe="hu2020",
        precision="bf16-mixed",
        backbone="xlmr",
        version="9.9",
        test_data="c",
        intermediate_data="b",
    )
    comparison = compare(sweep(**data, precision="32-true"), after)
    assert comparison.settings == {
        "recipe": (("small",), ("hu2020",)),
        "backbone": (("tiny",), ("xlmr",)),
        "precision": (("32-true",), ("bf16-mixed",)),
        "version": (("0.1.0",), ("9.9",)),
    }
    assert comparison.contents == tuple(f"test set of udpos in {lang}" for lang in LANGS)
    assert compare(sweep(), sweep()).settings == {}


def test_settings_of_one_sweep_are_not_averaged():
    both = [*sweep(recipe="hu2020", level=70.0), *sweep()]
    comparison = compare(both, sweep(level=51.0))
    assert {difference.task for difference in comparison.differences} == {"udpos [recipe=small]"}
    assert comparison.differences[0].estimate.value == pytest.approx(1.0)
    assert "udpos [recipe=hu2020], baseline" in comparison.only_before


def test_cells_in_one_sweep_alone_are_listed():
    comparison = compare(sweep(sizes=(0, 100)), sweep(sizes=(0, 200)))
    assert comparison.only_before == ("udpos after 100 rows of xnli in de",)
    assert comparison.only_after == ("udpos after 200 rows of xnli in de",)


def test_sweeps_of_other_targets_have_nothing_in_common():
    other = sweep(task="panx", train_task="panx", recipe="hu2020")
    comparison = compare(sweep(), other)
    assert (comparison.differences, comparison.settings) == ((), {})


def test_the_same_sweep_twice_has_no_difference():
    for difference in compare(sweep(), sweep()).differences:
        assert (difference.estimate.value, difference.adjusted) == (0.0, 1.0)


def test_source_languages_and_second_metrics_do_not_count():
    more = [result(lang="en", seed=seed, value=99.0) for seed in (1, 2, 3)]
    more += [result(lang="es", metric="f1", seed=seed, value=1.0) for seed in (1, 2, 3)]
    assert compare([*sweep(), *more], sweep()).differences == compare(sweep(), sweep()).differences


def test_table_and_plain_values_say_the_same():
    comparison = compare(sweep(), sweep(level=51.0))
    record = comparison_record(comparison, folders=("x", "y"), notes=("a note",))
    assert record["p_values_holm_took"] == 3
    assert (record["folders"], record["notes"]) == ({"A": "x", "B": "y"}, ["a note"])
    first = record["differences"][0]
    assert first["low"] <= first["difference"] <= first["high"]
    row = table_words(difference_table(comparison))[1]
    assert row[:5] == ["udpos", "accuracy", "none", "-", "0"]
    assert f"{first['difference']:+.2f}" in row


def test_a_narrow_terminal_shows_every_number_whole():
    """How all were compared is said once, below; where it differs it has a column."""
    comparison = compare(sweep(), sweep(level=51.0))
    assert shared_method(comparison).startswith("paired by seed")
    lines = table_text(difference_table(comparison), width=70).splitlines()
    assert max(map(len, lines)) <= 70
    rows = [line for line in lines if line.split()[:2] == ["udpos", "accuracy"]]
    assert len(rows) == 2 * len(comparison.differences)
    first, *others = comparison.differences
    mixed = replace(comparison, differences=(replace(first, note="a note"), *others))
    assert shared_method(mixed) == ""
    assert "a note" in table_text(difference_table(mixed), width=200)


def test_what_older_lines_do_not_say_is_no_other_setting():
    assert compare(sweep(kernels=""), sweep(kernels="xtl")).settings == {}
    both = compare(sweep(kernels="torch"), sweep(kernels="xtl")).settings
    assert both == {"kernels": (("torch",), ("xtl",))}


def test_the_note_of_equal_differences_is_not_about_the_scores():
    assert {difference.note for difference in compare(sweep(), sweep()).differences} == {"the same scores"}
    shifted = [replace(line, value=line.value + 1) for line in sweep()]
    notes = {difference.note for difference in compare(sweep(), shifted).differences}
    assert notes == {"the same difference in each seed"}
