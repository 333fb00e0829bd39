"""Which node a process is on, by variables of Slurm as a step of two nodes has them."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.distributed.nodes import Node, expanded_hosts, reachable_name, this_node
from xtl.errors import ConfigError

STEP = {
    "SLURM_STEP_NUM_NODES": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NODELIST": "gpu[7-8]",
    "SLURM_NODEID": "1", "SLURM_JOB_ID": "17", "SLURM_STEP_ID": "0",
}  # fmt: skip


def test_a_task_of_a_step_knows_its_node_and_a_start_after_a_requeue_is_another_one():
    node = this_node(STEP)
    assert (node.rank, node.size, node.hosts, node.is_first) == (1, 2, ("gpu7", "gpu8"), False)
    assert this_node(STEP).run != this_node({**STEP, "SLURM_RESTART_COUNT": "1"}).run
    assert this_node(STEP).run == this_node({**STEP, "SLURM_NODEID": "0"}).run


@pytest.mark.parametrize(
    "environment",
    [
        {},
        # A batch script runs on the first of its nodes, and is no task of a step of both.
        {"SLURM_JOB_ID": "17", "SLURM_JOB_NUM_NODES": "2", "SLURM_NODEID": "0", "SLURM_NTASKS": "2"},
        {**STEP, "SLURM_STEP_NUM_NODES": "1", "SLURM_STEP_NUM_TASKS": "8"},
    ],
)
def test_outside_a_step_of_several_nodes_there_is_one(environment):
    assert this_node(environment) == Node()


def test_several_tasks_on_a_node_and_hosts_that_do_not_fit_are_refused():
    with pytest.raises(ConfigError, match=r"one task on each of 2 nodes.*got 4 tasks; give srun --ntasks"):
        this_node({**STEP, "SLURM_STEP_NUM_TASKS": "4"})
    with pytest.raises(ConfigError, match=r"the names of 2 nodes, got 'gpu7'"):
        this_node({**STEP, "SLURM_STEP_NODELIST": "gpu7"})


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("n1", ["n1"]),
        ("n[08-11]", ["n08", "n09", "n10", "n11"]),
        ("a-1,b[2,4-5]-ib", ["a-1", "b2-ib", "b4-ib", "b5-ib"]),
    ],
)
def test_lists_of_hosts(text, hosts):
    assert expanded_hosts(text) == hosts


@pytest.mark.parametrize("text", ["", "n[1-", "n[a-b]", "n1,,n2", "n1,"])
def test_what_is_no_list_of_hosts_is_refused(text):
    with pytest.raises(ConfigError, match="expected hosts as Slurm lists them"):
        expanded_hosts(text)


@given(st.lists(st.integers(0, 999), min_size=1, max_size=4, unique=True))
def test_as_many_hosts_as_numbers(numbers):
    text = f"rack[{','.join(map(str, numbers))}]x,login"
    assert expanded_hosts(text) == [*[f"rack{number}x" for number in numbers], "login"]


def test_the_first_node_has_a_name_that_others_find(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")
    node = Node(hosts=("no.such.host.invalid", "b"))
    assert reachable_name(node, {}) == "localhost"
    assert reachable_name(node, {"MASTER_ADDR": "127.0.0.1"}) == "127.0.0.1"
    with pytest.raises(ConfigError, match=r"none for nowhere\.invalid; set MASTER_ADDR"):
        reachable_name(node, {"MASTER_ADDR": "nowhere.invalid"})
