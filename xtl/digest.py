"""The hash of a file, by which its content is known again."""

import hashlib
from functools import cache
from pathlib import Path


def file_digest(path: Path) -> str:
    """Hash of the content of a file: 64 hexadecimal digits of SHA-256.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def digest_at(path: Path, size: int, mtime_ns: int) -> str:  # noqa: ARG001  a changed file has another hash
    """Hash of a file as it is at one moment, had once for all cells of a process.

    Args:
        path: Path of the file.
        size: Number of bytes.
        mtime_ns: Time of the last change, in nanoseconds since the epoch.

    Raises:
        OSError: if it cannot be read.
    """
    return file_digest(path)
