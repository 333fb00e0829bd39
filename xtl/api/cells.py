"""One cell from Python, as ``xtl-train`` runs it."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from lightning.pytorch.utilities.seed import isolate_rng

from xtl import progress, results
from xtl.api.cell_config import composed_cell
from xtl.caching.session import shared_cache
from xtl.errors import ConfigError
from xtl.models.load import messages_put_back
from xtl.pipeline.cell import run_cell
from xtl.progress import DATED, LogFile, TerminalHandler
from xtl.results import Result
from xtl.runs.file_names import TRAIN_LOG
from xtl.runs.fingerprint import is_complete, run_fingerprint
from xtl.runs.run_folder import RunFolder
from xtl.schemas.cell import TrainConfig
from xtl.stops import Stopped, raise_when_stopped
from xtl.training.device import DeviceSettings

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)


_SEED_VARIABLES = ("PL_GLOBAL_SEED", "PL_SEED_WORKERS")
"""Variables through which Lightning hands a seed to processes that are started later."""


def run(
    *overrides: str,
    folder: Path | str | None = None,
    config_dir: Path | str | None = None,
    quiet: bool = False,
) -> "pd.DataFrame":
    """Train and score one cell, or give the results that it has left before.

    Messages and progress are those of the command: on standard error, if the program has set up no logging of
    its own, and in ``train.log`` of the run folder. Hydra, the random state, the number of threads and the
    logging of the program are afterwards what they were.

    Args:
        overrides: Settings as on the command line of ``xtl-train``, such as ``target=udpos``, ``seed=2``.
        folder: Run folder; ``None``: one below ``outputs/cells``, named after the settings, so that the same
            call finds it again. A folder with results of these very settings, data and version is not run
            again; files of another run in it are replaced.
        config_dir: Folder of your own config files, as ``--config-dir`` of the command.
        quiet: Whether to show warnings and errors alone.

    Returns:
        The table that :func:`xtl.results.table` makes of the run folder: a row a score, with ``task``,
        ``lang``, ``metric``, ``value`` (in [0, 100]; correlations times 100), ``n``, ``rule``, ``folder`` and
        all that identifies the run. ``chosen`` marks the scores of the recipe's own selection of weights.

    Raises:
        ConfigError: for settings that cannot work or are not known, or that only the command line can do.
        XtlError: for what else a user can mend: data, backbone, a loss that is no number.
        OSError: if the run folder cannot be written.
        KeyboardInterrupt: if the user stopped it; the same call goes on from the last checkpoint.

    Example:
        Scores of part-of-speech tagging in ten languages, trained on English alone::

            scores = xtl.run("target=pocket_pos", "backbone=e5_small", "seed=1")
            scores[scores.chosen].set_index(["lang", "metric"]).value
    """
    config = composed_cell(overrides, config_dir=config_dir)
    run_folder = _default_folder(config) if folder is None else Path(folder).expanduser()
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ConfigError(f"folder={run_folder}: expected a folder or nothing yet, got a file") from error
    with messages_put_back(), _messages(run_folder, quiet=quiet):
        if is_complete(config, run_folder):
            logger.info("%s: done before", run_folder)
            if config.trainer.save_encoder and not RunFolder(run_folder).has_encoder():
                logger.warning(
                    "%s: the run before kept no encoder; remove results.jsonl there to have one (its phases "
                    "come from the store)", run_folder,
                )  # fmt: skip
            scores = results.read(run_folder / results.FILE_NAME)
        else:
            scores = _run(config, run_folder)
    return results.table_of({run_folder: scores})


def _default_folder(config: TrainConfig) -> Path:
    """Run folder below ``outputs`` that a later call with the same settings finds again."""
    resolved = DeviceSettings.of(config.trainer).resolved(config)
    return Path("outputs") / "cells" / f"{config.target.name}-{run_fingerprint(resolved)}"


def _run(config: TrainConfig, folder: Path) -> list[Result]:
    threads = torch.get_num_threads()
    seeds = {name: os.environ.get(name) for name in _SEED_VARIABLES}
    try:
        with raise_when_stopped(), isolate_rng():
            return run_cell(config, folder, cache=shared_cache())
    except Stopped as stop:
        logger.warning("%s", stop.message)
        if stop.signum != signal.SIGINT:
            raise
        raise KeyboardInterrupt(stop.message) from None  # what a notebook and a shell of Python expect
    finally:
        torch.set_num_threads(threads)
        for name, value in seeds.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _messages(folder: Path, *, quiet: bool) -> Iterator[None]:
    """Write the messages of a block to ``train.log``, and show them if nobody else does."""
    xtl_logger = logging.getLogger("xtl")
    levels = (xtl_logger.level, progress.logger.level)
    file = LogFile(folder / TRAIN_LOG)
    file.setFormatter(logging.Formatter(DATED))
    handlers: list[logging.Handler] = [file]
    if not xtl_logger.hasHandlers():
        handlers.append(TerminalHandler(logging.WARNING if quiet else logging.INFO))
    for handler in handlers:
        xtl_logger.addHandler(handler)
    if xtl_logger.level == logging.NOTSET:  # otherwise the program has said what it wants
        xtl_logger.setLevel(logging.INFO)
    if quiet:
        progress.logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for handler in handlers:
            xtl_logger.removeHandler(handler)
        file.close()
        xtl_logger.setLevel(levels[0])
        progress.logger.setLevel(levels[1])
