"""Question, verdicts in words, and what they do not say."""

from collections.abc import Iterator, Sequence
from html import escape

from xtl.report.analysis.panels import Panel
from xtl.report.page.content import Content
from xtl.report.page.markup import (
    NONE,
    Column,
    bullets,
    numbers,
    paragraph,
    table,
    with_interval,
    words,
)
from xtl.report.verdicts import Judgement, seeds_counted, sentence
from xtl.statistics import Verdict
from xtl.statistics.verdicts import Answer, Claim

QUESTION = (
    "Does more intermediate data bring diminishing returns for zero-shot transfer, compared with English?"
)

_KINDS = {
    Verdict.FALLS: ("falls", "↘"),
    Verdict.NO_EFFECT: ("level", "→"),
    Verdict.DIMINISHING: ("grows", "↗"),
    Verdict.NOT_DIMINISHING: ("grows", "↗"),
    Verdict.SHAPE_UNDECIDED: ("grows", "↗"),
}
"""Style of a verdict and an arrow, which is decoration."""


def verdict_list(content: Content) -> str:
    """Verdict on each curve, and why there is none on some."""
    items = [_item(judgement, _name(judgement, content.panels)) for judgement in content.judged.judgements]
    items += [
        f'<li class="none"><strong>no verdict</strong><br>{escape(problem)}</li>'
        for problem in content.judged.problems
    ]
    if not items:
        items = ['<li class="none"><strong>no verdict</strong><br>no curve could be judged</li>']
    notes = "".join(paragraph(note) for note in (*content.judged.notes, *content.notes))
    return f'<ul class="verdicts">{"".join(items)}</ul>{notes}'


def limits(content: Content) -> str:
    """What the verdicts do not say, by what the sweep holds."""
    return f"<h3>What this does not say</h3>{bullets(_limits(content))}"


def gains_table(content: Content) -> str:
    """Gains and curvatures with intervals and p-values; empty without verdicts."""
    judgements = content.judged.judgements
    if not judgements:
        return ""
    # A column that says the same everywhere only takes room.
    varying = {
        "after": [judgement.intermediate for judgement in judgements],
        "budget": [judgement.finding.budget for judgement in judgements],
    }
    varying = {name: values for name, values in varying.items() if len(set(values)) > 1}
    columns = [
        *words("target", *varying, "lang"),
        *numbers("rows", "gain", "p of gain"),
        Column(
            name="curvature",
            is_number=True,
            title="coefficient of x squared, x = log2 of the rows; below 0: diminishing",
        ),
        *numbers("p of curvature", "seeds"),
        *words("verdict", "on logits"),
    ]
    caption = "Total gain and curvature in points, with 95 % intervals and p-values against 0 after Holm"
    budget = judgements[0].finding.budget
    if budget and "budget" not in varying:
        caption += f"; budget: {budget}"
    rows = [_row(judgement) for judgement in judgements]
    for number, row in enumerate(rows):
        row[1:1] = [values[number] for values in varying.values()]
    return table(columns, rows, caption=caption)


def _name(judgement: Judgement, panels: Sequence[Panel]) -> str:
    """Target and curve, with the settings that tell them from others of the sweep."""
    finding = judgement.finding
    key = (judgement.intermediate, finding.budget, judgement.tuning, finding.lang)
    names = [
        f"{panel.title}, {curve.label}"
        for panel in panels
        if (panel.task, panel.settings) == (finding.task, judgement.settings)
        for curve in panel.curves
        if (curve.intermediate, curve.budget, curve.tuning, curve.lang) == key
    ]
    return names[0] if names else f"{finding.task}, {finding.lang}"


def _item(judgement: Judgement, name: str) -> str:
    verdict = judgement.finding.points.verdict
    kind, arrow = _KINDS.get(verdict, ("none", "?"))
    return (
        f'<li class="{kind}"><strong><span aria-hidden="true">{arrow}</span> '
        f"{escape(f'{name}: {verdict}')}</strong><br>"
        f"{escape(sentence(judgement))}</li>"
    )


def _row(judgement: Judgement) -> list[str]:
    finding, points = judgement.finding, judgement.finding.points
    evidence = points.evidence
    return [
        finding.task,
        finding.lang,
        f"{judgement.rows:,}",
        _estimate(evidence.gain, digits=2),
        _p(points.adjusted.get(Claim.CHANGE)),
        _estimate(evidence.bend, digits=3),
        _p(points.adjusted.get(Claim.BEND)),
        seeds_counted(evidence.gain),
        str(points.verdict),
        NONE if finding.logits is None else str(finding.logits.verdict),
    ]


def _estimate(answer: Answer | None, *, digits: int) -> str:
    if answer is None:
        return NONE
    return with_interval(answer.estimate.value, answer.estimate.interval(), digits=digits)


def _p(value: float | None) -> str:
    if value is None:
        return NONE
    return "<0.0001" if value < 1e-4 else f"{value:.3g}"


def _limits(content: Content) -> Iterator[str]:
    runs = [result.run for result in content.results]
    encoders, recipes = sorted({run.backbone for run in runs}), sorted({run.recipe for run in runs})
    yield (
        f"It is about the encoder {', '.join(encoders)} with the recipe {', '.join(recipes)}: another one "
        "may answer otherwise."
    )
    yield from _of_design(content)
    yield "“Undecided” is not “no effect”: it says that these seeds and languages cannot tell."
    bends = "Scores bend by themselves near 100, so that a curve may level off without the data doing so"
    if all(judgement.finding.logits is not None for judgement in content.judged.judgements):
        yield f"{bends}: a reading on logits stands beside each verdict."
    else:
        yield f"{bends}: a reading on logits stands beside each verdict on scores that are never negative."


def _of_design(content: Content) -> Iterator[str]:
    curves = [curve for panel in content.panels for curve in panel.curves]
    if any(curve.budget.startswith("epochs") for curve in curves):
        yield (
            "Training is counted in epochs, so rows and updates grow together: of rows alone only a sweep "
            "with a budget of steps can speak."
        )
    if curves and not content.has_english:
        yield (
            f"No intermediate data is in {content.judged.rules.english}, so nothing is compared with English."
        )
    if any(panel.baseline is None for panel in content.panels if panel.curves):
        yield "A target without a baseline (no intermediate data) has no gain, so nothing is said of growth."
    if any(len(panel.langs) == 1 for panel in content.panels):
        yield "A target with one unseen language speaks of that language, on its test examples, alone."
    seeds = {result.run.seed for result in content.results}
    if len(seeds) == 1:
        yield "One seed tells nothing of how another one would have ended: no interval, and no verdict."
