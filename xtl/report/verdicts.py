"""The answer of a sweep: a verdict on each intermediate language before each target, in words and numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box

from xtl.report.transfer import is_source
from xtl.results import Result
from xtl.results.damage import Damage, damage
from xtl.statistics import Finding, Rules, ScoreTable, Verdict, judge, score_table
from xtl.statistics.verdicts import Reading
from xtl.terminal import PlainTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Finding on an intermediate task in one language before one target task.

    Attributes:
        intermediate: Name of the intermediate task.
        rows: Largest number of its rows.
        source: Language that the target's head was trained in.
        finding: Verdict, and what it rests on.
        at_chance: Sizes of which an intermediate phase stayed at chance, in any seed.
        without_chance: The finding without these phases; ``None`` if there are none, or too little is left.
    """

    intermediate: str
    rows: int
    source: str
    finding: Finding
    at_chance: tuple[int, ...] = ()
    without_chance: Finding | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgements:
    """All that may be said of a sweep.

    Attributes:
        rules: Margins and levels.
        judgements: Findings, target by target.
        problems: Parts of the sweep that no verdict is possible on, and why, damaged ones among them.
        damaged: Curves whose intermediate phases have harmed the encoder.
    """

    rules: Rules
    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...]
    damaged: tuple[Damage, ...] = ()


def judge_sweep(results: Sequence[Result], rules: Rules) -> Judgements:
    """Judge each curve of a sweep.

    Curves are those of the first metric of each target over the languages that its head was not trained in.
    Cells of different settings (budget, recipe, backbone, tuning, shots, ...) make curves of their own; a
    baseline serves all curves of its target and settings.

    Args:
        results: Results of the recipe's own selection.
        rules: Margins and levels.
    """
    first_metric = {result.task: result.metric for result in reversed(results)}
    lines = [line for line in results if line.metric == first_metric[line.task] and not is_source(line)]
    curves, damaged = _sound_curves(lines, rules.margin)
    found, problems = _findings(curves, rules)
    learned = [(name, [line for line in curve if not _at_chance(line)]) for name, curve in curves]
    has_chance = any(_at_chance(line) for _, curve in curves for line in curve)
    without = _findings(learned, rules)[0] if has_chance else {}
    judgements = []
    for (number, lang), finding in found.items():
        _, curve = curves[number]
        phases = [line.run for line in curve if _has_rows(line) and line.run.intermediate.lang == lang]
        at_chance = sorted({run.intermediate.rows for run in phases if run.intermediate.at_chance})
        judgements.append(
            Judgement(
                intermediate=phases[0].intermediate.task,
                rows=max(run.intermediate.rows for run in phases),
                source=curve[0].run.target.lang,
                finding=finding,
                at_chance=tuple(at_chance),
                without_chance=without.get((number, lang)) if at_chance else None,
            )
        )
    return Judgements(
        rules=rules,
        judgements=tuple(judgements),
        problems=(*map(str, damaged), *problems),
        damaged=damaged,
    )


def _sound_curves(
    lines: Sequence[Result], margin: float
) -> tuple[list[tuple[str, list[Result]]], tuple[Damage, ...]]:
    """Curves without the intermediate languages that have harmed the encoder at any size, and these."""
    curves = []
    damaged: list[Damage] = []
    for name, curve in _curves(lines):
        found = damage(curve, margin)
        damaged += found
        bad = {one.lang for one in found}
        kept = [line for line in curve if not (_has_rows(line) and line.run.intermediate.lang in bad)]
        if any(map(_has_rows, kept)):
            curves.append((name, kept))
    return curves, tuple(damaged)


def _findings(
    curves: Sequence[tuple[str, list[Result]]], rules: Rules
) -> tuple[dict[tuple[int, str], Finding], list[str]]:
    """Findings by the place of their curve and by intermediate language, and what could not be judged."""
    problems: list[str] = []
    tables: list[ScoreTable] = []
    place: dict[int, int] = {}
    for number, (name, curve) in enumerate(curves):
        try:
            tables.append(score_table(curve))
        except ValueError as error:
            problems.append(f"{name}: {error}")
        else:
            place[id(tables[-1])] = number
    findings = judge(tables, rules) if tables else []
    return {(place[id(one.points.evidence.table)], one.lang): one for one in findings}, problems


