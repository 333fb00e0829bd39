"""How often intervals over examples hold the true score, simulated."""

import numpy as np
import pytest

from xtl.statistics.examples import ExampleCounts, Formula, Kind, redrawn_scores

pytestmark = pytest.mark.slow

RUNS = 600


def coverage(draw, formula, truth, **changed):
    """Share of samples whose 95 % interval holds the truth."""
    held = 0
    for seed in range(RUNS):
        columns, groups = draw(np.random.default_rng(seed))
        number = len(next(iter(columns.values())))
        uids = [str(index) for index in range(number)]
        counts = ExampleCounts.of(uids, columns, {"score": formula}, groups=groups)
        low, high = np.quantile(redrawn_scores([counts], "score", seed=seed), [0.025, 0.975])
        held += low <= truth <= high
    return held / RUNS


def test_f1_of_sentences():
    def draw(rng):
        gold = rng.integers(1, 6, 300)
        hardness = rng.beta(6, 3, 300)
        return {"right": rng.binomial(gold, hardness), "predicted": gold, "gold": gold}, None

    formula = Formula(Kind.F1, ("right", "predicted", "gold"))
    assert 0.93 <= coverage(draw, formula, 100 * 2 / 3) <= 0.97


def test_questions_of_paragraphs_need_their_groups():
    def draw(rng, *, grouped=True):
        paragraphs = np.repeat(rng.normal(0, 1, 60), 5)
        right = (paragraphs + rng.normal(0, 1, 300) > 0).astype(int)
        return {"right": right}, (np.repeat(np.arange(60), 5) if grouped else None)

    formula = Formula(Kind.SHARE, ("right",))
    assert 0.92 <= coverage(draw, formula, 50.0) <= 0.97
    assert coverage(lambda rng: draw(rng, grouped=False), formula, 50.0) < 0.88


def test_correlation_of_numbers():
    def draw(rng):
        gold = rng.normal(0, 1, 300)
        return {"predicted": gold + rng.normal(0, 0.75, 300), "gold": gold}, None

    correlation = 1 / np.sqrt(1 + 0.75**2)
    pearson = coverage(draw, Formula(Kind.PEARSON, ("predicted", "gold")), 100 * correlation)
    # Spearman's of two normal variables with this correlation.
    of_ranks = 600 / np.pi * np.arcsin(correlation / 2)
    spearman = coverage(draw, Formula(Kind.SPEARMAN, ("predicted", "gold")), of_ranks)
    assert 0.92 <= pearson <= 0.97
    assert 0.92 <= spearman <= 0.97
