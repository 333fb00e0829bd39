"""A saved run scored again: more languages, other data, or another task with the same labels."""

import logging
import sys
from dataclasses import replace
from pathlib import Path

from xtl import config as configs
from xtl import results
from xtl.caching.session import SessionCache
from xtl.config.catalogue import pocket_data
from xtl.errors import ConfigError
from xtl.evaluation.evaluate import Evaluation
from xtl.evaluation.read import read_tests
from xtl.results import Result
from xtl.runs.file_names import CONFIG
from xtl.runs.run_folder import RunFolder
from xtl.runs.saved_run import SavedRun
from xtl.schemas.cell import EvaluateConfig
from xtl.schemas.data import DataConfig
from xtl.schemas.task import TaskConfig
from xtl.tasks.build import build_task
from xtl.training.device import DeviceSettings

logger = logging.getLogger(__name__)


def evaluate_run(config: EvaluateConfig, folder: Path) -> list[Result]:
    """Score the encoder and head of a run; leave predictions and results in ``folder``.

    Raises:
        ConfigError: if the run has no config, or ``folder`` is that of a trained run, whose results it has.
        CheckpointError: if its head was trained for other labels, or is damaged.
        DataNotFoundError: if a file to score is not there.
    """
    if (folder / CONFIG).is_file():
        raise ConfigError(
            f"{folder}: expected a folder of its own for these scores, found a trained run; leave "
            "hydra.run.dir out, or name another"
        )
    source = SavedRun.open(
        Path(config.run).expanduser(), data_needed=not _is_named(config.data), phase=config.phase
    )
    trained = source.config
    settings = config.task or source.task
    langs = _langs(config, settings)
    data = _data_of(config.data, trained.data)
    task = build_task(settings, data, trained.backbone.embedding)
    source.check_head(task)
    fitted = settings if config.task is None else source.as_trained(settings, task)
    if fitted is not settings:
        settings = fitted
        task = build_task(settings, data, trained.backbone.embedding)
        source.check_head(task)
    device_settings = DeviceSettings.for_computing(config.trainer)
    run = RunFolder(folder)
    run.write_environment(device=device_settings.device.type, arguments=sys.argv)

    cache = SessionCache()
    split = settings.scored_split
    tests = read_tests(task, data, langs, split=split, cache=cache.examples)
    run_info = source.run_info(task)
    model = source.load(task)
    evaluation = Evaluation(
        model=model,
        data=data,
        device_settings=device_settings,
        run=run,
        cache=cache,
        thresholds=source.thresholds(task),
    )
    scored = evaluation.evaluate(tests, run_info=run_info)
    for line in task.skip_counts.lines():
        logger.info("%s: %s", task.name, line)
    results.write(folder / results.FILE_NAME, scored)
    logger.info("results: %s", folder / results.FILE_NAME)
    return scored


def _langs(config: EvaluateConfig, settings: TaskConfig) -> list[str] | None:
    """Languages to score that were asked for, or that another task names; ``None``: all that have it."""
    langs = configs.listed_languages(config.langs, settings, "langs")
    if langs is None:
        return settings.langs if config.task is not None else None
    try:
        configs.check_task(replace(settings, langs=langs), "task")
    except ConfigError as error:
        if config.task is not None:
            raise
        anew = f"task={settings.name} reads the task's file anew"
        raise ConfigError(f"{error}; a run keeps its task as it was trained: {anew}") from error
    return langs


def _is_named(data: DataConfig) -> bool:
    """Whether a place to read is named; else it is where the run found its data."""
    return bool(data.root) or data.source != "local"


def _data_of(data: DataConfig, trained: DataConfig) -> DataConfig:
    """Data to read: those of the run where none are named, with the rows of pocket that were asked for.

    A task of pocket names pocket alone, and all its sizes: what it does not change is as the run had it.

    Raises:
        ConfigError: if rows of pocket are asked for, and the run has read something else.
    """
    if data.source == "pocket" and trained.source == "pocket":
        sizes = dict(data.sizes.items() - pocket_data().sizes.items())
    elif _is_named(data):
        return data
    else:
        sizes = data.sizes
    named = [name for name, value in (("sizes", sizes), ("seed", data.seed)) if value]
    if named and trained.source != "pocket":
        raise ConfigError(
            f"data.{named[0]}: expected a run that has read pocket, whose rows are made, got one of "
            f"data={trained.source}; leave it out"
        )
    return replace(trained, sizes={**trained.sizes, **sizes}, seed=data.seed or trained.seed)
