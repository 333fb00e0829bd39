"""Fits of curves: least squares on cell means, many starts, compared by AICc and never without a constant."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from xtl.statistics.arrays import ROUNDING, FloatArray, as_contrast_values, as_sizes
from xtl.statistics.fits.forms import DECIDING, DESCRIPTIVE, Form

_STARTS_PER_PARAMETER = {0: 0, 1: 64, 2: 16}
_REFINED = 6
"""Best starts that are refined."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fit:
    """One form, fitted.

    Attributes:
        form: Form.
        params: Parameters in full precision; x is rows by the smallest size.
        predicted: Fitted score at each size.
        residuals: Mean over seeds at each size less the fitted score, for a plot of residuals.
        rss: Sum of squares over all points, seeds' own levels taken out.
        sigma: Residual standard deviation of a point.
        df: Degrees of freedom of sigma: points less parameters less seeds plus 1.
        aicc: Corrected Akaike criterion, lower being better; infinite where points are too few for it.
    """

    form: Form
    params: Mapping[str, float]
    predicted: FloatArray
    residuals: FloatArray
    rss: float
    sigma: float
    df: int
    aicc: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Forms beside each other.

    Attributes:
        fits: const, log2, quadratic and pow3, the best first where they are compared.
        descriptions: pow4, mmf4 and wbl4 from eight sizes on, which decide nothing.
    """

    fits: tuple[Fit, ...]
    descriptions: tuple[Fit, ...]

    @property
    def is_compared(self) -> bool:
        """Whether points are enough for an AICc of each form; else those without one would all lose."""
        return all(np.isfinite(candidate.aicc) for candidate in self.fits)

    @property
    def best(self) -> Fit | None:
        """Form with the lowest AICc, of equal ones the simplest; ``None`` where they are not compared."""
        return self.fits[0] if self.is_compared else None


def compare(sizes: ArrayLike, scores: ArrayLike) -> Comparison:
    """Fit all forms that the number of sizes allows; a constant is always among them.

    About 15 % of real learning curves are not monotone or not convex (LCDB 1.1, arXiv 2505.15657), so the
    best of these forms need not be a good one: look at the residuals.

    Args:
        sizes: Sizes above 0, ascending.
        scores: Scores of shape (seeds, sizes), such as means over target languages.

    Raises:
        ValueError: if there are fewer than four sizes, shapes do not fit, or a score is NaN.

    Example:
        >>> scores = [[50, 52.1, 53.9, 56, 58.1, 60], [51, 52.9, 55.1, 57, 58.9, 61]]
        >>> compare([1, 2, 4, 8, 16, 32], scores).best.form.name
        'log2'
    """
    rows, y = as_curve(sizes, scores)
    fits = [fit(form, rows, y) for form in DECIDING]
    described = [fit(form, rows, y) for form in DESCRIPTIVE if len(rows) >= form.min_sizes]
    return Comparison(
        fits=tuple(sorted(fits, key=lambda candidate: (candidate.aicc, candidate.form.num_params))),
        descriptions=tuple(sorted(described, key=lambda candidate: candidate.aicc)),
    )


def fit(form: Form, sizes: ArrayLike, scores: ArrayLike) -> Fit:
    """Fit one form by least squares on the means over seeds.

    Seeds have levels of their own, which are taken out: they are S - 1 more parameters p beside those of the
    form and the scale, in AICc = N ln(rss / N) + 2 p + 2 p (p + 1) / (N - p - 1), N = seeds x sizes. Source:
    C. M. Hurvich and C.-L. Tsai, Biometrika 76 (1989). Parameters that are not linear are searched from
    many starts within bounds, the linear ones solved for at each (variable projection, G. H. Golub and
    V. Pereyra 1973); the loss is a sum (Besiroglu et al. 2024, arXiv 2404.10102, on what a mean did).

    Args:
        form: Form.
        sizes: Sizes above 0, ascending.
        scores: Scores of shape (seeds, sizes).

    Raises:
        ValueError: if the form asks for more sizes, shapes do not fit, or a score is NaN.

    Example:
        >>> from xtl.statistics.fits.forms import LOG2
        >>> line = fit(LOG2, [10, 20, 40, 80], [[5, 6, 7, 8.0]])
        >>> {name: round(value, 6) for name, value in line.params.items()}
        {'a': 5.0, 'b': 1.0}
    """
    rows, y = as_curve(sizes, scores, at_least=form.min_sizes)
    x, means = rows / rows[0], y.mean(0)
    nonlinear = np.exp(_search(form, x, means))
    basis = form.basis(x, nonlinear)
    # Columns of one length: lstsq would take a small one, as of a steep power, for none.
    lengths = np.linalg.norm(basis, axis=0)
    lengths[lengths == 0] = 1.0
    coefficients = np.linalg.lstsq(basis / lengths, means, rcond=None)[0] / lengths
    predicted = basis @ coefficients
    within = y - y.mean(1, keepdims=True) - means + means.mean()
    rss = float((within**2).sum() + len(y) * ((means - predicted) ** 2).sum())
    df = y.size - form.num_params - (len(y) - 1)
    return Fit(
        form=form,
        params={
            **dict(zip(form.linear, coefficients.tolist(), strict=True)),
            **dict(zip(form.bounds, nonlinear.tolist(), strict=True)),
        },
        predicted=predicted,
        residuals=means - predicted,
        rss=rss,
        sigma=float(np.sqrt(rss / df)) if df > 0 else float("nan"),
        df=df,
        aicc=_aicc(rss, y.size, form.num_params + len(y)),
    )


def as_curve(sizes: ArrayLike, scores: ArrayLike, *, at_least: int = 4) -> tuple[FloatArray, FloatArray]:
    """Sizes above 0, and scores of shape (seeds, sizes).

    Raises:
        ValueError: if there are too few sizes, shapes do not fit, or a score is NaN.
    """
    rows, y = as_sizes(sizes, at_least=at_least), as_contrast_values(scores, name="scores")
    if rows[0] == 0 or y.shape[1] != len(rows):
        raise ValueError(f"scores: expected one for each size above 0 {rows.tolist()}, got shape {y.shape}")
    return rows, y


def projected_rss(form: Form, x: FloatArray, means: FloatArray, log_params: FloatArray) -> FloatArray:
    """Sum of squares at the best linear parameters, for parameters of shape (..., P) in one go."""
    q = np.linalg.qr(form.basis(x, np.exp(log_params)))[0]
    parts = np.einsum("...kp,k->...p", q, means)
    rss: FloatArray = ((means - np.einsum("...kp,...p->...k", q, parts)) ** 2).sum(-1)
    return rss


def _search(form: Form, x: FloatArray, means: FloatArray) -> FloatArray:
    """Logarithms of the parameters that are not linear."""
    if not form.bounds:
        return np.empty(0)
    low, high = np.log(np.array(list(form.bounds.values()))).T
    count = _STARTS_PER_PARAMETER[len(low)]
    axes = [np.linspace(*ends, count) for ends in zip(low, high, strict=True)]
    starts = np.array(list(product(*axes)))
    order = np.argsort(projected_rss(form, x, means, starts), kind="stable")

    def residuals(log_params: FloatArray) -> FloatArray:
        q = np.linalg.qr(form.basis(x, np.exp(log_params)))[0]
        left_over: FloatArray = means - q @ (q.T @ means)
        return left_over

    refined = [
        optimize.least_squares(residuals, starts[index], bounds=(low - 1e-9, high + 1e-9), xtol=1e-12)
        for index in order[:_REFINED]
    ]
    return np.asarray(min(refined, key=lambda result: float(result.cost)).x)


def _aicc(rss: float, num_points: int, num_params: int) -> float:
    spare = num_points - num_params - 1
    if spare <= 0:
        return float("inf")
    floor = num_points * ROUNDING**2  # equal fits without error differ by their parameters alone
    return float(
        num_points * np.log(max(rss, floor) / num_points)
        + 2 * num_params
        + 2 * num_params * (num_params + 1) / spare
    )
