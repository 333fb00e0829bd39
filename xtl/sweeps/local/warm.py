"""Processes forked from one that has imported everything: small cells need not wait seconds for that."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from multiprocessing import Pipe, forkserver, get_context, resource_tracker
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType
from typing import Any

from xtl.distributed.environment import only
from xtl.store.holder import lives

_PROGRAM = "xtl.cli.cell"
_PRELOADED = (
    _PROGRAM,
    __name__,
    "xtl.pipeline.cell",
    "xtl.cli.show",
    "transformers.models.xlm_roberta.modeling_xlm_roberta",
)
"""Modules that start no thread when they are imported: a process with threads cannot be forked safely."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_STATUS_UNKNOWN = 255
"""What multiprocessing says of a process once that which forked it is gone, whether or not it runs."""


class WarmProcess:
    """A forked process, with as much of :class:`subprocess.Popen` as is needed."""

    def __init__(self, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        """Start a process.

        Args:
            arguments: Command line of the program.
            environment: All of its environment variables.
            log: File that its output goes to.

        Raises:
            OSError: if no process can be started.
        """
        # Its end with the writer: when this process is gone, however that ended, the other one reads that.
        reader, self._writer = Pipe(duplex=False)
        values = _PROGRAM, [*arguments], {**environment}, log, reader
        self._process = _context().Process(target=_run, args=values)
        try:
            _ensure_forking()
            with _no_main_module():
                self._process.start()
        except EOFError as error:  # the process that forks has been killed
            raise OSError(f"no process could be forked: {error}") from error
        finally:
            reader.close()

    @property
    def pid(self) -> int:
        """Number of the process, and of its session."""
        assert self._process.pid is not None  # noqa: S101  it has been started
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit status, or the negative number of the signal that ended it; ``None`` while it runs."""
        code = self._process.exitcode
        return None if code == _STATUS_UNKNOWN and lives(self.pid) else code

    def poll(self) -> int | None:
        """Same as :attr:`returncode`."""
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal, if it runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, signum)

    def wait(self) -> int:
        """Wait for its end; it has been killed."""
        self.send_signal(signal.SIGKILL)  # it may not have made its session yet
        self._process.join()
        self._writer.close()
        return self._process.exitcode or 0


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([*_PRELOADED])
    # Not drawn for a terminal, whichever this process has: the output of each goes to a file.
    with only({**os.environ, "TERM": "dumb"}), _no_main_module():
        _ensure_forking()
        first = context.Process(target=int)  # it waits for all imports, the next ones do not
        first.start()
        first.join()
    return context


def _ensure_forking() -> None:
    """Start the process that forks, unless it runs, so that no signal to the group of this one ends it.

    It stays in that group, and what it has forked could not be followed any more.
    """
    resource_tracker.ensure_running()  # which unblocks the same signals when it starts its process
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # a new process has them blocked too
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run(program: str, *values: Any) -> None:  # noqa: ANN401  those of run_forked
    """Run a program in the forked process."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    import_module(program).run_forked(*values)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide the program of this process, which a forked one would import, to find what it is to run in it."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
