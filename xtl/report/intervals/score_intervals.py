"""Interval of each score of a sweep, setting by setting: over seeds, and over examples."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from xtl.report.intervals.redraws import NO_REDRAWS, Redraws
from xtl.report.intervals.settings import Setting, setting_of
from xtl.results import Result, first_metrics
from xtl.results.repeats import Repeat, repeat_of
from xtl.statistics import Interval, fixed

UNSEEN = "unseen"
"""Language of the unweighted mean over the languages that the head was not trained in."""

SEEDS, EXAMPLES = "seeds", "examples"
"""Kinds of intervals: over seeds on these examples (t), and over examples with these seeds' models."""

_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreInterval:
    """A score of one setting, a mean over seeds, and how well it is known.

    Attributes:
        setting: What tells the cells apart from others, seeds left out.
        task: Task that was scored.
        metric: Name of the score.
        lang: Language, or ``unseen`` for the mean over those that the head was not trained in.
        value: Mean over seeds, of draws of rows under one seed first; NaN where none has a number, or a
            language that other settings have is missing from the mean of unseen ones.
        low: Lower end of the interval; ``None`` where there is none.
        high: Upper end.
        kind: ``seeds``, ``examples``, or empty where there is no interval.
        seeds: Number of seeds.
        examples: Number of examples, of all languages together.
        note: What a reader must know, such as why there is no interval.
    """

    setting: Setting
    task: str
    metric: str
    lang: str
    value: float
    low: float | None
    high: float | None
    kind: str
    seeds: int
    examples: int
    note: str = ""

    @property
    def margin(self) -> float | None:
        """Half of the interval's length."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


_Lines = Mapping[str, Mapping[Repeat, Result]]
"""Results by language and seed."""


def score_intervals(results: Sequence[Result], redraws: Redraws = NO_REDRAWS) -> tuple[ScoreInterval, ...]:
    """Each score with its intervals: one over seeds where there are several, then one over examples.

    A score that has neither is given once, with a note. Over seeds: mean +- t(S - 1) s / sqrt(S). Over
    examples: 2.5 % and 97.5 % of the mean over seeds in draws of the examples.

    Args:
        results: Results of the recipe's own selection.
        redraws: The same scores on other draws of their examples.

    Returns:
        Intervals of each setting, task and metric, a task's first metric before the others: language by
        language, then the mean of unseen ones.
    """
    groups: dict[tuple[Setting, str, str], dict[str, dict[Repeat, Result]]] = {}
    first_metric = first_metrics(results)
    for result in sorted(results, key=lambda line: line.metric != first_metric[line.task]):
        by_lang = groups.setdefault((setting_of(result), result.task, result.metric), {})
        by_lang.setdefault(result.lang, {}).setdefault(repeat_of(result), result)
    # A mean over fewer languages than beside it would be another number, not a worse one.
    unseen: dict[tuple[str, ...], dict[str, None]] = {}
    for (setting, task, metric), lines in groups.items():
        langs = [lang for lang, by_seed in lines.items() if not next(iter(by_seed.values())).is_source]
        unseen.setdefault(_family(setting, task, metric), {}).update(dict.fromkeys(langs))
    intervals: list[ScoreInterval] = []
    for (setting, task, metric), lines in groups.items():
        of_mean = list(unseen[_family(setting, task, metric)])
        parts = [(lang, [lang]) for lang in lines] + ([(UNSEEN, of_mean)] if of_mean else [])
        for name, langs in parts:
            intervals += [
                ScoreInterval(setting=setting, task=task, metric=metric, lang=name, **values)
                for values in _intervals({lang: lines.get(lang, {}) for lang in langs}, redraws)
            ]
    return tuple(intervals)


def _family(setting: Setting, task: str, metric: str) -> tuple[str, ...]:
    """What settings share whose means over unseen languages are read beside each other."""
    return task, metric, setting.split, setting.train_task, setting.train_lang


def preferred(intervals: Sequence[ScoreInterval]) -> dict[tuple[Setting, str, str, str], ScoreInterval]:
    """The first interval of each score, that over seeds where there are several.

    Returns:
        Intervals by setting, task, metric and language.
    """
    first: dict[tuple[Setting, str, str, str], ScoreInterval] = {}
    for interval in intervals:
        first.setdefault((interval.setting, interval.task, interval.metric, interval.lang), interval)
    return first


def _intervals(lines: _Lines, redraws: Redraws) -> Iterator[dict[str, Any]]:
    """Values of each interval of the mean over some languages, in the seeds that have all of them."""
    all_seeds = sorted({seed for by_seed in lines.values() for seed in by_seed})
    seeds = [
        seed
        for seed in all_seeds
        if all(seed in by_seed and math.isfinite(by_seed[seed].value) for by_seed in lines.values())
    ]
    note = _note(lines, len(all_seeds), len(seeds))
    cells = [lines[lang][seed] for lang, seed in product(lines, seeds)]
    runs = sorted({seed for seed, _ in seeds})
    # Draws of rows under one seed are no repeats of it: they count once, by their mean.
    shares = np.array([[float(seed == run) for seed, _ in seeds] for run in runs])
    shares = shares.reshape(len(runs), len(seeds))
    shares /= shares.sum(axis=1, keepdims=True)
    values = shares @ np.array([cell.value for cell in cells]).reshape(len(lines), len(seeds)).mean(axis=0)
    shared: dict[str, Any] = {
        "value": float(values.mean()) if seeds else math.nan,
        "seeds": len(runs),
        "examples": sum(next(iter(by_seed.values())).n for by_seed in lines.values() if by_seed),
    }
    ends = []
    if len(runs) > 1 and (interval := fixed(values[:, None]).interval(_LEVEL)) is not None:
        ends.append((SEEDS, interval))
    is_paired = all(redraws.paired([lines[lang][seed] for seed in seeds]) for lang in lines)
    if seeds and is_paired:
        # Languages whose rows are translations of each other have the same draws, and so stay together.
        scores = np.array([redraws.scores[cell] for cell in cells]).reshape(len(lines), len(seeds), -1)
        drawn = shares.mean(axis=0) @ scores.mean(axis=0)
        low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
        ends.append((EXAMPLES, Interval(low=float(low), high=float(high), level=_LEVEL)))
    for kind, interval in ends:
        yield {**shared, "low": interval.low, "high": interval.high, "kind": kind, "note": note}
    if not ends:
        reason = "one seed, and no counts per example" if seeds else ""
        notes = "; ".join(filter(None, (note, reason)))
        yield {**shared, "low": None, "high": None, "kind": "", "note": notes}


def _note(lines: _Lines, total: int, complete: int) -> str:
    """What is missing: languages without any number, or seeds without one in each language."""
    absent = [
        lang
        for lang, by_seed in lines.items()
        if not any(math.isfinite(line.value) for line in by_seed.values())
    ]
    if absent and len(lines) > 1:
        return f"no number in {', '.join(absent)}"
    lacking = total - complete
    return f"{lacking} of {total} seeds without a number in each language" if lacking else ""
