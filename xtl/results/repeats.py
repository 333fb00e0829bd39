"""Repeats of a setting: seeds, and draws of the training rows under one seed."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from xtl.results.lines import Result

Repeat = tuple[int, str]
"""Seed of a cell, and hashes of the rows that its phases trained on."""


def repeat_of(result: Result) -> Repeat:
    """Seed of the cell that a result is of, and hashes of the rows of its phases, joined by ``+``.

    The rows decide, not the ``data_seed`` that drew them: cells that differ in the choice of the intermediate
    rows alone share a baseline, which counts once, and so do draws of all rows there are.
    """
    return result.run.seed, "+".join(phase.ids for phase in result.run.phases if phase.rows)


def seed_means(values: Mapping[Repeat, float]) -> dict[int, float]:
    """Values by seed: draws of rows under one seed are no repeats of it, and count once, by their mean."""
    draws: dict[int, list[float]] = {}
    for (seed, _), value in values.items():
        draws.setdefault(seed, []).append(value)
    return {seed: fmean(of_seed) for seed, of_seed in sorted(draws.items())}


def complete_means(values: Mapping[str, Mapping[Repeat, float]], langs: Sequence[str]) -> dict[Repeat, float]:
    """Unweighted mean over languages by repeat, of the repeats with a number in each of them.

    Args:
        values: Values by language and repeat.
        langs: Languages of the mean; without any there are no means.
    """
    of_langs = [values.get(lang, {}) for lang in langs]
    if not of_langs:
        return {}
    return {
        repeat: fmean(by_repeat[repeat] for by_repeat in of_langs)
        for repeat in sorted(of_langs[0])
        if all(math.isfinite(by_repeat.get(repeat, math.nan)) for by_repeat in of_langs)
    }
