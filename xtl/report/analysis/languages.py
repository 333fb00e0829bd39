"""Scores language by language, with the gap to the languages that the head was trained in."""

import math
import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from xtl.report.analysis.panels import Curve, Panel, setting_label
from xtl.results.repeats import Repeat, complete_means, repeat_of, seed_means


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingScores:
    """Scores of one setting by language, means over seeds.

    Attributes:
        curve: Curve; ``None`` for the baseline.
        rows: Rows of the intermediate task.
        label: Name of the setting in its panel.
        by_lang: Score in each language.
        source: Mean over the languages that the head was trained in; ``None`` if none was scored.
        unseen: Mean over the others of the panel, over the seeds that have all of them; ``None`` if none has.
        gap: Source less unseen, over the seeds that have both; ``None`` if none has.
        gap_of_lang: Source less each language, over the seeds that have both.
    """

    curve: Curve | None
    rows: int
    label: str
    by_lang: dict[str, float]
    source: float | None
    unseen: float | None
    gap: float | None
    gap_of_lang: dict[str, float]


def setting_scores(panel: Panel) -> tuple[SettingScores, ...]:
    """Scores of all settings of a panel, the baseline first.

    Args:
        panel: Curves before one target.
    """
    sources = source_langs(panel)
    values: dict[tuple[object, ...], dict[str, dict[Repeat, float]]] = {}
    for line in panel.results:
        run, phase = line.run, line.run.trained_intermediate
        tuning = run.tuning if phase.rows else ""
        cell = values.setdefault((phase.task, phase.lang, phase.budget, tuning, phase.rows), {})
        if not math.isnan(line.value):
            cell.setdefault(line.lang, {})[repeat_of(line)] = line.value
    settings: list[tuple[Curve | None, int, tuple[object, ...]]] = [(None, 0, ("", "", "", "", 0))]
    for trained in panel.curves:
        key = (trained.intermediate, trained.lang, trained.budget, trained.tuning)
        settings += [(trained, point.rows, (*key, point.rows)) for point in trained.points]
    scores = []
    for curve, rows, identity in settings:
        cells = values.get(identity, {})
        if not cells:
            continue
        source, unseen = (seed_means(complete_means(cells, langs)) for langs in (sources, panel.langs))
        gaps = {lang: _gap(source, seed_means(of_lang)) for lang, of_lang in cells.items()}
        scores.append(
            SettingScores(
                curve=curve,
                rows=rows,
                label=setting_label(curve, rows),
                by_lang={
                    lang: statistics.fmean(seed_means(of_lang).values()) for lang, of_lang in cells.items()
                },
                source=_mean(source.values()),
                unseen=_mean(unseen.values()),
                gap=_gap(source, unseen),
                gap_of_lang={lang: gap for lang, gap in gaps.items() if gap is not None},
            )
        )
    return tuple(scores)


def source_langs(panel: Panel) -> tuple[str, ...]:
    """Languages of a panel that the head was trained in, of those that were scored."""
    return tuple(dict.fromkeys(line.lang for line in panel.results if line.is_source))


def _gap(source: Mapping[int, float], scores: Mapping[int, float]) -> float | None:
    """Mean over the seeds that have both."""
    return _mean([source[seed] - score for seed, score in scores.items() if seed in source])


def _mean(values: Collection[float]) -> float | None:
    return statistics.fmean(values) if values else None
