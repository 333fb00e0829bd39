"""Threads that share out the cores: how many torch uses in each, what order results have, how they end."""

import os
import signal
import threading
import time
import warnings

import pytest
import torch

from xtl.models.kernels import core_threads
from xtl.models.kernels.core_threads import available_threads, can_share_evenly, each_of, results_of


@pytest.fixture
def four():
    """Four threads of torch's, as on a machine with four cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def _used(_):
    time.sleep(0.01)  # so that no thread computes all of them
    torch.ones(64, 64) @ torch.ones(64, 64)
    return threading.current_thread().name, torch.get_num_threads()


@pytest.mark.parametrize(("number", "share"), [(2, [2, 2]), (3, [1, 1, 2]), (4, [1] * 4), (6, [1] * 6)])
def test_each_thread_has_its_share_of_the_cores(four, number, share):
    used = results_of(_used, range(3 * number), num_threads=number)
    assert len({name for name, _ in used}) == number
    assert sorted(dict(used).values()) == share
    assert torch.get_num_threads() == 4
    assert _in_a_new_thread(torch.get_num_threads) == 4


def test_one_thread_is_the_caller_s_with_all_of_the_cores(four):
    assert results_of(_used, [0, 1], num_threads=1) == [(threading.current_thread().name, 4)] * 2


def test_threads_follow_when_torch_is_given_another_number(four):
    assert {threads for _, threads in results_of(_used, range(4), num_threads=2)} == {2}
    torch.set_num_threads(8)
    assert {threads for _, threads in results_of(_used, range(4), num_threads=2)} == {4}


def _in_a_new_thread(ask):
    found = []
    thread = threading.Thread(target=lambda: found.append(ask()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_has_not_begun_when_a_part_fails_is_not_computed(error):
    begun, ended = [], []

    def compute(number):
        begun.append(number)
        if number == 1:
            raise error
        time.sleep(0.02)
        ended.append(number)

    with pytest.raises(error):
        results_of(compute, range(50), num_threads=2)
    assert len(begun) < 50
    assert len(ended) == len(begun) - 1  # none goes on behind the caller's back


def test_what_has_not_begun_when_the_caller_is_interrupted_is_not_computed():
    begun = []

    def compute(number):
        begun.append(number)
        if number == 10:  # by then the caller waits
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        results_of(compute, range(50), num_threads=2)
    number = len(begun)
    assert number < 50
    time.sleep(0.1)
    assert len(begun) == number


def test_a_thread_that_is_done_takes_the_next_part():
    is_released, begun = threading.Event(), []

    def compute(number):
        begun.append(number)
        if number == 0:
            assert is_released.wait(timeout=5)
        elif number == 5:
            is_released.set()
        return -number

    assert results_of(compute, range(6), num_threads=2) == [0, -1, -2, -3, -4, -5]
    assert begun == [0, 1, 2, 3, 4, 5]


def test_what_has_not_begun_when_the_caller_stops_is_not_computed():
    begun = []
    results = each_of(lambda number: (begun.append(number), time.sleep(0.01)), range(50), num_threads=2)
    next(results)
    results.close()
    assert len(begun) < 50


def test_results_come_in_the_order_of_the_parts_however_long_each_takes():
    waits = [0.03, 0.0, 0.02, 0.0, 0.01, 0.0]
    results = each_of(lambda wait: (time.sleep(wait), -wait)[1], waits, num_threads=3, ahead=4)
    assert list(results) == [(wait, -wait) for wait in waits]


@pytest.mark.parametrize(("num_threads", "first"), [(1, 1), (2, 4)])
def test_parts_are_read_when_they_are_needed(num_threads, first):
    read = []

    def parts():
        for number in range(10):
            read.append(number)
            yield number

    results = each_of(str, parts(), num_threads=num_threads, ahead=3)
    assert read == []
    assert next(results) == (0, "0")
    assert len(read) == first
    assert list(results)[-1] == (9, "9")


def test_a_forked_process_begins_threads_of_its_own():
    results_of(str, range(4), num_threads=2)
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, since Python 3.12
        child = os.fork()
    if not child:
        try:
            os.write(writer, "".join(results_of(str, range(4), num_threads=2)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "0123"
    assert os.waitpid(child, 0)[1] == 0


def test_the_number_of_threads_is_bounded_by_torch_s_by_the_cores_and_by_python_s_pace(monkeypatch):
    monkeypatch.setattr(core_threads, "usable_cores", lambda: 64)
    for of_torch, expected in ((1, 1), (4, 4), (7, 7), (12, 6), (11, 1), (48, 8)):
        monkeypatch.setattr(core_threads.torch, "get_num_threads", lambda of_torch=of_torch: of_torch)
        assert available_threads() == expected
    assert [available_threads(most) for most in (0, 1, 5, 8)] == [1, 1, 4, 8]  # of 48
    monkeypatch.setattr(core_threads, "usable_cores", lambda: 1)
    assert available_threads() == 1


@pytest.mark.parametrize(("number", "is_even"), [(1, True), (2, True), (3, False), (4, True), (8, False)])
def test_parts_that_cost_the_same_need_the_same_number_of_cores(four, monkeypatch, number, is_even):
    monkeypatch.setattr(core_threads, "usable_cores", lambda: 4)
    assert can_share_evenly(number) == is_even


def test_threads_in_use_stay_when_others_are_asked_for():
    results = each_of(str, range(6), num_threads=2, ahead=1)
    assert next(results) == (0, "0")
    assert results_of(str, range(3), num_threads=3) == ["0", "1", "2"]
    assert [number for number, _ in results] == [1, 2, 3, 4, 5]


def test_threads_that_cannot_be_begun_are_said_and_wait_for_nothing(monkeypatch, four):
    begun = []
    original = core_threads.ThreadPoolExecutor.submit

    def submit(pool, *call):
        begun.append(pool)
        if len(begun) == 2:
            raise RuntimeError("can't start new thread")
        return original(pool, *call)

    monkeypatch.setattr(core_threads, "_POOLS", {})
    monkeypatch.setattr(core_threads.ThreadPoolExecutor, "submit", submit)
    with pytest.raises(RuntimeError, match="new thread"):
        results_of(str, range(4), num_threads=2)
    for thread in begun[0]._threads:
        thread.join(timeout=5)
        assert not thread.is_alive()
    assert torch.get_num_threads() == 4
