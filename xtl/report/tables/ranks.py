"""Ranks of settings: those that cannot be told apart share one."""

import math
from collections.abc import Mapping, Sequence

from xtl.report.intervals.settings import Setting, setting_of
from xtl.results import Result
from xtl.results.repeats import Repeat, repeat_of, seed_means
from xtl.statistics import ranked


def setting_ranks(results: Sequence[Result]) -> dict[Setting, int]:
    """Rank of each setting over the languages that the head was not trained in, the best first.

    All pairs are compared in languages, by crossed intervals with Holm over the pairs. Seeds that all
    settings have in all languages count; settings with fewer than two complete seeds are left out.

    Args:
        results: Results of one task and one metric.

    Returns:
        Rank by setting; nothing where there are not two settings, or they do not share two seeds.
    """
    scores: dict[Setting, dict[str, dict[Repeat, float]]] = {}
    for result in results:
        if not result.is_source:
            by_lang = scores.setdefault(setting_of(result), {})
            by_lang.setdefault(result.lang, {})[repeat_of(result)] = result.value
    langs = list(dict.fromkeys(result.lang for result in results if not result.is_source))
    complete = {setting: _complete(by_lang, langs) for setting, by_lang in scores.items()}
    settings = [setting for setting, seeds in complete.items() if len(seeds) > 1]
    if len(settings) < 2:
        return {}
    shared = sorted(set.intersection(*(set(complete[setting]) for setting in settings)))
    if len(shared) < 2:
        return {}
    array = [[complete[setting][seed] for seed in shared] for setting in settings]
    ranks = ranked([str(index) for index in range(len(settings))], array)
    return {settings[int(rank.name)]: rank.rank for rank in ranks}


def _complete(scores: Mapping[str, Mapping[Repeat, float]], langs: Sequence[str]) -> dict[int, list[float]]:
    """Scores of each seed that has a number in all languages; of several draws of rows, the mean."""
    means = [seed_means(scores.get(lang, {})) for lang in langs]
    seeds = set[int]().union(*means)
    values = {seed: [of_lang.get(seed, math.nan) for of_lang in means] for seed in sorted(seeds)}
    return {seed: of_seed for seed, of_seed in values.items() if all(map(math.isfinite, of_seed))}
