"""A view by Weights & Biases: one run a cell, online with a key, else files for ``wandb sync``.

Not by Lightning's logger for it: that one gives no step of its own, so that a cell that goes on offline would
count from 0 again; no exit status; and it takes the run of the cell before in the same process.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import wandb

from xtl.atomic import write_json
from xtl.results import Result
from xtl.schemas.tracking import WandbConfig
from xtl.tracking.values import TABLE_COLUMNS, CellInfo, Plain, score_values, table_rows
from xtl.tracking.wandb_run import SECONDS_OF_FLUSH, finish_run, start_run

JOB_TYPE = "cell"


class WandbView:
    """Run of one cell.

    Attributes:
        name: Name of its choice in ``tracking=``.
        next_step: First step that the run does not have yet.
    """

    name = "wandb"

    def __init__(self, config: WandbConfig, cell: CellInfo, folder: Path) -> None:
        """Begin the run of a cell, or go on in it.

        Raises:
            ConfigError: if the key is wrong, or the server does not answer.
        """
        self._run = start_run(
            config, folder, id=cell.id, name=cell.name, group=cell.group, job_type=JOB_TYPE, tags=cell.tags
        )
        self._run.config.update(dict(cell.config), allow_val_change=True)
        self._run.define_metric("tokens")
        self._run.define_metric("*", step_metric="tokens")
        self._steps_file = folder / self.name / f"steps-{cell.id}.json"
        self.next_step = _read_step(self._steps_file) if self._run.offline else self._run.starting_step
        self._folder = folder
        self._recent: list[tuple[float, int]] = []

    def log(self, metrics: Mapping[str, float], step: int) -> None:
        """Show metrics of an epoch."""
        self._log(dict(metrics), step)

    def note(self, values: Mapping[str, Plain]) -> None:
        """Put values into the summary."""
        self._run.summary.update(dict(values))

    def log_scores(self, results: Sequence[Result]) -> None:
        """Put the scores into the summary, and all selections' into a table."""
        self.note(score_values(results))
        with _files_of_tables(self._folder / self.name):
            table = wandb.Table(columns=list(TABLE_COLUMNS), data=table_rows(results))
            self._log({"scores": table}, self.next_step)
        self.next_step += 1

    def close(self, exit_status: int) -> None:
        """Finish the run; say how to upload what is not."""
        finish_run(self._run, self._folder, exit_status)
        if self._recent:
            write_json(self._steps_file, {"next_step": self._recent[-1][1]})

    def _log(self, values: dict[str, Any], step: int) -> None:
        self._run.log(values, step=step, commit=True)
        self._recent.append((time.monotonic(), step + 1))
        # What may not be in its file yet a process that goes on shows again: twice is better than never.
        sure = [step for logged, step in self._recent if time.monotonic() - logged > 4 * SECONDS_OF_FLUSH]
        if sure:
            write_json(self._steps_file, {"next_step": sure[-1]})
            self._recent = self._recent[len(sure) :]


@contextmanager
def _files_of_tables(folder: Path) -> Iterator[None]:
    """Let wandb put the files of tables, which an upload needs, into a folder of the run, not of the user."""
    name = "WANDB_DATA_DIR"
    if name in os.environ:
        yield
        return
    os.environ[name] = str(folder)
    try:
        yield
    finally:
        del os.environ[name]


def _read_step(path: Path) -> int:
    """First step that the files of an earlier process do not have."""
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["next_step"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
