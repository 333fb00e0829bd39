"""A cell as a process of its own: started from its config file, followed, ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xtl.distributed.environment import worker_environment
from xtl.progress import STAGES_FILE
from xtl.runs.claim import in_use
from xtl.runs.file_names import TERMINAL_LOG
from xtl.runs.status import (
    DONE,
    EXIT_STATUS_OF_LEFT,
    FAILED,
    LEFT,
    STATUS_FILE,
    CellStatus,
    new_status,
    stamp_of,
)
from xtl.sweeps.local.schedule import Job
from xtl.sweeps.local.slots import Slot, visible
from xtl.sweeps.local.warm import WarmProcess

_STAGES = "logs/stages.jsonl"
"""Files in a run folder: what the terminal would have shown, and how far the cell is."""

_PROGRAM = ("-m", "xtl.cli.cell")
_THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedCell:
    """A cell that a pool is to run.

    Attributes:
        job: What the schedule knows of it.
        label: Name for messages.
        folder: Run folder.
        config_file: Config that it waits with.
        phase_names: ``intermediate`` and ``target`` to what the schedule calls these phases.
        variables: Environment variables of its own.
        arguments: Further arguments of the program, such as ``--quiet``.
    """

    job: Job
    label: str
    folder: Path
    config_file: Path
    phase_names: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()


class CellProcess:
    """A cell that runs.

    Attributes:
        cell: The cell.
        slots: Slots that it has.
    """

    def __init__(
        self, cell: QueuedCell, slots: Sequence[Slot], *, program: Sequence[str] | None = None
    ) -> None:
        """Start a cell; on a CPU in a process that has imported everything already.

        Args:
            cell: Cell to run.
            slots: Slots that it takes.
            program: Arguments of the Python interpreter, for another program.

        Raises:
            OSError: if its log cannot be written, or no process be started.
        """
        self.cell, self.slots = cell, tuple(slots)
        self._stages, self._read = cell.folder / _STAGES, 0
        self._begin, self._log_begin = time.monotonic(), 0
        self._is_killed = False
        self.log = cell.folder / TERMINAL_LOG
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # What is there may be another sweep's that runs the cell, or has just done so: nothing is removed.
        self._before = {cell.folder: stamp_of(cell.folder / STATUS_FILE)}
        with suppress(OSError):
            self._read = self._stages.stat().st_size
        with suppress(OSError):
            self._log_begin = self.log.stat().st_size
        cores = ",".join(str(core) for slot in slots for core in slot.cores)
        arguments = [str(cell.config_file), f"--folder={cell.folder}", f"--cores={cores}", *cell.arguments]
        self._process: subprocess.Popen[bytes] | WarmProcess
        # A device is not forked; and variables of its own may be read by libraries as they are imported.
        if program is None and not cell.variables and not any(slot.device for slot in slots):
            self.log.touch()
            environment = self._environment(os.environ)
            self._process = WarmProcess(arguments, environment=environment, log=self.log)
        else:
            self._process = self._fresh([*(program or _PROGRAM), *arguments])

    def _fresh(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches this process alone, which passes it on once.
            return subprocess.Popen(  # noqa: S603  this interpreter
                [sys.executable, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=self._environment(os.environ), start_new_session=True,
            )  # fmt: skip

    def _environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Variables of the process: nothing that another cell has set."""
        threads = sum(slot.threads for slot in self.slots)
        chosen = environment.get(_THREADS, "")
        if chosen.isdecimal():
            threads = max(1, min(threads, int(chosen)))
        inherited = worker_environment(environment, threads=threads)
        variables = {STAGES_FILE: str(self._stages.absolute()), **visible(self.slots)}
        return {**inherited, **self.cell.variables, **variables}

    @property
    def seconds(self) -> float:
        """Time since its start."""
        return round(time.monotonic() - self._begin, 1)

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def new_stages(self) -> list[dict[str, Any]]:
        """Stages that it has announced since the last call."""
        try:
            with self._stages.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except OSError:
            return []
        text = text[: text.rfind(b"\n") + 1]  # a line may be half written
        self._read += len(text)
        stages = []
        for line in text.splitlines():
            with suppress(ValueError):  # half a line, of a full disk, that the next one was written behind
                stages.append(json.loads(line))
        return stages

    def last_line(self) -> str:
        """Last line that it has printed."""
        with suppress(OSError), self.log.open("rb") as file:
            file.seek(max(self._log_begin, self.log.stat().st_size - 500))
            lines = file.read().decode(errors="replace").strip().splitlines()
            return lines[-1].strip() if lines else ""
        return ""

    def ending(self) -> CellStatus:
        """How the cell ended: as it has written itself, or by what its process ended of."""
        code = self._process.returncode or 0
        if code == EXIT_STATUS_OF_LEFT:
            return CellStatus(status=LEFT, seconds=self.seconds, error=str(in_use(self.cell.folder)))
        status = self.new_status()
        if status is not None and (code == 0 or status.status != DONE):
            return status
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"
        error = f"its process {how}; its log: {self.log}. The same command goes on from the last checkpoint"
        return CellStatus(status=FAILED, seconds=self.seconds, error=error)

    def new_status(self) -> CellStatus | None:
        """What has been written since its start of how it ended; ``None`` if nothing was."""
        return new_status(self.cell.folder, self._before)

    def send(self, signum: int) -> None:
        """Send a signal; the cell sends it to the processes that it has started."""
        self._process.send_signal(signum)

    def kill(self) -> None:
        """End the process, and all of its session, at once; a second call does nothing."""
        if self._is_killed:  # its number may be another session's by now
            return
        self._is_killed = True
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
