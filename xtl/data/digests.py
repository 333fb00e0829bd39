"""Hashes of content."""

import hashlib
from collections.abc import Iterable


def content_digest(lines: Iterable[str]) -> str:
    """Hash the examples of a split, in order."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8") + b"\0")
    return digest.hexdigest()
