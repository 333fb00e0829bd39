"""Hashes of weights and of files."""

import hashlib
from pathlib import Path

from xtl.models.backbone import HFBackbone


def weights_digest(backbone: HFBackbone) -> str:
    """Hash the names and values of all weights of an encoder, and of the output layer that came with it."""
    digest = hashlib.sha256()
    for name, weight in sorted({**backbone.state_dict(), **(backbone.language_head or {})}.items()):
        digest.update(name.encode("utf-8"))
        digest.update(memoryview(weight.detach().cpu().contiguous().numpy()).cast("B"))
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Hash of the content of a file: 64 hexadecimal digits of SHA-256.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
