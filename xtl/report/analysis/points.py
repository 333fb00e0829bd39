"""Points of curves: means over complete seeds, and gains over the baseline with their intervals."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xtl.results import Result, RunInfo
from xtl.results.repeats import Repeat, complete_means, repeat_of, seed_means
from xtl.statistics import Estimate, Interval, ScoreTable, crossed, fixed, weighted


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """Cells of one intermediate setting before one target, one for each seed and draw of rows.

    Attributes:
        rows: Rows of the intermediate task; 0 for the baseline.
        values: Mean over the unseen languages by seed, of the seeds that have all of them.
        runs: Runs behind the point, one for each seed and draw of rows.
        gain: Estimate of the gain over the baseline, paired by seed; ``None`` without a baseline.
        band: 95 % interval: that of the gain, laid on the baseline's mean, or else that of the mean, over
            seeds; ``None`` for one seed.
    """

    rows: int
    values: Mapping[int, float]
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
    by_size: dict[int, dict[str, dict[Repeat, float]]] = {}
    runs: dict[int, dict[Repeat, RunInfo]] = {}
    lang = ""
    for line in lines:
        phase, repeat = line.run.trained_intermediate, repeat_of(line)
        by_size.setdefault(phase.rows, {}).setdefault(line.lang, {})[repeat] = line.value
        runs.setdefault(phase.rows, {}).setdefault(repeat, line.run)
        lang = phase.lang
    points = []
    for rows, by_lang in sorted(by_size.items()):
        values = seed_means(complete_means(by_lang, langs))
        gain = gain_at(table, lang, rows) if table is not None and rows else None
        points.append(
            CurvePoint(
                rows=rows,
                values=values,
                runs=tuple(runs[rows][repeat] for repeat in sorted(runs[rows])),
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


def _band(values: Mapping[int, float], gain: Estimate | None, baseline: CurvePoint | None) -> Interval | None:
    if gain is not None and baseline is not None and baseline.values:
        # On the baseline's line, not on the point: their seeds may differ, and the gain is of those of both.
        level, interval = baseline.mean, gain.interval()
    else:
        means = [[value] for value in values.values()]
        level, interval = 0.0, fixed(np.array(means)).interval() if means else None
    if interval is None:
        return None
    return Interval(low=level + interval.low, high=level + interval.high, level=interval.level)
