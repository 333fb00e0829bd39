"""The hash of a file, by which its content is known again."""

import hashlib
from pathlib import Path


def file_digest(path: Path) -> str:
    """Hash of the content of a file: 64 hexadecimal digits of SHA-256.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
