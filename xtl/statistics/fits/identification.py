"""Identification: what a power law's fit says of asymptote, exponent and the size that reaches 90 %."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtri

from xtl.statistics.arrays import FloatArray, check_share
from xtl.statistics.fits.fit import as_curve, fit
from xtl.statistics.fits.forms import POW3

_GRID = 800


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number of a fit, shown only where the fit identifies it.

    Attributes:
        value: Number; ``None`` where it is not identified.
        low: Lower end of its interval; ``None`` likewise.
        high: Upper end of its interval; ``None`` likewise.
        reason: Why it is not identified; empty where it is.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerLaw:
    """What a + b x^-c says beyond the measured sizes.

    Attributes:
        asymptote: Score a that more data would lead to.
        exponent: Exponent c.
        n_90: Rows at which 90 % of the way from the smallest size's score to the asymptote is gone.
        level: Level of the intervals.
    """

    asymptote: Quantity
    exponent: Quantity
    n_90: Quantity
    level: float


def identify(sizes: ArrayLike, scores: ArrayLike, *, level: float = 0.95) -> PowerLaw:
    """Fit pow3 and say what it identifies, by profiles of the sum of squares.

    A value belongs to an interval if rss there is at most rss_min (1 + F(1, df) / df), the other parameters
    being at their best; all exponents in [0.01, 10] are tried. n_90 = smallest size x 10^(1/c). A quantity is
    identified where its interval is finite and inside twice the measured range: for the asymptote, the middle
    of the means plus or minus their range; for n_90, up to twice the largest size. Source: D. M. Bates and
    D. G. Watts, Nonlinear Regression Analysis (1988), chapter 6.

    Args:
        sizes: Sizes above 0, ascending.
        scores: Scores of shape (seeds, sizes).
        level: Level of the intervals.

    Raises:
        ValueError: if there are fewer than four sizes, shapes do not fit, or a score is NaN.

    Example:
        >>> x = np.array([1, 2, 4, 8, 16, 32, 64.0])
        >>> scores = 70 - 20 * x**-1.0 + np.array([[0.1, -0.1, 0, 0.1, 0, -0.1, 0]])
        >>> round(identify(100 * x, scores).asymptote.value)
        70
        >>> identify(100 * x, 50 + 0 * scores).asymptote.reason
        'not identified: its interval is not finite'
    """
    check_share(level, name="level")
    rows, y = as_curve(sizes, scores)
    best = fit(POW3, rows, y)
    limit = best.rss * (1 + float(fdtri(1, best.df, level)) / best.df)
    c = float(np.clip(best.params["c"], *POW3.bounds["c"]))
    nearby = np.clip(c * np.geomspace(0.95, 1.05, 101), *POW3.bounds["c"])  # c itself in the middle
    exponents = np.unique(np.concatenate([np.geomspace(*POW3.bounds["c"], _GRID), nearby, [c]]))
    rss, asymptotes, leverage = _profile(rows / rows[0], y, exponents, best.rss)
    inside = rss <= limit * (1 + 1e-9)
    is_finite = bool(inside.any() and not inside[0] and not inside[-1])
    slack = np.sqrt(np.maximum(limit - rss[inside], 0) * leverage[inside])
    ends = asymptotes[inside] - slack, asymptotes[inside] + slack
    middle, span = (y.mean(0).max() + y.mean(0).min()) / 2, np.ptp(y.mean(0))
    sizes_90 = rows[0] * 10 ** (1 / exponents[inside])
    ranges = (
        (best.params["a"], ends[0], ends[1], middle - span, middle + span),
        (c, exponents[inside], exponents[inside], 0.0, np.inf),
        (rows[0] * 10 ** (1 / c), sizes_90, sizes_90, 0.0, 2 * rows[-1]),
    )
    asymptote, exponent, n_90 = (_quantity(*numbers, is_finite=is_finite) for numbers in ranges)
    return PowerLaw(asymptote=asymptote, exponent=exponent, n_90=n_90, level=level)


def _profile(
    x: FloatArray, y: FloatArray, exponents: FloatArray, best_rss: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum of squares, asymptote, and its squared error by unit of variance, for each exponent."""
    means, num_seeds = y.mean(0), len(y)
    basis = POW3.basis(x, exponents[:, None])
    inverse = np.linalg.inv(np.swapaxes(basis, -1, -2) @ basis)
    coefficients = np.einsum("cpq,ckq,k->cp", inverse, basis, means)
    on_means = ((means - np.einsum("ckp,cp->ck", basis, coefficients)) ** 2).sum(-1)
    within = y - y.mean(1, keepdims=True) - means + means.mean()
    rss = np.maximum((within**2).sum() + num_seeds * on_means, best_rss)
    return rss, coefficients[:, 0], inverse[:, 0, 0] / num_seeds


def _quantity(
    value: float, lows: FloatArray, highs: FloatArray, least: float, most: float, *, is_finite: bool
) -> Quantity:
    if not is_finite:
        return Quantity(value=None, low=None, high=None, reason="not identified: its interval is not finite")
    low, high = float(lows.min()), float(highs.max())
    if low < least or high > most:
        reason = f"not identified: its interval [{low:.4g}, {high:.4g}] leaves twice the measured range"
        return Quantity(value=None, low=None, high=None, reason=reason)
    return Quantity(value=float(value), low=low, high=high)
