"""Selections of a stored phase: those that look at all languages are the ones of the cell that trained it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xtl.results import BEST_MEAN
from xtl.store.records import Phase
from xtl.training.history import FitReport

logger = logging.getLogger(__name__)

WATCHED = "watched"
"""Name in ``phase.json`` of the languages that selections were compared by, each with a hash of its rows."""


def stored_report(info: Mapping[str, Any], phase: Phase) -> FitReport:
    """Report of a stored phase, with the selections that hold for a cell.

    Which languages are watched decides no weight, and so not the key: a cell that scores other languages
    takes the phase as well, but for ``best_mean`` and ``oracle``, whose epochs were chosen on the others.

    Args:
        info: Content of ``phase.json``.
        phase: Phase of the cell that takes it.
    """
    report = FitReport.from_json(info["report"])
    if not phase.watched:  # as a cell has it that trains the phase itself
        return replace(report, selections={}, oracle={})
    if not report.selections:
        logger.warning("%s: it was trained with trainer.compare_selections=false", phase.title)
        return report
    if WATCHED not in info:
        logger.debug("%s: languages of its best_mean and oracle were not written down then", phase.title)
        return report
    if info[WATCHED] == phase.watched_digests:
        return report
    langs = ", ".join(info[WATCHED])
    logger.info(
        "%s: no scores of best_mean and oracle; it was trained for a cell that compared them by other "
        "validation sets (%s)", phase.title, langs,
    )  # fmt: skip
    selections = {name: epoch for name, epoch in report.selections.items() if name != BEST_MEAN}
    return replace(report, selections=selections, oracle={})
