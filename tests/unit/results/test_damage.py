"""Damage of the encoder: pairs of cells and baselines, made by hand."""

import pytest
from scipy import stats

from tests.helpers.factories import result
from xtl.results.damage import damage, paired_changes, source_changes

BASE = {"target_metric": "accuracy", "recipe": "small"}


CELL = {**BASE, "intermediate_task": "stsb", "intermediate_lang": "de", "intermediate_rows": 100,
        "target_validation": 89.0}  # fmt: skip


def cell(validation, *, rows=0, lang="de", seed=1, **changed):
    """One line of a cell; with rows it has an intermediate phase, without it names the one that it lacks."""
    phase = {"intermediate_task": "stsb", "intermediate_lang": lang, "intermediate_rows": rows,
             "intermediate_budget": "epochs:3"}  # fmt: skip
    return result(**{**BASE, **phase, "target_validation": validation, "seed": seed, **changed})


def test_a_cell_is_paired_with_the_baseline_of_its_seed():
    lines = [cell(90.0), cell(80.0, seed=2), cell(89.0, rows=100), cell(70.0, rows=100, seed=2)]
    (change,) = source_changes(lines)
    assert (change.intermediate, change.lang, change.rows) == ("stsb", "de", 100)
    assert change.by_seed == {1: -1.0, 2: -10.0}
    assert change.mean == -5.5


def test_the_order_of_cells_does_not_matter():
    lines = [cell(89.0, rows=100), cell(90.0)]
    assert [change for _, change in paired_changes(lines)] == [-1.0]


def test_lines_of_one_cell_count_once():
    lines = [cell(90.0), *(result(**{"lang": lang, **CELL}) for lang in ("de", "hi", "zh"))]
    assert len(paired_changes(lines)) == 1


@pytest.mark.parametrize(
    "changed",
    [{"seed": 9}, {"recipe": "other"}, {"backbone": "other"}, {"train_rows": 1}, {"train_lang": "zh"},
     {"train_ids": "x"}, {"device": "cuda"}, {"shots": 5}, {"target_metric": "f1"}],
)  # fmt: skip
def test_a_baseline_of_something_else_is_none(changed):
    assert source_changes([cell(90.0, **changed), cell(10.0, rows=100)]) == []


def test_cells_that_do_not_record_the_score_are_left_out():
    assert source_changes([cell(None), cell(80.0, rows=100)]) == []
    assert source_changes([cell(80.0), cell(None, rows=100)]) == []


def test_a_baseline_without_an_intermediate_task_serves_too():
    lines = [result(**BASE, target_validation=90.0, seed=1), cell(80.0, rows=100)]
    assert [change.mean for change in source_changes(lines)] == [-10.0]


@pytest.mark.parametrize(("fall", "is_damaged"), [(0.4, False), (0.5, False), (0.6, True), (-3.0, False)])
def test_damage_is_a_mean_fall_beyond_the_margin(fall, is_damaged):
    lines = [
        *(cell(90.0, seed=seed) for seed in (1, 2)),
        *(cell(90.0 - fall + wobble, rows=100, seed=seed) for seed, wobble in ((1, 4.0), (2, -4.0))),
    ]
    assert bool(damage(lines, 0.5)) == is_damaged


def test_the_range_is_that_of_a_t_test_over_seeds():
    falls = {1: -2.0, 2: -5.0, 3: 1.0, 4: -3.0}
    lines = [cell(90.0, seed=seed) for seed in falls]
    lines += [cell(90.0 + fall, rows=100, seed=seed) for seed, fall in falls.items()]
    (change,) = source_changes(lines)
    expected = stats.ttest_1samp(list(falls.values()), 0.0).confidence_interval(0.95)
    assert change.interval == pytest.approx((expected.low, expected.high))
    assert source_changes(lines[:1] + lines[4:5])[0].interval is None  # one seed


@pytest.mark.parametrize(("spread", "may_be_noise"), [(0.2, False), (4.0, True)])
def test_a_fall_that_may_be_noise_is_damage_and_says_so(spread, may_be_noise):
    lines = [cell(90.0, seed=seed) for seed in (1, 2, 3)]
    lines += [cell(88.0 + (seed - 2) * spread, rows=100, seed=seed) for seed in (1, 2, 3)]
    (found,) = damage(lines, 0.5)
    assert ("each range reaches 0: add seeds" in str(found)) == may_be_noise
    assert str(found).endswith("lower intermediate.recipe.lr")


def test_a_language_is_damaged_at_any_size_and_the_sizes_are_named():
    lines = [cell(90.0), cell(90.0, rows=100), cell(80.0, rows=200), cell(91.0, rows=200, lang="zh")]
    (found,) = damage(lines, 0.5)
    assert (found.target, found.source, found.intermediate, found.lang) == ("udpos", "en", "stsb", "de")
    assert [change.rows for change in found.changes] == [100, 200]
    assert str(found) == (
        "udpos after stsb in de (epochs:3): encoder damaged: the effect is the recipe's (validation accuracy "
        "in en against the baseline's: -10.0 at 200 rows; margin 0.5); of one seed, so that it may be noise: "
        "add seeds, or lower intermediate.recipe.lr"
    )
