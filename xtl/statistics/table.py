"""Scores of one target task over a sweep: seeds x target languages x sizes x intermediate languages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xtl.results import Result
from xtl.statistics.arrays import FloatArray, as_floats, as_sizes, check_labels, sparse_sizes

POINTS, LOGITS = "points", "logits"
"""Scales of a table: scores in [0, 100], and their logits."""

_EDGE = 0.05
"""Points from 0 and 100 within which a score is moved before its logit is taken."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScoreTable:
    """One metric of one target task in all cells of a sweep.

    Attributes:
        scores: Scores of shape (seeds, languages, sizes, intermediate languages); NaN for a missing cell. The
            baseline, size 0, stands there once for each intermediate language.
        seeds: Seeds, the labels of the first axis.
        langs: Target languages, the labels of the second axis.
        sizes: Rows of the intermediate data, ascending, the labels of the third axis.
        intermediates: Languages of the intermediate data, the labels of the last axis.
        task: Name of the target task.
        metric: Name of the score.
        budget: Length of the intermediate training, such as ``epochs:3``: with it, rows and updates change
            together; with ``steps:N`` rows alone.
        scale: ``points`` or ``logits``.
        draws: The same scores on other draws of the examples, of shape (draws, *scores.shape), where one draw
            is the same for all cells of a language; ``None`` where they are not known.

    Raises:
        ValueError: if labels or draws do not fit the shape, sizes do not ascend, or a score is infinite.
    """

    scores: FloatArray
    seeds: tuple[int, ...]
    langs: tuple[str, ...]
    sizes: tuple[int, ...]
    intermediates: tuple[str, ...]
    task: str = ""
    metric: str = ""
    budget: str = ""
    scale: str = POINTS
    draws: FloatArray | None = None

    def __post_init__(self) -> None:
        scores = as_floats(self.scores, name="scores").copy()
        if scores.ndim != 4:
            raise ValueError(
                "scores: expected four axes (seeds, languages, sizes, intermediate languages), "
                f"got shape {scores.shape}"
            )
        if np.isinf(scores).any():
            raise ValueError(
                f"scores: expected numbers, or NaN for a missing cell, got infinity in {self.task!r}"
            )
        axes = (self.seeds, self.langs, self.sizes, self.intermediates)
        for name, labels, count in zip(
            ("seeds", "langs", "sizes", "intermediates"), axes, scores.shape, strict=True
        ):
            check_labels(labels, count, name=name)
        as_sizes(self.sizes)
        if self.draws is not None and self.draws.shape[1:] != scores.shape:
            raise ValueError(f"draws: expected shape (draws, *{scores.shape}), got {self.draws.shape}")
        scores.flags.writeable = False
        object.__setattr__(self, "scores", scores)

    def sizes_of(self, lang: str) -> tuple[int, ...]:
        """Sizes that an intermediate language has a score at, in any seed.

        Raises:
            ValueError: if the table has no such intermediate language.
        """
        index = self.index_of(lang)
        has_score = np.asarray(~np.isnan(self.scores[:, :, :, index]).all(axis=(0, 1)))
        return tuple(
            size for size, is_scored in zip(self.sizes, has_score.tolist(), strict=True) if is_scored
        )

    def sparse_sizes(self, lang: str) -> dict[int, int]:
        """Sizes above 0 of fewer than three complete seeds, where most sizes have three, and their number.

        A seed is complete where its baseline is.

        Raises:
            ValueError: if the table has no such intermediate language.
        """
        is_complete = np.asarray(~np.isnan(self.scores[:, :, :, self.index_of(lang)]).any(axis=1))
        if self.sizes[0] == 0:
            is_complete &= is_complete[:, :1]
        counts = dict(zip(self.sizes, is_complete.sum(axis=0).tolist(), strict=True))
        return sparse_sizes({size: counts[size] for size in self.sizes_of(lang) if size})

    def without_sparse_sizes(self) -> "ScoreTable":
        """Table without the cells of :meth:`sparse_sizes`, which are gaps in it."""
        scores = self.scores.copy()
        for column, lang in enumerate(self.intermediates):
            scores[:, :, [self.sizes.index(size) for size in self.sparse_sizes(lang)], column] = np.nan
        return replace(self, scores=scores)

    def index_of(self, lang: str) -> int:
        """Index of an intermediate language on the last axis.

        Raises:
            ValueError: if the table has no such intermediate language.
        """
        if lang not in self.intermediates:
            raise ValueError(f"expected one of the intermediate languages {self.intermediates}, got {lang!r}")
        return self.intermediates.index(lang)

    def select(self, langs: Sequence[str]) -> "ScoreTable":
        """Table of some target languages alone, in their order there.

        Raises:
            ValueError: if one of them is not in the table.
        """
        unknown = [lang for lang in langs if lang not in self.langs]
        if unknown:
            raise ValueError(f"langs: expected some of {self.langs}, got {unknown}")
        indices = [self.langs.index(lang) for lang in langs]
        draws = None if self.draws is None else self.draws[:, :, indices]
        return replace(self, scores=self.scores[:, indices], langs=tuple(langs), draws=draws)

    def logits(self) -> "ScoreTable":
        """Table of ln(p / (1 - p)), p = score / 100: scores bend by themselves near 100, logits do not.

        Scores within 0.05 points of 0 and 100 are moved there first, since their logits are infinite.

        Raises:
            ValueError: if a score lies outside [0, 100], as a correlation may, or the scale is not points.
        """
        if self.scale != POINTS:
            raise ValueError(f"scale: expected {POINTS!r}, got {self.scale!r}")
        outside = self.scores[(self.scores < 0) | (self.scores > 100)]
        if outside.size:
            raise ValueError(
                f"scores: expected numbers in [0, 100], got {outside[0]:.2f}; a score that may be negative "
                "has no logit"
            )
        draws = None if self.draws is None else _logits(self.draws)
        return replace(self, scores=_logits(self.scores), draws=draws, scale=LOGITS)


