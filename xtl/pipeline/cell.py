"""One cell, from its resolved config to its results: ``python -m xtl.pipeline.cell RUN_FOLDER/config.yaml``."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from lightning import seed_everything
from transformers.utils.logging import disable_progress_bar

from xtl import config as configs
from xtl import results
from xtl.atomic import write_json
from xtl.caching.session import SessionCache
from xtl.evaluation.evaluate import evaluate
from xtl.evaluation.read import read_tests
from xtl.evaluation.selection_rules import compare_selections
from xtl.pipeline.chain import run_chain
from xtl.pipeline.context import RunContext
from xtl.pipeline.read import read_phase
from xtl.progress import report_errors, say
from xtl.results import Result
from xtl.runs.provenance import run_info
from xtl.runs.run_folder import PHASES, HeadInfo, RunFolder
from xtl.schemas.cell import TrainConfig
from xtl.store.records import Encoder, Phase, TrainedPhase
from xtl.store.store import PhaseStore
from xtl.tasks.base import untrained_module
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings
from xtl.types import SplitName


def run_cell(
    config: TrainConfig, folder: Path, *, store: PhaseStore | None = None, memory: SessionCache | None = None
) -> list[Result]:
    """Take the encoder through its phases, score every language of the target, leave a run folder.

    Args:
        config: Checked.
        folder: The run folder; files of an earlier run in it are replaced.
        store: Of finished phases; ``None``: the one in xtl's cache.
        memory: What cells of one process share; without it nothing is kept.

    Returns:
        The results, as they stand in ``results.jsonl``.

    Raises:
        XtlError: for what a user can mend: data, backbone, a loss that is no number.
    """
    disable_progress_bar()  # of transformers: loading and saving have their own line
    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    memory = memory or SessionCache()
    run = RunFolder(folder)
    machine = DeviceSettings.of(config.trainer)
    config = machine.resolved(config)
    say(
        f"run folder: {folder}\ndevice: {machine.device.type}, {torch.get_num_threads()} "
        f"threads, {machine.precision}"
    )
    (folder / results.FILE_NAME).unlink(missing_ok=True)  # of an earlier run: not those of this config
    run.write_config(configs.dump(config))
    run.write_environment(device=machine.device.type, arguments=sys.argv)

    phases = [
        read_phase(name, task, config, memory)
        for name, task in (("intermediate", config.intermediate), ("target", config.target))
        if task is not None
    ]
    target = phases[-1]
    split = cast(SplitName, config.target.eval_split)
    tests = read_tests(target.task, config.data, config.target.langs, split=split, memory=memory)
    _say_what_was_read(phases, tests)
    store = store or PhaseStore(tell=say)
    context = RunContext(config=config, machine=machine, store=store, run_folder=folder, memory=memory)
    encoder, trained = run_chain(phases, context)
    write_json(folder / PHASES, {"phases": [one.summary for one in trained]})

    model = _target_model(target, encoder, trained, context)
    _save(run, config, encoder, model)
    info = run_info(config, phases, trained, key=encoder.key, machine=machine)
    found = evaluate(model, tests, machine=machine, run=run, run_info=info)
    if trained and trained[-1].phase is target:
        found += compare_selections(trained[-1], model, tests, found, machine=machine, run=run)
    for phase in phases:
        for line in phase.task.skip_counts.lines():
            say(f"{phase.name} {phase.task.name}: {line}")
    results.write(folder / results.FILE_NAME, found)
    say(f"results: {folder / results.FILE_NAME}")
    return found


def _target_model(
    target: Phase, encoder: Encoder, trained: Sequence[TrainedPhase], context: RunContext
) -> TrainedTask:
    """The target phase's module; a new one where the target was not trained."""
    if trained and trained[-1].phase is target:
        module = trained[-1].module
    else:
        seed_everything(context.config.seed, workers=True, verbose=False)
        module = untrained_module(target.task, encoder.pretrained.backbone)
    return TrainedTask(
        task=target.task,
        module=module,
        tokenizer=encoder.pretrained.tokenizer,
        memory=context.memory,
    )


def _save(run: RunFolder, config: TrainConfig, encoder: Encoder, model: TrainedTask) -> None:
    task = config.target
    info = HeadInfo(task=task.name, task_type=task.task_type, labels=model.task.labels, max_len=task.max_len)
    run.save_head(model.module, info)
    if config.trainer.save_encoder:
        say("saving the encoder")
        run.save_encoder(encoder.pretrained)


def _say_what_was_read(phases: Sequence[Phase], tests: Mapping[str, Sequence[Any]]) -> None:
    for phase in phases:
        langs = ", ".join(phase.task.config.lang)
        if phase.train:
            say(
                f"{phase.name} {phase.task.name}: {len(phase.train):,} examples to train on and "
                f"{len(phase.validation):,} to validate on ({langs})"
            )
        else:
            say(f"{phase.name} {phase.task.name}: no training")
    say(f"{phases[-1].task.name}: {sum(map(len, tests.values())):,} examples to test on ({', '.join(tests)})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cell of one config file; return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1 or given[0] in ("-h", "--help"):
        say("usage: python -m xtl.pipeline.cell RUN_FOLDER/config.yaml")
        return 0 if given and given[0] in ("-h", "--help") else 2
    path = Path(given[0])
    with report_errors(path.parent):
        run_cell(configs.load(path), path.parent)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
