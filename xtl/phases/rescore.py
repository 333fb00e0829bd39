"""A saved run scored again: more languages, other data, or another task with the same labels."""

import sys
from dataclasses import replace
from pathlib import Path

from xtl import config as configs
from xtl import results
from xtl.config import EvaluateConfig, TaskConfig, TrainConfig
from xtl.errors import CheckpointError
from xtl.models import Pretrained
from xtl.phases.chain import stored_encoder
from xtl.phases.evaluate import Machine, TrainedTask, evaluate, read_tests
from xtl.phases.families import Family, family_of, scoring_module
from xtl.phases.progress import say
from xtl.phases.run_folder import CONFIG, HeadInfo, RunFolder
from xtl.phases.store import PhaseStore
from xtl.results import Result


def evaluate_run(config: EvaluateConfig, folder: Path) -> list[Result]:
    """Score the encoder and head of a run; leave predictions and results in ``folder``.

    Raises:
        ConfigError: if the run has no config.
        CheckpointError: if its head was trained for other labels, or is damaged.
        DataNotFoundError: if a file to score is not there.
    """
    source = RunFolder(Path(config.run).expanduser())
    trained = configs.load(source.path / CONFIG)
    task = config.task or trained.target
    langs = configs.listed_languages(config.langs, task, "langs")
    if langs is not None:
        configs.check_task(replace(task, langs=langs), "task")
    elif config.task is not None:
        langs = task.langs
    data = config.data if config.data.root or config.data.source != "local" else trained.data
    family = family_of(task, data, trained.backbone.embedding)
    _check_head(source.head_info(), family, source.path)
    machine = Machine.of(config.trainer)
    run = RunFolder(folder)
    run.write_environment(device=machine.device.type, arguments=sys.argv)

    tests = read_tests(family, data, langs)
    origin = _origin(source.path)
    say(f"loading the encoder and head of {source.path}")
    pretrained = source.load_encoder() if source.has_encoder() else _from_store(trained, origin.phase_key)
    module = scoring_module(family, pretrained.backbone)
    source.load_head(module)

    model = TrainedTask(family=family, module=module, tokenizer=pretrained.tokenizer)
    found = evaluate(model, tests, machine=machine, run=run, origin=origin)
    results.write(folder / results.FILE_NAME, found)
    say(f"results: {folder / results.FILE_NAME}")
    return found


def _from_store(trained: TrainConfig, key: str) -> Pretrained:
    """Take the encoder of a run that kept no copy of its own."""
    store = PhaseStore(tell=say)
    entry = store.find(key)
    if entry is None:
        raise CheckpointError(
            f"{store.root / key}: expected the phase that the run ended with, found none that is "
            "whole; the run has no encoder of its own (trainer.save_encoder=false): run its command again"
        )
    return stored_encoder(entry, trained.backbone)


def _origin(folder: Path) -> Result:
    """Any result of the run: all of them know its cell."""
    return results.read(folder / results.FILE_NAME)[0]


def _check_head(head: HeadInfo, family: Family, folder: Path) -> None:
    task: TaskConfig = family.task
    if tuple(head.labels) != family.labels:
        raise CheckpointError(
            f"{folder}: expected a head for the labels of task '{task.name}' "
            f"({' '.join(family.labels)}), got one that was trained on '{head.task}' "
            f"({' '.join(head.labels)}); train one with: xtl-train target={task.name}"
        )
