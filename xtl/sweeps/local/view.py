"""What becomes of the cells of a pool: one live table on a terminal, a line for each change elsewhere."""

import logging
import time
from collections import Counter

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from xtl import progress
from xtl.runs.status import FAILED, CellStatus
from xtl.sweeps.cells import ending_of
from xtl.sweeps.local.process import CellProcess, QueuedCell
from xtl.terminal import PlainTable

logger = logging.getLogger(__name__)

_LOOKS_A_SECOND = 2


class View:
    """Shows cells as they start, come further and end.

    Attributes:
        waiting: Number of cells that have not begun.
    """

    def __init__(self, total: int, *, console: Console = progress.console) -> None:
        """Show the cells of a sweep.

        Args:
            total: Number of cells that are to run.
            console: Where to draw the table, if it is a terminal.
        """
        self.waiting = self._total = total
        self._running: dict[int, CellProcess] = {}
        self._stage: dict[int, str] = {}
        self._count: Counter[str] = Counter()
        self._begin = time.monotonic()
        self._live: Live | None = None
        if total and console.is_terminal and progress.logger.level <= logging.INFO:
            self._live = Live(
                console=console, get_renderable=self.renderable, refresh_per_second=_LOOKS_A_SECOND,
                transient=True, redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._live.start()

    def started(self, process: CellProcess) -> None:
        """Show a cell that has begun."""
        number = process.cell.job.number
        self._running[number], self._stage[number] = process, "starts"
        self._line("%s: starts on %s; log: %s", process.cell.label, _place(process), process.log)

    def stage(self, process: CellProcess, text: str) -> None:
        """Show how far a cell is."""
        self._stage[process.cell.job.number] = text
        self._line("%s: %s", process.cell.label, text)

    def ended(self, cell: QueuedCell, status: CellStatus) -> None:
        """Show how a cell ended; of one that failed this stays on the terminal."""
        self._running.pop(cell.job.number, None)
        self._count[status.status] += 1
        if status.status == FAILED:
            logger.error("%s", ending_of(cell.label, status))
        else:
            self._line("%s", ending_of(cell.label, status))

    def stopping(self, count: int) -> None:
        """Say that cells are being ended."""
        self._line("ending %s cells", count)

    def close(self) -> None:
        """Draw no more."""
        if self._live is not None:
            self._live.stop()

    def renderable(self) -> Group:
        """The table of the cells that run, and a line of numbers for all."""
        table = PlainTable(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        for name in ("slot", "cell", "", "seconds", "last message"):
            table.add_column(
                name, justify="right" if name == "seconds" else "left", no_wrap=True, overflow="ellipsis"
            )
        for number, process in sorted(self._running.items(), key=lambda item: item[1].slots[0].number):
            seconds = f"{process.seconds:.0f}"
            table.add_row(
                _place(process), process.cell.label, self._stage[number], seconds, process.last_line()
            )
        endings = "".join(f", {count} {status}" for status, count in sorted(self._count.items()))
        minutes = (time.monotonic() - self._begin) / 60
        text = (
            f"{self._total} cells: {len(self._running)} run, {self.waiting} wait{endings}; {minutes:.0f} min"
        )
        return Group(table, Text(text))

    def _line(self, text: str, *values: object) -> None:
        if self._live is None:
            logger.info(text, *values)


def _place(process: CellProcess) -> str:
    """Slots of a cell, with their GPUs or cores."""
    slots = process.slots
    number = "+".join(str(slot.number) for slot in slots)
    devices = ",".join(slot.device for slot in slots if slot.device)
    cores = ",".join(str(core) for slot in slots for core in slot.cores)
    return (
        f"slot {number} (GPU {devices})"
        if devices
        else f"slot {number}" + (f" (cores {cores})" if cores else "")
    )
