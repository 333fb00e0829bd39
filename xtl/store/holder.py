"""Who holds a lease, and what that means for another process; the rules are pure."""

import json
import os
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

SILENCE = 60.0
"""Seconds without a renewal after which the holder on another machine counts as gone."""


_ENDED = "ended"


class Claim(StrEnum):
    """What a lease means for a process that wants it: its own, another's, or left behind."""

    MINE = "mine"
    HELD = "held"
    STALE = "stale"


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A process that holds a lease.

    Attributes:
        identity: Random name of the lease, which no other one has.
        host: Name of its machine.
        system: Identity of the running system and its numbers of processes: another one after a restart, and
            in another container.
        pid: Number of the process.
        begin: Time of its start, as the system has it; empty where it does not say.
    """

    identity: str
    host: str
    system: str
    pid: int
    begin: str = ""

    @classmethod
    def of_this_process(cls) -> "Holder":
        """This process, with a new identity."""
        pid = os.getpid()
        return cls(
            identity=uuid.uuid4().hex,
            host=socket.gethostname(),
            system=_system(),
            pid=pid,
            begin=_begin_of(pid),
        )

    def is_seen_by(self, other: "Holder") -> bool:
        """Whether the other process is on the same machine, and that tells which process has a number now."""
        return bool(self.begin) and (self.host, self.system) == (other.host, other.system)


def claim_of(
    holder: Holder | None, me: Holder, *, is_running: Callable[[Holder], bool], silent: float
) -> Claim:
    """What a lease means for a process that wants it.

    Args:
        holder: Holder in the file; ``None``: it cannot be read.
        me: Process that wants it.
        is_running: Function that says whether a process of this machine runs.
        silent: Seconds since the last renewal.
    """
    if holder is not None and holder.identity == me.identity:
        return Claim.MINE
    if holder is not None and holder.is_seen_by(me):
        return Claim.HELD if is_running(holder) else Claim.STALE
    return Claim.HELD if silent < SILENCE else Claim.STALE


def is_running(holder: Holder) -> bool:
    """Whether a process of this machine is still the one that took a lease."""
    if not lives(holder.pid):
        return False
    return not holder.begin or _begin_of(holder.pid) in (holder.begin, "")


def lives(pid: int) -> bool:
    """Whether a process of this machine has that number, and has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        pass
    return _begin_of(pid) != _ENDED


def read_holder(path: Path) -> Holder | None:
    """Read who holds a lease; ``None`` if that cannot be read."""
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _begin_of(pid: int) -> str:
    """Time at which a process began, in ticks since the system's start; ``ended`` of one that only waits."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return _ENDED if fields[0] in "ZX" else fields[19]


@cache
def _system() -> str:
    parts = []
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)
