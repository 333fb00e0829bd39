"""Counts per example: formulas against the metrics themselves, draws against slow resampling, files."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xtl.errors import DataFormatError
from xtl.metrics import functional
from xtl.statistics import resampled_variance
from xtl.statistics.examples import (
    ExampleCounts,
    Formula,
    Kind,
    read_counts,
    redrawn_scores,
    scores_of,
    write_counts,
)
from xtl.statistics.resampling import draw_times

COUNT = 60


def rng(seed=0):
    return np.random.default_rng(seed)


def counts_of(columns, kind, names=None, **changed):
    number = len(next(iter(columns.values())))
    formulas = {"score": Formula(kind, tuple(names or columns))}
    return ExampleCounts.of([f"t/test/{i}" for i in range(number)], columns, formulas, **changed)


def pairs(kind, seed=0):
    """Predicted and gold values of a kind of score; numbers with ties."""
    draw = rng(seed)
    if kind in (Kind.PEARSON, Kind.SPEARMAN):
        gold = np.round(draw.uniform(0, 5, COUNT), 0) + 1e6
        return np.round(gold + draw.normal(0, 1, COUNT), 1), gold
    gold = draw.integers(0, 3, COUNT)
    return np.where(draw.random(COUNT) < 0.5, gold, draw.integers(0, 4, COUNT)), gold


METRICS = {
    Kind.MACRO_F1: functional.f1_macro,
    Kind.MATTHEWS: functional.matthews,
    Kind.PEARSON: functional.pearson,
    Kind.SPEARMAN: functional.spearman,
}


@pytest.mark.parametrize("kind", METRICS)
def test_formulas_are_the_metrics(kind):
    for seed in range(20):
        predicted, gold = pairs(kind, seed)
        counts = counts_of({"predicted": predicted, "gold": gold}, kind)
        expected = METRICS[kind](predicted.tolist(), gold.tolist())
        assert scores_of(counts)["score"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("kind", METRICS)
def test_a_draw_is_the_metric_of_the_examples_that_it_has(kind):
    predicted, gold = pairs(kind)
    groups = np.arange(COUNT) // 3
    counts = counts_of({"predicted": predicted, "gold": gold}, kind, groups=groups)
    drawn = redrawn_scores([counts, counts], "score", seed=5)
    times = draw_times(rng(5), 10, COUNT // 3).astype(int)
    for draw, often in enumerate(times):
        chosen = np.repeat(np.arange(COUNT), often[groups])
        slow = METRICS[kind](predicted[chosen].tolist(), gold[chosen].tolist())
        assert drawn[draw] == pytest.approx([slow, slow], abs=1e-3)


@pytest.mark.parametrize("kind", METRICS)
def test_a_constant_side_has_no_correlation(kind):
    counts = counts_of({"predicted": np.full(8, 2), "gold": np.arange(8) % 3}, kind)
    expected = METRICS[kind]([2.0] * 8, [float(i % 3) for i in range(8)])
    assert scores_of(counts)["score"] == pytest.approx(expected, abs=1e-9)
    assert np.isfinite(redrawn_scores([counts], "score")).all()


def test_sums_divide_once():
    counts = counts_of({"right": [1, 0, 3], "words": [2, 5, 3]}, Kind.SHARE)
    assert scores_of(counts) == {"score": pytest.approx(40.0)}
    f1 = counts_of({"right": [1, 0], "predicted": [2, 0], "gold": [1, 3]}, Kind.F1)
    assert scores_of(f1) == {"score": pytest.approx(100 / 3)}
    mean = counts_of({"f1": [100.0, 25.0]}, Kind.MEAN)
    assert scores_of(mean) == {"score": 62.5}
    nothing = counts_of({"right": [0, 0], "predicted": [0, 0], "gold": [0, 0]}, Kind.F1)
    assert scores_of(nothing) == {"score": 0.0}


def test_the_variance_of_draws_is_that_of_resampled_variance():
    right = rng().integers(0, 4, (4, COUNT, 3)).astype(float)
    cells = [counts_of(dict(zip("abc", cell.T, strict=True)), Kind.F1, "abc") for cell in right]
    drawn = redrawn_scores(cells, "score")
    seeds_mean = (drawn[:, 0] + drawn[:, 1]) / 2 - (drawn[:, 2] + drawn[:, 3]) / 2
    expected = resampled_variance(
        right.reshape(2, 2, COUNT, 3).transpose(1, 0, 2, 3),
        lambda sums: 200 * sums[..., 0] / (sums[..., 1] + sums[..., 2]),
        [1.0, -1.0],
    )
    assert seeds_mean.var(ddof=1) == pytest.approx(expected)


def test_draws_do_not_depend_on_blocks(monkeypatch):
    predicted, gold = pairs(Kind.SPEARMAN)
    for kind in (Kind.SPEARMAN, Kind.PEARSON):
        counts = counts_of({"predicted": predicted, "gold": gold}, kind)
        expected = redrawn_scores([counts], "score", seed=2)
        monkeypatch.setattr("xtl.statistics.examples.redraw._BLOCK", 7 * COUNT)
        monkeypatch.setattr("xtl.statistics.examples.ranks._BLOCK", 3 * COUNT)
        assert redrawn_scores([counts], "score", seed=2) == pytest.approx(expected, abs=1e-3)


def test_what_cannot_be_drawn_is_refused():
    counts = counts_of({"right": [1, 0, 1]}, Kind.SHARE)
    other = counts_of({"right": [1, 0]}, Kind.SHARE)
    with pytest.raises(ValueError, match="the same examples"):
        redrawn_scores([counts, other], "score")
    with pytest.raises(ValueError, match="two groups of examples"):
        redrawn_scores([counts_of({"right": [1, 0]}, Kind.SHARE, groups="aa")], "score")
    with pytest.raises(ValueError, match="NaN"):
        redrawn_scores([counts_of({"f1": [1.0, np.nan]}, Kind.MEAN)], "score")
    with pytest.raises(ValueError, match="expected 2 values a column"):
        ExampleCounts.of(["a", "b"], {"right": [1]}, {})
    with pytest.raises(ValueError, match="expected columns"):
        ExampleCounts.of(["a"], {"right": [1]}, {"score": Formula(Kind.SHARE, ("wrong",))})


def test_a_file_gives_the_counts_back_and_is_small(tmp_path):
    number = 1000
    counts = ExampleCounts.of(
        [f"udpos/test/{i}" for i in range(number)],
        {"right": rng().integers(0, 30, number), "loss": rng().random(number)},
        {"accuracy": Formula(Kind.SHARE, ("right",)), "mean": Formula(Kind.MEAN, ("loss",))},
        groups=[i // 4 for i in range(number)],
    )
    path = tmp_path / "counts" / "de.test.parquet"
    write_counts(path, counts)
    again = read_counts(path)
    assert again.same_examples(counts)
    assert again.formulas == counts.formulas
    assert {name: list(values) for name, values in again.columns.items()} == {
        name: list(values) for name, values in counts.columns.items()
    }
    written = path.read_bytes()
    write_counts(path, counts)
    assert path.read_bytes() == written
    assert len(written) < 8 * number + 4000  # the loss needs 8 bytes; all the rest next to none


def test_a_missing_file_is_none_and_a_damaged_one_is_named(tmp_path):
    path = tmp_path / "de.test.parquet"
    assert read_counts(path) is None
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataFormatError, match=r"de\.test\.parquet: expected counts per example"):
        read_counts(path)
    pq.write_table(pa.table({"uid": ["a"]}), path)
    with pytest.raises(DataFormatError, match="score the run again"):
        read_counts(path)
