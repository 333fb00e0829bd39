import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtl.statistics import benjamini_hochberg, holm, ranked

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


OF_STATSMODELS = [
    ([0.04], [0.04], [0.04]),
    ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02], [0.02, 0.04, 0.04, 0.02]),
    ([0.5, 0.5, 0.5], [1, 1, 1], [0.5, 0.5, 0.5]),
    ([0, 1, 0, 1], [0, 1, 0, 1], [0, 1, 0, 1]),
    (
        [0.2, 0.01, 0.01, 0.03, 0.9, 0.04, 0.001],
        [0.4, 0.06, 0.06, 0.12, 0.9, 0.12, 0.007],
        [0.233333333333, 0.023333333333, 0.023333333333, 0.0525, 0.9, 0.056, 0.007],
    ),
]
"""P-values, and what ``multipletests`` of statsmodels 0.15 makes of them: ``holm``, ``fdr_bh``."""


@pytest.mark.parametrize(("p", "by_holm", "by_benjamini_hochberg"), OF_STATSMODELS)
def test_adjusted_p_values_of_some_families(p, by_holm, by_benjamini_hochberg):
    assert holm(p) == pytest.approx(by_holm)
    assert benjamini_hochberg(p) == pytest.approx(by_benjamini_hochberg)


@pytest.mark.slow
@settings(max_examples=10)  # statsmodels takes a tenth of a second each
@given(p_values)
def test_adjusted_p_values_are_those_of_statsmodels(p):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    assert holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])
    assert benjamini_hochberg(p) == pytest.approx(multitest.multipletests(p, method="fdr_bh")[1])


@given(p_values)
def test_holm_lies_between_the_p_value_and_bonferroni(p):
    adjusted = holm(p)
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= np.minimum(np.array(p) * len(p), 1)).all()


def test_no_p_values_are_no_family():
    assert holm([]).size == benjamini_hochberg([]).size == 0


@pytest.mark.parametrize("p", [[0.1, 1.2], [-0.1], [float("nan")], [[0.1]]])
def test_what_is_no_p_value_is_refused(p):
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match=r"in \[0, 1\]"):
            adjust(p)


def test_what_cannot_be_told_apart_shares_a_rank():
    rng = np.random.default_rng(0)
    levels = np.array([60.0, 70.0, 70.05, 50.0])[:, None, None]
    order = ranked(["de", "zh", "fr", "sw"], levels + rng.normal(0, 0.2, (4, 5, 6)))
    assert {item.name: item.rank for item in order} == {"zh": 1, "fr": 1, "de": 3, "sw": 4}
    assert [item.mean for item in order] == sorted((item.mean for item in order), reverse=True)


def test_a_chain_of_neighbours_is_one_group():
    """The first is better than the last, but the middle one can be told from neither."""
    noise = np.array([[0.1, -0.1, 0.1, -0.1], [2.0, -2.0, -2.0, 2.0], [-0.1, -0.1, 0.1, 0.1]])
    scores = (np.array([1.0, 0.5, 0.0])[:, None] + noise)[..., None]
    assert [item.rank for item in ranked(["a", "b", "c"], scores)] == [1, 1, 1]
    assert [item.rank for item in ranked(["a", "c"], scores[[0, 2]])] == [1, 2]


def test_ranks_need_two_seeds_and_a_name_each():
    with pytest.raises(ValueError, match="2 seeds or more"):
        ranked(["a", "b"], np.zeros((2, 1, 3)))
    with pytest.raises(ValueError, match="names: expected 2 different labels"):
        ranked(["a", "a"], np.zeros((2, 3, 3)))
