"""All analyses of a sweep, each done once for figures and page."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.report.analysis.costs import Cost, costs
from xtl.report.analysis.english import EnglishCurve, english_curves
from xtl.report.analysis.fits import CurveFit, curve_fits
from xtl.report.analysis.gains import GainCell, gain_cells
from xtl.report.analysis.gaps import Gap, grid_gaps
from xtl.report.analysis.panels import Panel
from xtl.report.analysis.selections import SelectionScores, selection_scores
from xtl.results import Result
from xtl.results.damage import Damage


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """What figures and page show beside the curves themselves.

    Attributes:
        gains: Gains of all curves over the baseline.
        english: Curves in English rows; empty without English.
        fits: Fits of all curves.
        costs: Cost of each setting.
        gaps: Cells of the grid that are missing.
        selections: Scores by selection of the weights; empty where there is one alone.
    """

    gains: tuple[GainCell, ...]
    english: tuple[EnglishCurve, ...]
    fits: tuple[CurveFit, ...]
    costs: tuple[Cost, ...]
    gaps: tuple[Gap, ...]
    selections: tuple[SelectionScores, ...]


def analyse(
    panels: Sequence[Panel], results: Sequence[Result], *, english: str, damaged: Sequence[Damage] = ()
) -> Analysis:
    """Do all analyses.

    Args:
        panels: Panels of the recipe's own selection.
        results: Results of every selection.
        english: Language that the others are compared with.
        damaged: Curves that have harmed the encoder.
    """
    return Analysis(
        gains=gain_cells(panels),
        english=english_curves(panels, english=english, damaged=damaged),
        fits=curve_fits(panels),
        costs=costs(panels),
        gaps=grid_gaps(panels),
        selections=selection_scores(results),
    )
