"""The tracker of one cell: what the pipeline tells it goes to each view that was asked for."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from xtl.errors import first_line
from xtl.results import Result
from xtl.store.records import TrainedPhase
from xtl.tracking.values import Plain, epoch_rows, phase_values
from xtl.training.history import EpochMetrics

logger = logging.getLogger(__name__)


class View(Protocol):
    """One view of the run of a cell.

    Attributes:
        name: Name of its choice in ``tracking=``.
        next_step: First step (updates of all phases) that it does not have yet.
    """

    name: str
    next_step: int

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Show metrics of an epoch."""

    def note(self, values: Mapping[str, Plain]) -> None:
        """Show values that have no step."""

    def log_scores(self, results: Sequence[Result]) -> None:
        """Show the final scores."""

    def close(self, exit_status: int) -> None:
        """End the view: 0 done, 1 failed, above 128 stopped by a signal."""


class Tracker:
    """Views of the run of one cell; without views it does nothing."""

    def __init__(self, views: Iterable[View] = ()) -> None:
        self._views = list(views)
        self._last: tuple[int, EpochMetrics | None] = 0, None
        self._steps_before = 0

    def log_epochs(self, epochs: Sequence[EpochMetrics]) -> None:
        """Show the epochs that a view does not have yet.

        Those of a phase that begins again, in 32 bits or with fewer examples at once, stand behind those of
        its first attempt: views know no way back.

        Args:
            epochs: Epochs of all phases so far, in order.
        """
        rows = list(epoch_rows(epochs)) if self._views else []
        if rows:
            last_step, last = self._last
            if rows[-1][0] <= last_step and epochs[-1] != last:
                self._steps_before += last_step - (rows[-2][0] if len(rows) > 1 else 0)
            self._last = rows[-1][0], epochs[-1]

        def log(view: View) -> None:
            for row, metrics in rows:
                step = row + self._steps_before
                if step >= view.next_step:
                    view.log(metrics, step)
                    view.next_step = step + 1

        self._each(log)

    def log_phases(self, phases: Sequence[TrainedPhase]) -> None:
        """Show keys and cost of the phases, those from the store too."""
        self._each(lambda view: view.note(phase_values(phases)))

    def log_scores(self, results: Sequence[Result]) -> None:
        """Show the scores of a cell, those of other selections too."""
        self._each(lambda view: view.log_scores(results))

    def close(self, exit_status: int) -> None:
        """End all views; nothing can be shown after it."""
        self._each(lambda view: view.close(exit_status))
        self._views = []

    def _each(self, call: Callable[[View], None]) -> None:
        for view in list(self._views):
            try:
                call(view)
            except Exception as error:  # no view is worth a cell: a full disk, a server that is down
                logger.warning(
                    "tracking=%s: %s; the run goes on without it, its folder has all numbers",
                    view.name,
                    first_line(error),
                )
                self._views.remove(view)
                with suppress(Exception):
                    view.close(1)
