"""Intervals of a run's scores over test examples, for its model card."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from xtl.errors import DataFormatError
from xtl.results import Result
from xtl.statistics.examples import ExampleCounts, counts_path, read_counts, redrawn_scores, scores_of

logger = logging.getLogger(__name__)

Interval = tuple[float, float]
"""Lower and upper end, in the unit of the score."""

_SAME = 1e-6
"""Difference of a score from the one that its counts give, from which on they are of another score."""


def example_intervals(
    folder: Path, scores: Sequence[Result], *, level: float = 0.95
) -> Mapping[Result, Interval]:
    """Percentile intervals over test examples (groups of them, such as the questions of a paragraph).

    They are those of the report: :func:`xtl.statistics.examples.redrawn_scores`.

    Args:
        folder: Run folder, with counts per example.
        scores: Results of the run.
        level: Share of the draws inside an interval.

    Returns:
        An interval of each score that its counts give; older runs have no counts.
    """
    intervals: dict[Result, Interval] = {}
    for score in scores:
        try:
            counts = read_counts(counts_path(folder, score.task, score.lang, score.split))
            if counts is None or not _are_counts_of(counts, score):
                continue
            draws = redrawn_scores([counts], score.metric)
        except (DataFormatError, ValueError) as error:
            logger.warning("no interval of %s in %s: %s", score.metric, score.lang, error)
            continue
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        intervals[score] = float(low), float(high)
    return intervals


def _are_counts_of(counts: ExampleCounts, score: Result) -> bool:
    """Whether the counts are those of the score, not of an older or a changed one."""
    value = scores_of(counts).get(score.metric)
    return value is not None and abs(value - score.value) < _SAME
