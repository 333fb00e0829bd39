"""Leases: one holder at a time, those of the dead taken over, those of the living left alone."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtl.store import lease as module
from xtl.store.holder import SILENCE, Claim, Holder, claim_of, is_running
from xtl.store.lease import Lease, held_by_living, is_held

ME = Holder(identity="me", host="here", system="boot 1", pid=7, begin="100")
HOLD = """
import sys, time
from pathlib import Path
from xtl.store.lease import Lease
with Lease(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("changes", "runs", "silent", "state"),
    [
        ({}, True, 0, Claim.MINE),
        ({}, False, 9 * SILENCE, Claim.MINE),
        ({"identity": "x", "pid": 8}, True, 9 * SILENCE, Claim.HELD),  # a process here is seen to run
        ({"identity": "x", "pid": 8}, False, 0, Claim.STALE),  # and one that is gone is taken over at once
        ({"identity": "x", "host": "there"}, False, SILENCE - 1, Claim.HELD),  # its number says nothing here
        ({"identity": "x", "host": "there"}, True, SILENCE, Claim.STALE),
        (
            {"identity": "x", "system": "boot 2"},
            True,
            SILENCE - 1,
            Claim.HELD,
        ),  # another container, or a restart
        ({"identity": "x", "system": "boot 2"}, True, SILENCE, Claim.STALE),
        ({"identity": "x", "begin": ""}, False, 0, Claim.HELD),  # a system that does not say who has a number
        ({"identity": "x", "begin": ""}, True, SILENCE, Claim.STALE),
        (None, True, SILENCE - 1, Claim.HELD),  # cannot be read: half written, or of another version
        (None, True, SILENCE, Claim.STALE),
    ],
)
def test_what_a_lease_means(changes, runs, silent, state):
    holder = None if changes is None else replace(ME, **changes)
    assert claim_of(holder, ME, is_running=lambda _: runs, silent=silent) == state


holders = st.builds(
    Holder,
    identity=st.sampled_from("abc"), host=st.sampled_from("gh"), system=st.sampled_from("st"), pid=st.just(1),
)  # fmt: skip


@settings(max_examples=50)
@given(holders, holders, st.booleans(), st.floats(0, SILENCE - 1))
def test_no_living_holder_that_is_heard_of_loses_its_lease(holder, me, runs, silent):
    state = claim_of(holder, me, is_running=lambda _: runs, silent=silent)
    is_here = (holder.host, holder.system) == (me.host, me.system)
    if state == Claim.STALE:
        assert is_here
        assert not runs


@pytest.fixture
def path(tmp_path):
    return tmp_path / "1234.lease"


@pytest.fixture
def holding(path):
    """Start a process that holds the lease."""
    processes = []

    def start():
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def test_one_holds_it_at_a_time_and_nothing_is_left(path):
    first, second = Lease(path), Lease(path)
    assert not is_held(path)
    with first.held():
        assert is_held(path)
        with pytest.raises(TimeoutError), second.held(timeout=0):
            pass
        assert json.loads(path.read_text())["pid"] == os.getpid()
        assert path.stat().st_mode & 0o044 == 0o044  # for other users to see
    assert list(path.parent.iterdir()) == []
    with second.held(timeout=0):
        assert is_held(path)


def test_a_killed_process_is_taken_over_at_once_also_before_its_parent_has_heard(path, holding, caplog):
    caplog.set_level("INFO", "xtl")
    process = holding()
    with pytest.raises(TimeoutError), Lease(path).held(timeout=0):
        pass
    os.kill(process.pid, signal.SIGKILL)  # not waited for: it stays in the list of processes
    for _ in range(100):
        if not is_held(path):
            break
        time.sleep(0.05)
    else:
        pytest.fail("expected the lease of a killed process to be free")
    with Lease(path).held(timeout=5):
        pass
    assert f"process {process.pid} on" in caplog.text
    assert list(path.parent.iterdir()) == []


def test_a_number_that_another_process_has_now_is_no_holder(path):
    mine = Holder.of_this_process()
    assert is_running(mine)
    assert not is_running(replace(mine, begin="1"))
    path.write_text(json.dumps(asdict(replace(mine, identity="x", begin="1"))))
    with Lease(path).held(timeout=0):
        pass


