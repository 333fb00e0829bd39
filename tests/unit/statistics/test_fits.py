import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from xtl.statistics.fits import CONST, LOG2, MMF4, POW3, POW4, QUADRATIC, WBL4, compare, fit, identify
from xtl.statistics.fits.fit import projected_rss

SIZES = 100 * 2.0 ** np.arange(6)
NINE = 100 * 2.0 ** np.arange(9)
X, X_NINE = SIZES / 100, NINE / 100
CURVES = {
    "const": (CONST, lambda x: 60 + 0 * x),
    "log2": (LOG2, lambda x: 60 + 1.5 * np.log2(x)),
    "quadratic": (QUADRATIC, lambda x: 60 + 1.5 * np.log2(x) - 0.8 * np.log2(x) ** 2),
    "pow3": (POW3, lambda x: 70 - 10 * x**-0.7),
    "pow4": (POW4, lambda x: 70 - 10 * (x + 3) ** -0.9),
    "mmf4": (MMF4, lambda x: 60 + 12 * x**1.3 / (8 + x**1.3)),
    "wbl4": (WBL4, lambda x: 70 - 10 * np.exp(-0.1 * x**0.8)),
}


def noisy(curve, seed=0, *, sd=0.1, seeds=3):
    rng = np.random.default_rng(seed)
    return curve + rng.normal(0, 1, (seeds, 1)) + rng.normal(0, sd, (seeds, len(curve)))


@pytest.mark.parametrize("name", CURVES)
def test_each_form_is_fitted_exactly_where_it_is_true(name):
    form, curve = CURVES[name]
    result = fit(form, NINE, curve(X_NINE)[None])
    assert result.residuals == pytest.approx(np.zeros(9), abs=1e-5)
    assert form.num_params == len(result.params)


@pytest.mark.parametrize("form", [CONST, LOG2, QUADRATIC, POW3, POW4, MMF4, WBL4])
@pytest.mark.parametrize("name", ["log2", "pow3", "wbl4"])
def test_a_fit_is_as_good_as_the_search_found_it(form, name):
    # Columns of a steep form differ by twenty orders of magnitude, of which a solver drops the small ones.
    means = CURVES[name][1](X_NINE)
    result = fit(form, NINE, means[None])
    nonlinear = np.log([result.params[key] for key in form.bounds])
    assert result.rss == pytest.approx(
        float(projected_rss(form, X_NINE, means, nonlinear)), rel=1e-4, abs=1e-9
    )
    assert result.rss <= fit(CONST, NINE, means[None]).rss + 1e-9


@pytest.mark.parametrize("name", ["const", "log2", "quadratic", "pow3"])
def test_the_true_form_is_taken_where_noise_is_small(name):
    assert compare(NINE, noisy(CURVES[name][1](X_NINE), sd=0.02, seeds=5)).best.form.name == name


