"""Scores on other draws of their examples, from the counts in run folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from xtl.errors import DataFormatError
from xtl.results import Result
from xtl.statistics.arrays import FloatArray
from xtl.statistics.examples import (
    ExampleCounts,
    counts_path,
    read_counts,
    redrawn_scores,
    scores_of,
)

_SAME = 1e-6
"""Points that a score and what its counts give may differ by."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Redraws:
    """Scores of results on other draws of their examples.

    Attributes:
        scores: Scores of each result, one for each draw.
        examples: Set of examples of each result: results of the same set are paired draw by draw.
        problems: What has no draws, and why.
    """

    scores: Mapping[Result, FloatArray] = field(default_factory=dict)
    examples: Mapping[Result, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def paired(self, results: Sequence[Result]) -> bool:
        """Whether all results have draws, and of the same examples."""
        sets = {self.examples.get(result) for result in results}
        return len(sets) == 1 and None not in sets

    def renamed(self, results: Sequence[Result], names: Sequence[Result]) -> "Redraws":
        """The same of results under other names.

        Args:
            results: Results as they were read.
            names: The same in the same order, different settings told apart by name.
        """
        pairs = [pair for pair in zip(results, names, strict=True) if pair[0] in self.scores]
        return Redraws(
            scores={new: self.scores[old] for old, new in pairs},
            examples={new: self.examples[old] for old, new in pairs},
            problems=self.problems,
        )


NO_REDRAWS = Redraws()
"""Draws of runs that have no counts."""

_Cell = tuple[Sequence[Result], ExampleCounts]
"""Results of one run in one language, one a metric, and their counts."""


def read_redraws(results: Mapping[Path, Sequence[Result]], *, seed: int = 0) -> Redraws:
    """Read the counts of runs, and draw their examples anew: one draw for all runs of a language.

    Args:
        results: Results of the recipe's own selection by run folder.
        seed: Seed of the draws.
    """
    scores: dict[Result, FloatArray] = {}
    examples: dict[Result, object] = {}
    problems: list[str] = []
    older: set[Path] = set()
    for (task, lang, split), lines_of_folder in _by_language(results).items():
        paths = {folder: counts_path(folder, task, lang, split) for folder in lines_of_folder}
        older |= {folder for folder, path in paths.items() if not path.is_file()}
        cells = [
            (_checked(lines, counts, folder, problems), counts)
            for folder, lines in lines_of_folder.items()
            if (counts := _read(paths[folder], problems)) is not None
        ]
        sets = _alike(cells)
        if len(sets) > 1:
            problems.append(f"{task} in {lang}: cells are scored on different examples, and not paired")
        for number, alike in enumerate(sets):
            drawn = _draws(alike, seed, f"{task} in {lang}", problems)
            scores.update(drawn)
            examples.update(dict.fromkeys(drawn, (task, lang, split, number)))
    if older:
        problems.append(
            f"no interval over examples of {len(older):,} of {sum(map(bool, results.values())):,} run(s): "
            "they are older and have no counts per example"
        )
    return Redraws(scores=scores, examples=examples, problems=tuple(problems))


def _by_language(
    results: Mapping[Path, Sequence[Result]],
) -> Mapping[tuple[str, str, str], Mapping[Path, list[Result]]]:
    by_language: dict[tuple[str, str, str], dict[Path, list[Result]]] = {}
    for folder, lines in results.items():
        for line in lines:
            folders = by_language.setdefault((line.task, line.lang, line.split), {})
            folders.setdefault(folder, []).append(line)
    return by_language


def _read(path: Path, problems: list[str]) -> ExampleCounts | None:
    try:
        return read_counts(path)
    except DataFormatError as error:
        problems.append(str(error))
        return None


def _checked(
    lines: Sequence[Result], counts: ExampleCounts, folder: Path, problems: list[str]
) -> list[Result]:
    """Results that the counts are of."""
    scores = scores_of(counts)
    checked = []
    for line in lines:
        if line.metric not in scores:
            problems.append(f"{folder}: the counts of {line.task} in {line.lang} do not give {line.metric}")
        elif not abs(scores[line.metric] - line.value) < _SAME:  # NaN too
            problems.append(
                f"{folder}: {line.metric} of {line.task} in {line.lang} is {line.value:.4f} and its counts "
                f"give {scores[line.metric]:.4f}: no interval over examples; score the run again"
            )
        else:
            checked.append(line)
    return checked


def _alike(cells: Sequence[_Cell]) -> list[list[_Cell]]:
    """Cells in sets of the same examples, the largest set first."""
    sets: list[list[_Cell]] = []
    for cell in cells:
        for alike in sets:
            if alike[0][1].same_examples(cell[1]) and alike[0][1].formulas == cell[1].formulas:
                alike.append(cell)
                break
        else:
            sets.append([cell])
    return sorted(sets, key=len, reverse=True)


def _draws(cells: Sequence[_Cell], seed: int, name: str, problems: list[str]) -> dict[Result, FloatArray]:
    """Scores of each result of cells that are of the same examples."""
    draws: dict[Result, FloatArray] = {}
    metrics = dict.fromkeys(line.metric for lines, _ in cells for line in lines)
    for metric in metrics:
        scored = [(line, counts) for lines, counts in cells for line in lines if line.metric == metric]
        try:
            drawn = redrawn_scores([counts for _, counts in scored], metric, seed=seed)
        except ValueError as error:
            problems.append(f"{name}: no interval over examples: {error}")
            continue
        columns = np.ascontiguousarray(drawn.T)
        draws |= {line: column for (line, _), column in zip(scored, columns, strict=True)}
    return draws
