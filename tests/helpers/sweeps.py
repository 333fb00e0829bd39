"""Made-up sweeps on disk: results whose truth is known, without any training."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.helpers.factories import result
from xtl import results
from xtl.results import Result

LANGS = ("es", "fr", "hi", "sw")
SIZES = (0, 100, 200, 400, 800)


def lines_of_cell(
    seed: int, lang: str, rows: int, *, langs: Sequence[str] = LANGS, gain: float = 1.0, noise: float = 0.3,
    level: float = 50.0, **changed,
) -> list[Result]:  # fmt: skip
    """Results of one cell, which gains ``gain`` points a doubling; the same call gives the same numbers."""
    phase: Mapping[str, object] = {}
    if rows:
        phase = {"intermediate_task": "xnli", "intermediate_lang": lang, "intermediate_budget": "epochs:2"}
    drawn = np.random.default_rng([seed, rows, *map(ord, lang)]).normal(0, noise, len(langs))
    value = level + (gain * np.log2(rows / 50) if rows else 0.0)
    return [
        result(
            **{
                "seed": seed, "lang": target, "value": float(value + error), "intermediate_rows": rows,
                "cell": f"{seed}-{lang if rows else ''}-{rows}", **phase, **changed,
            }
        )
        for target, error in zip(langs, drawn, strict=True)
    ]  # fmt: skip


def write_sweep(
    folder: Path,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    sizes: Mapping[str, Sequence[int]] | None = None,
    **changed,
) -> Path:
    """Write the run folders of a sweep; a baseline stands there once a seed.

    Args:
        folder: Folder of the sweep.
        seeds: Seeds.
        sizes: Sizes of each intermediate language.
        changed: Arguments of :func:`lines_of_cell`, and fields of lines.
    """
    for seed in seeds:
        for lang, of_lang in (sizes or {"en": SIZES, "de": SIZES}).items():
            for rows in of_lang:
                name = f"seed={seed},lang={lang if rows else '-'},rows={rows}"
                lines = lines_of_cell(seed, lang if rows else "", rows, **changed)
                results.write(folder / name / results.FILE_NAME, lines)
    return folder
