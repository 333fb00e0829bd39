"""The claim on a run folder: one process at a time writes it, also where several machines share the disk."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xtl.errors import RunInUseError
from xtl.store.holder import SILENCE, read_holder
from xtl.store.lease import Lease

logger = logging.getLogger(__name__)

CLAIM_FILE = "run.lease"

_claimed: set[Path] = set()
"""Folders that this process holds."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a run folder in the block; it is made if it is not there. A block within one changes nothing.

    The claim of a process that is gone is taken over: on the same machine at once, on another one when it was
    not renewed for a minute.

    Args:
        folder: Run folder.

    Raises:
        RunInUseError: if another process holds it.
    """
    if folder.absolute() in _claimed:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    lease = Lease(folder / CLAIM_FILE)

    def tell() -> None:
        logger.info(
            "%s: %s holds it; waiting for up to %.0f s whether it lives", folder, _holder(folder), SILENCE
        )

    try:
        lease.acquire(is_patient=False, on_wait=tell)
    except TimeoutError:
        raise RunInUseError(
            f"{folder}: expected a run folder that no other process writes, got one that {_holder(folder)} "
            f"holds; wait for it, choose another folder (hydra.run.dir=..., in a sweep hydra.sweep.dir=...), "
            f"or remove {CLAIM_FILE} in it if no such process runs"
        ) from None
    _claimed.add(folder.absolute())
    try:
        yield
    finally:
        _claimed.remove(folder.absolute())
        lease.release()


def _holder(folder: Path) -> str:
    holder = read_holder(folder / CLAIM_FILE)
    return "a process" if holder is None else f"process {holder.pid} on {holder.host}"
