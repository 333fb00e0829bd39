"""Statistics of a sweep: questions as contrasts, their intervals, and the verdicts that these allow.

The way of the numbers::

    results                            xtl.results, one line a number
       |  table                        score_table
    scores: seeds x languages x sizes x intermediate languages
       |  contrasts                    a question is a row of weights
    c[seed, language]
       |  intervals, equivalence       crossed, fixed (with resampling), tost
    estimate, interval, p
       |  verdicts                     with Holm (multiplicity) and the seeds that are missing (power)
    grows, diminishing

Beside them stand curves (how much English data would have done the same) and fits (which form a curve has).
"""

from xtl.statistics.components import Components, components, planned_error
from xtl.statistics.contrasts import (
    Contrast,
    Question,
    contrast,
    curvature,
    gain_per_doubling,
    late_minus_early,
    total_gain,
    weighted,
)
from xtl.statistics.equivalence import Equivalence, tost
from xtl.statistics.intervals import Estimate, Interval, Scope, crossed, fixed
from xtl.statistics.multiplicity import Rank, benjamini_hochberg, holm, ranked
from xtl.statistics.power import (
    SeedsNeeded,
    langs_needed,
    minimum_detectable_effect,
    planned_power,
    seeds_needed,
)
from xtl.statistics.resampling import drawn_variance, resampled_variance
from xtl.statistics.table import ScoreTable, score_table
from xtl.statistics.verdicts import Claim, Finding, Plan, Reading, Rules, Verdict, curvature_margin, judge

__all__ = [
    "Claim",
    "Components",
    "Contrast",
    "Equivalence",
    "Estimate",
    "Finding",
    "Interval",
    "Plan",
    "Question",
    "Rank",
    "Reading",
    "Rules",
    "Scope",
    "ScoreTable",
    "SeedsNeeded",
    "Verdict",
    "benjamini_hochberg",
    "components",
    "contrast",
    "crossed",
    "curvature",
    "curvature_margin",
    "drawn_variance",
    "fixed",
    "gain_per_doubling",
    "holm",
    "judge",
    "langs_needed",
    "late_minus_early",
    "minimum_detectable_effect",
    "planned_error",
    "planned_power",
    "ranked",
    "resampled_variance",
    "score_table",
    "seeds_needed",
    "tost",
    "total_gain",
    "weighted",
]
