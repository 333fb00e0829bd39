"""Nodes that meet, as threads of this process: absent ones, versions, ports, ends of one that end all."""

import json
import signal
import socket
import threading
import time

import pytest

from xtl import stops
from xtl.distributed import meeting as module
from xtl.distributed.meeting import met
from xtl.distributed.nodes import Node
from xtl.errors import ConfigError, ProcessGroupError
from xtl.stops import Stopped, raise_when_stopped

HOSTS = ("n1", "n2")
FIRST, SECOND = (Node(rank=rank, hosts=HOSTS, run="17.0.0") for rank in (0, 1))
HERE = {"MASTER_ADDR": "127.0.0.1"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(module, "_SECONDS_FOR_A_CAUSE", 2.0)
    monkeypatch.setattr(stops, "_SECONDS_OF_ONE_STOP", 0.0)  # each test sends one


def attend(node, logs, act=lambda meeting: None, **settings):
    """Meet the other nodes, and do something then."""
    with met(node, logs, **{"build": "a", "seconds": 10.0, "environment": HERE, **settings}) as meeting:
        act(meeting)


def wait(meeting):
    """Wait as a launcher does, which a signal ends."""
    with raise_when_stopped():
        time.sleep(10)


@pytest.fixture
def beside(tmp_path):
    """Have a node do something in a thread; give what becomes of it."""
    threads = []

    def start(node, act=lambda meeting: None, **settings):
        outcome = []

        def run():
            try:
                attend(node, tmp_path, act, **settings)
                outcome.append("ended")
            except Exception as error:
                outcome.append(str(error))

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return outcome

    yield start
    for thread in threads:
        thread.join(20)


def test_nodes_meet_and_go_their_ways(beside, tmp_path):
    second = beside(SECOND)
    # The address of an earlier start is not that of this one.
    (tmp_path / "nodes.json").write_text(json.dumps({"run": "17.0.1", "host": "nowhere", "port": 1}))
    seen = []
    attend(FIRST, tmp_path, lambda meeting: seen.append((meeting.node, meeting.host, meeting.failure)))
    assert seen == [(FIRST, "127.0.0.1", "")]
    assert second == ["ended"]


def test_a_node_that_does_not_come_is_named(tmp_path):
    three = Node(hosts=("n1", "n2", "n3"), run="1")
    with pytest.raises(
        ProcessGroupError, match=r"expected 3 nodes \(n1, n2, n3\) within 0 s .*, n2, n3 did not"
    ):
        attend(three, tmp_path, seconds=0.2)
    with pytest.raises(ProcessGroupError, match=r"node n2: the first node, n1, has not written its address"):
        attend(SECOND, tmp_path, seconds=0.2)


def test_another_version_is_one_error_on_all_nodes(beside, tmp_path):
    second = beside(SECOND, build="xtl 2")
    with pytest.raises(ProcessGroupError) as error:
        attend(FIRST, tmp_path, build="xtl 1")
    message = "expected the same xtl on all nodes, got: n1 has xtl 1, n2 has xtl 2"
    assert str(error.value).startswith(message)
    time.sleep(0.5)
    assert second == [str(error.value)]


def test_a_port_in_use_and_a_port_that_is_none_are_told(tmp_path):
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"node n1: port {port} of 127.0.0.1 cannot be opened"):
            attend(FIRST, tmp_path, environment={**HERE, "MASTER_PORT": str(port)})
    with pytest.raises(ConfigError, match="MASTER_PORT: expected the number of a port, got 'x'"):
        attend(FIRST, tmp_path, environment={**HERE, "MASTER_PORT": "x"})


def test_what_one_node_fails_of_ends_the_others_with_the_same_words(beside, tmp_path):
    def fail(meeting):
        raise ProcessGroupError("rank 3 of 4 was killed")

    beside(SECOND, fail)
    begin = time.monotonic()
    with pytest.raises(ProcessGroupError, match=r"^rank 3 of 4 was killed$"):
        attend(FIRST, tmp_path, wait)
    assert time.monotonic() - begin < 5


def test_a_stop_of_one_node_stops_the_others(beside, tmp_path):
    beside(SECOND, lambda meeting: meeting.tell("stopped", signum=signal.SIGTERM))
    with pytest.raises(Stopped) as stopped:
        attend(FIRST, tmp_path, wait)
    assert stopped.value.exit_status == 143


def test_a_signal_after_a_failure_does_not_hide_it(beside, tmp_path, monkeypatch):
    leave, calls = module.Meeting.leave, []

    def stopped_once(meeting):
        calls.append(meeting.node)
        if calls.count(FIRST) == 1 and meeting.node == FIRST:
            raise Stopped(signal.SIGTERM)
        leave(meeting)

    monkeypatch.setattr(module.Meeting, "leave", stopped_once)

    def fail(meeting):
        raise ProcessGroupError("rank 0 of 4 was killed")

    beside(SECOND)
    with pytest.raises(ProcessGroupError, match=r"^rank 0 of 4 was killed$"):
        attend(FIRST, tmp_path, fail)
    assert calls.count(FIRST) == 2


def test_a_node_that_is_no_longer_heard_of_is_named(beside, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_SILENCE", 0.5)

    def fall_silent(meeting):
        meeting._left.set()  # as if its machine had lost power: it says nothing, not even that it leaves
        time.sleep(1.5)

    beside(SECOND, fall_silent)
    with pytest.raises(ProcessGroupError, match=r"^node n2 is gone: nothing was heard"):
        attend(FIRST, tmp_path, wait)


def test_the_words_of_a_cause_are_waited_for(beside, tmp_path, monkeypatch):
    monkeypatch.setattr(module.os, "kill", lambda pid, number: None)
    causes = []

    def fail_late(meeting):
        time.sleep(0.5)
        raise ProcessGroupError("out of memory")

    beside(SECOND, fail_late)
    attend(FIRST, tmp_path, lambda meeting: causes.append(meeting.cause()))
    assert causes == ["out of memory"]
