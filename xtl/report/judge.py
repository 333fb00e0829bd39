"""Judging a sweep: its results in curves, each with a verdict, and what none is possible on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from xtl.report.analysis.panels import panel_settings
from xtl.report.intervals.drawn_tables import with_draws
from xtl.report.intervals.redraws import NO_REDRAWS, Redraws
from xtl.report.verdicts import Judgement, Judgements, not_compared
from xtl.results import Result, first_metrics
from xtl.results.damage import Damage, damage, possible_damage
from xtl.statistics import Finding, Rules, ScoreTable, drawn_variance, judge, score_table
from xtl.statistics.verdicts import ExampleVariance


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
    first_metric = first_metrics(results)
    lines = [line for line in results if line.metric == first_metric[line.task]]
    # The source language alone, as a sweep over learning rates scores it, shows damage too.
    sound, damaged, doubts = _sound_curves(lines, rules.margin)
    curves, of_source = _unseen_curves(sound)
    tables, problems = _tables(curves)
    findings = _findings(tables, rules)
    drawn, notes = _drawn(tables, curves, redraws)
    in_these = _findings(drawn, rules, example_variance=drawn_variance)
    learned = [(name, [line for line in curve if not _at_chance(line)]) for name, curve in curves]
    has_chance = any(_at_chance(line) for _, curve in curves for line in curve)
    without = _findings(_tables(learned)[0], rules) if has_chance else {}
    judgements = []
    for (number, lang), finding in findings.items():
        _, curve = curves[number]
        phases = [line.run for line in curve if _has_rows(line) and line.run.intermediate.lang == lang]
        gain = finding.points.evidence.gain
        is_compared = finding.points.against_english is not None
        at_chance = _sizes_at_chance(curve, lang)
        english_at_chance = _sizes_at_chance(curve, rules.english) if is_compared else ()
        judgements.append(
            Judgement(
                intermediate=phases[0].intermediate.task,
                rows=gain.contrast.sizes[-1] if gain else max(run.intermediate.rows for run in phases),
                source=curve[0].run.target.lang,
                settings=panel_settings(curve[0]),
                tuning=phases[0].tuning,
                finding=finding,
                at_chance=at_chance,
                english_at_chance=english_at_chance,
                without_chance=without.get((number, lang)) if at_chance or english_at_chance else None,
                in_these_languages=in_these.get((number, lang)),
            )
        )
    return Judgements(
        rules=rules,
        judgements=tuple(judgements),
        problems=(*map(str, damaged), *of_source, *problems),
        damaged=damaged,
        notes=(*doubts, *notes, *_without_english(damaged, rules.english), *_not_compared(judgements)),
    )


def _without_english(damaged: Sequence[Damage], english: str) -> Iterator[str]:
    for item in damaged:
        if item.lang == english:
            yield (
                f"{item.target} after {item.intermediate}: {english} itself has harmed the encoder, so no "
                "language is compared with it"
            )


def _not_compared(judgements: Iterable[Judgement]) -> Iterator[str]:
    """Languages that are not compared with English though it is beside them, and why."""
    langs: dict[tuple[str, str], list[str]] = {}
    for judgement in judgements:
        finding = judgement.finding
        if finding.points.evidence.not_compared:
            curve = f"{finding.task} after {judgement.intermediate} {finding.budget}".rstrip()
            langs.setdefault((curve, not_compared(finding.points.evidence)), []).append(finding.lang)
    for (curve, reason), of_curve in langs.items():
        yield f"{curve}: {', '.join(of_curve)} {reason}"


def _sound_curves(
    lines: Sequence[Result], margin: float
) -> tuple[list[tuple[str, list[Result]]], tuple[Damage, ...], tuple[str, ...]]:
    """Curves without the intermediate languages that have harmed the encoder, these, and notes on doubts."""
    curves = []
    damaged: list[Damage] = []
    doubts: list[str] = []
    for name, curve in _curves(lines):
        damages = damage(curve, margin)
        damaged += damages
        doubts += map(str, possible_damage(curve, margin))
        bad_langs = {item.lang for item in damages}
        sound = [line for line in curve if not (_has_rows(line) and line.run.intermediate.lang in bad_langs)]
        if any(map(_has_rows, sound)):
            curves.append((name, sound))
    return curves, tuple(damaged), tuple(doubts)


def _unseen_curves(
    curves: Sequence[tuple[str, list[Result]]],
) -> tuple[list[tuple[str, list[Result]]], list[str]]:
    """Curves over the languages that the head was not trained in, and what is said of those without any."""
    unseen = [(name, [line for line in curve if not line.is_source]) for name, curve in curves]
    of_source = [name for name, lines in unseen if not any(map(_has_rows, lines))]
    problems = (
        [f"{', '.join(of_source)}: scored in no language but those that the head was trained in"]
        if of_source
        else []
    )
    return [(name, lines) for name, lines in unseen if name not in of_source], problems


def _tables(curves: Sequence[tuple[str, list[Result]]]) -> tuple[dict[int, ScoreTable], list[str]]:
    """Tables of the curves that have one, by place, and why the others have none."""
    tables: dict[int, ScoreTable] = {}
    problems: list[str] = []
    for number, (name, curve) in enumerate(curves):
        try:
            tables[number] = score_table(curve)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return tables, problems


def _drawn(
    tables: Mapping[int, ScoreTable], curves: Sequence[tuple[str, list[Result]]], redraws: Redraws
) -> tuple[dict[int, ScoreTable], list[str]]:
    """Tables with their scores on other draws of the examples, by place, and why the others have none."""
    drawn: dict[int, ScoreTable] = {}
    notes: list[str] = []
    for number, table in tables.items():
        name, curve = curves[number]
        try:
            drawn[number] = with_draws(table, curve, redraws)
        except ValueError as error:
            if redraws.scores:  # else no run has counts, which is told once
                notes.append(f"no verdict in these languages on {name}: {error}")
    return drawn, notes


def _findings(
    tables: Mapping[int, ScoreTable],
    rules: Rules,
    *,
    example_variance: ExampleVariance | None = None,
) -> dict[tuple[int, str], Finding]:
    """Findings by the place of their curve and by intermediate language."""
    number_of = {id(table): number for number, table in tables.items()}
    findings = judge([*tables.values()], rules, example_variance=example_variance) if tables else []
    return {(number_of[id(finding.points.evidence.table)], finding.lang): finding for finding in findings}


def _curves(lines: Iterable[Result]) -> Iterator[tuple[str, list[Result]]]:
    """Name and results of each curve; a baseline stands in all curves of its target."""
    trained: dict[tuple[tuple[object, ...], tuple[object, ...]], list[Result]] = {}
    baselines: dict[tuple[object, ...], list[Result]] = {}
    for line in lines:
        of_target = (line.task, *panel_settings(line).values())
        if _has_rows(line):
            phase = line.run.trained_intermediate
            of_curve = (phase.task, phase.budget, line.run.tuning)
            trained.setdefault((of_target, of_curve), []).append(line)
        else:
            baselines.setdefault(of_target, []).append(line)
    for (target_key, curve_key), curve in trained.items():
        name = f"{target_key[0]} after {' '.join(map(str, curve_key[:2]))}"
        yield name, [*baselines.get(target_key, []), *curve]


def _has_rows(line: Result) -> bool:
    return bool(line.run.trained_intermediate.rows)


def _sizes_at_chance(curve: Iterable[Result], lang: str) -> tuple[int, ...]:
    """Sizes of an intermediate language of which a phase stayed at chance, in any seed."""
    phases = (line.run.intermediate for line in curve if _at_chance(line))
    return tuple(sorted({phase.rows for phase in phases if phase.lang == lang}))


def _at_chance(line: Result) -> bool:
    return bool(line.run.trained_intermediate.at_chance)
