"""Identity of a cell, and whether a folder holds its results; cheap, since a sweep asks for every cell."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import xtl
from xtl import results
from xtl.errors import XtlError
from xtl.schemas.cell import SweepConfig, TrainConfig
from xtl.training.device import DeviceSettings


def run_fingerprint(config: TrainConfig) -> str:
    """Hash all settings that may change a score, as 16 hexadecimal digits.

    Args:
        config: Config of the cell, after :meth:`DeviceSettings.resolved` has replaced ``auto``.
    """
    # More threads, or checkpoints more often, make no other cell: the scores are the same.
    trainer = replace(config.trainer, threads=None, checkpoint_seconds=0.0, save_encoder=False)
    settings = asdict(replace(config, trainer=trainer, sweep=SweepConfig()))
    text = json.dumps(settings, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def is_complete(config: TrainConfig, folder: Path) -> bool:
    """Whether ``folder`` holds the results of this very cell, from this version of xtl."""
    try:
        lines = results.read(folder / results.FILE_NAME)
    except XtlError:
        return False
    fingerprint = run_fingerprint(DeviceSettings.of(config.trainer).resolved(config))
    return bool(lines) and (lines[0].run.cell, lines[0].run.version) == (fingerprint, xtl.__version__)
