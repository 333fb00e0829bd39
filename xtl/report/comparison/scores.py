"""Scores of a sweep for a comparison: setting by setting, one for each seed and target language."""

from collections.abc import Sequence

from xtl.results import Result, first_metrics
from xtl.results.repeats import Repeat, repeat_of, seed_means

Key = tuple[str, str, str, str, int]
"""Target, metric, intermediate task, its language, its rows."""

Scores = dict[tuple[int, str], float]
"""Score by seed and target language."""


def scores_by_setting(results: Sequence[Result]) -> dict[Key, Scores]:
    """Scores of the first metric in languages that the head was not trained in; the baseline first.

    Args:
        results: Results of one sweep.
    """
    first_metric = first_metrics(results)
    values: dict[Key, dict[str, dict[Repeat, float]]] = {}
    for line in results:
        if line.metric == first_metric[line.task] and not line.is_source:
            phase = line.run.trained_intermediate
            key = (line.task, line.metric, phase.task, phase.lang, phase.rows)
            values.setdefault(key, {}).setdefault(line.lang, {})[repeat_of(line)] = line.value
    scores: dict[Key, Scores] = {}
    for key in sorted(values, key=lambda key: (key[0], key[4] > 0, *key[1:])):
        means = {lang: seed_means(of_lang) for lang, of_lang in values[key].items()}
        scores[key] = {(seed, lang): mean for lang in means for seed, mean in means[lang].items()}
    return scores
