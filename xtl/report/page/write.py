"""The page and its figures on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from xtl.atomic import write_text
from xtl.report.analysis.panels import Panel
from xtl.report.analysis.sweep import Analysis, analyse
from xtl.report.figures.cost import cost_figure
from xtl.report.figures.english import english_figure
from xtl.report.figures.heat_map import heat_map_figure
from xtl.report.figures.residuals import residual_figure
from xtl.report.figures.scaling import scaling_figure
from xtl.report.figures.style import Styles, inline_svg, save, svg_text
from xtl.report.page.content import Content
from xtl.report.page.render import page

PAGE = "index.html"
"""File of the page in the folder of a report."""

_FORMATS = (".svg", ".pdf", ".png")


def write_report(content: Content, folder: Path) -> Path:
    """Write the page, and each figure of it as SVG, PDF and PNG.

    Args:
        content: What the page shows.
        folder: Folder of the report.

    Returns:
        Path of the page.
    """
    analysis = analyse(
        content.panels,
        content.results,
        english=content.judged.rules.english,
        damaged=content.judged.damaged,
    )
    svgs = {}
    for name, title, draw in _figures(content, analysis):
        whole_figure = draw(content.panels)
        if whole_figure is None:
            _remove(folder, name)
            continue
        whole_svg = svg_text(whole_figure)  # drawn once for its file and for the page
        write_text(folder / f"{name}.svg", whole_svg)
        for ending in _FORMATS[1:]:
            save(whole_figure, folder / f"{name}{ending}")
        drawn = _each(draw, content.panels) or [(", ".join(_titles(content.panels)), whole_svg)]
        svgs[name] = [
            inline_svg(
                figure,
                name=f"{name}-{number}",
                title=f"{title}: {subject}",
                description="The numbers stand in the table below this figure.",
            )
            for number, (subject, figure) in enumerate(drawn, start=1)
        ]
    write_text(folder / PAGE, page(content, analysis, svgs))
    return folder / PAGE


_Draw = Callable[[Sequence[Panel]], Figure | None]


def _figures(content: Content, analysis: Analysis) -> list[tuple[str, str, _Draw]]:
    """Name, title and drawing of each figure; drawings take the panels to show and give none without data."""
    styles, alpha = Styles(content.panels), content.judged.rules.alpha

    def scaling(panels: Sequence[Panel]) -> Figure | None:
        return scaling_figure(panels, styles) if panels else None

    def english(panels: Sequence[Panel]) -> Figure | None:
        curves = [curve for curve in analysis.english if curve.panel in _titles(panels) and curve.equivalents]
        return english_figure(curves, styles) if curves else None

    def gains(panels: Sequence[Panel]) -> Figure | None:
        # One figure whatever the panels: its cells are compared with each other.
        is_whole = len(panels) == len(content.panels)
        return heat_map_figure(analysis.gains, alpha=alpha) if analysis.gains and is_whole else None

    def cost(panels: Sequence[Panel]) -> Figure | None:
        costs = [item for item in analysis.costs if item.panel in _titles(panels) and item.gain is not None]
        return cost_figure(costs, styles) if costs else None

    def residuals(panels: Sequence[Panel]) -> Figure | None:
        fits = [fit for fit in analysis.fits if fit.panel in _titles(panels) and fit.comparison is not None]
        return residual_figure(fits, styles) if fits else None

    return [
        ("scaling", "Score by rows of intermediate data", scaling),
        ("english", "English rows with the same score", english),
        ("gains", "Gain over the baseline by intermediate language and target", gains),
        ("cost", "Gain over the baseline by tokens read", cost),
        ("residuals", "Residuals of the fits", residuals),
    ]


def _each(draw: _Draw, panels: Sequence[Panel]) -> Sequence[tuple[str, Figure | str]]:
    """Figure of each panel alone, so that a narrow screen stacks them; none where the whole will do."""
    if len(panels) < 2:
        return []
    drawn = [(panel.title, draw([panel])) for panel in panels]
    return [(title, figure) for title, figure in drawn if figure is not None]


def _titles(panels: Sequence[Panel]) -> list[str]:
    return [panel.title for panel in panels]


def _remove(folder: Path, name: str) -> None:
    """Take away the files of a figure that an earlier report had and this one has not."""
    for ending in _FORMATS:
        (folder / f"{name}{ending}").unlink(missing_ok=True)
