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

SECONDS_PUT_OFF = 8.0
"""Longest time that work goes on after a signal. What sent the signal to a group of processes waits ten."""


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
    global _pending, _raised
    _pending = _raised = None
    handlers = {signum: signal.getsignal(signum) for signum in _SIGNALS}
    handled_before = [*_handled]
    _handled[:] = [signum for signum, handler in handlers.items() if handler is not signal.SIG_IGN]
    handle_again()
    try:
        with stops_told_from_errors():
            yield
    finally:
        _pending = _raised = None
        _handled[:] = handled_before
        for signum, handler in handlers.items():
            # None: a handler that is not Python's, which can be left alone only.
            if handler is not None and handler is not signal.SIG_IGN:
                signal.signal(signum, handler)


@contextmanager
def stops_told_from_errors() -> Iterator[None]:
    """Raise a stop as what it is where code in C, in which it was raised, has made another error of it.

    Raises:
        Stopped: if the block ends with an error after a stop was raised in it.
    """
    try:
        yield
    except Exception as error:
        if _raised is not None:
            raise _raised from error
        raise


def handle_again() -> None:
    """Put back the handlers of :func:`raise_when_stopped`, if in use, where a library has set its own.

    Lightning's handler of SIGTERM lets processes talk to each other, wherever each of them is in its work.
    """
    for signum in _handled:
        signal.signal(signum, _stop)


def raise_pending() -> None:
    """Raise the stop that a signal asked for, if it was lost: what a destructor raises is ignored.

    Work that takes long calls this now and then.

    Raises:
        Stopped: if a signal came since :func:`raise_when_stopped` began, and is not put off.
    """
    if _pending is not None and (_delay is None or _delay.is_over):
        raise _pending


def withdraw_stop() -> None:
    """Make as if no signal had come: it has woken this process up to raise an error in its place."""
    global _pending, _raised
    _pending = _raised = None


@contextmanager
def stops_put_off(seconds: float = SECONDS_PUT_OFF) -> Iterator[None]:
    """In the block, let a stop wait for a place where work may be broken off, which calls :func:`take_stop`.

    A second signal, or the end of the time, raises it where the process is. If the block ends before that,
    :func:`raise_pending` raises it.

    Args:
        seconds: Longest time that it waits.

    Raises:
        Stopped: if one waits already, as where work that failed meanwhile is tried again.
    """
    global _delay
    raise_pending()
    _delay = _Delay(seconds)
    try:
        yield
    finally:
        _delay.end()
        _delay = None


def take_stop() -> Stopped | None:
    """The stop that :func:`stops_put_off` lets wait, if there is one; whoever takes it raises it soon."""
    if _delay is None or not _delay.is_begun:
        return None
    _delay.end()
    return _pending


class _Delay:
    """The time that a stop waits."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    @property
    def is_begun(self) -> bool:
        return self._timer is not None

    def begin(self, signum: int) -> None:
        self._timer = threading.Timer(self._seconds, self._send_again, [signum])
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _send_again(self, signum: int) -> None:
        self.is_over = True
        # To the thread that may be waiting in a call of the system: it alone handles signals.
        signal.pthread_kill(threading.main_thread().ident or 0, signum)


_handled: list[signal.Signals] = []
"""Signals that :func:`raise_when_stopped` handles now."""

_last_stop = -_SECONDS_OF_ONE_STOP

_pending: Stopped | None = None

_raised: Stopped | None = None
"""The stop, once it was raised where the process was."""

_delay: _Delay | None = None


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001  the interpreter passes it
    global _last_stop, _pending, _raised
    last, _last_stop = _last_stop, time.monotonic()
    is_new = _last_stop - last >= _SECONDS_OF_ONE_STOP
    if _delay is not None and is_new and not _delay.is_begun:
        _pending = Stopped(signum)
        _delay.begin(signum)
    elif is_new or (_delay is not None and _delay.is_over):
        _pending = _raised = Stopped(signum)
        raise _raised
