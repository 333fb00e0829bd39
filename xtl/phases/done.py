"""Which cell it is, and whether it was done before; imports little, since a sweep asks this of every cell."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import xtl
from xtl import results
from xtl.config import SweepConfig, TrainConfig
from xtl.config.upgrade import first_names
from xtl.errors import XtlError
from xtl.phases.machine import Machine


def cell_id(config: TrainConfig) -> str:
    """Hash all settings that may change a score, as 16 hexadecimal digits.

    Args:
        config: With what :meth:`Machine.resolved` chose in the place of ``auto``.
    """
    trainer = replace(config.trainer, threads=None, checkpoint_seconds=0.0, save_encoder=False)
    settings = first_names(asdict(replace(config, trainer=trainer, sweep=SweepConfig())))
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def is_done(config: TrainConfig, folder: Path) -> bool:
    """Whether ``folder`` holds the results of this very cell, from this version of xtl."""
    try:
        found = results.read(folder / results.FILE_NAME)
    except XtlError:
        return False
    wanted = cell_id(Machine.of(config.trainer).resolved(config))
    return bool(found) and (found[0].cell, found[0].version) == (wanted, xtl.__version__)