def sentence(judgement: Judgement) -> str:
    """Verdict in one sentence.

    Args:
        judgement: Finding on one intermediate language.
    """
    finding, points = judgement.finding, judgement.finding.points
    gain = points.evidence.gain
    within = f" within {gain.margin:g}" if gain is not None and _is_no_effect(points) else ""
    subject = f"{finding.task} after {judgement.intermediate} in {finding.lang}"
    parts = [f"{subject}: {points.verdict}{within} ({_gain_in_words(points, judgement.rows)})"]
    if points.against_english is Verdict.LEVELS_OFF_SOONER:
        parts.append(str(points.against_english))
    elif points.against_english is not None:
        parts.append("whether it levels off sooner than English is undecided")
    if finding.logits is not None and finding.logits.verdict is not points.verdict:
        parts.append(f"on logits of the score: {finding.logits.verdict}")
    if judgement.at_chance:
        parts.append(_without_chance_in_words(judgement))
    if points.plan is not None:
        parts.append(points.plan.reason)
    return "; ".join(parts)


def verdict_table(judgements: Sequence[Judgement]) -> PlainTable:
    """Lay verdicts out: a row for each intermediate language before each target.

    Args:
        judgements: Findings.
    """
    names = {judgement.intermediate for judgement in judgements}
    title = f"after {names.copy().pop()}" if len(names) == 1 else None
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title=title)
    for name in ("target", *([] if title else ["after"]), "lang"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "gain", "95 %", "seeds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for judgement in judgements:
        finding, gain = judgement.finding, judgement.finding.points.evidence.gain
        interval = None if gain is None else gain.estimate.interval()
        table.add_row(
            finding.task,
            *([] if title else [judgement.intermediate]),
            finding.lang,
            f"{judgement.rows:,}",
            "-" if gain is None else f"{gain.estimate.value:+.2f}",
            "-" if interval is None else f"{interval.low:+.2f} to {interval.high:+.2f}",
            "-" if gain is None else str(gain.estimate.num_seeds),
            str(finding.points.verdict),
        )
    return table


def _curves(lines: Iterable[Result]) -> Iterator[tuple[str, list[Result]]]:
    """Name and results of each curve; a baseline stands in all curves of its target."""
    trained: dict[tuple[tuple[object, ...], tuple[object, ...]], list[Result]] = {}
    baselines: dict[tuple[object, ...], list[Result]] = {}
    for line in lines:
        run, target = line.run, line.run.target
        of_target = (
            line.task, line.split, run.selection, run.shots, run.recipe, run.backbone, run.device,
            target.task, target.lang, target.rows, target.budget,
        )  # fmt: skip
        if _has_rows(line):
            phase = run.trained_intermediate
            of_curve = (phase.task, phase.budget, run.tuning)
            trained.setdefault((of_target, of_curve), []).append(line)
        else:
            baselines.setdefault(of_target, []).append(line)
    for (target_key, curve_key), curve in trained.items():
        name = f"{target_key[0]} after {' '.join(map(str, curve_key[:2]))}"
        yield name, [*baselines.get(target_key, []), *curve]


def _has_rows(line: Result) -> bool:
    return bool(line.run.trained_intermediate.rows)


def _at_chance(line: Result) -> bool:
    return bool(line.run.trained_intermediate.at_chance)


def _without_chance_in_words(judgement: Judgement) -> str:
    sizes = ", ".join(f"{size:,}" for size in judgement.at_chance)
    phases = f"without the intermediate phases that stayed at chance (at {sizes} rows)"
    if judgement.without_chance is None:
        return f"no verdict is possible {phases}"
    verdict = judgement.without_chance.points.verdict
    if verdict is judgement.finding.points.verdict:
        return f"the same {phases}"
    return f"{verdict} {phases}"


def _is_no_effect(reading: Reading) -> bool:
    return reading.verdict is Verdict.NO_EFFECT


def _gain_in_words(reading: Reading, rows: int) -> str:
    gain = reading.evidence.gain
    if gain is None:
        return next(iter(reading.evidence.problems), "no gain could be computed")
    interval = gain.estimate.interval()
    value = f"gain at {rows:,} rows {gain.estimate.value:+.2f} points"
    if interval is None:
        return f"{value}, no interval from one seed"
    ends = f"{interval.low:+.2f} to {interval.high:+.2f}"
    return f"{value}, {interval.level:.0%} interval {ends} {gain.estimate.scope}"
