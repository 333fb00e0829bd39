"""Progress that is always visible: a live bar on a terminal, a line every few seconds elsewhere.

Messages are printed on the same console, or a bar and a message would write over each other.
"""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from xtl.stops import raise_pending
from xtl.terminal import plain_console

logger = logging.getLogger(__name__)
"""Logger of the lines; no bar is drawn either where its level is above INFO, as ``--quiet`` sets it."""

console = plain_console(stderr=True)
"""Where bars and messages go. Standard output is left to tables and results."""


DATED = "%(asctime)s %(levelname)s %(message)s"
"""Format of the lines in a run's file; ``conf/hydra/job_logging`` has it too."""

_SECONDS_BETWEEN_LINES = 10.0

STAGES_FILE = "XTL_STAGES"
"""Variable with the path of the file in which a process that started this one reads how far it is."""

WAITS, TRAINS, STORED, SCORES = "waits", "trains", "stored", "scores"
"""Stages of a cell: it waits for a phase of another cell, trains one, has one in the store, scores."""


def announce(stage: str, phase: str = "") -> None:
    """Tell the process that started this cell how far it is; nothing, where none has asked for it.

    Args:
        stage: One of ``WAITS``, ``TRAINS``, ``STORED`` and ``SCORES``.
        phase: ``intermediate`` or ``target``, or the key of a phase; empty where it makes no difference.
    """
    path = os.environ.get(STAGES_FILE)
    if path:
        line = json.dumps({"stage": stage, "phase": phase, "time": time.time()})
        with suppress(OSError), Path(path).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class ProgressMeter:
    """Counts steps and tokens of one job and shows how far it is."""

    def __init__(self, title: str, total: int | None, bar: Progress | None) -> None:
        self._title = title
        self._total = total
        self._bar = bar
        self._task = None if bar is None else bar.add_task(title, total=total, note="", rate="")
        self._start = self._last_line = time.monotonic()
        self._paused = 0.0
        self._done = 0
        self.tokens = 0

    def advance(self, steps: int, *, tokens: int, note: str = "") -> None:
        """Count.

        Args:
            steps: Steps done since the last call.
            tokens: Non-padding tokens read since the last call.
            note: Text shown beside the counts, such as the loss.

        Raises:
            Stopped: if a signal asked the process to end, and what ran then swallowed that.
        """
        raise_pending()
        self._done += steps
        self.tokens += tokens
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=steps, note=note, rate=self._rate())
        elif time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES or self._done == self._total:
            self._last_line = time.monotonic()
            of = "" if self._total is None else f"/{self._total:,}"
            logger.info(
                "%s: %s%s  %s  %s  %s", self._title, f"{self._done:,}", of, self._rate(), note, self._left()
            )

    def resume(self, steps: int, *, tokens: int, seconds: float) -> None:
        """Count what an earlier process did, in ``seconds``."""
        self._done, self.tokens = steps, tokens
        self._start = time.monotonic() - seconds
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=steps)

    @property
    def seconds(self) -> float:
        """Time that counts for the rate of tokens."""
        return time.monotonic() - self._start - self._paused

    def note(self, text: str) -> None:
        """Say what goes on without counting."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, note=text)

    def skip(self, seconds: float) -> None:
        """Leave time that was spent on other work out of the rate of tokens."""
        self._paused += seconds

    @property
    def tokens_per_second(self) -> float:
        """Rate so far, pauses left out."""
        return self.tokens / max(self.seconds, 1e-9)

    def _rate(self) -> str:
        return f"{self.tokens_per_second:,.0f} tokens/s" if self.tokens else ""

    def _left(self) -> str:
        if self._total is None:
            return ""
        seconds = (time.monotonic() - self._start) / max(self._done, 1) * (self._total - self._done)
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d} left"


@contextmanager
def progress_meter(title: str, total: int | None, *, live: bool = True) -> Iterator[ProgressMeter]:
    """Show a :class:`ProgressMeter` while the block runs.

    Args:
        title: Name of the job.
        total: Steps in all; ``None``: not known.
        live: Whether a bar may be drawn on a terminal; not where output goes to the same one.
    """
    if not (live and console.is_terminal) or logger.level > logging.INFO:
        yield ProgressMeter(title, total, None)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bar:
        yield ProgressMeter(title, total, bar)


class TerminalHandler(logging.Handler):
    """Prints messages on standard error: plain where all is well, with the level in front otherwise."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print above the bar, if one is drawn."""
        prefix = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        console.print(f"{prefix}{self.format(record).rstrip()}", markup=False, soft_wrap=True)


class LogFile(logging.FileHandler):
    """The file of a run, such as ``train.log``; a run that goes on adds to it."""

    def __init__(self, filename: Path | str) -> None:
        super().__init__(filename, encoding="utf-8", delay=True)

    # On a full disk the command itself fails, and says so on the terminal; logging would print a traceback.

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message, opening the file at the first one."""
        with suppress(OSError):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """Go on without the message."""
