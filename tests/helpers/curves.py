"""Results of made-up sweeps: a curve for each intermediate language before each target."""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.helpers.factories import result
from xtl import results
from xtl.results import Result

LANGS = ("en", "de", "fr", "hi", "zh")
SIZES = (100, 200, 400, 800)


def log_gain(rows: int) -> float:
    """One point for each doubling from 50 rows on."""
    return float(np.log2(rows / 50))


def sweep(
    gains: Mapping[str, Callable[[int], float]],
    *,
    tasks: Iterable[str] = ("udpos",),
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = (1, 2, 3),
    noise: float = 0.1,
    baseline: bool = True,
    **changed,
) -> list[Result]:
    """Results of all cells: the baseline at 60, and what a curve of each language adds."""
    lines = []
    for task in tasks:
        for seed in seeds:
            rng = np.random.default_rng([seed, zlib.crc32(task.encode())])
            for lang, rows in [("", 0)] * baseline + [(lang, rows) for lang in gains for rows in sizes]:
                phase = (
                    {
                        "intermediate_task": "stsb",
                        "intermediate_lang": lang,
                        "intermediate_rows": rows,
                        "intermediate_budget": "epochs:3",
                        "tokens": 1000 + 10 * rows,
                    }
                    if rows
                    else {}
                )
                lines += [
                    result(
                        **{
                            "task": task,
                            "train_task": task,
                            "lang": code,
                            "seed": seed,
                            "metric": "f1",
                            "value": 60.0
                            + 3 * place
                            + (gains[lang](rows) if rows else 0)
                            + rng.normal(0, noise),
                            "cell": f"{task}-{lang}-{rows}",
                            **phase,
                            **changed,
                        }
                    )
                    for place, code in enumerate(LANGS)
                ]
    return lines  # fmt: skip


def write_runs(folder: Path, lines: Iterable[Result], **environment: object) -> None:
    """Write each cell's results into a run folder of its own, with the environment beside them."""
    runs: dict[str, list[Result]] = {}
    for line in lines:
        runs.setdefault(f"{line.run.cell}-seed{line.run.seed}", []).append(line)
    for name, of_run in runs.items():
        results.write(folder / name / results.FILE_NAME, of_run)
        (folder / name / "environment.json").write_text(
            json.dumps({"xtl": "0.2.0", "command": ["xtl-train", "-m", "seed=1,2,3"], **environment})
        )
