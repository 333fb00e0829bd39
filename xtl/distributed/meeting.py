"""Nodes of one cell meet before it starts, and each learns at once when another one fails, stops or is gone.

The store that they have met at (:mod:`xtl.distributed.rendezvous`) serves torch's launcher too.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from torch.distributed import TCPStore  # type: ignore[attr-defined]  # not declared as exported

from xtl.atomic import write_json
from xtl.distributed.nodes import Node
from xtl.distributed.rendezvous import (
    ADDRESS_FILE,
    SECONDS_TO_READ,
    address_of_first,
    client,
    come,
    opened_store,
    wait_until,
    welcome,
)
from xtl.errors import ProcessGroupError
from xtl.stops import Stopped, withdraw_stop

_SECONDS_BETWEEN_LOOKS = 0.5
_SILENCE = 30.0
"""Seconds after which a node that is not heard of counts as gone."""

_SECONDS_FOR_A_CAUSE = 15.0
"""Time for another node to say what it failed of: it ends its own processes first, in ten seconds."""

_ENDING = "ending"


class Meeting:
    """The nodes of a cell that have met, as one of them.

    Attributes:
        node: This node.
        host: Name of the first node.
        port: Port of its store.
        failure: What another node has failed of; empty: nothing yet.
    """

    def __init__(self, node: Node, host: str, port: int) -> None:
        """Begin to watch the other nodes.

        Args:
            node: This node.
            host: Name of the first node.
            port: Port of its store.
        """
        self.node, self.host, self.port = node, host, port
        self.failure = ""
        self._store = client(host, port)
        self._left = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)
        self._watch.start()

    def tell(self, text: str, *, signum: int = 0) -> None:
        """Tell the other nodes that the cell ends, unless one of them has said so already.

        Args:
            text: What this node has failed of.
            signum: Signal that asked it to stop; 0: it failed.
        """
        with suppress(Exception):  # the store may be gone, with the first node
            self._store.compare_set(_ENDING, "", json.dumps({"text": text, "signum": signum}))

    def cause(self) -> str:
        """What another node has failed of, waited for: its end is known here before its words are."""
        wait_until(_SECONDS_FOR_A_CAUSE, lambda: bool(self.failure))
        return self.failure

    def leave(self) -> None:
        """Go, having said so; the first node, which has the store, waits until all others have."""
        self._left.set()
        self._watch.join()
        with suppress(Exception):
            self._store.set(f"left/{self.node.rank}", "")
            departures = [f"left/{rank}" for rank in range(1, self.node.size)]
            if self.node.is_first:
                wait_until(SECONDS_TO_READ, lambda: self._store.check(departures))

    def _run(self) -> None:
        heard = {rank: (0, time.monotonic()) for rank in range(1, self.node.size)}
        try:
            store = client(self.host, self.port)
            while not self._left.wait(_SECONDS_BETWEEN_LOOKS):
                if not self.node.is_first:
                    store.add(f"beat/{self.node.rank}", 1)
                elif self._silent(store, heard):
                    return
                if store.check([_ENDING]):
                    self._end(**json.loads(store.get(_ENDING)))
                    return
        except Exception:  # whatever torch raises when nobody answers
            if not self._left.is_set():
                self._end(f"node {self.node.host}: the first node, {self.node.hosts[0]}, is gone")

    def _silent(self, store: TCPStore, heard: dict[int, tuple[int, float]]) -> bool:
        """Whether a node is no longer heard of; then the cell ends."""
        now = time.monotonic()
        for rank, (count, when) in heard.items():
            if store.check([f"left/{rank}"]):
                continue
            beats = store.add(f"beat/{rank}", 0)
            heard[rank] = (beats, now) if beats != count else (count, when)
            if now - heard[rank][1] > _SILENCE:
                text = f"node {self.node.hosts[rank]} is gone: nothing was heard of it for {_SILENCE:.0f} s"
                self.tell(text)
                self._end(text)
                return True
        return False

    def _end(self, text: str, *, signum: int = 0) -> None:
        """End the processes of this node as a signal would, which the main thread gets."""
        if not signum:
            self.failure = text
        os.kill(os.getpid(), signum or signal.SIGTERM)


@contextmanager
def met(
    node: Node, logs: Path, *, build: str, seconds: float, environment: Mapping[str, str] = os.environ
) -> Iterator[Meeting]:
    """Meet the other nodes of a cell; in the block what one of them ends of ends it here too.

    Args:
        node: This node.
        logs: Folder of logs in the run folder.
        build: Version of xtl, which must be the same on all nodes.
        seconds: Time that all have to come.
        environment: Environment variables.

    Raises:
        ConfigError: if no name of the first node is known, or its port is in use.
        ProcessGroupError: if a node does not come, has another version, or fails later on.
        Stopped: if a signal asked this process, or that of another node, to end.
    """
    end = time.monotonic() + seconds
    if node.is_first:
        host, store = opened_store(node, environment)
        write_json(logs / ADDRESS_FILE, {"run": node.run, "host": host, "port": store.port})
        port = store.port
        welcome(node, store, build, seconds)
    else:
        host, port = address_of_first(node, logs, seconds)
        come(node, host, port, build, end)
    meeting = Meeting(node, host, port)
    failure: Exception | None = None
    try:
        try:
            yield meeting
        except Stopped as stop:
            if meeting.failure:
                withdraw_stop()
                failure = ProcessGroupError(meeting.failure)
                raise failure from None
            meeting.tell(stop.message, signum=stop.signum)
            raise
        except Exception as error:
            failure = error
            meeting.tell(str(error))
            raise
        finally:
            meeting.leave()
    except Stopped:
        # The other nodes end too, and one of them has sent a signal as this one had failed already.
        if failure is None and not meeting.failure:
            raise
        meeting.leave()
        withdraw_stop()
        raise failure or ProcessGroupError(meeting.failure) from None
