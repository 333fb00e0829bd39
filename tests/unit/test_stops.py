"""Signals as exceptions."""

import os
import pickle
import signal
import threading
from contextlib import ExitStack, suppress

import pytest

from xtl import stops
from xtl.progress import ProgressMeter
from xtl.stops import Stopped, raise_pending, raise_when_stopped


@pytest.fixture(autouse=True)
def no_earlier_stop(monkeypatch):
    monkeypatch.setattr(stops, "_last_stop", -10.0)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_is_raised_where_the_process_is_and_its_handler_comes_back(number, code):
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as raised, raise_when_stopped():
        os.kill(os.getpid(), number)
    assert (raised.value.code, raised.value.message) == (code, f"stopped by {number.name}")
    assert signal.getsignal(number) is before


def test_errors_that_are_caught_are_not_stops():
    with pytest.raises(Stopped), raise_when_stopped(), suppress(Exception):  # as a sweep, which goes on
        os.kill(os.getpid(), signal.SIGTERM)


def stopped_twice(cleaned_up):
    with ExitStack() as stack:
        stack.callback(cleaned_up.append, True)
        stack.callback(os.kill, os.getpid(), signal.SIGTERM)  # as from a launcher, to the group too
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_comes_twice_is_one():
    cleaned_up = []
    with pytest.raises(Stopped), raise_when_stopped():
        stopped_twice(cleaned_up)
    assert cleaned_up == [True]


class Signalling:
    """Object whose destructor runs when a signal comes; what a destructor raises is ignored."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_was_swallowed_is_raised_by_the_next_progress():
    with raise_when_stopped():
        meter = ProgressMeter("work", 2, None)
        meter.advance(1, tokens=0)
        Signalling()
        with pytest.raises(Stopped):
            meter.advance(1, tokens=0)
    raise_pending()  # what was stopped is over


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with raise_when_stopped():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_a_thread_nothing_changes():
    def look():
        with raise_when_stopped():
            seen.append(signal.getsignal(signal.SIGTERM))

    seen = []
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


def test_it_comes_back_from_another_process_as_it_was():
    stop = Stopped(signal.SIGTERM)
    stop.note = "the same command goes on"
    again = pickle.loads(pickle.dumps(stop))  # noqa: S301
    assert (again.code, again.message) == (143, "stopped by SIGTERM; the same command goes on")
