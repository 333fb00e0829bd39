"""Tables of scores with their draws, for verdicts in these languages."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from xtl.report.intervals.redraws import Redraws
from xtl.results import Result
from xtl.statistics import ScoreTable


def with_draws(table: ScoreTable, results: Sequence[Result], redraws: Redraws) -> ScoreTable:
    """Table with the scores of its cells on other draws of the examples.

    Args:
        table: Table of the results.
        results: Results that it was made of, and perhaps more.
        redraws: Draws of the results.

    Raises:
        ValueError: if a cell of the table has no draws, or those of a language are not of the same examples.
    """
    lines = [line for line in results if line.lang in table.langs]
    lacking = [line for line in lines if line not in redraws.scores]
    if lacking:
        raise ValueError(f"{len(lacking)} of {len(lines)} scores have no counts per example")
    for lang in table.langs:
        if not redraws.paired([line for line in lines if line.lang == lang]):
            raise ValueError(f"cells are scored on different examples of {lang}")
    draws = np.full((len(redraws.scores[lines[0]]), *table.scores.shape), np.nan)
    for line in lines:
        phase = line.run.trained_intermediate
        # The baseline is the size 0 of every intermediate language.
        column = table.intermediates.index(phase.lang) if phase.rows else slice(None)
        cell = (
            table.seeds.index(line.run.seed),
            table.langs.index(line.lang),
            table.sizes.index(phase.rows),
            column,
        )
        drawn = redraws.scores[line]
        draws[:, *cell] = drawn if phase.rows else drawn[:, None]
    return replace(table, draws=draws)
