"""Threads that share out the cores: how many torch uses in each, what order results have, how they end."""

import threading
import time

import pytest
import torch

from xtl.modules import core_threads as room
from xtl.modules.core_threads import available_threads, core_threads, mapped


@pytest.fixture
def four():
    """Four threads of torch's, as on a machine with four cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("number", "share"), [(1, 4), (2, 2), (3, 1), (4, 1), (6, 1)])
def test_each_thread_has_its_share_of_the_cores_until_the_block_is_left(four, number, share):
    with core_threads(number) as pool:
        assert torch.get_num_threads() == 4
        shares = [pool.submit(_after_an_operation) for _ in range(3 * number)]
        assert {future.result() for future in shares} == {share}
        assert torch.get_num_threads() == 4
    assert torch.get_num_threads() == 4
    assert _in_a_new_thread(torch.get_num_threads) == 4


def _after_an_operation():
    torch.ones(64, 64) @ torch.ones(64, 64)
    return torch.get_num_threads()


def _in_a_new_thread(ask):
    found = []
    thread = threading.Thread(target=lambda: found.append(ask()))
    thread.start()
    thread.join()
    return found[0]


def test_threads_end_with_the_block_also_after_an_error(four):
    ends = []

    def interrupted():
        with core_threads(2) as pool:
            ends.extend(pool.submit(time.sleep, 0.05) for _ in range(20))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert any(end.cancelled() for end in ends)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("xtl-core")]
    assert torch.get_num_threads() == 4


def test_results_come_in_the_order_of_the_parts_however_long_each_takes():
    with core_threads(3) as pool:
        waits = [0.03, 0.0, 0.02, 0.0, 0.01, 0.0]
        results = mapped(pool, lambda wait: (time.sleep(wait), -wait)[1], waits, ahead=4)
        assert list(results) == [(wait, -wait) for wait in waits]


def test_parts_are_read_when_they_are_needed():
    read = []

    def parts():
        for number in range(10):
            read.append(number)
            yield number

    with core_threads(2) as pool:
        results = mapped(pool, str, parts(), ahead=3)
        assert read == []
        assert next(results) == (0, "0")
        assert len(read) == 4
        assert list(results)[-1] == (9, "9")


def test_the_number_of_threads_is_bounded_by_torch_s_by_the_cores_and_by_python_s_pace(monkeypatch):
    monkeypatch.setattr(room, "usable_cores", lambda: 64)
    for torch_s, expected in ((1, 1), (4, 4), (48, 8)):
        monkeypatch.setattr(room.torch, "get_num_threads", lambda torch_s=torch_s: torch_s)
        assert available_threads() == expected
    monkeypatch.setattr(room, "usable_cores", lambda: 1)
    assert available_threads() == 1
