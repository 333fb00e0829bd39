"""The report of a sweep as one page: verdicts in words first, then curves, numbers, cost and method.

The page asks nothing of the network: figures are SVG in it, styles and a few lines of script too. The same
results give the same page, byte for byte.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from xtl.report.language_means import language_means
from xtl.report.transfer import as_cell
from xtl.report.verdicts import Judgement, Judgements, sentence
from xtl.results import Result
from xtl.statistics.verdicts import Answer

_QUESTION = (
    "Does more intermediate data bring diminishing returns for zero-shot transfer, compared with English?"
)

_CAPTION = (
    "<figcaption>Mean over the languages that the head was not trained in; bars: standard deviation over "
    "seeds; dashed: without intermediate data.</figcaption>"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Column of a table.

    Attributes:
        name: Heading.
        is_number: Whether its cells are numbers, which stand at the right and sort as such.
    """

    name: str
    is_number: bool = False


def page(
    results: Sequence[Result], judged: Judgements, *, figure: str, notes: Sequence[str], command: str
) -> str:
    """Page of a sweep.

    Args:
        results: Results of the recipe's own selection.
        judged: Verdicts.
        figure: Curves as SVG.
        notes: What a reader must know of the rules.
        command: Command that made the page.

    Returns:
        HTML, whole.
    """
    tasks = list(dict.fromkeys(result.task for result in results))
    parts = [
        f"<h1>{escape(_QUESTION)}</h1>",
        _verdicts(judged, notes),
        "<h2>Curves</h2>",
        f'<figure role="img" aria-label="Scores by rows of intermediate data">{figure}{_CAPTION}</figure>',
        "<h2>Gains and their intervals</h2>",
        _gains(judged.judgements),
        *(f"<h2>{escape(task)}, language by language</h2>{_languages(results, task)}" for task in tasks),
        "<h2>Cost</h2>",
        _cost(results),
        _method(judged),
        _origin(results, command),
    ]
    template = files("xtl.report").joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(title=escape(f"xtl: {', '.join(tasks)}"), body="\n".join(parts))


def _verdicts(judged: Judgements, notes: Sequence[str]) -> str:
    said = [(str(judgement.finding.points.verdict), sentence(judgement)) for judgement in judged.judgements]
    said += [("no verdict", problem) for problem in judged.problems]
    items = "".join(
        f"<li><strong>{escape(verdict)}</strong><br>{escape(text)}</li>" for verdict, text in said
    )
    told = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    return f'<ul class="verdicts">{items}</ul>{told}'


def _gains(judgements: Iterable[Judgement]) -> str:
    columns = [
        *(Column(name=name) for name in ("target", "after", "lang", "budget")),
        *(Column(name=name, is_number=True) for name in ("rows", "gain", "curvature", "p (Holm)", "seeds")),
        Column(name="verdict"),
        Column(name="on logits"),
    ]
    rows = []
    for judgement in judgements:
        finding, points = judgement.finding, judgement.finding.points
        evidence = points.evidence
        smallest = min(points.adjusted.values(), default=None)
        rows.append(
            [
                finding.task,
                judgement.intermediate,
                finding.lang,
                finding.budget,
                f"{judgement.rows:,}",
                _estimate(evidence.gain),
                _estimate(evidence.bend),
                "-" if smallest is None else f"{smallest:.3g}",
                "-" if evidence.gain is None else str(evidence.gain.estimate.num_seeds),
                str(points.verdict),
                str(finding.logits.verdict) if finding.logits else "-",
            ]
        )
    return _table(columns, rows)


def _estimate(answer: Answer | None) -> str:
    if answer is None:
        return "-"
    interval = answer.estimate.interval()
    value = f"{answer.estimate.value:+.2f}"
    return value if interval is None else f"{value} [{interval.low:+.2f}, {interval.high:+.2f}]"


