"""Nodes of one cell: which of them this process is on, by what Slurm says of the step it is a task of."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from xtl.errors import ConfigError

_STEP_HOSTS, _STEP_NODES, _STEP_TASKS = "SLURM_STEP_NODELIST", "SLURM_STEP_NUM_NODES", "SLURM_STEP_NUM_TASKS"

_PART = re.compile(r"(?:[^,\[]|\[[^\]]*\])+")
"""A part of a list of hosts: commas between brackets do not end it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A node among those of a cell; alone, where nothing else is said.

    Attributes:
        rank: Number of the node, from 0.
        hosts: Names of all nodes, by rank.
        run: Name of this start of the cell, which no earlier one has: a job that is requeued starts again.
    """

    rank: int = 0
    hosts: tuple[str, ...] = ("localhost",)
    run: str = ""

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.hosts)

    @property
    def is_first(self) -> bool:
        """Whether the cell is run from here; the other nodes only start their processes."""
        return self.rank == 0

    @property
    def host(self) -> str:
        """Name of this node."""
        return self.hosts[self.rank]


def this_node(environment: Mapping[str, str]) -> Node:
    """Node of this process among those of its Slurm step; a node alone outside a step of several nodes.

    Args:
        environment: Environment variables.

    Raises:
        ConfigError: if the step has more tasks than nodes, or Slurm's list of hosts makes no sense.

    Example:
        >>> step = {"SLURM_STEP_NUM_NODES": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_NODELIST": "n[3-4]"}
        >>> node = this_node({**step, "SLURM_NODEID": "1", "SLURM_JOB_ID": "17", "SLURM_STEP_ID": "0"})
        >>> node.host, node.run
        ('n4', '17.0.0')
    """
    # Variables of the step, not of the job: a batch script on the first of two nodes is no task of a step.
    nodes = int(environment.get(_STEP_NODES) or 1)
    if nodes == 1:
        return Node()
    tasks = int(environment.get(_STEP_TASKS) or nodes)
    if tasks != nodes:
        raise ConfigError(
            f"srun: expected one task on each of {nodes} nodes, which starts the processes of its devices, "
            f"got {tasks} tasks; give srun --ntasks-per-node=1"
        )
    hosts = expanded_hosts(environment[_STEP_HOSTS])
    if len(hosts) != nodes:
        raise ConfigError(
            f"{_STEP_HOSTS}: expected the names of {nodes} nodes, got {environment[_STEP_HOSTS]!r}"
        )
    parts = ("SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT")
    run = ".".join(environment.get(name) or "0" for name in parts)
    return Node(rank=int(environment["SLURM_NODEID"]), hosts=tuple(hosts), run=run)


def expanded_hosts(text: str) -> list[str]:
    """Names of hosts in a list as Slurm writes it.

    Args:
        text: List with ranges, as in ``SLURM_STEP_NODELIST``.

    Raises:
        ConfigError: if it is none.

    Example:
        >>> expanded_hosts("gpu[01-02,7],login,r[1-2]n[0-1]")
        ['gpu01', 'gpu02', 'gpu7', 'login', 'r1n0', 'r1n1', 'r2n0', 'r2n1']
    """
    parts = _PART.findall(text)
    if ",".join(parts) != text or not text:
        raise ConfigError(f"expected hosts as Slurm lists them, such as n[1-4,7],m1, got {text!r}")
    return [name for part in parts for name in _expanded(part)]


def _expanded(part: str) -> list[str]:
    before, bracket, rest = part.partition("[")
    if not bracket:
        return [part]
    ranges, bracket, after = rest.partition("]")
    numbers: list[str] = []
    for piece in ranges.split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", piece)
        if not bracket or match is None:
            raise ConfigError(f"expected hosts as Slurm lists them, such as n[1-4,7],m1, got {part!r}")
        first, last = match[1], match[2] or match[1]
        numbers += [f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]
    return [f"{before}{number}{end}" for number in numbers for end in _expanded(after)]


def reachable_name(node: Node, environment: Mapping[str, str]) -> str:
    """Name under which the other nodes find this one.

    Args:
        node: This node.
        environment: Environment variables; ``MASTER_ADDR`` overrides what Slurm and the system say.

    Raises:
        ConfigError: if no name of it is known to the system.
    """
    chosen = environment.get("MASTER_ADDR")
    names = [chosen] if chosen else [node.host, socket.gethostname()]
    for name in names:
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            continue
        return name
    raise ConfigError(
        f"node {node.host}: expected a name with an address, got none for {' and '.join(names)}; set "
        "MASTER_ADDR to an address of the first node, as in "
        "'hydra.launcher.setup=[\"export MASTER_ADDR=...\"]'"
    )
