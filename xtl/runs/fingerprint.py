"""Identity of a cell, and whether a folder holds its results; cheap, since a sweep asks for every cell."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import xtl
from xtl import results
from xtl.config import load
from xtl.data.digests import settings_digest
from xtl.errors import ConfigError, XtlError
from xtl.runs.file_names import CONFIG
from xtl.runs.inputs import changed_inputs
from xtl.runs.segments import lacks_segments
from xtl.schemas.cell import TrainConfig
from xtl.schemas.fields import CATEGORIES, affecting, flattened
from xtl.schemas.trainer import AUTO
from xtl.tasks.registry import type_versions
from xtl.training.device import DeviceSettings

logger = logging.getLogger(__name__)

_MOST_NAMED = 3
"""Most differing settings that a warning names."""


def run_fingerprint(config: TrainConfig) -> str:
    """Hash all settings that may change a score, as 16 hexadecimal digits.

    Args:
        config: Config of the cell, after :meth:`DeviceSettings.resolved` has replaced ``auto``.
    """
    # More threads, or checkpoints more often, affect nothing and make no other cell.
    versions = {
        name: version
        for task in (config.target, config.intermediate)
        if task is not None
        for name, version in type_versions(task).items()
    }
    return settings_digest({**affecting(config, *CATEGORIES), **config.trainer.shares, **versions})


def is_complete(config: TrainConfig, folder: Path, *, is_elsewhere: bool = False) -> bool:
    """Whether ``folder`` holds the results of this very cell, from this version of xtl and these data.

    Where it holds results that no longer stand, which the cell will replace, a warning says why.

    Args:
        config: Config of the cell.
        folder: Run folder.
        is_elsewhere: Whether it runs on a machine that may have other devices than this one; then ``auto``
            is what it was there, as the config in the folder says.

    Raises:
        ConfigError: if it holds results of other tasks: those are another sweep's, and not to be replaced.
    """
    try:
        lines = results.read(folder / results.FILE_NAME)
        if lines and is_elsewhere:
            config = _resolved_there(config, folder)
    except XtlError:
        return False
    if not lines:
        return False
    _check_tasks(lines, config, folder)
    if not is_elsewhere:
        config = DeviceSettings.of(config.trainer).resolved(config)
    reason = _outdated(config, folder, lines[0].run)
    if reason:
        logger.warning("%s: %s; the cell runs again, and replaces them", folder, reason)
    return not reason


def check_earlier_results(config: TrainConfig, folder: Path) -> None:
    """Warn of results in a folder that the cell will replace; refuse those of other tasks.

    Args:
        config: Config of the cell.
        folder: Run folder.

    Raises:
        ConfigError: if it has results of another target or another intermediate task.
    """
    is_complete(config, folder)


def _check_tasks(lines: Sequence[results.Result], config: TrainConfig, folder: Path) -> None:
    names = config.target.name, config.intermediate.name if config.intermediate is not None else ""
    for run in {line.run: None for line in lines}:
        tasks = run.target.task, run.trained_intermediate.task
        for part, before, now in zip(("target", "intermediate"), tasks, names, strict=True):
            if before and now and before != now:
                raise ConfigError(
                    f"{folder}: expected results of {part} {now}, found those of {before}; give another "
                    "folder (hydra.sweep.dir=, of one run hydra.run.dir=), or remove this one"
                )


def _outdated(config: TrainConfig, folder: Path, run: results.RunInfo) -> str:
    """Why results are not those that the cell would give now; empty: they are."""
    if run.cell != run_fingerprint(config):
        return f"its results are of other settings{_other_settings(config, folder)}"
    if run.version != xtl.__version__:
        return f"its results are of version {run.version}, this is {xtl.__version__}"
    if lacks_segments(folder, config.backbone):
        return "its encoder was not told which text of a pair a token is of"
    return changed_inputs(config, folder)


def _other_settings(config: TrainConfig, folder: Path) -> str:
    """What differs from the config in the folder, in brackets; empty where that cannot be said."""
    try:
        before = flattened(affecting(load(folder / CONFIG, data_needed=False), *CATEGORIES))
    except XtlError:
        return ""
    now = flattened(affecting(config, *CATEGORIES))
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    texts = [f"{name} {before.get(name)}, now {now.get(name)}" for name in names[:_MOST_NAMED]]
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return f" ({'; '.join([*texts, *more])})" if names else ""


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
