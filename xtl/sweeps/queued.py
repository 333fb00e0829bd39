"""The config that a cell waits with: a file of its own, since results of an earlier run need theirs."""

import hashlib
from pathlib import Path

from xtl.atomic import write_text
from xtl.runs.file_names import QUEUED_CONFIGS

_DIGITS = 16


def queued_config(folder: Path, text: str) -> Path:
    """File for a config that a cell waits with; the cell itself writes ``config.yaml`` when it begins.

    Its name has a hash of the text: no sweep replaces what another one's cell in the same folder waits with,
    and the same command leaves one file however often it is started.

    Args:
        folder: Run folder.
        text: The config.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return folder / QUEUED_CONFIGS.replace("*", digest)


def write_queued_config(folder: Path, text: str) -> Path:
    """Write a config that a cell waits with; return its file, as :func:`queued_config`."""
    path = queued_config(folder, text)
    write_text(path, text)
    return path
