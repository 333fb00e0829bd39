import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.statistics import crossed, fixed, tost

OF_STATSMODELS = [
    (0.00010143891790358119, 0.0013763742228770739),
    (0.0015157820049930112, 0.03645059373948523),
    (0.030346816487516408, 0.07299493693734815),
    (0.04509439417817295, 0.05066550109160508),
    (0.011912539047510703, 0.03816388777938853),
]
"""P-values below and above by ``ttost_paired`` of statsmodels 0.15, for the differences of each seed."""


def differences(seed):
    return np.random.default_rng(seed).normal(0.1, 0.4, 6)


@pytest.mark.parametrize("seed", range(5))
def test_one_language_is_the_paired_test(seed):
    outcome = tost(fixed(differences(seed)[:, None]), 0.5)
    assert (outcome.p_low, outcome.p_high) == pytest.approx(OF_STATSMODELS[seed])
    assert outcome.p == max(outcome.p_low, outcome.p_high)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_one_language_is_the_paired_test_of_statsmodels(seed):
    c = differences(seed)
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    p, low, high = weightstats.ttost_paired(c, np.zeros(6), -0.5, 0.5)
    outcome = tost(fixed(c[:, None]), 0.5)
    assert outcome.p == pytest.approx(p)
    assert (outcome.p_low, outcome.p_high) == pytest.approx((low[1], high[1]))


@given(st.integers(0, 1000), st.floats(0.05, 2))
def test_equivalent_is_when_the_interval_of_90_per_cent_lies_inside(seed, margin):
    rng = np.random.default_rng(seed)
    outcome = tost(crossed(rng.normal(rng.normal(0, 0.5), 0.4, (4, 5))), margin)
    assert outcome.interval.level == pytest.approx(0.9)
    assert outcome.is_equivalent == (-margin < outcome.interval.low and outcome.interval.high < margin)


def test_scores_that_do_not_vary_lie_inside_or_outside():
    assert tost(fixed(np.full((3, 2), 0.4)), 0.5).p == 0
    assert tost(fixed(np.full((3, 2), 0.6)), 0.5).p == 1
    assert not tost(fixed(np.full((3, 2), 0.5)), 0.5).is_equivalent


@pytest.mark.parametrize("margin", [0, -0.5, float("nan"), float("inf")])
def test_a_margin_is_above_0(margin):
    with pytest.raises(ValueError, match="margin: expected a number above 0"):
        tost(fixed([[0.1], [0.2]]), margin)


def test_one_seed_shows_no_equivalence():
    with pytest.raises(ValueError, match="two seeds at least"):
        tost(fixed([[0.1]]), 0.5)
    with pytest.raises(ValueError, match="alpha"):
        tost(fixed([[0.1], [0.2]]), 0.5, alpha=5)
