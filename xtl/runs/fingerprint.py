"""Which cell it is, and whether it was done before; imports little, since a sweep asks this of every cell."""

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
        config: With what :meth:`Machine.resolved` chose in the place of ``auto``.
    """
    return settings_digest(affecting(config, *CATEGORIES))


def is_complete(config: TrainConfig, folder: Path) -> bool:
    """Whether ``folder`` holds the results of this very cell, from this version of xtl."""
    try:
        found = results.read(folder / results.FILE_NAME)
    except XtlError:
        return False
    wanted = run_fingerprint(DeviceSettings.of(config.trainer).resolved(config))
    return bool(found) and (found[0].cell, found[0].version) == (wanted, xtl.__version__)
