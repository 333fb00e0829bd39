"""Identity of a cell, and whether a folder holds its results; cheap, since a sweep asks for every cell."""

from pathlib import Path

import xtl
from xtl import results
from xtl.data.digests import settings_digest
from xtl.errors import XtlError
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import CATEGORIES, affecting
from xtl.training.device import DeviceSettings


def run_fingerprint(config: TrainConfig) -> str:
    """Hash all settings that may change a score, as 16 hexadecimal digits.

    Args:
        config: Config of the cell, after :meth:`DeviceSettings.resolved` has replaced ``auto``.
    """
    # More threads, or checkpoints more often, affect nothing and make no other cell.
    return settings_digest(affecting(config, *CATEGORIES))


def is_complete(config: TrainConfig, folder: Path) -> bool:
    """Whether ``folder`` holds the results of this very cell, from this version of xtl."""
    try:
        lines = results.read(folder / results.FILE_NAME)
    except XtlError:
        return False
    fingerprint = run_fingerprint(DeviceSettings.of(config.trainer).resolved(config))
    return bool(lines) and (lines[0].run.cell, lines[0].run.version) == (fingerprint, xtl.__version__)
