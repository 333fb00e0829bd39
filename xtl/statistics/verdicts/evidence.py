"""Evidence for verdicts: the contrasts of one intermediate language, their estimates and their p-values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import as_sizes, check_margin, check_share
from xtl.statistics.components import Components, components
from xtl.statistics.contrasts import Contrast, Question, contrast
from xtl.statistics.equivalence import tost
from xtl.statistics.intervals import Estimate, crossed, fixed
from xtl.statistics.table import LOGITS, ScoreTable

ExampleVariance = Callable[[ScoreTable, Contrast], ArrayLike]
"""Variances v[l] of a contrast under resampling of examples, on the scale of the table that is passed."""


_FEWEST_SIZES = 3
"""Sizes above 0 that a curvature needs."""


class Claim(StrEnum):
    """What a p-value speaks for; Holm takes those of each claim together, over tasks and languages."""

    CHANGE = "total gain is not 0"
    NO_EFFECT = "total gain lies within the margin"
    BEND = "curvature is not 0"
    STRAIGHT = "curvature lies within its margin"
    BEND_UNLIKE_ENGLISH = "curvature is not that of English"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What is decided before the sweep runs.

    Attributes:
        margin: Total gain, in points, that is as good as none.
        curvature_margin: Curvature that is as good as none; without it, that of a curve which leaves the
            straight line between its ends by ``margin`` in the middle.
        alpha: Level of each family of claims.
        power: Chance of success that the seeds needed are counted for.
        english: Intermediate language that the others are compared with.

    Raises:
        ValueError: if a margin is not above 0, or alpha or power no share.
    """

    margin: float = 0.5
    curvature_margin: float | None = None
    alpha: float = 0.05
    power: float = 0.8
    english: str = "en"

    def __post_init__(self) -> None:
        check_margin(self.margin)
        if self.curvature_margin is not None:
            check_margin(self.curvature_margin, name="curvature_margin")
        check_share(self.alpha, name="alpha")
        check_share(self.power, name="power")


