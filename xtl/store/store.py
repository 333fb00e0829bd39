"""The phase store: what a phase left, under the key of all that decides it; no phase is trained twice.

``<cache>/phases/<key>/`` holds ``encoder.safetensors``, ``head.safetensors`` and ``phase.json``, which has
the checksums of all; ``<cache>/phases/unfinished/<key>/`` holds the checkpoint of a phase in training.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from xtl.atomic import PARTIAL, atomic_folder, write_json
from xtl.cache import cache_root
from xtl.digest import file_digest
from xtl.errors import CheckpointError, unreadable
from xtl.progress import WAITS, announce
from xtl.store.lease import Lease, is_held

logger = logging.getLogger(__name__)

ENCODER, HEAD, INFO = "encoder.safetensors", "head.safetensors", "phase.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One finished phase.

    Attributes:
        path: Folder of the phase, whose files have been checked.
        info: Content of ``phase.json``.
    """

    path: Path
    info: Mapping[str, Any]


class PhaseStore:
    """Finished phases by key. Entries appear whole or not at all."""

    def __init__(self, root: Path | None = None) -> None:
        """Open a store.

        Args:
            root: Folder of the store; ``None``: ``phases`` in xtl's cache.
        """
        self.root = root or cache_root() / "phases"

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold the right to train one phase; a second process waits, and then finds it trained.

        The lock goes away with its process, however that ends, also where several machines share the store. A
        finished phase needs none to be read.

        Raises:
            CheckpointError: if this user may not write into the store.
        """
        path = self._lock_path(key)
        lease = Lease(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lease.acquire(on_wait=partial(_say_that_it_waits, key))
        except OSError as error:
            raise CheckpointError(
                f"{path}: expected a phase store to write phase {key} into, which it does not hold yet, got: "
                f"{error.strerror or error}. Set XTL_CACHE to a folder of your own, or share this one with a "
                "group that may write (chmod -R g+w, umask 002)"
            ) from error
        try:  # nothing may come between
            yield
        finally:
            lease.release()

    def unfinished(self, key: str) -> Path:
        """Folder for the checkpoint of a phase that is being trained."""
        return self.root / "unfinished" / key

    def find(self, key: str) -> Entry | None:
        """Look for a finished phase; neither the lock nor the right to write is needed.

        Returns:
            The entry, or ``None`` if there is none that is whole.

        Raises:
            CheckpointError: if a file of it cannot be read for a reason that may pass.
        """
        folder = self.root / key
        if not folder.is_dir():
            logger.debug("phase %s: not in %s", key, self.root)
            return None
        try:
            info = _described(folder, key)
            _check_files(folder, info)
        except _DamagedError as problem:
            logger.debug("phase %s: %s", key, problem)
            return None
        with suppress(OSError):  # of another user
            os.utime(folder / INFO)  # when it was used last
        return Entry(path=folder, info=info)

    def set_damaged_aside(self, key: str) -> None:
        """Rename the folder of a phase that :meth:`find` does not find whole, if there is one.

        Only the holder of the phase's lock may call it.
        """
        folder = self.root / key
        if not folder.is_dir():
            return
        try:
            _check_files(folder, _described(folder, key))
        except _DamagedError as problem:
            aside = self._quarantine(folder)
            logger.warning("phase %s: %s; set aside as %s, it will be trained again", key, problem, aside)

    def put(self, key: str, write: Callable[[Path], None], info: Mapping[str, Any]) -> Entry:
        """Store a finished phase, and drop its checkpoint.

        Args:
            key: Key of the phase.
            write: Function that fills a folder with files.
            info: Plain values to store beside the checksums.
        """
        with atomic_folder(self.root / key) as folder:
            write(folder)
            checksums = {path.name: file_digest(path) for path in sorted(folder.iterdir())}
            described = {"key": key, **info, "files": checksums}
            write_json(folder / INFO, {**described, "checksum": _digest_of_json(described)})
        self.drop_unfinished(key)
        return Entry(path=self.root / key, info=described)

    def drop_unfinished(self, key: str) -> None:
        """Remove the checkpoint of a finished phase, and what a process killed while storing it left.

        Only the holder of the phase's lock may call it.
        """
        shutil.rmtree(self.unfinished(key), ignore_errors=True)
        for folder in self.root.glob(f"{PARTIAL}{key}.*"):
            shutil.rmtree(folder, ignore_errors=True)

    def drop_leftovers(self, key: str) -> None:
        """:meth:`drop_unfinished` of a phase that was found, where no other process holds its lock."""
        if self.unfinished(key).exists() or any(self.root.glob(f"{PARTIAL}{key}.*")):
            with suppress(OSError), Lease(self._lock_path(key)).held(timeout=0):
                self.drop_unfinished(key)

    def keys(self) -> list[str]:
        """Keys of all entries, damaged ones too, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(path.parent.name for path in self.root.glob(f"*/{INFO}") if "." not in path.parent.name)

    def info(self, key: str) -> Mapping[str, Any]:
        """Description of an entry, without a look at its weights.

        Raises:
            CheckpointError: if there is no such entry, or its description is not what was written.
        """
        folder = self.root / key
        if not (folder / INFO).is_file():
            raise CheckpointError(f"{folder}: expected a finished phase, found none; see: xtl-phases list")
        try:
            return _described(folder, key)
        except _DamagedError as error:
            raise CheckpointError(f"{folder}: {error}; xtl-phases gc removes it") from error

    def orphans(self) -> list[Path]:
        """Files that no process uses: damaged entries, checkpoints of killed cells, half-written files.

        Without its checkpoint a killed cell begins its phase again. Weights are not read: an entry counts as
        damaged where its description is.
        """
        damaged = [path for path in self.root.glob("*.damaged-*") if path.is_dir()]
        damaged += filter(self._is_damaged, self.root.glob("[0-9a-f]" * 16))
        begun = {
            path: path.name.removeprefix(PARTIAL).split(".")[0] for path in self.root.glob(f"{PARTIAL}*")
        }
        begun |= {path: path.name for path in self.root.glob("unfinished/*")}
        left = [path for path, key in begun.items() if not is_held(self._lock_path(key))]
        return sorted([*damaged, *left])

    def _is_damaged(self, folder: Path) -> bool:
        """Whether no description of an entry can be trusted, and no process is at work on it."""
        with suppress(CheckpointError):  # not readable now, and perhaps sound
            try:
                _described(folder, folder.name)
            except _DamagedError:
                return not is_held(self._lock_path(folder.name))
        return False

    def _lock_path(self, key: str) -> Path:
        return self.root / "locks" / f"{key}.lease"

    def _quarantine(self, folder: Path) -> Path:
        number = 1
        while (target := folder.with_name(f"{folder.name}.damaged-{number}")).exists():
            number += 1
        return folder.rename(target)


def _say_that_it_waits(key: str) -> None:
    logger.info("phase %s: another process is training it; waiting for it", key)
    announce(WAITS, key)


class _DamagedError(Exception):
    """What is wrong with an entry."""


def _described(folder: Path, key: str) -> Mapping[str, Any]:
    """Description of an entry, checked against its own checksum."""
    try:
        with _readable(folder / INFO):
            info = json.loads((folder / INFO).read_text(encoding="utf-8"))
        described = {name: value for name, value in info.items() if name != "checksum"}
        is_whole = info["checksum"] == _digest_of_json(described) and info["key"] == key
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _DamagedError(f"{INFO} cannot be read ({type(error).__name__})") from error
    if not is_whole:
        raise _DamagedError(f"{INFO} is not what was written")
    return described


def _check_files(folder: Path, info: Mapping[str, Any]) -> None:
    for name, digest in info["files"].items():
        with _readable(folder / name):
            if file_digest(folder / name) != digest:
                raise _DamagedError(f"{name} is not what was written")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell a file that is gone from one that cannot be read for a reason that may pass."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise _DamagedError(f"{path.name} is gone") from error
    except (OSError, MemoryError) as error:
        raise unreadable(path, error) from error


def _digest_of_json(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
