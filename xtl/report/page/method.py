"""Methods and formulas, and where the numbers come from."""

from collections.abc import Mapping
from html import escape

from xtl.report.page.content import Content
from xtl.report.page.markup import details, paragraph, table, texts, words
from xtl.statistics import Rules

_MOST_COMMANDS = 20


def method_part(rules: Rules) -> str:
    """Methods, each one click away."""
    return "".join(
        details(title, *(paragraph(text, kind="text") for text in texts), *map(_formula, formulas))
        for title, texts, formulas in _methods(rules)
    )


def origin_part(content: Content) -> str:
    """Settings, commands and versions."""
    runs = [result.run for result in content.results]
    facts = {
        "encoder": {run.backbone for run in runs},
        "recipe": {run.recipe for run in runs},
        "tuning": {run.tuning for run in runs},
        "selection of weights": {run.selection for run in runs if run.is_selected},
        "device": {run.device for run in runs},
        "xtl": {f"{run.version} {run.commit[:12]}".strip() for run in runs},
    }
    rows = [[name, ", ".join(sorted(values))] for name, values in facts.items()]
    rows.append(["seeds", ", ".join(map(str, sorted({run.seed for run in runs})))])
    settings = table(
        [*words("setting"), *texts("values")], rows, caption="Settings of all runs, as their results say"
    )
    command = f"<p>This page: <code>{escape(content.command)}</code></p>" if content.command else ""
    return command + settings + _commands(content) + _versions(content)


def _commands(content: Content) -> str:
    commands = content.provenance.commands
    if not commands:
        return ""
    lines = "".join(
        f"<li><code>{escape(command)}</code> ({count:,} run{'s' if count > 1 else ''})</li>"
        for command, count in list(commands.items())[:_MOST_COMMANDS]
    )
    more = len(commands) - _MOST_COMMANDS
    rest = paragraph(f"and {more:,} more commands") if more > 0 else ""
    return f"<h3>Commands of the runs</h3><ul>{lines}</ul>{rest}"


def _versions(content: Content) -> str:
    facts = content.provenance.facts
    rows = [[name, _counted(values)] for name, values in facts.items()]
    body = (
        table([*words("what"), *texts("version or value")], rows, caption="Versions and machines")
        if rows
        else ""
    )
    unreadable = content.provenance.unreadable
    note = paragraph(f"{unreadable:,} run(s) have no record of their versions.") if unreadable else ""
    return details("Versions and machines", body) + note


def _counted(values: Mapping[str, int]) -> str:
    if len(values) == 1:
        return next(iter(values))
    return ", ".join(f"{value} ({count:,} runs)" for value, count in values.items())


def _methods(rules: Rules) -> list[tuple[str, list[str], list[str]]]:
    """Title, text and formulas of each method."""
    contrasts = [
        (
            "Seeds s, unseen languages l, sizes k and intermediate languages j; all cells of a contrast are "
            "of the same seed. x is log2 of the rows."
        ),
        (
            "Total gain: +1 at the largest size, -1 at the baseline. Curvature: q / sum of q squared, q "
            "being x squared made orthogonal to 1 and x; below 0, each doubling brings less. Late minus "
            "early: mean of the last two steps less that of the first two, each for a doubling. Against "
            "English: the weights of the language less those of English."
        ),
    ]
    crossed = (
        "MSs, MSl and MSe are the mean squares of seeds, languages and their interaction, S and L their "
        "numbers; degrees of freedom after Satterthwaite, as in R's lmerTest. One seed has none. With one "
        "language, the interval is over seeds and speaks of that language alone."
    )
    verdicts = [
        (
            f"Gains within {rules.margin:g} points are none: two one-sided tests. Level {rules.alpha:g} for "
            "each family of claims, after Holm over targets and intermediate languages. Seeds needed are "
            f"counted for a chance of success of {rules.power:.0%}."
        ),
        (
            "Falls: gain below 0. No effect: gain within the margin. Grows, diminishing: gain above 0 and "
            "curvature below 0. Grows, not diminishing: gain above 0 and curvature within its margin. Levels "
            "off sooner than English: curvature less that of English below 0, late minus early too."
        ),
    ]
    heat_map = (
        "p-values of all cells after Benjamini and Hochberg: of the cells that are marked, a share of "
        f"{rules.alpha:g} is false on average. Verdicts follow Holm, which is stricter."
    )
    english = (
        "After Hernandez et al. 2021 (arXiv 2102.01293). The English curve is made ascending (isotonic "
        "regression) and inverted at the score of the other language, between the measured sizes and never "
        "beyond them. Intervals: 2,000 draws of seeds."
    )
    fits = (
        "Least squares on the means over seeds, whose own levels are taken out; many starts, compared by "
        "AICc and never without a constant. About 15 % of real learning curves are not monotone or not "
        "convex (LCDB 1.1, arXiv 2505.15657). Asymptote, exponent and the rows for 90 % of the way are given "
        "only where their interval is finite and lies inside twice the measured range."
    )
    return [
        ("Contrasts: each question as weights on cells", contrasts, ["c[s, l] = Σ w[k, j] · y[k, j, s, l]"]),
        (
            "Intervals: seeds and languages as crossed random effects",
            [crossed],
            [
                "V = max(MSs + MSl - MSe, MSs, MSl)",
                "df = V² / (MSs²/(S-1) + MSl²/(L-1) + MSe²/((S-1)(L-1)))",
                "mean ± t(df) · √(V / (S·L))",
            ],
        ),
        ("Verdicts: levels, margin, many comparisons", verdicts, []),
        ("Heat map: many cells, few false ones", [heat_map], []),
        ("English-equivalent size", [english], ["log n_en = log k + alpha · log n"]),
        ("Fits of curves", [fits], ["AICc = N ln(rss / N) + 2p + 2p(p+1) / (N-p-1)"]),
    ]


def _formula(text: str) -> str:
    return f'<p class="formula"><code>{escape(text)}</code></p>'
