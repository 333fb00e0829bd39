"""Identity of a cell, and whether a folder holds its results; cheap, since a sweep asks for every cell."""

import logging
from dataclasses import replace
from pathlib import Path

import xtl
from xtl import results
from xtl.config import load
from xtl.data.digests import settings_digest
from xtl.errors import XtlError
from xtl.runs.file_names import CONFIG
from xtl.runs.inputs import changed_inputs
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import CATEGORIES, affecting
from xtl.schemas.trainer import AUTO
from xtl.training.device import DeviceSettings

logger = logging.getLogger(__name__)


def run_fingerprint(config: TrainConfig) -> str:
    """Hash all settings that may change a score, as 16 hexadecimal digits.

    Args:
        config: Config of the cell, after :meth:`DeviceSettings.resolved` has replaced ``auto``.
    """
    # More threads, or checkpoints more often, affect nothing and make no other cell.
    return settings_digest({**affecting(config, *CATEGORIES), **config.trainer.shares})


def is_complete(config: TrainConfig, folder: Path, *, is_elsewhere: bool = False) -> bool:
    """Whether ``folder`` holds the results of this very cell, from this version of xtl and these data.

    Where it holds results that no longer stand, the reason is logged.

    Args:
        config: Config of the cell.
        folder: Run folder.
        is_elsewhere: Whether it runs on a machine that may have other devices than this one; then ``auto``
            is what it was there, as the config in the folder says.
    """
    try:
        lines = results.read(folder / results.FILE_NAME)
        if lines and is_elsewhere:
            config = _resolved_there(config, folder)
    except XtlError:
        return False
    if not lines:
        return False
    if not is_elsewhere:
        config = DeviceSettings.of(config.trainer).resolved(config)
    reason = _outdated(config, folder, lines[0].run)
    if reason:
        logger.info("%s: %s; the cell runs again", folder, reason)
    return not reason


def _outdated(config: TrainConfig, folder: Path, run: results.RunInfo) -> str:
    """Why results are not those that the cell would give now; empty: they are."""
    if run.cell != run_fingerprint(config):
        return "its results are of other settings"
    if run.version != xtl.__version__:
        return f"its results are of version {run.version}, this is {xtl.__version__}"
    return changed_inputs(config, folder)


def _resolved_there(config: TrainConfig, folder: Path) -> TrainConfig:
    """Config with what the machine that has run it had in the place of ``auto``."""
    trainer, there = config.trainer, load(folder / CONFIG).trainer
    return replace(
        config,
        trainer=replace(
            trainer,
            devices=there.devices if trainer.devices == AUTO else trainer.devices,
            precision=there.precision if trainer.precision == AUTO else trainer.precision,
            eval_tokens=trainer.eval_tokens or there.eval_tokens,
        ),
    )
