"""The pool: cells in slots, each started as soon as the schedule lets it, all ended together."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from xtl.progress import SCORES, STORED, TRAINS, WAITS
from xtl.runs.status import FAILED, STOPPED, CellStatus
from xtl.stops import Stopped, raise_pending
from xtl.sweeps.cells import record
from xtl.sweeps.local.process import CellProcess, QueuedCell
from xtl.sweeps.local.schedule import next_job
from xtl.sweeps.local.slots import Slot, take
from xtl.sweeps.local.view import View

_SECONDS_BETWEEN_LOOKS = 0.1

_SECONDS_TO_END = 15.0
"""Time that cells have to end after a signal; those on several devices give their processes ten seconds."""

_STAGES = {
    WAITS: "waits for phase {}",
    TRAINS: "trains the {} phase",
    STORED: "has the {} phase",
    SCORES: "scores",
}


class Pool:
    """Runs cells in slots."""

    def __init__(
        self, slots: Sequence[Slot], view: View, *, start: Callable[..., CellProcess] = CellProcess
    ) -> None:
        """Make a pool.

        Args:
            slots: Slots of the machine.
            view: Where it is shown what becomes of the cells.
            start: Function that starts a cell in slots.
        """
        self._slots = list(slots)
        self._free = list(slots)
        self._view = view
        self._start = start
        self._running: list[CellProcess] = []
        self._stored: set[str] = set()
        self._statuses: dict[int, CellStatus] = {}

    def run(self, cells: Sequence[QueuedCell]) -> dict[int, CellStatus]:
        """Run all cells; one that fails stops no other.

        Returns:
            How each cell ended, by its number.

        Raises:
            Stopped: if a signal asked this process to end; all cells have ended then.
        """
        waiting = {cell.job.number: cell for cell in cells}
        for cell in cells:
            if take(self._slots, cell.job.devices) is None:
                del waiting[cell.job.number]
                self._end(cell, CellStatus(status=FAILED, seconds=0.0, error=self._too_large(cell)))
        try:
            while waiting or self._running:
                self._start_ready(waiting)
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                raise_pending()
                for process in list(self._running):
                    self._look_at(process)
        except Stopped as stop:
            self._stop(stop.signum)
            raise
        finally:
            for process in self._running:
                process.kill()
            self._view.close()
        return self._statuses

    def _start_ready(self, waiting: dict[int, QueuedCell]) -> None:
        while True:
            chosen = next_job(
                [cell.job for cell in waiting.values()],
                [process.cell.job for process in self._running],
                self._stored,
                free=self._free,
                slots=len(self._slots),
            )
            if chosen is None:
                break
            job, slots = chosen
            cell = waiting.pop(job.number)
            try:
                process = self._start(cell, slots)
            except OSError as error:
                text = f"{error.filename or cell.folder}: {error.strerror or error}"
                self._end(cell, CellStatus(status=FAILED, seconds=0.0, error=text))
                continue
            self._running.append(process)
            self._free = [slot for slot in self._free if slot not in slots]
            self._view.started(process)
        self._view.waiting = len(waiting)

    def _look_at(self, process: CellProcess) -> None:
        has_ended = process.has_ended  # before its last stages are read
        for stage in process.new_stages():
            name = stage["phase"]
            if stage["stage"] == STORED:
                self._stored |= {process.cell.phase_names.get(name, name)}
            if stage["stage"] in _STAGES:
                self._view.stage(process, _STAGES[stage["stage"]].format(name))
        if has_ended:
            process.kill()  # what it has left behind in its session
            self._leave(process, process.ending())

    def _leave(self, process: CellProcess, status: CellStatus) -> None:
        self._running.remove(process)
        self._free = sorted([*self._free, *process.slots], key=lambda slot: slot.number)
        if status.status == STOPPED:  # by somebody who did not stop the sweep
            status = replace(status, status=FAILED)
        self._end(process.cell, status)

    def _end(self, cell: QueuedCell, status: CellStatus) -> None:
        record(cell.folder, status)
        self._statuses[cell.job.number] = status
        self._view.ended(cell, status)

    def _stop(self, signum: int) -> None:
        """Pass a signal on, and give the cells time to end by themselves."""
        for process in self._running:
            process.send(signum)
        self._view.stopping(len(self._running))
        end = time.monotonic() + _SECONDS_TO_END
        while time.monotonic() < end and not all(process.has_ended for process in self._running):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        for process in self._running:
            process.kill()
            if process.new_status() is None:  # it had not begun, or did not end in time
                error = Stopped(signum).message
                record(process.cell.folder, CellStatus(status=STOPPED, seconds=process.seconds, error=error))

    def _too_large(self, cell: QueuedCell) -> str:
        devices = {slot.device for slot in self._slots}
        kind = "GPUs" if all(devices) else "slots of cores (hydra.launcher.n_jobs)"
        count = len(devices) if all(devices) else len(self._slots)
        return f"trainer.devices: expected at most {count}, the number of {kind}, got {cell.job.devices}"
