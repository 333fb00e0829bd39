"""Selections side by side, cost against gain, fits, and what is missing."""

from collections.abc import Sequence

from xtl.report.analysis.costs import Cost
from xtl.report.analysis.fits import CurveFit
from xtl.report.analysis.gaps import Gap
from xtl.report.analysis.selections import SelectionScores
from xtl.report.page.markup import NONE, Column, details, figure, numbers, paragraph, table, texts, words
from xtl.results import ORACLE
from xtl.statistics.fits import Quantity

_MOST_GAPS = 200

_TOO_FEW_POINTS = "too few points"
"""Stands in the place of a difference of AICc where one of the forms has none."""


def selections_part(rows: Sequence[SelectionScores]) -> str:
    """Scores by selection of the weights; empty where there is one alone."""
    if not rows:
        return ""
    selections = list(dict.fromkeys(name for row in rows for name in row.scores))
    note = (
        "Each run's weights as chosen by other rules, beside the recipe's own, which all other numbers here "
        "are of. Means over the unseen languages and seeds that all rules have."
    )
    if ORACLE in selections:
        note += f" {ORACLE} looks at validation data of the target languages and is not zero-shot."
    body = [
        [
            row.panel,
            row.setting,
            row.own,
            str(len(row.langs)),
            *(f"{row.scores[name]:.2f}" if name in row.scores else NONE for name in selections),
        ]
        for row in rows
    ]
    columns = [*words("target", "setting", "recipe's own"), *numbers("languages", *selections)]
    return paragraph(note) + table(columns, body, caption="Scores by selection of the weights")


def cost_part(costs: Sequence[Cost], svgs: Sequence[str]) -> str:
    """Cost against gain; empty without results."""
    caption = "Gain over the baseline by the tokens that training of both phases read, a point for each size."
    columns = [
        *words("target", "setting"),
        *numbers("rows", "cells", "examples", "tokens", "seconds"),
        Column(name="gain", is_number=True, title="points over the baseline"),
    ]
    rows = [
        [
            cost.panel,
            "none" if cost.curve is None else cost.curve.label,
            f"{cost.rows:,}",
            str(cost.cells),
            f"{cost.examples:,.0f}",
            f"{cost.tokens:,.0f}",
            f"{cost.seconds:,.0f}",
            NONE if cost.gain is None else f"{cost.gain:+.2f}",
        ]
        for cost in costs
    ]
    note = "Training of both phases, a mean over cells; a phase that cells share is counted in each of them."
    body = table(columns, rows, caption="Cost of each setting, and its gain in points")
    return figure(svgs, caption=caption, file="cost") + details("The numbers", paragraph(note), body)


def fits_part(fits: Sequence[CurveFit], svgs: Sequence[str]) -> str:
    """Forms of the curves, residuals and what the power law identifies; empty where nothing was fitted."""
    if not fits:
        return ""
    caption = (
        "Residuals, mean score less the fitted one: above, of the form with the lowest AICc, where points "
        "are enough to compare forms; below, of a constant. A pattern in them says that the form is wrong."
    )
    unfitted = "".join(
        paragraph(f"{fit.panel}, {fit.curve.label}: no fit ({fit.reason})") for fit in fits if fit.reason
    )
    rows = [row for fit in fits for row in _fit_rows(fit)]
    columns = [
        *words("target", "curve", "form"),
        *numbers("AICc less the best", "residual sd"),
        *texts("fit"),
    ]
    forms = (
        table(columns, rows, caption="Forms beside a constant; x: rows by the smallest size") if rows else ""
    )
    laws = [_law_row(fit) for fit in fits if fit.power_law is not None]
    law_columns = (*words("target", "curve"), *texts("asymptote", "exponent", "rows for 90 %"))
    law_caption = "What the power law a + b x^-c identifies, with 95 % intervals"
    identified = table(law_columns, laws, caption=law_caption) if laws else ""
    return figure(svgs, caption=caption, file="residuals") + forms + identified + unfitted


def gaps_part(gaps: Sequence[Gap]) -> str:
    """Cells that failed or are missing; a sentence where there are none."""
    if not gaps:
        return paragraph(
            "Every cell that was begun has results, and every seed that has any has every cell of the grid."
        )
    rows = [[gap.what, gap.state, gap.detail] for gap in gaps[:_MOST_GAPS]]
    body = table(
        (*words("cell", "state"), *texts("what is known")), rows, caption="Cells that failed or are missing"
    )
    more = len(gaps) - _MOST_GAPS
    return body + (paragraph(f"and {more:,} more") if more > 0 else "")


def _fit_rows(fit: CurveFit) -> list[list[str]]:
    if fit.comparison is None:
        return []
    best = fit.comparison.best
    return [
        [
            fit.panel,
            fit.curve.label,
            f"{candidate.form.name}{' (best)' if candidate is best else ''}{mark}",
            f"{candidate.aicc - best.aicc:.1f}" if best is not None else _TOO_FEW_POINTS,
            f"{candidate.sigma:.2f}",
            f"{candidate.form.formula}: "
            + ", ".join(f"{name} = {value:.4g}" for name, value in candidate.params.items()),
        ]
        for candidates, mark in ((fit.comparison.fits, ""), (fit.comparison.descriptions, " (description)"))
        for candidate in candidates
    ]


def _law_row(fit: CurveFit) -> list[str]:
    law = fit.power_law
    quantities = [] if law is None else [law.asymptote, law.exponent, law.n_90]
    return [fit.panel, fit.curve.label, *map(_quantity, quantities)]


def _quantity(quantity: Quantity) -> str:
    if quantity.value is None or quantity.low is None or quantity.high is None:
        return quantity.reason
    return f"{quantity.value:,.4g} [{quantity.low:,.4g}, {quantity.high:,.4g}]"