DEFAULT_RULES = Rules()
"""Rules of a study that has chosen none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A contrast with what is known of it.

    Attributes:
        contrast: Question, and its answer for each seed and target language.
        estimate: Mean, standard error and degrees of freedom.
        margin: Margin of equivalence, in the unit of the contrast.
        components: Variance components, for plans; ``None`` for one seed.
    """

    contrast: Contrast
    estimate: Estimate
    margin: float
    components: Components | None

    @property
    def p_equivalence(self) -> float | None:
        """p-value for the claim that the true value lies within the margin; ``None`` for one seed."""
        return None if self.estimate.se is None else tost(self.estimate, self.margin).p


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that the verdict on one intermediate language rests on, on one scale.

    Attributes:
        table: Scores of the target task, in points or logits.
        lang: Intermediate language.
        gain: Total gain; ``None`` where it could not be computed, and so for the others.
        bend: Curvature.
        bend_unlike_english: Curvature less that of English.
        late_unlike_english: Late minus early, less that of English.
        problems: Why something could not be computed.
        left_out: Sizes that do not count, since fewer than three seeds are complete there and three are at
            another one, and the number of these seeds.
        not_compared: Why there is no comparison with English though it is in the table; empty otherwise.
    """

    table: ScoreTable
    lang: str
    gain: Answer | None
    bend: Answer | None
    bend_unlike_english: Answer | None
    late_unlike_english: Answer | None
    problems: tuple[str, ...]
    left_out: Mapping[int, int]
    not_compared: str

    def p_values(self) -> dict[Claim, float]:
        """p-values of those claims that can be tested."""
        tests = {
            Claim.CHANGE: self.gain and self.gain.estimate.p_value(),
            Claim.NO_EFFECT: self.gain and self.gain.p_equivalence,
            Claim.BEND: self.bend and self.bend.estimate.p_value(),
            Claim.STRAIGHT: self.bend and self.bend.p_equivalence,
            Claim.BEND_UNLIKE_ENGLISH: self.bend_unlike_english
            and self.bend_unlike_english.estimate.p_value(),
        }
        return {claim: p for claim, p in tests.items() if isinstance(p, float)}


def gather(
    table: ScoreTable, lang: str, rules: Rules, *, example_variance: ExampleVariance | None = None
) -> Evidence:
    """Compute the contrasts that the verdict on one intermediate language needs.

    Intervals are those in languages (:func:`crossed`), unless the variance of examples is passed or the table
    has one target language: then those in these languages (:func:`fixed`). Sizes of fewer than three complete
    seeds do not count where most have three.

    Args:
        table: Scores by intermediate language, size, seed and target language.
        lang: Intermediate language.
        rules: Margin, levels and the language to compare with.
        example_variance: Function of a contrast that gives the variance which examples alone bring; ``None``:
            not known.

    Raises:
        ValueError: if the language is not in the table.
    """
    problems: list[str] = []
    counted = table.without_sparse_sizes()
    sizes = [size for size in counted.sizes_of(lang) if size > 0]
    margin = _margin_on_scale(table, rules.margin)
    english = rules.english if rules.english in table.intermediates and lang != rules.english else None

    def bend_margin(of_sizes: Sequence[int]) -> float:
        if rules.curvature_margin is not None:
            return _margin_on_scale(table, rules.curvature_margin)
        return curvature_margin(margin, of_sizes) if len(of_sizes) > 1 else margin

    def answer(question: Question, equivalence_margin: float, *, versus: str | None = None) -> Answer | None:
        try:
            values = contrast(counted, question, lang, versus=versus)
        except ValueError as error:
            problems.append(f"{question}: {error}")
            return None
        v = None if example_variance is None else example_variance(counted, values)
        is_fixed = v is not None or len(table.langs) == 1
        return Answer(
            contrast=values,
            estimate=fixed(values.values, v) if is_fixed else crossed(values.values),
            margin=equivalence_margin,
            components=components(values.values, example_variance=v) if len(values.values) > 1 else None,
        )

    gain, bend = answer(Question.TOTAL_GAIN, margin), answer(Question.CURVATURE, bend_margin(sizes))
    # Against English the curvature is over the sizes that both have.
    shared = sizes if english is None else [size for size in sizes if size in counted.sizes_of(english)]
    bend_unlike_english = late_unlike_english = None
    if english:
        bend_unlike_english = answer(Question.CURVATURE, bend_margin(shared), versus=english)
        late_unlike_english = answer(Question.LATE_MINUS_EARLY, margin, versus=english)
    is_short = len(shared) < _FEWEST_SIZES
    why_not = "fewer than three sizes in common" if is_short else "no seed has all cells of both"
    return Evidence(
        table=table,
        lang=lang,
        gain=gain,
        bend=bend,
        bend_unlike_english=bend_unlike_english,
        late_unlike_english=late_unlike_english,
        problems=tuple(problems),
        left_out=table.sparse_sizes(lang),
        not_compared=why_not if english and bend_unlike_english is None else "",
    )


def curvature_margin(margin: float, sizes: ArrayLike) -> float:
    """Curvature of a parabola in log2 that leaves the line between its ends by a margin in the middle.

    m_c = 4 m / R^2, with R the number of doublings from the smallest size above 0 to the largest.

    Args:
        margin: Distance from the line in the middle, in points, above 0.
        sizes: Numbers of training rows; 0 plays no part.

    Raises:
        ValueError: if the margin is not above 0 or fewer than two sizes are above 0.

    Example:
        >>> curvature_margin(0.5, [0, 1000, 2000, 4000, 8000, 16000, 32000])
        0.08
    """
    check_margin(margin)
    rows = as_sizes(sizes, at_least=2)
    rows = rows[rows > 0]
    return float(4 * margin / np.log2(rows[-1] / rows[0]) ** 2)


def _margin_on_scale(table: ScoreTable, margin: float) -> float:
    """Margin in points, or what it is in logits at the mean of the table's scores: m / (100 p (1 - p))."""
    if table.scale != LOGITS:
        return margin
    share = 1 / (1 + np.exp(-np.nanmean(table.scores)))
    return float(margin / (100 * share * (1 - share)))
