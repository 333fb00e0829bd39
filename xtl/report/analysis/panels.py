"""Curves of a sweep, a panel for each target and its settings: cells of different settings never meet."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xtl.report.transfer import is_source
from xtl.results import Result, RunInfo
from xtl.statistics import Estimate, Interval, ScoreTable, crossed, fixed, score_table, weighted

_Getter = Callable[[Result], object]

TARGET_SETTINGS: Mapping[str, _Getter] = {
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

Seed = tuple[int, int]
"""Seed of a run, and of its choice of intermediate rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """Cells of one intermediate setting before one target, one for each seed.

    Attributes:
        rows: Rows of the intermediate task; 0 for the baseline.
        values: Mean over the unseen languages by seed, of the seeds that have all of them.
        runs: Runs behind the point, one for each seed.
        gain: Estimate of the gain over the baseline, paired by seed; ``None`` without a baseline.
        band: 95 % interval around the mean: that of the gain, or over seeds where there is no baseline;
            ``None`` for one seed.
    """

    rows: int
    values: Mapping[Seed, float]
    runs: tuple[RunInfo, ...]
    gain: Estimate | None
    band: Interval | None

    @property
    def mean(self) -> float:
        """Mean over seeds; not-a-number where no seed has all languages."""
        return statistics.fmean(self.values.values()) if self.values else math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """Scores by size of one intermediate task in one language with one budget and tuning.

    Attributes:
        intermediate: Intermediate task.
        lang: Languages of it.
        budget: Length of its training.
        tuning: Tuned weights.
        label: Name among the curves of its panel, as short as they can be told apart.
        variant: Number of its task, budget and tuning among those of the panel.
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
        settings: Value of each of :data:`TARGET_SETTINGS`.
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


def panels(results: Sequence[Result]) -> tuple[Panel, ...]:
    """Panels of a sweep: a target with each of its settings; only the first metric of each target counts.

    Args:
        results: Results of one selection a run.
    """
    first_metric = {result.task: result.metric for result in reversed(results)}
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        if result.metric == first_metric[result.task]:
            key = (result.task, *(get(result) for get in TARGET_SETTINGS.values()))
            groups.setdefault(key, []).append(result)
    titles = _titles(list(groups))
    return tuple(
        _panel(lines, title, dict(zip(TARGET_SETTINGS, key[1:], strict=True)))
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
            for position, (name, value) in enumerate(zip(TARGET_SETTINGS, key[1:], strict=True), start=1)
            if len({other[position] for other in siblings}) > 1
        ]
        titles.append(f"{key[0]} ({', '.join(differing)})" if differing else str(key[0]))
    return titles


def _panel(lines: Sequence[Result], title: str, settings: Mapping[str, object]) -> Panel:
    unseen = [line for line in lines if not is_source(line) and not math.isnan(line.value)]
    langs = tuple(dict.fromkeys(line.lang for line in unseen))
    baseline = [line for line in unseen if not line.run.trained_intermediate.rows]
    groups: dict[tuple[str, str, str, str], list[Result]] = {}
    for line in unseen:
        phase = line.run.trained_intermediate
        if phase.rows:
            groups.setdefault((phase.task, phase.budget, line.run.tuning, phase.lang), []).append(line)
    variants = list(dict.fromkeys(key[:3] for key in sorted(groups)))
    table_of = {
        variant: _table([*baseline, *(line for key in groups if key[:3] == variant for line in groups[key])])
        for variant in variants
    }
    curves = [
        Curve(
            intermediate=key[0],
            budget=key[1],
            tuning=key[2],
            lang=key[3],
            label=" ".join([*_differing(key[:3], variants), key[3]]),
            variant=variants.index(key[:3]),
            points=tuple(_points(groups[key], langs, table_of[key[:3]])),
            table=table_of[key[:3]],
        )
        for key in sorted(groups)
    ]
    return Panel(
        task=lines[0].task,
        metric=lines[0].metric,
        title=title,
        settings=settings,
        langs=langs,
        baseline=next(iter(_points(baseline, langs, None)), None),
        curves=tuple(curves),
        results=tuple(lines),
    )


def _differing(variant: tuple[str, ...], variants: Sequence[tuple[str, ...]]) -> list[str]:
    return [part for position, part in enumerate(variant) if len({other[position] for other in variants}) > 1]


def _table(lines: Sequence[Result]) -> ScoreTable | None:
    try:
        return score_table(lines)
    except ValueError:  # the verdicts say why
        return None


def _points(lines: Iterable[Result], langs: Sequence[str], table: ScoreTable | None) -> list[CurvePoint]:
    by_size: dict[int, dict[Seed, dict[str, float]]] = {}
    runs: dict[tuple[int, Seed], RunInfo] = {}
    lang = ""
    for line in lines:
        phase = line.run.trained_intermediate
        # Cells that differ in the seed of the intermediate rows alone have one baseline, which counts once.
        seed = (line.run.seed, line.run.data_seed if phase.rows else 0)
        by_size.setdefault(phase.rows, {}).setdefault(seed, {})[line.lang] = line.value
        runs.setdefault((phase.rows, seed), line.run)
        lang = phase.lang
    points = []
    for rows, seeds in sorted(by_size.items()):
        values = {
            seed: statistics.fmean(by_lang.values())
            for seed, by_lang in sorted(seeds.items())
            if len(by_lang) == len(langs)
        }
        gain = gain_at(table, lang, rows) if table is not None and rows else None
        points.append(
            CurvePoint(
                rows=rows,
                values=values,
                runs=tuple(runs[rows, seed] for seed in sorted(seeds)),
                gain=gain,
                band=_band(list(values.values()), gain),
            )
        )
    return points


def gain_at(table: ScoreTable, lang: str, rows: int) -> Estimate | None:
    """Gain over the baseline at one size, in languages if there are several; ``None`` where cells lack.

    Args:
        table: Scores of one target.
        lang: Intermediate language.
        rows: Size.
    """
    if 0 not in table.sizes or rows not in table.sizes:
        return None
    weights = np.zeros(table.scores.shape[2:])
    column = table.index_of(lang)
    weights[table.sizes.index(rows), column] = 1.0
    weights[table.sizes.index(0), column] = -1.0
    try:
        values = weighted(table, weights, name=f"gain at {rows:,} rows of {lang}").values
    except ValueError:
        return None
    return crossed(values) if len(table.langs) > 1 else fixed(values)


def _band(values: Sequence[float], gain: Estimate | None) -> Interval | None:
    if not values:
        return None
    estimate = gain if gain is not None else fixed(np.array(values)[:, None])
    interval, mean = estimate.interval(), statistics.fmean(values)
    if interval is None:
        return None
    low, high = interval.low - estimate.value, interval.high - estimate.value
    return Interval(low=mean + low, high=mean + high, level=interval.level)
