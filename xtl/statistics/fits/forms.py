"""Forms of learning curves, each linear in some parameters once the others are fixed.

Names after LCDB (F. Mohr et al., ECML 2022), x being the number of rows by the smallest one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xtl.statistics.arrays import FloatArray

Basis = Callable[[FloatArray, FloatArray], FloatArray]
"""Columns of the linear part: x of shape (K,) and parameters (..., P) in, an array (..., K, columns) out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """One form of a curve.

    Attributes:
        name: Name.
        formula: Formula, as a report prints it.
        linear: Names of the parameters that are linear, one for each column of the basis.
        bounds: Lower and upper bound of each other parameter, both above 0; they are searched by logarithm.
        basis: Columns of the linear part.
        min_sizes: Fewest sizes that it is fitted to.
    """

    name: str
    formula: str
    linear: tuple[str, ...]
    bounds: dict[str, tuple[float, float]]
    basis: Basis
    min_sizes: int

    @property
    def num_params(self) -> int:
        """Number of parameters."""
        return len(self.linear) + len(self.bounds)


_EXPONENT = (0.01, 10.0)


def _columns(x: FloatArray, params: FloatArray, column: Callable[..., FloatArray]) -> FloatArray:
    """Columns 1 and another one, which depends on the parameters."""
    second = column(x, *np.moveaxis(params[..., None], -2, 0))
    return np.stack([np.ones_like(second), second], axis=-1)


def _powers(x: FloatArray, count: int) -> FloatArray:
    return np.log2(x)[:, None] ** np.arange(count)


CONST = Form(
    name="const", formula="a", linear=("a",), bounds={}, basis=lambda x, _: _powers(x, 1), min_sizes=4
)
LOG2 = Form(
    name="log2",
    formula="a + b log2 x",
    linear=("a", "b"),
    bounds={},
    basis=lambda x, _: _powers(x, 2),
    min_sizes=4,
)
QUADRATIC = Form(
    name="quadratic",
    formula="a + b log2 x + c (log2 x)^2",
    linear=("a", "b", "c"),
    bounds={},
    basis=lambda x, _: _powers(x, 3),
    min_sizes=4,
)
POW3 = Form(
    name="pow3",
    formula="a + b x^-c",
    linear=("a", "b"),
    bounds={"c": _EXPONENT},
    basis=lambda x, params: _columns(x, params, lambda x, c: x**-c),
    min_sizes=4,
)
POW4 = Form(
    name="pow4",
    formula="a + b (x + d)^-c",
    linear=("a", "b"),
    bounds={"c": _EXPONENT, "d": (1e-3, 1e3)},
    basis=lambda x, params: _columns(x, params, lambda x, c, d: (x + d) ** -c),
    min_sizes=8,
)
MMF4 = Form(
    name="mmf4",
    formula="a + b x^d / (c + x^d)",
    linear=("a", "b"),
    bounds={"c": (1e-3, 1e6), "d": _EXPONENT},
    basis=lambda x, params: _columns(x, params, lambda x, c, d: 1 / (c * x**-d + 1)),
    min_sizes=8,
)
WBL4 = Form(
    name="wbl4",
    formula="a + b exp(-c x^d)",
    linear=("a", "b"),
    bounds={"c": (1e-4, 1e2), "d": _EXPONENT},
    basis=lambda x, params: _columns(x, params, lambda x, c, d: np.exp(-np.minimum(c * x**d, 700.0))),
    min_sizes=8,
)

DECIDING = (CONST, LOG2, QUADRATIC, POW3)
"""Forms that a comparison decides between."""

DESCRIPTIVE = (POW4, MMF4, WBL4)
"""Forms of four parameters, from eight sizes on as a description: six sizes do not identify them."""
