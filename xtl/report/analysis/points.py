"""Points of curves: means over complete seeds, and gains over the baseline with their intervals."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xtl.results import Result, RunInfo
from xtl.statistics import Estimate, Interval, ScoreTable, crossed, fixed, weighted

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
        band: 95 % interval: that of the gain, laid on the baseline's mean, or else that of the mean, over
            seeds; ``None`` for one seed.
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


def curve_points(
    lines: Iterable[Result],
    langs: Sequence[str],
    table: ScoreTable | None,
    baseline: CurvePoint | None = None,
) -> list[CurvePoint]:
    """Points by size of the cells of one curve, or of the baseline.

    Args:
        lines: Results in the unseen languages.
        langs: Languages that a seed needs in order to count.
        table: Scores of the target, with its baseline; ``None`` where the cells make no table.
        baseline: Point of the baseline, which bands of gains are laid on.
    """
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
                band=_band(values, gain, baseline),
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


def _band(
    values: Mapping[Seed, float], gain: Estimate | None, baseline: CurvePoint | None
) -> Interval | None:
    if gain is not None and baseline is not None and baseline.values:
        # On the baseline's line, not on the point: their seeds may differ, and the gain is of those of both.
        level, interval = baseline.mean, gain.interval()
    else:
        by_seed: dict[int, list[float]] = {}
        for (seed, _), value in values.items():  # draws of rows under one seed are no repeats of it
            by_seed.setdefault(seed, []).append(value)
        means = [[statistics.fmean(of_seed)] for of_seed in by_seed.values()]
        level, interval = 0.0, fixed(np.array(means)).interval() if means else None
    if interval is None:
        return None
    return Interval(low=level + interval.low, high=level + interval.high, level=interval.level)
