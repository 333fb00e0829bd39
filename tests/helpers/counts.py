"""Runs with counts per example, whose scores are those of the counts."""

from pathlib import Path

import numpy as np

from tests.helpers.factories import result
from xtl import results
from xtl.results import Result
from xtl.statistics.examples import ExampleCounts, Formula, Kind, counts_path, scores_of, write_counts

ACCURACY = {"accuracy": Formula(Kind.SHARE, ("right", "words"))}

PHASE = {"intermediate_task": "xnli", "intermediate_lang": "de", "intermediate_budget": "epochs:2"}


def counts_with(share: float, *, number: int = 200, seed: int = 0) -> ExampleCounts:
    """Sentences of ten words, of which about a share is right; for one seed, the same sentences are hard."""
    rng = np.random.default_rng(seed)
    easy = np.random.default_rng(99).normal(0, 1, number)
    right = rng.binomial(10, 1 / (1 + np.exp(-(np.log(share / (1 - share)) + easy))))
    columns = {"right": right, "words": np.full(number, 10)}
    return ExampleCounts.of([f"udpos/test/{index}" for index in range(number)], columns, ACCURACY)


def write_run(folder: Path, counts: dict[str, ExampleCounts], **changed) -> list[Result]:
    """Results of a run, a language each, with their counts beside them."""
    lines = []
    for lang, of_lang in counts.items():
        value = scores_of(of_lang)["accuracy"]
        lines.append(result(lang=lang, value=value, n=len(of_lang.uids), **changed))
        write_counts(counts_path(folder, "udpos", lang, "test"), of_lang)
    results.write(folder / results.FILE_NAME, lines)
    return lines


def write_sweep(
    folder: Path, *, seeds=(1, 2, 3), sizes=(0, 100, 200, 400), langs=("de", "hi", "zh"), number=200
) -> dict[Path, list[Result]]:
    """A sweep in which the score grows with each size; results by run folder."""
    runs = {}
    for seed in seeds:
        for step, rows in enumerate(sizes):
            counts = {
                lang: counts_with(0.6 + 0.05 * step, number=number, seed=100 * seed + 10 * step + index)
                for index, lang in enumerate(langs)
            }
            phase = PHASE if rows else {}
            path = folder / f"seed={seed},rows={rows}"
            runs[path] = write_run(path, counts, seed=seed, intermediate_rows=rows, **phase)
    return runs
