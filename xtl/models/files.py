"""Files of backbones and of exported folders, and their checksums; knows nothing of torch."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from xtl.atomic import write_json
from xtl.digest import file_digest
from xtl.errors import BackboneError, CheckpointError
from xtl.models.e5 import file as e5_file

EXPORT_FILE = "xtl_export.json"
"""File of an exported folder that says what it is, with the checksums of all other files."""

_READ = {".json", ".safetensors", ".bin", ".model", ".txt", ".py"}
"""Endings of weights, configs, tokenizers and code of models in a folder; notes, for one, are not read."""


def backbone_files(source: str, *, path: str | None = None) -> list[Path]:
    """Files on this machine that a backbone is read from; none where the hub's cache or xtl itself has it.

    Args:
        source: ``hub``, ``e5_small`` or ``tiny``.
        path: Repository of the hub or a folder, for ``hub``.
    """
    if source == "e5_small":
        with suppress(BackboneError):  # loading it will say what is missing
            return [e5_file.locate()]
    folder = Path(path or "").expanduser()
    if source != "hub" or not path or not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.suffix in _READ and file.is_file())


def is_local(path: str) -> bool:
    """Whether a backbone's path is that of a folder, which may be gone, and no repository of the hub."""
    return path.startswith(("/", "~", ".")) or Path(path).is_dir()


def published_name(path: str) -> str:
    """Repository of the hub; of a folder its name alone, for a path may hold what is private.

    Args:
        path: Path of a backbone, as its config has it.
    """
    return Path(path).name if is_local(path) else path


def write_export_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write what an exported folder is, and the checksums of its files.

    Args:
        folder: Folder with all its other files.
        record: Plain values to write beside the checksums.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != EXPORT_FILE)
    checksums = {path.relative_to(folder).as_posix(): file_digest(path) for path in files}
    write_json(folder / EXPORT_FILE, {**record, "files": checksums})


def read_export_record(folder: Path) -> Mapping[str, Any] | None:
    """Read what :func:`write_export_record` wrote; ``None``: the folder is no exported one.

    Raises:
        CheckpointError: if the file is damaged.
    """
    path = folder / EXPORT_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {**record, "files": dict(record["files"])}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"{path}: expected the record of an exported folder, got {error!r}; export the run again"
        ) from error


def changed_files(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Files of an exported folder that are not as they were written, or are gone.

    Args:
        folder: Exported folder.
        record: What :func:`read_export_record` gave for it.
    """
    checksums: Mapping[str, str] = record["files"]
    return [
        name
        for name, digest in checksums.items()
        if not (folder / name).is_file() or file_digest(folder / name) != digest
    ]


def added_files(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Files of an exported folder that were put there since, sorted.

    Args:
        folder: Exported folder.
        record: What :func:`read_export_record` gave for it.
    """
    paths = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    names = {path.relative_to(folder).as_posix() for path in paths}
    return sorted(names - {*record["files"], EXPORT_FILE})
