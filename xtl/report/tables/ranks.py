"""Ranks of settings: those that cannot be told apart share one."""

from collections.abc import Mapping, Sequence

import numpy as np

from xtl.report.intervals.settings import Setting, setting_of
from xtl.report.transfer import is_source
from xtl.results import Result
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
    scores: dict[Setting, dict[int, dict[str, list[float]]]] = {}
    for result in results:
        if not is_source(result):
            seeds = scores.setdefault(setting_of(result), {})
            seeds.setdefault(result.run.seed, {}).setdefault(result.lang, []).append(result.value)
    langs = list(dict.fromkeys(result.lang for result in results if not is_source(result)))
    complete = {setting: _complete(seeds, langs) for setting, seeds in scores.items()}
    settings = [setting for setting, seeds in complete.items() if len(seeds) > 1]
    if len(settings) < 2:
        return {}
    shared = sorted(set.intersection(*(set(complete[setting]) for setting in settings)))
    if len(shared) < 2:
        return {}
    array = [[complete[setting][seed] for seed in shared] for setting in settings]
    ranks = ranked([str(index) for index in range(len(settings))], array)
    return {settings[int(rank.name)]: rank.rank for rank in ranks}


def _complete(
    seeds: Mapping[int, Mapping[str, Sequence[float]]], langs: Sequence[str]
) -> dict[int, list[float]]:
    """Scores of each seed that has a number in all languages; of several draws of rows, the mean."""
    means = {
        seed: [float(np.mean(by_lang[lang])) if lang in by_lang else np.nan for lang in langs]
        for seed, by_lang in seeds.items()
    }
    return {seed: values for seed, values in means.items() if np.isfinite(values).all()}