def test_parameters_of_a_power_law_are_recovered():
    params = fit(POW3, SIZES, CURVES["pow3"][1](X)[None]).params
    assert params == pytest.approx({"a": 70, "b": -10, "c": 0.7}, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_power_law_fits_as_well_as_scipy_from_many_starts(seed):
    means = noisy(CURVES["pow3"][1](X), seed, sd=0.8).mean(0)

    def loss(p):
        return means - (p[0] + p[1] * X ** -p[2])

    bounds = ([-np.inf, -np.inf, 0.01], [np.inf, np.inf, 10])
    starts = [[means[-1], -5.0, c] for c in np.geomspace(0.02, 9, 40)]
    best = min(2 * optimize.least_squares(loss, start, bounds=bounds).cost for start in starts)
    assert fit(POW3, SIZES, means[None]).rss <= best * (1 + 1e-6)


def test_a_constant_and_a_line_are_those_of_least_squares():
    y = noisy(CURVES["log2"][1](X), sd=0.5)
    assert fit(CONST, SIZES, y).params["a"] == pytest.approx(y.mean())
    slope, level = np.polyfit(np.log2(X), y.mean(0), 1)
    assert fit(LOG2, SIZES, y).params == pytest.approx({"a": level, "b": slope})


def test_aicc_counts_points_parameters_seeds_and_the_scale():
    y = noisy(CURVES["log2"][1](X), sd=0.5)
    result = fit(LOG2, SIZES, y)
    levels = y.mean(1, keepdims=True) - y.mean()
    rss = ((y - levels - result.predicted) ** 2).sum()
    n, p = 18, 2 + 2 + 1
    assert result.rss == pytest.approx(rss)
    assert result.df == n - 4
    assert result.sigma == pytest.approx((rss / 14) ** 0.5)
    assert result.aicc == pytest.approx(n * np.log(rss / n) + 2 * p + 2 * p * (p + 1) / (n - p - 1))


@settings(max_examples=10)
@given(st.integers(0, 100), st.integers(-30, 30))
def test_levels_of_seeds_change_no_comparison(seed, shift):
    y = noisy(CURVES["log2"][1](X), seed, sd=0.3)
    moved = y + shift * np.arange(3)[:, None]
    before, after = compare(SIZES, y), compare(SIZES, moved)
    assert [item.form.name for item in after.fits] == [item.form.name for item in before.fits]
    assert [item.rss for item in after.fits] == pytest.approx([item.rss for item in before.fits], rel=1e-4)


def test_a_constant_always_stands_beside_the_others_and_four_parameters_decide_nothing():
    six, nine = compare(SIZES, noisy(X)), compare(NINE, noisy(X_NINE))
    assert {item.form.name for item in six.fits} == {"const", "log2", "quadratic", "pow3"}
    assert six.descriptions == ()
    assert {item.form.name for item in nine.fits} == {item.form.name for item in six.fits}
    assert {item.form.name for item in nine.descriptions} == {"pow4", "mmf4", "wbl4"}
    assert list(nine.fits) == sorted(nine.fits, key=lambda item: item.aicc)


def test_scores_that_do_not_vary_are_a_constant():
    comparison = compare(SIZES, np.full((3, 6), 61.7))
    assert comparison.best.form is CONST
    assert comparison.best.params["a"] == pytest.approx(61.7)


def test_points_too_few_for_a_form_leave_it_without_a_criterion():
    comparison = compare(SIZES[:4], noisy(CURVES["pow3"][1](X[:4]), seeds=1))
    assert {item.form.name: np.isfinite(item.aicc) for item in comparison.fits} == {
        "const": True, "log2": False, "quadratic": False, "pow3": False,
    }  # fmt: skip
    assert (comparison.is_compared, comparison.best) == (False, None)
    assert compare(SIZES[:4], noisy(CURVES["pow3"][1](X[:4]), seeds=2)).is_compared


@pytest.mark.parametrize(
    ("form", "sizes", "scores", "message"),
    [
        (LOG2, [1, 2, 4], [[1.0, 2, 3]], "at least 4 above 0"),
        (WBL4, SIZES, np.zeros((2, 6)), "at least 8 above 0"),
        (LOG2, [0, *SIZES], np.zeros((2, 7)), "for each size above 0"),
        (LOG2, SIZES, np.zeros((2, 5)), "for each size above 0"),
        (LOG2, SIZES, np.zeros(6), r"shape \(seeds, languages\)"),
        (LOG2, SIZES, np.full((2, 6), np.nan), "scores: expected finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused(form, sizes, scores, message):
    with pytest.raises(ValueError, match=message):
        fit(form, sizes, scores)


def test_a_curve_that_has_flattened_out_identifies_its_asymptote():
    sizes = 100 * 2.0 ** np.arange(8)
    y = noisy(70 - 20 * (sizes / 100) ** -1.0, sd=0.1, seeds=5)
    law = identify(sizes, y)
    level = y.mean() - (70 - 20 * (sizes / 100) ** -1.0).mean()
    assert law.asymptote.low < 70 + level < law.asymptote.high
    assert law.exponent.low < 1 < law.exponent.high
    assert law.n_90.low < 1000 < law.n_90.high
    assert law.n_90.value == pytest.approx(100 * 10 ** (1 / law.exponent.value))
    assert {quantity.reason for quantity in (law.asymptote, law.exponent, law.n_90)} == {""}


def test_the_profile_is_that_of_a_slow_search():
    sizes = 100 * 2.0 ** np.arange(8)
    y = noisy(70 - 20 * (sizes / 100) ** -1.0, sd=0.3, seeds=3)
    law, best = identify(sizes, y), fit(POW3, sizes, y)
    x, means = sizes / 100, y.mean(0)
    within = best.rss - 3 * (best.residuals**2).sum()

    def rss_at(asymptote):
        def loss(p):
            return means - asymptote - p[0] * x ** -p[1]

        starts = [[-20.0, c] for c in (0.3, 1.0, 3.0)]
        return within + 3 * min(2 * optimize.least_squares(loss, start).cost for start in starts)

    limit = best.rss * (1 + 4.3807 / best.df)  # F(0.95; 1, 19)
    assert best.df == 19
    for end in (law.asymptote.low, law.asymptote.high):
        assert rss_at(end) == pytest.approx(limit, rel=1e-3)


def test_a_straight_line_in_log2_has_no_asymptote():
    law = identify(SIZES, noisy(CURVES["log2"][1](X), sd=0.3))
    for quantity in (law.asymptote, law.exponent, law.n_90):
        assert (quantity.value, quantity.low, quantity.high) == (None, None, None)
        assert quantity.reason.startswith("not identified")


def test_what_lies_beyond_twice_the_range_is_not_identified():
    law = identify(SIZES, (70 - 10 * X**-0.3)[None] + 0.001 * np.array([[1, -1, 1, -1, 1, -1]]))
    assert law.exponent.value == pytest.approx(0.3, abs=0.01)
    assert law.asymptote.value is law.n_90.value is None
    assert "leaves twice the measured range" in law.n_90.reason
