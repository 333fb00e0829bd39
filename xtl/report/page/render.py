"""The whole page, from content, analysis and figures."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from xtl.report.analysis.panels import Panel
from xtl.report.analysis.sweep import Analysis
from xtl.report.page.content import Content
from xtl.report.page.curves import curves_part, english_part, heat_map_part
from xtl.report.page.languages import languages_part
from xtl.report.page.markup import section
from xtl.report.page.method import method_part, origin_part
from xtl.report.page.numbers import cost_part, fits_part, gaps_part, selections_part
from xtl.report.page.verdicts import QUESTION, gains_table, limits, verdict_list

_HEADING = re.compile(r'<h2 id="([\w-]+)">(.*?)</h2>')


def page(content: Content, analysis: Analysis, svgs: Mapping[str, Sequence[str]]) -> str:
    """Page of a sweep.

    Args:
        content: Results, verdicts, and what the run folders say.
        analysis: Analyses of them.
        svgs: SVG elements of each figure, by the name of its files.

    Returns:
        HTML, whole.
    """
    rules = content.judged.rules

    def figure(name: str) -> Sequence[str]:
        return svgs.get(name, ())

    body = "\n".join(
        [
            section("verdicts", "Verdicts", verdict_list(content), gains_table(content), limits(content)),
            section("curves", "Curves", curves_part(content.panels, figure("scaling"))),
            section("english", "In English rows", english_part(analysis.english, figure("english"))),
            section(
                "gains",
                "Intermediate languages and targets",
                heat_map_part(analysis.gains, figure("gains"), alpha=rules.alpha),
            ),
            section("languages", "Language by language", languages_part(content.panels, content.intervals)),
            section("selections", "Selections of weights", selections_part(analysis.selections)),
            section("cost", "Cost and gain", cost_part(analysis.costs, figure("cost"))),
            section("fits", "Fits and residuals", fits_part(analysis.fits, figure("residuals"))),
            section("gaps", "Failed or missing", gaps_part([*content.gaps, *analysis.gaps])),
            section("methods", "Methods", method_part(rules)),
            section("origin", "Where this comes from", origin_part(content)),
        ]
    )
    contents = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in _HEADING.findall(body))
    template = files("xtl.report.page").joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(f"xtl: {', '.join(dict.fromkeys(panel.task for panel in content.panels))}"),
        question=escape(QUESTION),
        lede=escape(_lede(content.panels)),
        contents=contents,
        body=body,
    )


def _lede(panels: Sequence[Panel]) -> str:
    """What was run, in one sentence."""
    curves = [curve for panel in panels for curve in panel.curves]
    tasks = ", ".join(dict.fromkeys(panel.task for panel in panels))
    intermediates = ", ".join(sorted({curve.intermediate for curve in curves})) or "no intermediate task"
    langs = ", ".join(sorted({curve.lang for curve in curves}))
    sizes = sorted({point.rows for curve in curves for point in curve.points})
    seeds = len({run.seed for curve in curves for point in curve.points for run in point.runs})
    encoders = ", ".join(sorted({str(panel.settings["encoder"]) for panel in panels}))
    text = f"{intermediates} in {langs or 'no language'} before {tasks}, with {encoders}"
    if sizes:
        span = f"{sizes[0]:,} to {sizes[-1]:,}" if len(sizes) > 1 else f"{sizes[0]:,}"
        text += f"; {len(sizes)} size{'s' if len(sizes) > 1 else ''}, {span} rows"
    return f"{text}; {seeds} seed{'' if seeds == 1 else 's'}."