def score_table(results: Iterable[Result], *, unseen_only: bool = True) -> ScoreTable:
    """Table of the results of one target task, metric and selection.

    Seeds are the repeats. A baseline without intermediate rows stands in the sweep once for each language and
    counts once; it is the size 0 of every intermediate language.

    Args:
        results: Results of a sweep's cells, which differ in seed, language and intermediate data alone.
        unseen_only: Whether to leave out the languages that the head was trained in.

    Raises:
        ValueError: if there are none, none has intermediate rows, they differ in something else, a cell has
            two scores, or one seed has several draws of rows (``data_seed``), which share its baseline and so
            are no repeats of their own.
    """
    lines = [line for line in results if not (unseen_only and line.is_source)]
    trained = [line for line in lines if line.run.trained_intermediate.rows]
    if not trained:
        raise ValueError(
            f"results: expected cells with intermediate rows, got none among {len(lines)} results"
        )
    _check_alike(lines, _SETTINGS)
    _check_alike(trained, _INTERMEDIATE_SETTINGS)
    _check_draws(trained)
    seeds = sorted({line.run.seed for line in lines})
    langs = list(dict.fromkeys(line.lang for line in lines))
    sizes = sorted({line.run.trained_intermediate.rows for line in lines})
    intermediates = sorted({line.run.intermediate.lang for line in trained})
    scores = np.full((len(seeds), len(langs), len(sizes), len(intermediates)), np.nan)
    for line in lines:
        phase = line.run.trained_intermediate
        column = slice(None) if not phase.rows else intermediates.index(phase.lang)
        cell = (seeds.index(line.run.seed), langs.index(line.lang), sizes.index(phase.rows), column)
        before = np.ravel(scores[cell])[0]
        if not np.isnan(before) and abs(before - line.value) > 1e-9:
            raise ValueError(
                f"results: expected one score a cell, got {before} and {line.value} for {line.task} in "
                f"{line.lang}, seed {line.run.seed}, {phase.rows} rows of {phase.lang or 'nothing'}"
            )
        scores[cell] = line.value
    return ScoreTable(
        scores=scores,
        seeds=tuple(seeds),
        langs=tuple(langs),
        sizes=tuple(sizes),
        intermediates=tuple(intermediates),
        task=lines[0].task,
        metric=lines[0].metric,
        budget=trained[0].run.intermediate.budget,
    )


def _logits(scores: FloatArray) -> FloatArray:
    share = np.clip(scores, _EDGE, 100 - _EDGE) / 100
    logits: FloatArray = np.log(share / (1 - share))
    return logits


_Getter = Callable[[Result], object]

_SETTINGS: dict[str, _Getter] = {
    "task": lambda line: line.task,
    "metric": lambda line: line.metric,
    "split": lambda line: line.split,
    "selection": lambda line: line.run.selection,
    "shots": lambda line: line.run.shots,
    "recipe": lambda line: line.run.recipe,
    "backbone": lambda line: line.run.backbone,
    "target task": lambda line: line.run.target.task,
    "target language": lambda line: line.run.target.lang,
    "target rows": lambda line: line.run.target.rows,
    "target budget": lambda line: line.run.target.budget,
}
"""Settings in which all cells agree."""

_INTERMEDIATE_SETTINGS: dict[str, _Getter] = {
    "intermediate task": lambda line: line.run.intermediate.task,
    "intermediate budget": lambda line: line.run.intermediate.budget,
    "tuning": lambda line: line.run.tuning,
}
"""Settings in which all cells but the baseline agree."""


def _check_alike(lines: Sequence[Result], settings: dict[str, _Getter]) -> None:
    for name, get in settings.items():
        values = list(dict.fromkeys(map(get, lines)))
        if len(values) > 1:
            raise ValueError(f"results: expected one {name}, got {values}; make a table for each")


def _check_draws(trained: Sequence[Result]) -> None:
    draw: dict[int, int] = {}
    for line in trained:
        first = draw.setdefault(line.run.seed, line.run.data_seed)
        if first != line.run.data_seed:
            raise ValueError(
                f"results: expected one data_seed for each seed, got {first} and {line.run.data_seed} for "
                f"seed {line.run.seed}; draws of one seed share its baseline: pass one draw of each"
            )
