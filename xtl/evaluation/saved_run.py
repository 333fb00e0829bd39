"""A saved run scored again: more languages, other data, or another task with the same labels."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

from xtl import config as configs
from xtl import results
from xtl.evaluation.evaluate import evaluate
from xtl.evaluation.read import read_tests
from xtl.progress import say
from xtl.results import Result
from xtl.runs.run_folder import RunFolder
from xtl.runs.saved_run import SavedRun
from xtl.schemas.cell import EvaluateConfig
from xtl.tasks.registry import build_task
from xtl.training.device import DeviceSettings
from xtl.types import SplitName


def evaluate_run(config: EvaluateConfig, folder: Path) -> list[Result]:
    """Score the encoder and head of a run; leave predictions and results in ``folder``.

    Raises:
        ConfigError: if the run has no config.
        CheckpointError: if its head was trained for other labels, or is damaged.
        DataNotFoundError: if a file to score is not there.
    """
    source = SavedRun.open(
        Path(config.run).expanduser(), data_needed=not config.data.root, phase=config.phase
    )
    trained = source.config
    task = config.task or source.task
    langs = configs.listed_languages(config.langs, task, "langs")
    if langs is not None:
        configs.check_task(replace(task, langs=langs), "task")
    elif config.task is not None:
        langs = task.langs
    data = config.data if config.data.root or config.data.source != "local" else trained.data
    task = build_task(task, data, trained.backbone.embedding)
    source.check_head(task)
    machine = DeviceSettings.of(config.trainer)
    run = RunFolder(folder)
    run.write_environment(device=machine.device.type, arguments=sys.argv)

    split = cast(SplitName, task.eval_split)
    tests = read_tests(task, data, langs, split=split)
    run_info = source.run_info(task)
    model = source.load(task)
    found = evaluate(model, tests, machine=machine, run=run, run_info=run_info)
    for line in task.skip_counts.lines():
        say(f"{task.name}: {line}")
    results.write(folder / results.FILE_NAME, found)
    say(f"results: {folder / results.FILE_NAME}")
    return found
