"""Hashes of content and of settings."""

import hashlib
import json
from collections.abc import Iterable, Mapping


class ContentDigest:
    """Hash of lines that come one after the other."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, line: str) -> None:
        """Add a line."""
        self._digest.update(line.encode("utf-8") + b"\0")  # the end of a line counts: "a", "b" is not "ab"

    @property
    def value(self) -> str:
        """Hash of the lines so far: 64 hexadecimal digits of SHA-256."""
        return self._digest.hexdigest()


def content_digest(lines: Iterable[str]) -> str:
    """Hash of lines in order: 64 hexadecimal digits of SHA-256."""
    digest = ContentDigest()
    for line in lines:
        digest.add(line)
    return digest.value


def settings_digest(settings: Mapping[str, object]) -> str:
    """Hash of plain values, whatever the order of keys: 16 hexadecimal digits of SHA-256.

    Example:
        >>> settings_digest({"seed": 1, "lr": 0.1}) == settings_digest({"lr": 0.1, "seed": 1})
        True
    """
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
