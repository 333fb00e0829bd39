"""Signals as exceptions."""

import os
import pickle
import signal
import threading
import time
from contextlib import ExitStack, suppress

import pytest

from xtl import stops
from xtl.progress import ProgressMeter
from xtl.stops import Stopped, raise_pending, raise_when_stopped, stops_put_off, take_stop, withdraw_stop


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


def terminated():
    os.kill(os.getpid(), signal.SIGTERM)


def taken_after_a_checkpoint(done):
    with stops_put_off(0.3):
        assert take_stop() is None
        terminated()
        raise_pending()  # as progress does, after each update
        stop = take_stop()
        time.sleep(0.5)  # as a checkpoint that takes longer to write than a stop waits
        done.append("checkpoint")
        raise stop


def raised_after_the_block(done):
    with stops_put_off(0.1):
        terminated()
        done.append("rest of the block")
    time.sleep(0.3)
    done.append("what must be whole")
    raise_pending()


def raised_after_a_time(done):
    began = time.monotonic()
    try:
        with stops_put_off(0.2):
            terminated()
            time.sleep(60)
    finally:
        done.append(0.2 <= time.monotonic() - began < 10)


def raised_before_work_that_failed_is_tried_again(done):
    for attempt in (1, 2):
        with suppress(ValueError), stops_put_off(60):
            done.append(attempt)
            terminated()
            raise ValueError("too little memory")


def raised_by_a_second_signal(done):
    with stops_put_off(60):
        terminated()
        terminated()  # as from a launcher, to the group too
        done.append("goes on")
        time.sleep(0.1)
        terminated()
        done.append("goes on")


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (taken_after_a_checkpoint, ["checkpoint"]),
        (raised_after_the_block, ["rest of the block", "what must be whole"]),
        (raised_after_a_time, [True]),
        (raised_before_work_that_failed_is_tried_again, [1]),
        (raised_by_a_second_signal, ["goes on"]),
    ],
)
def test_a_stop_that_is_put_off_is_raised(work, expected, monkeypatch):
    monkeypatch.setattr(stops, "_SECONDS_OF_ONE_STOP", 0.05)
    done = []
    with pytest.raises(Stopped) as raised, raise_when_stopped():
        work(done)
    assert (done, raised.value.exit_status) == (expected, 143)


def turned_into_an_error():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException as error:
        raise ValueError("could not determine the shape") from error  # as code in C does


def test_a_stop_that_became_an_error_is_a_stop():
    with pytest.raises(Stopped), raise_when_stopped():
        turned_into_an_error()


def woken_up():
    try:
        terminated()
    except Stopped:
        withdraw_stop()
        raise ValueError("another process has failed") from None


def test_a_stop_that_was_withdrawn_is_none():
    with pytest.raises(ValueError, match="another process"), raise_when_stopped():
        woken_up()


def broken_meanwhile():
    with stops_put_off():
        terminated()
        raise ValueError("broken")


def test_an_error_while_a_stop_waits_is_that_error():
    with pytest.raises(ValueError, match="broken"), raise_when_stopped():
        broken_meanwhile()


def test_it_comes_back_from_another_process_as_it_was():
    stop = Stopped(signal.SIGTERM)
    stop.note = "the same command goes on"
    again = pickle.loads(pickle.dumps(stop))  # noqa: S301
    assert (again.code, again.message) == (143, "stopped by SIGTERM; the same command goes on")
