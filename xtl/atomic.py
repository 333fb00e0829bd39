"""Writing that leaves whole files or none: a temporary name in the same folder first, then one rename.

Everything xtl writes goes through here. A full disk or a killed process leaves the old file or no file,
never half of one.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock
from safetensors import SafetensorError

PARTIAL = ".partial-"
"""Prefix of temporary names. Whatever still bears it after a run is debris of a killed process."""

LONGEST_WAIT = 3600.0
"""Seconds to wait for a lock. What they are held for takes minutes."""


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary path; when the block ends well, it takes the place of ``path`` in one rename.

    Args:
        path: The file to write. Its folder is made if need be.

    Yields:
        Where to write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{PARTIAL}{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with _as_os_error(path):
            yield temporary
        temporary.chmod(0o666 & ~_umask())
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder; when the block ends well, it becomes ``path`` in one rename.

    Args:
        path: The folder to make. One that exists already is replaced.

    Yields:
        The folder to fill.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{path.name}.", dir=path.parent))
    try:
        with _as_os_error(path):
            yield temporary
        _give_modes_of_umask(temporary)
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[bool]:
    """Let one process at a time into the block, as far as the file system has locks.

    Some of those that machines share have none, or none that reaches the other machine: what the block writes
    must be whole each time, and two must not mind to write the same.

    Args:
        lock: File for the lock, in a folder that exists.

    Yields:
        Whether the lock is held.
    """
    file_lock = FileLock(lock, timeout=LONGEST_WAIT)
    try:
        file_lock.acquire()
    except (OSError, NotImplementedError):  # no locks, no right to write, or a lock that a dead process left
        yield False
        return
    try:
        yield True
    finally:
        file_lock.release()


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write ``value`` as indented JSON, whole."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def _as_os_error(path: Path) -> Iterator[None]:
    """Make safetensors' own error for a full disk the one that everything else raises, and name the file."""
    try:
        yield
    except SafetensorError as error:
        raise OSError(f"{path}: {error}") from error
    except OSError as error:
        if error.filename is None and error.errno is not None:  # of a write, which knows no name
            error.filename = str(path)
        raise


def _give_modes_of_umask(folder: Path) -> None:
    """Give a folder and all in it the modes of new ones: temporary files and weights are their owner's."""
    mask = _umask()
    for path in (folder, *folder.rglob("*")):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)


def _umask() -> int:
    """The process's umask; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