@pytest.mark.slow
def test_a_holder_on_another_machine_is_taken_over_when_it_is_silent(tmp_path, monkeypatch):
    monkeypatch.setattr("xtl.store.holder.SILENCE", 1.5)
    monkeypatch.setattr(module, "SILENCE", 1.5)
    monkeypatch.setattr(module, "_BETWEEN_LOOKS", 0.05)
    elsewhere = json.dumps(asdict(replace(ME, identity="x", host="there")))
    paths = [tmp_path / f"{number}.lease" for number in range(3)]
    for path, text in zip(paths, ("", "{}", elsewhere), strict=True):
        path.write_text(text)
    beats = threading.Event()

    def renew():
        while not beats.wait(0.2):
            for path in paths:
                os.utime(path)

    def refused(path):
        with pytest.raises(TimeoutError), Lease(path).held(timeout=2.5):
            pass

    def taken_over(path):
        begin = time.monotonic()
        with Lease(path).held(timeout=10):
            return time.monotonic() - begin

    with ThreadPoolExecutor(len(paths) + 1) as threads:
        renewing = threads.submit(renew)
        try:
            list(threads.map(refused, paths))
        finally:
            beats.set()
        renewing.result()
        assert all(1.4 < seconds < 6 for seconds in threads.map(taken_over, paths))


def test_one_that_is_not_patient_leaves_the_living_alone_and_takes_over_from_the_dead(
    path, holding, monkeypatch
):
    process = holding()
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match="that lives"):
        Lease(path).acquire(is_patient=False)
    assert time.monotonic() - begin < 2
    process.kill()
    process.wait()
    lease = Lease(path)
    lease.acquire(is_patient=False)
    lease.release()

    monkeypatch.setattr("xtl.store.holder.SILENCE", 1.0)
    monkeypatch.setattr(module, "SILENCE", 1.0)
    monkeypatch.setattr(module, "_BETWEEN_LOOKS", 0.05)
    path.write_text(json.dumps(asdict(replace(ME, identity="x", host="there"))))
    threading.Timer(0.3, os.utime, [path]).start()  # heard of: it lives
    with pytest.raises(TimeoutError, match="that lives"):
        Lease(path).acquire(is_patient=False)
    lease.acquire(is_patient=False)  # never heard of again
    assert is_held(path)
    lease.release()
    assert list(path.parent.iterdir()) == []


def test_it_is_renewed_and_one_that_was_taken_over_is_not_given_back(path, monkeypatch, caplog):
    monkeypatch.setattr(module, "_RENEWED_EVERY", 0.05)
    with Lease(path).held():
        before = path.stat().st_mtime_ns
        time.sleep(0.3)
        assert path.stat().st_mtime_ns > before
        other = json.dumps(asdict(replace(ME, identity="other")))
        path.write_text(other)
        time.sleep(0.3)
    assert path.read_text() == other
    assert "process 7 on here has taken over" in caplog.text


@pytest.mark.slow
def test_of_many_that_want_it_one_has_it_and_each_gets_it(path):
    path.write_text(json.dumps(asdict(replace(Holder.of_this_process(), identity="x", begin="1"))))
    inside, most, order = [], [], []

    def work(number):
        with Lease(path).held(timeout=60):
            inside.append(number)
            most.append(len(inside))
            order.append(number)
            time.sleep(0.02)
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(order) == list(range(6))
    assert max(most) == 1


def test_without_links_the_file_is_made_all_the_same(path, monkeypatch):
    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    with Lease(path).held():
        assert is_held(path)
        with pytest.raises(TimeoutError), Lease(path).held(timeout=0):
            pass
    assert list(path.parent.iterdir()) == []


def test_a_lost_answer_of_the_server_is_no_other_holder(path, monkeypatch):
    link = os.link

    def lost(source, target):
        link(source, target)
        raise FileExistsError(17, "File exists")

    monkeypatch.setattr("os.link", lost)
    with Lease(path).held(timeout=0):
        assert is_held(path)


def test_holders_on_other_machines_live_if_they_renew_their_leases_which_all_are_waited_for_together(
    tmp_path,
):
    elsewhere = json.dumps({"identity": "x", "host": "there", "system": "boot 1", "pid": 7, "begin": "100"})
    living, dead, here, none = (tmp_path / name for name in ("living", "dead", "here", "none"))
    living.write_text(elsewhere)
    dead.write_text(elsewhere)
    threading.Timer(0.3, os.utime, (living,), {"ns": (0, living.stat().st_mtime_ns + 1)}).start()
    with Lease(here).held():
        assert held_by_living([living, dead, here, none], seconds=0) == {here}
        assert held_by_living([living, dead, here, none], seconds=1.2) == {living, here}
