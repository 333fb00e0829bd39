"""The answer of a sweep: a verdict on each intermediate language before each target, in words and numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box

from xtl.report.intervals.drawn_tables import with_draws
from xtl.report.intervals.redraws import NO_REDRAWS, Redraws
from xtl.report.transfer import is_source
from xtl.results import Result
from xtl.statistics import Finding, Rules, ScoreTable, Verdict, drawn_variance, judge, score_table
from xtl.statistics.verdicts import Reading
from xtl.terminal import PlainTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Finding on an intermediate task in one language before one target task.

    Attributes:
        intermediate: Name of the intermediate task.
        rows: Largest number of its rows.
        source: Language that the target's head was trained in.
        finding: Verdict, and what it rests on: in languages, of which those scored are a sample.
        in_these_languages: The same for the scored languages alone, over seeds and examples; ``None`` where
            runs have no counts per example.
    """

    intermediate: str
    rows: int
    source: str
    finding: Finding
    in_these_languages: Finding | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgements:
    """All that may be said of a sweep.

    Attributes:
        rules: Margins and levels.
        judgements: Findings, target by target.
        problems: Parts of the sweep that no verdict is possible on, and why.
        notes: Curves that have no verdict in these languages, and why.
    """

    rules: Rules
    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def judge_sweep(results: Sequence[Result], rules: Rules, redraws: Redraws = NO_REDRAWS) -> Judgements:
    """Judge each curve of a sweep.

    Curves are those of the first metric of each target over the languages that its head was not trained in.
    Cells of different settings (budget, recipe, backbone, tuning, shots, ...) make curves of their own; a
    baseline serves all curves of its target and settings.

    Args:
        results: Results of the recipe's own selection.
        rules: Margins and levels.
        redraws: The same scores on other draws of their examples, for verdicts in these languages, which are
            a family of their own.
    """
    first_metric = {result.task: result.metric for result in reversed(results)}
    lines = [line for line in results if line.metric == first_metric[line.task] and not is_source(line)]
    tables: list[ScoreTable] = []
    drawn_tables: list[ScoreTable] = []
    problems: list[str] = []
    notes: list[str] = []
    curve_of: dict[int, list[Result]] = {}
    table_of: dict[int, ScoreTable] = {}
    for name, curve in _curves(lines):
        try:
            table = score_table(curve)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            continue
        tables.append(table)
        curve_of[id(table)] = curve
        try:
            drawn_table = with_draws(table, curve, redraws)
        except ValueError as error:
            if redraws.scores:  # else no run has counts, which is told once
                notes.append(f"no verdict in these languages on {name}: {error}")
        else:
            table_of[id(drawn_table)] = table
            drawn_tables.append(drawn_table)
    in_these = {
        (id(table_of[id(finding.points.evidence.table)]), finding.lang): finding
        for finding in (judge(drawn_tables, rules, example_variance=drawn_variance) if drawn_tables else [])
    }
    judgements = []
    for finding in judge(tables, rules) if tables else []:
        table = finding.points.evidence.table
        curve = curve_of[id(table)]
        judgements.append(
            Judgement(
                intermediate=next(line.run.trained_intermediate.task for line in curve if _has_rows(line)),
                rows=max(table.sizes_of(finding.lang)),
                source=curve[0].run.target.lang,
                finding=finding,
                in_these_languages=in_these.get((id(table), finding.lang)),
            )
        )
    return Judgements(rules=rules, judgements=tuple(judgements), problems=tuple(problems), notes=tuple(notes))


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
    if points.plan is not None:
        parts.append(points.plan.reason)
    these = judgement.in_these_languages
    if these is not None and (ends := _ends(these)) != "-":
        parts.append(f"in these languages alone: {these.points.verdict} (95 % interval {ends})")
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
    has_these = any(_ends(judgement.in_these_languages) != "-" for judgement in judgements)
    for name in ("rows", "gain", "95 %", *(["these languages"] if has_these else []), "seeds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for judgement in judgements:
        finding, gain = judgement.finding, judgement.finding.points.evidence.gain
        these = judgement.in_these_languages
        table.add_row(
            finding.task,
            *([] if title else [judgement.intermediate]),
            finding.lang,
            f"{judgement.rows:,}",
            "-" if gain is None else f"{gain.estimate.value:+.2f}",
            _ends(finding),
            *([_ends(these)] if has_these else []),
            "-" if gain is None else str(gain.estimate.num_seeds),
            str(finding.points.verdict),
        )
    return table


def _ends(finding: Finding | None) -> str:
    """Ends of the gain's interval."""
    gain = None if finding is None else finding.points.evidence.gain
    interval = None if gain is None else gain.estimate.interval()
    return "-" if interval is None else f"{interval.low:+.2f} to {interval.high:+.2f}"


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