def _languages(results: Sequence[Result], task: str) -> str:
    """Means over seeds: a row for each setting, a column for each language, and the gap to the source."""
    of_task = [result for result in results if result.task == task]
    metric = of_task[0].metric
    langs = list(dict.fromkeys(result.lang for result in of_task))
    columns = [*(Column(name=name) for name in ("intermediate", "lang"))]
    columns += [Column(name=name, is_number=True) for name in ("rows", *langs, "unseen", "gap")]
    rows = []
    for means in language_means([result for result in of_task if result.metric == metric]):
        gap = None if means.unseen is None or means.source is None else means.source - means.unseen
        scores = [*map(means.by_lang.get, langs), means.unseen, gap]
        setting = [means.intermediate or "none", means.lang or "-", f"{means.rows:,}"]
        rows.append([*setting, *map(as_cell, scores)])
    note = f'<p class="note">{escape(metric)}, means over seeds; gap: source less unseen.</p>'
    return note + _table(columns, rows)


def _cost(results: Sequence[Result]) -> str:
    """Tokens and seconds that training took, a mean over cells, for each setting."""
    runs: dict[tuple[str, str, str, int], dict[tuple[str, int], tuple[int, float]]] = {}
    for result in results:
        phase, run = result.run.trained_intermediate, result.run
        key = (result.task, phase.task, phase.lang, phase.rows)
        runs.setdefault(key, {})[run.cell, run.seed] = (run.tokens, run.seconds)
    columns = [*(Column(name=name) for name in ("target", "intermediate", "lang"))]
    columns += [Column(name=name, is_number=True) for name in ("rows", "cells", "tokens", "seconds")]
    rows = [
        [
            task, name or "none", lang or "-", f"{size:,}", str(len(costs)),
            f"{statistics.fmean(tokens for tokens, _ in costs.values()):,.0f}",
            f"{statistics.fmean(seconds for _, seconds in costs.values()):,.0f}",
        ]
        for (task, name, lang, size), costs in sorted(runs.items())
    ]  # fmt: skip
    note = "Training of both phases, a mean over cells; a phase that cells share is counted in each."
    return f'<p class="note">{note}</p>{_table(columns, rows)}'


def _method(judged: Judgements) -> str:
    rules = judged.rules
    lines = [
        (
            f"Gains within {rules.margin:g} points are none. Level {rules.alpha:g} for each family of "
            "claims, after Holm over targets and intermediate languages. Seeds needed are counted for a "
            f"chance of success of {rules.power:.0%}."
        ),
        (
            "Each question is a contrast c[seed, language] of cells, paired by seed. Its mean has an "
            "interval from crossed random effects of seeds and languages, with Satterthwaite's degrees of "
            "freedom; one seed has none."
        ),
        (
            "Gain: the largest size less the baseline. Curvature: the coefficient of x squared, x = log2 of "
            "the rows; below 0, each doubling brings less. No effect: two one-sided tests within the margin."
        ),
        "Scores bend by themselves near 100: the column on logits is the second reading.",
    ]
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f"<details><summary>Method</summary>{paragraphs}</details>"


def _origin(results: Sequence[Result], command: str) -> str:
    runs = [result.run for result in results]
    facts = {
        "encoder": {run.backbone for run in runs},
        "recipe": {run.recipe for run in runs},
        "tuning": {run.tuning for run in runs},
        "selection of weights": {run.selection for run in runs},
        "seeds": {str(run.seed) for run in runs},
        "device": {run.device for run in runs},
        "xtl": {f"{run.version} {run.commit[:12]}".strip() for run in runs},
    }
    items = "".join(
        f"<li>{escape(name)}: {escape(', '.join(sorted(values)))}</li>" for name, values in facts.items()
    )
    return f"<h2>Where this comes from</h2><ul>{items}</ul><p><code>{escape(command)}</code></p>"


def _table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(
        f'<th scope="col"{_number_class(column)}><button type="button">{escape(column.name)}</button></th>'
        for column in columns
    )
    body = "".join(f"<tr>{''.join(map(_cell, columns, row))}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(column: Column, text: str) -> str:
    # Sorted by the number in front: "1,000", or "+1.20 [0.90, 1.50]".
    value = f' data-value="{escape(text.split(" ")[0].replace(",", ""))}"' if column.is_number else ""
    return f"<td{_number_class(column)}{value}>{escape(text)}</td>"


def _number_class(column: Column) -> str:
    return ' class="number"' if column.is_number else ""
