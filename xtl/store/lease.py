"""Leases: locks that hold on file systems of several machines, where those of the system may not.

A lease is a small file that says who holds it, and whose time its holder renews while it runs. That of a
process that is gone is taken over: on the same machine at once, on another one when it is not renewed.
"""

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from xtl.store.holder import SILENCE, Claim, Holder, claim_of, is_running, read_holder

logger = logging.getLogger(__name__)

_RENEWED_EVERY = 10.0
"""Seconds between two renewals by the process that holds a lease."""

_SILENCE_AT_A_LOOK = 600.0
"""Seconds without a renewal after which a lease that is looked at once counts as left; clocks may differ."""

_BETWEEN_LOOKS = 0.5
"""Seconds between two looks of a process that waits for one."""


class Lease:
    """A lease on a file, for one process at a time."""

    def __init__(self, path: Path) -> None:
        """Prepare a lease; nothing is held yet.

        Args:
            path: File of the lease, in a folder that exists.
        """
        self._path = path
        self._me = Holder.of_this_process()
        self._released = threading.Event()

    @contextmanager
    def held(self, *, timeout: float | None = None) -> Iterator[None]:
        """Hold the lease in the block; as :meth:`acquire`."""
        self.acquire(timeout=timeout)
        try:
            yield
        finally:
            self.release()

    def acquire(
        self,
        *,
        timeout: float | None = None,
        is_patient: bool = True,
        on_wait: Callable[[], None] | None = None,
    ) -> None:
        """Take the lease; wait for it if another process holds it.

        Args:
            timeout: Seconds to wait; ``None``: for ever.
            is_patient: Whether to wait for a holder that is known to live, and not only until that is known.
            on_wait: Function that is called once, when it takes longer than a moment.

        Raises:
            TimeoutError: if another process holds it for so long, or lives.
            OSError: if the file cannot be written.
        """
        try:
            self._wait_for(timeout, on_wait, is_patient=is_patient)
            self._released.clear()
            threading.Thread(target=self._renew, daemon=True).start()
        except BaseException:  # a signal too: this process may live on, as a notebook's does
            self.release()
            raise

    def release(self) -> None:
        """Give the lease back, if it is still this process's."""
        self._released.set()
        with suppress(OSError):
            if self._claim(silent=0.0) is Claim.MINE:
                self._path.unlink()

    def _wait_for(
        self, timeout: float | None, on_wait: Callable[[], None] | None, *, is_patient: bool
    ) -> None:
        begin = time.monotonic()
        renewed, seen = _renewal(self._path), begin
        while True:
            if self._created():
                return
            last, renewed, now = renewed, _renewal(self._path), time.monotonic()
            if renewed != last:
                seen = now
            # By this process's own clock: that of the other machine may be another time.
            if self._claim(silent=now - seen) is Claim.STALE and self._took_over():
                return
            if not is_patient and (renewed != last or self._lives_here()):
                raise TimeoutError(f"{self._path}: held by a process that lives")
            if timeout is not None and now - begin >= timeout:
                raise TimeoutError(f"{self._path}: held by another process")
            if on_wait is not None and now - begin >= 2 * _BETWEEN_LOOKS:
                on_wait()
                on_wait = None
            time.sleep(_BETWEEN_LOOKS)

    def _created(self) -> bool:
        """Make the file, if there is none: whole from the beginning, and by one process alone."""
        with self._written() as temporary:
            try:
                os.link(temporary, self._path)
            except FileExistsError:
                # A server whose answer was lost is asked again, and says that the file is there.
                return temporary.stat().st_nlink > 1
            except OSError:  # no links on this file system
                return self._created_without_link()
        return True

    def _created_without_link(self) -> bool:
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self._me), file)
        return True

    def _took_over(self) -> bool:
        """Put this process in the place of one that is gone, unless another one is doing that."""
        guard = self._path.with_name(f"{self._path.name}.takeover")
        with suppress(OSError):
            if time.time() - guard.stat().st_mtime > _SILENCE_AT_A_LOOK:
                guard.unlink()  # of a process that was killed meanwhile
        gone = read_holder(self._path)
        try:
            os.close(os.open(guard, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            return False
        try:
            is_same = self._path.exists() and read_holder(self._path) == gone
            if not is_same or self._claim(silent=SILENCE) is not Claim.STALE:
                return False  # another one was faster
            with self._written() as temporary:
                temporary.replace(self._path)
            who = "?" if gone is None else f"process {gone.pid} on {gone.host}"
            logger.info("%s: %s is gone; taking over", self._path.name, who)
            return True
        finally:
            with suppress(OSError):
                guard.unlink()

    @contextmanager
    def _written(self) -> Iterator[Path]:
        """A file beside the lease that names this process."""
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(self._me), file)
            temporary.chmod(0o644)  # other users may look who holds it
            yield temporary
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _claim(self, *, silent: float) -> Claim:
        return claim_of(read_holder(self._path), self._me, is_running=is_running, silent=silent)

    def _lives_here(self) -> bool:
        """Whether the holder is a process of this machine that runs."""
        holder = read_holder(self._path)
        return holder is not None and holder.is_seen_by(self._me) and is_running(holder)

    def _renew(self) -> None:
        while not self._released.wait(_RENEWED_EVERY):
            with suppress(OSError):
                holder = read_holder(self._path)
                if holder is not None and holder.identity != self._me.identity:
                    logger.warning(
                        "%s: process %s on %s has taken over, since this one was not heard of for %.0f s; "
                        "both go on, with the same result", self._path.name, holder.pid, holder.host, SILENCE,
                    )  # fmt: skip
                    return
                os.utime(self._path)


def is_held(path: Path) -> bool:
    """Whether a process holds a lease, as far as one look tells."""
    try:
        silent = time.time() - path.stat().st_mtime
    except OSError:
        return False
    silent = SILENCE if silent > _SILENCE_AT_A_LOOK else 0.0
    claim = claim_of(read_holder(path), Holder.of_this_process(), is_running=is_running, silent=silent)
    return claim is Claim.HELD


def held_by_living(paths: Collection[Path], *, seconds: float = 2.5 * _RENEWED_EVERY) -> set[Path]:
    """Leases whose holders are known to live: those of this machine at once, others when they renew them.

    Args:
        paths: Files of leases, some of which may not be there.
        seconds: Time to wait for renewals, of all together; 0: holders on this machine count alone.
    """
    me = Holder.of_this_process()
    living, elsewhere = set(), {}
    for path in paths:
        holder = read_holder(path)
        if holder is not None and holder.is_seen_by(me):
            living |= {path} if is_running(holder) else set()
        elif is_held(path):
            elsewhere[path] = _renewal(path)
    end = time.monotonic() + seconds
    while elsewhere and time.monotonic() < end:
        time.sleep(_BETWEEN_LOOKS)
        for path, before in list(elsewhere.items()):
            renewed = _renewal(path)
            if renewed != before:
                del elsewhere[path]
                living |= {path} if renewed else set()
    return living


def _renewal(path: Path) -> int:
    """Time of the last renewal, which says no more than whether there was another one; 0: no lease."""
    # Opened, since clients of a network's file system ask the server then, and else remember.
    with suppress(OSError), path.open("rb") as file:
        return os.fstat(file.fileno()).st_mtime_ns
    with suppress(OSError):  # of another user
        return path.stat().st_mtime_ns
    return 0
