"""How the nodes of a cell come together: the first one opens a store of torch, the others come to it.

Its address stands in the run folder, which all see. Each says which version of xtl it has.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from torch.distributed import TCPStore  # type: ignore[attr-defined]  # not declared as exported

from xtl.distributed.nodes import Node, reachable_name
from xtl.errors import ConfigError, ProcessGroupError, first_line

PORT = "MASTER_PORT"
"""Variable with the port of the first node, where a firewall lets only some through; else any free one."""

ADDRESS_FILE = "nodes.json"
"""File among the logs of a run folder with the address of the first node."""

SECONDS_TO_READ = 10.0
"""Time that the first node keeps its store open for the others once the cell has ended."""

_SECONDS_BETWEEN_LOOKS = 0.1
_SECONDS_TO_CONNECT = 30.0

_WELCOME = "welcome"


def opened_store(node: Node, environment: Mapping[str, str]) -> tuple[str, TCPStore]:
    """Open the store of a cell on its first node.

    Args:
        node: This node.
        environment: Environment variables, which may name an address or a port.

    Returns:
        Name of the first node, and its store.

    Raises:
        ConfigError: if no name of it is known, or its port is in use.
    """
    host = reachable_name(node, environment)
    port = environment.get(PORT, "0")
    if not port.isdecimal():
        raise ConfigError(f"{PORT}: expected the number of a port, got {port!r}")
    try:
        return host, TCPStore(host, int(port), is_master=True, wait_for_workers=False, multi_tenant=True)
    except RuntimeError as error:
        raise ConfigError(
            f"node {node.host}: port {port} of {host} cannot be opened, another process may use it "
            f"({first_line(error)}); give another one as {PORT}, or none: then a free one is taken"
        ) from error


def welcome(node: Node, store: TCPStore, build: str, seconds: float) -> None:
    """Wait for the other nodes, and tell them whether the cell may start.

    Args:
        node: The first node.
        store: Store that the others come to.
        build: Version of xtl on this node.
        seconds: Time that they have.

    Raises:
        ProcessGroupError: if one does not come, or has another version.
    """
    keys = {rank: f"build/{rank}" for rank in range(1, node.size)}
    wait_until(seconds, lambda: store.check([*keys.values()]))
    absent = [node.hosts[rank] for rank, key in keys.items() if not store.check([key])]
    verdict = ""
    if absent:
        verdict = (
            f"expected {node.size} nodes ({', '.join(node.hosts)}) within {seconds:.0f} s "
            f"(trainer.node_seconds), {', '.join(absent)} did not come; look whether it can reach "
            f"{node.host} and sees the run folder"
        )
    else:
        builds = {node.hosts[rank]: store.get(key).decode() for rank, key in keys.items()}
        different = ", ".join(f"{host} has {text}" for host, text in builds.items() if text != build)
        if different:
            verdict = (
                f"expected the same xtl on all nodes, got: {node.host} has {build}, {different}; install the "
                "same version everywhere"
            )
    store.set("verdict", verdict or _WELCOME)
    if verdict:
        present = [f"left/{rank}" for rank, key in keys.items() if store.check([key])]
        wait_until(SECONDS_TO_READ, lambda: not present or store.check(present))
        raise ProcessGroupError(verdict)


def address_of_first(node: Node, logs: Path, seconds: float) -> tuple[str, int]:
    """Host and port that the first node has written; those of earlier starts do not count.

    Args:
        node: This node.
        logs: Folder of logs in the run folder.
        seconds: Time that the first node has.

    Raises:
        ProcessGroupError: if it writes none.
    """
    address: dict[str, object] = {}

    def is_there() -> bool:
        with suppress(OSError, ValueError):
            next(logs.iterdir(), None)  # clients of a network's file system remember what is not there
            address.update(json.loads((logs / ADDRESS_FILE).read_text(encoding="utf-8")))
        return address.get("run") == node.run

    if not wait_until(seconds, is_there):
        raise ProcessGroupError(
            f"node {node.host}: the first node, {node.hosts[0]}, has not written its address to "
            f"{logs / ADDRESS_FILE} within {seconds:.0f} s (trainer.node_seconds); look at what it says "
            "itself, and whether both see the same folder"
        )
    return str(address["host"]), int(str(address["port"]))


def come(node: Node, host: str, port: int, build: str, end: float) -> None:
    """Tell the first node that this one is here, and wait for what it says.

    Args:
        node: This node.
        host: Name of the first node.
        port: Port of its store.
        build: Version of xtl on this node.
        end: Time, of the monotonic clock, up to which to wait.

    Raises:
        ProcessGroupError: if the first node does not answer, or the cell may not start.
    """
    try:
        store = client(host, port)
        store.set(f"build/{node.rank}", build)
        wait_until(max(0.0, end - time.monotonic()), lambda: store.check(["verdict"]))
        verdict = store.get("verdict").decode()
    except RuntimeError as error:
        raise ProcessGroupError(
            f"node {node.host}: expected the first node at {host}, port {port}, got no answer "
            f"({first_line(error)}); a firewall between the nodes may allow only some ports: give "
            f"one as {PORT}"
        ) from error
    if verdict != _WELCOME:
        with suppress(RuntimeError):
            store.set(f"left/{node.rank}", "")
        raise ProcessGroupError(verdict)


def client(host: str, port: int) -> TCPStore:
    """Connection to the store of the first node; each thread needs its own."""
    timeout = timedelta(seconds=_SECONDS_TO_CONNECT)
    return TCPStore(host, port, is_master=False, wait_for_workers=False, timeout=timeout)


def wait_until(seconds: float, is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, or time is up; return whether it is."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return True
