"""Differences between two sweeps: setting by setting, paired by seed where seeds are shared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xtl.report.comparison.scores import Key, Scores, scores_by_setting
from xtl.report.comparison.welch import welch
from xtl.results import SETTINGS, YOUNGER_SETTINGS, Result, contents, differing, told_apart
from xtl.statistics import Estimate, Scope, crossed, fixed, holm

PAIRED, UNPAIRED, NONE = "paired by seed", "unpaired (Welch)", "no interval: one seed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Scores of one setting in both sweeps.

    Attributes:
        task: Target task.
        metric: Primary metric.
        intermediate: Intermediate task; empty for the baseline.
        lang: Language of its rows.
        rows: Number of its rows.
        before: Mean score in the first sweep, over the seeds and target languages that are compared.
        after: The same in the second one.
        estimate: Second less first, with its standard error.
        method: How it was compared: paired by seed, unpaired, or without an interval.
        langs: Target languages that both have.
        p: p-value of "nothing changed" one by one; ``None`` without an interval.
        adjusted: The same after Holm over all settings.
        note: What a reader must know of it.
    """

    task: str
    metric: str
    intermediate: str
    lang: str
    rows: int
    before: float
    after: float
    estimate: Estimate
    method: str
    langs: tuple[str, ...]
    p: float | None = None
    adjusted: float | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All that changed between two sweeps.

    Attributes:
        differences: Settings that both have.
        settings: Settings that differ: name to the values in each sweep.
        contents: Data sets whose content differs.
        only_before: Settings and seeds in the first sweep alone, in words.
        only_after: Those in the second one alone.
    """

    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    contents: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def compare(before: Sequence[Result], after: Sequence[Result]) -> Comparison:
    """Compare two sweeps, setting by setting, in the languages that no head was trained in.

    Second less first, paired by seed where both have two seeds or more in common: an interval in languages
    (:func:`xtl.statistics.crossed`), or in the one language that there is. Else Welch's over the means of the
    seeds. Settings that differ within a sweep are told apart in both; those that differ between the two
    sweeps are what the comparison is of, and are listed.

    Args:
        before: Results of the first sweep, of the recipe's own selection.
        after: Results of the second one.
    """
    within = {**differing(before), **differing(after)}
    first, second = (scores_by_setting(told_apart(lines, within)) for lines in (before, after))
    candidates = (_difference(key, first[key], second[key]) for key in first if key in second)
    differences = list(filter(None, candidates))
    p_values = [difference.p for difference in differences if difference.p is not None]
    adjusted = iter(holm(p_values)) if p_values else iter(())
    return Comparison(
        differences=tuple(
            difference if difference.p is None else replace(difference, adjusted=float(next(adjusted)))
            for difference in differences
        ),
        settings=_settings(before, after),
        contents=_contents(before, after),
        only_before=_only(first, second),
        only_after=_only(second, first),
    )


def _difference(key: Key, before: Scores, after: Scores) -> Difference | None:
    """Difference over the languages and seeds that allow one; ``None`` where no language is shared."""
    langs = sorted({lang for _, lang in before} & {lang for _, lang in after})
    if not langs:
        return None
    first, second = (_complete(scores, langs) for scores in (before, after))
    shared = sorted(first.keys() & second.keys())
    if not first or not second:
        return None
    notes = []
    incomplete = len({seed for seed, _ in before} - {*first}) + len({seed for seed, _ in after} - {*second})
    if incomplete:
        notes.append(f"{incomplete} incomplete seed(s) do not count")
    if len(shared) >= 2:
        y_first, y_second = (np.array([rows[seed] for seed in shared]) for rows in (first, second))
        c = y_second - y_first
        estimate, method = (crossed(c) if len(langs) > 1 else fixed(c)), PAIRED
        if estimate.note:  # of seeds that do not differ, which is said of scores and not of differences
            estimate = replace(
                estimate, note="the same difference in each seed" if c.any() else "the same scores"
            )
        others = len(first) + len(second) - 2 * len(shared)
        notes += [f"{others} seed(s) of one sweep alone do not count"] if others else []
    elif len(first) >= 2 and len(second) >= 2:
        y_first, y_second = (np.array(list(rows.values())) for rows in (first, second))
        estimate, method = welch(y_first, y_second), UNPAIRED
    else:
        seeds = shared or None
        y_first, y_second = (
            np.array([rows[seed] for seed in seeds] if seeds else list(rows.values()))
            for rows in (first, second)
        )
        estimate, method = _point(y_first, y_second), NONE
    task, metric, intermediate, lang, rows = key
    return Difference(
        task=task,
        metric=metric,
        intermediate=intermediate,
        lang=lang,
        rows=rows,
        before=float(y_first.mean()),
        after=float(y_second.mean()),
        estimate=estimate,
        method=method,
        langs=tuple(langs),
        p=estimate.p_value(),
        note="; ".join([*notes, *([estimate.note] if estimate.note and method != NONE else [])]),
    )


def _complete(scores: Scores, langs: Sequence[str]) -> dict[int, list[float]]:
    """Scores of the seeds that have all languages, in their order."""
    seeds = dict.fromkeys(sorted(seed for seed, _ in scores))
    return {
        seed: [scores[seed, lang] for lang in langs]
        for seed in seeds
        if all((seed, lang) in scores for lang in langs)
    }


def _point(before: np.ndarray, after: np.ndarray) -> Estimate:
    return Estimate(
        value=float(after.mean() - before.mean()),
        se=None,
        df=None,
        scope=Scope.THESE_EXAMPLES,
        num_seeds=min(len(before), len(after)),
        num_langs=before.shape[1],
    )


def _settings(
    before: Sequence[Result], after: Sequence[Result]
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Settings, versions and commits whose values are not the same in both sweeps."""
    getters: Mapping[str, Callable[[Result], object]] = {
        **SETTINGS,
        "version": lambda line: line.run.version,
        "commit": lambda line: line.run.commit[:12],
    }
    # Split, task and language by target: a sweep of more targets is no other setting.
    shared = {line.task for line in before} & {line.task for line in after}
    values = {
        name: tuple(
            _values(name, get, [line for line in lines if line.task in shared]) for lines in (before, after)
        )
        for name, get in getters.items()
    }
    return {
        name: (first, second)
        for name, (first, second) in values.items()
        if first and second and first != second
    }


