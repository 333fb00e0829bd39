"""Signals that end a process, as an exception: what is at work cleans up, and the exit status tells."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_SECONDS_OF_ONE_STOP = 1.0
"""Launchers send a signal to a process and to its group: what comes within this time is the same one."""


class Stopped(SystemExit):
    """A signal asked the process to end. The exit status is 128 and its number, as a shell says.

    No :class:`Exception`: what catches errors to go on, as a sweep does, must not go on.

    Attributes:
        signum: Number of the signal.
        exit_status: Exit status of the process.
        note: What a repeated run will find, such as a checkpoint; may be empty.
        is_reported: Whether a message has said so.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.code = self.exit_status = 128 + signum
        self.signum = signum
        self.note = ""
        self.is_reported = False

    @property
    def message(self) -> str:
        """One line for a person."""
        note = f"; {self.note}" if self.note else ""
        return f"stopped by {signal.Signals(self.signum).name}{note}"


@contextmanager
def raise_when_stopped() -> Iterator[None]:
    """Make SIGTERM and SIGINT raise :class:`Stopped` in the block, where they would end the process.

    A signal that the process ignores, such as SIGINT of a job in the background, stays ignored; in a thread
    that is not the main one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    global _pending
    _pending = None
    handlers = {signum: signal.getsignal(signum) for signum in _SIGNALS}
    for signum, handler in handlers.items():
        if handler is not signal.SIG_IGN:
            signal.signal(signum, _stop)
    try:
        yield
    finally:
        _pending = None
        for signum, handler in handlers.items():
            # None: a handler that is not Python's, which can be left alone only.
            if handler is not None and handler is not signal.SIG_IGN:
                signal.signal(signum, handler)


def raise_pending() -> None:
    """Raise the stop that a signal asked for, if it was lost: what a destructor raises is ignored.

    Work that takes long calls this now and then.

    Raises:
        Stopped: if a signal came since :func:`raise_when_stopped` began.
    """
    if _pending is not None:
        raise _pending


_last_stop = -_SECONDS_OF_ONE_STOP

_pending: Stopped | None = None


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001  the interpreter passes it
    global _last_stop, _pending
    last, _last_stop = _last_stop, time.monotonic()
    if _last_stop - last >= _SECONDS_OF_ONE_STOP:
        _pending = Stopped(signum)
        raise _pending
