"""Curves of a sweep, a panel for each target and its settings: cells of different settings never meet."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xtl.report.analysis.points import CurvePoint, curve_points
from xtl.results import Result, first_metrics
from xtl.statistics import ScoreTable, score_table

_Getter = Callable[[Result], object]

PANEL_SETTINGS: Mapping[str, _Getter] = {
    "split": lambda line: line.split,
    "selection": lambda line: line.run.selection,
    "shots": lambda line: line.run.shots,
    "recipe": lambda line: line.run.recipe,
    "encoder": lambda line: line.run.backbone,
    "device": lambda line: line.run.device,
    "head trained on": lambda line: f"{line.run.target.task} {line.run.target.lang}".strip(),
    "rows": lambda line: line.run.target.rows,
    "budget": lambda line: line.run.target.budget,
}
"""Settings in which all cells of a panel agree, the baseline too."""

Variant = tuple[str, str, str]
"""Intermediate task, its budget, and the tuned weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """Scores by size of one intermediate task in one language with one budget and tuning.

    Attributes:
        intermediate: Intermediate task.
        lang: Languages of it.
        budget: Length of its training.
        tuning: Tuned weights.
        label: Name among the curves of the sweep, as short as those of a panel can be told apart.
        variant: Number of its task, budget and tuning among those of the sweep.
        points: Points by size, ascending.
        table: Scores of all languages of this variant; ``None`` where the cells make no table.
    """

    intermediate: str
    lang: str
    budget: str
    tuning: str
    label: str
    variant: int
    points: tuple[CurvePoint, ...]
    table: ScoreTable | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """All curves before one target with one setting.

    Attributes:
        task: Target task.
        metric: Name of the score.
        title: Name among the panels of the sweep.
        settings: Value of each of :data:`PANEL_SETTINGS`.
        langs: Languages that the head was not trained in.
        baseline: Point without intermediate data; ``None`` where it is missing.
        curves: Curves, by name.
        results: Results behind it, those of source languages too.
    """

    task: str
    metric: str
    title: str
    settings: Mapping[str, object]
    langs: tuple[str, ...]
    baseline: CurvePoint | None
    curves: tuple[Curve, ...]
    results: tuple[Result, ...]


def panel_settings(result: Result) -> dict[str, object]:
    """Value of each of :data:`PANEL_SETTINGS`.

    Args:
        result: One score.
    """
    return {name: get(result) for name, get in PANEL_SETTINGS.items()}


def panels(results: Sequence[Result]) -> tuple[Panel, ...]:
    """Panels of a sweep: a target with each of its settings; only the first metric of each target counts.

    Args:
        results: Results of one selection a run.
    """
    first_metric = first_metrics(results)
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        if result.metric == first_metric[result.task]:
            key = (result.task, *panel_settings(result).values())
            groups.setdefault(key, []).append(result)
    titles = _titles(list(groups))
    trained = [line for lines in groups.values() for line in lines if line.run.trained_intermediate.rows]
    variants = sorted({_variant(line) for line in trained})
    return tuple(
        _panel(lines, title, variants, dict(zip(PANEL_SETTINGS, key[1:], strict=True)))
        for (key, lines), title in zip(groups.items(), titles, strict=True)
    )


def setting_label(curve: Curve | None, rows: int) -> str:
    """Name of one setting in its panel, such as ``de, 500 rows``; ``none`` for the baseline."""
    return "none" if curve is None else f"{curve.label}, {rows:,} rows"


def _titles(keys: Sequence[tuple[object, ...]]) -> list[str]:
    """Name of each target, with the settings that differ between the panels of one target."""
    titles = []
    for key in keys:
        siblings = [other for other in keys if other[0] == key[0]]
        differing = [
            f"{name} {value}"
            for position, (name, value) in enumerate(zip(PANEL_SETTINGS, key[1:], strict=True), start=1)
            if len({other[position] for other in siblings}) > 1
        ]
        titles.append(f"{key[0]} ({', '.join(differing)})" if differing else str(key[0]))
    return titles


def _variant(line: Result) -> Variant:
    phase = line.run.trained_intermediate
    return phase.task, phase.budget, line.run.tuning


def _panel(
    lines: Sequence[Result], title: str, variants: Sequence[Variant], settings: Mapping[str, object]
) -> Panel:
    unseen = [line for line in lines if not line.is_source and not math.isnan(line.value)]
    langs = tuple(dict.fromkeys(line.lang for line in unseen))
    untrained = [line for line in unseen if not line.run.trained_intermediate.rows]
    baseline = next(iter(curve_points(untrained, langs, None)), None)
    groups: dict[tuple[Variant, str], list[Result]] = {}
    for line in unseen:
        phase = line.run.trained_intermediate
        if phase.rows:
            groups.setdefault((_variant(line), phase.lang), []).append(line)
    table_of = {
        variant: _table(
            [*untrained, *(line for key, of_key in groups.items() if key[0] == variant for line in of_key)]
        )
        for variant in {key[0] for key in groups}
    }
    curves = [
        Curve(
            intermediate=variant[0],
            budget=variant[1],
            tuning=variant[2],
            lang=lang,
            label=" ".join([*_differing(variant, variants), lang]),
            variant=variants.index(variant),
            points=tuple(curve_points(groups[variant, lang], langs, table_of[variant], baseline)),
            table=table_of[variant],
        )
        for variant, lang in sorted(groups)
    ]
    return Panel(
        task=lines[0].task,
        metric=lines[0].metric,
        title=title,
        settings=settings,
        langs=langs,
        baseline=baseline,
        curves=tuple(curves),
        results=tuple(lines),
    )


def _differing(variant: Variant, variants: Sequence[Variant]) -> list[str]:
    """Parts in which a variant differs from the others, a task without the settings that stand beside it."""
    bare = {other: (other[0].partition(" [")[0], *other[1:]) for other in variants}
    if len({*bare.values()}) < len(bare):
        bare = {other: other for other in variants}
    return [
        part
        for position, part in enumerate(bare[variant])
        if len({other[position] for other in bare.values()}) > 1
    ]


def _table(lines: Sequence[Result]) -> ScoreTable | None:
    try:
        return score_table(lines)
    except ValueError:  # the verdicts say why
        return None
