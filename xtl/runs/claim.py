"""The claim on a run folder: one process at a time writes it, and replaces files of earlier runs alone."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from xtl import results
from xtl.errors import ConfigError, RunInUseError, XtlError
from xtl.runs.file_names import CONFIG, ENCODER, ENVIRONMENT, REPLACED
from xtl.store.holder import SILENCE, read_holder
from xtl.store.lease import Lease, held_by_living

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
        raise in_use(folder) from None
    _claimed.add(folder.absolute())
    try:
        yield
    finally:
        _claimed.remove(folder.absolute())
        lease.release()


def claimed_by_others(folders: Collection[Path]) -> set[Path]:
    """Run folders that processes which live have claimed; it may take seconds to know that of other machines.

    Args:
        folders: Run folders.
    """
    living = held_by_living([folder / CLAIM_FILE for folder in folders])
    return {folder for folder in folders if folder / CLAIM_FILE in living}


def is_claimed_here(folder: Path) -> bool:
    """Whether a process of this machine that lives has claimed a run folder; known at once."""
    is_of_this_process = folder.absolute() in _claimed
    return not is_of_this_process and bool(held_by_living([folder / CLAIM_FILE], seconds=0))


def check_replaceable(folder: Path, *, start: str | None) -> None:
    """Refuse a folder whose files a run would replace, if no run has left them, or the run starts from them.

    Args:
        folder: Run folder.
        start: Folder or repository that the encoder comes from, if it is named.

    Raises:
        ConfigError: which files.
    """
    found = [name for name in REPLACED if (folder / name).exists()]
    if found and not ((folder / ENVIRONMENT).is_file() or _has_results(folder) or _has_config(folder)):
        raise ConfigError(
            f"{folder}: expected a new folder or that of an earlier run, got one with {', '.join(found)} of "
            "something else, which a run would replace; give another one (hydra.run.dir=FOLDER)"
        )
    if start is None:
        return
    # Or the next start of the same command would begin with other weights.
    encoder = Path(start).expanduser().resolve()
    if encoder.is_dir() and encoder.is_relative_to((folder / ENCODER).resolve()):
        raise ConfigError(
            f"backbone.path={start}: expected a folder outside of the run folder, {folder}, whose encoder "
            "this run replaces; give another run folder (hydra.run.dir=)"
        )


def in_use(folder: Path, whose: str = "") -> RunInUseError:
    """Error about a run folder that another process writes.

    Args:
        folder: Run folder.
        whose: What has it, with a verb; empty: the process that has claimed it.
    """
    return RunInUseError(
        f"{folder}: expected a run folder that no other process writes, got one that "
        f"{whose or f'{_holder(folder)} holds'}; wait for it, choose another folder (hydra.run.dir=..., in a "
        f"sweep hydra.sweep.dir=...), or remove {CLAIM_FILE} in it if no such process runs"
    )


def _holder(folder: Path) -> str:
    holder = read_holder(folder / CLAIM_FILE)
    return "a process" if holder is None else f"process {holder.pid} on {holder.host}"


def _has_results(folder: Path) -> bool:
    try:
        return bool(results.read(folder / results.FILE_NAME))
    except XtlError:
        return False


def _has_config(folder: Path) -> bool:
    try:
        settings = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError):
        return False
    return isinstance(settings, dict) and {"target", "backbone"} <= settings.keys()