def _values(name: str, get: Callable[[Result], object], lines: Iterable[Result]) -> tuple[str, ...]:
    values = {str(get(line)) for line in lines if _has(name, line)}
    # What older lines do not say is no other value.
    return tuple(sorted(values - {""} if name in YOUNGER_SETTINGS else values))


def _has(name: str, line: Result) -> bool:
    return not name.startswith("intermediate") or bool(line.run.trained_intermediate.rows)


def _contents(before: Sequence[Result], after: Sequence[Result]) -> tuple[str, ...]:
    """Data sets that both sweeps name, and whose content is not the same."""
    first, second = _hashes(before), _hashes(after)
    return tuple(name for name in first if name in second and first[name] != second[name])


def _hashes(results: Iterable[Result]) -> dict[str, set[str]]:
    hashes: dict[str, set[str]] = {}
    for result in results:
        for name, digest in contents(result):
            hashes.setdefault(name, set()).add(digest)
    return hashes


def _only(scores: Mapping[Key, Scores], others: Mapping[Key, Scores]) -> tuple[str, ...]:
    """Settings, seeds and target languages that the other sweep lacks, those of many settings in one line."""
    lines: list[str] = []
    settings: dict[str, list[str]] = {}
    for key, of_key in scores.items():
        task, _, intermediate, lang, rows = key
        setting = f"{task} after {rows:,} rows of {intermediate} in {lang}" if rows else f"{task}, baseline"
        if key not in others:
            lines.append(setting)
            continue
        for name, index in (("seeds", 0), ("languages", 1)):
            more = sorted({cell[index] for cell in of_key} - {cell[index] for cell in others[key]}, key=str)
            if more:
                settings.setdefault(f"{name} {', '.join(map(str, more))}", []).append(setting)
    for cells, names in settings.items():
        rest = f" and {len(names) - 1} more settings" if len(names) > 1 else ""
        lines.append(f"{cells} of {names[0]}{rest}")
    return tuple(lines)
