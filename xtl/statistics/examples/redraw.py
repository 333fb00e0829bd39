"""Scores under other draws of the examples: the same draw for all cells of a language."""

from collections.abc import Sequence

import numpy as np

from xtl.statistics.arrays import FloatArray
from xtl.statistics.examples.counts import ExampleCounts
from xtl.statistics.examples.formulas import weighted_scores
from xtl.statistics.resampling import MIN_DRAWS, draw_times

_BLOCK = 2**21
"""Numbers of one block of draws: memory stays small."""


def scores_of(counts: ExampleCounts) -> dict[str, float]:
    """Each metric of the examples as they are.

    Example:
        >>> from xtl.statistics.examples import Formula, Kind
        >>> formulas = {"accuracy": Formula(Kind.SHARE, ("right",))}
        >>> scores_of(ExampleCounts.of(["a", "b", "c", "d"], {"right": [1, 0, 1, 1]}, formulas))
        {'accuracy': 75.0}
    """
    each_once = np.ones((1, counts.num_groups))
    return {
        metric: float(
            weighted_scores(formula.kind, counts.values(metric)[None], each_once, counts.groups)[0, 0]
        )
        for metric, formula in counts.formulas.items()
    }


def redrawn_scores(
    cells: Sequence[ExampleCounts], metric: str, *, draws: int = MIN_DRAWS, seed: int = 0
) -> FloatArray:
    """Score of each cell in each draw of groups with replacement, ``(draws, cells)``.

    One draw serves all cells, which are therefore paired by example. Draws depend on the seed and the number
    of groups alone: languages whose rows are translations of each other are paired too. Source: the cluster
    bootstrap, A. C. Davison and D. V. Hinkley, Bootstrap Methods (1997), section 3.8.

    Args:
        cells: Counts of the same examples by different models.
        metric: Name of the metric.
        draws: Number of draws, at least 1,000.
        seed: Seed of the draws.

    Raises:
        ValueError: if the examples or formulas differ, there are fewer than two groups or 1,000 draws, or a
            number is NaN.

    Example:
        >>> from xtl.statistics.examples import Formula, Kind
        >>> right = np.random.default_rng(0).integers(0, 2, 400)
        >>> formulas = {"accuracy": Formula(Kind.SHARE, ("right",))}
        >>> cell = ExampleCounts.of([str(i) for i in range(400)], {"right": right}, formulas)
        >>> round(float(redrawn_scores([cell], "accuracy").std()), 1)  # 100 sqrt(p (1 - p) / n)
        2.5
    """
    first = cells[0]
    formula = first.formulas[metric]
    if not all(cell.same_examples(first) and cell.formulas.get(metric) == formula for cell in cells):
        raise ValueError(f"{metric}: expected counts of the same examples by the same formula in all cells")
    if first.num_groups < 2 or draws < MIN_DRAWS:
        raise ValueError(
            f"{metric}: expected two groups of examples and {MIN_DRAWS} draws at least, got "
            f"{first.num_groups} and {draws}"
        )
    values = np.stack([cell.values(metric) for cell in cells])
    if not np.isfinite(values).all():
        raise ValueError(f"{metric}: expected finite numbers for each example, got NaN or infinity")
    rng = np.random.default_rng(seed)
    step = max(1, _BLOCK // len(first.uids))
    blocks = [
        weighted_scores(
            formula.kind, values, draw_times(rng, min(step, draws - start), first.num_groups), first.groups
        )
        for start in range(0, draws, step)
    ]
    return np.concatenate(blocks)
