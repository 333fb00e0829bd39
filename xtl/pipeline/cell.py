"""One cell, from its resolved config to its results.

As a command: ``python -m xtl.pipeline.cell RUN_FOLDER/config.yaml``.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from lightning import seed_everything
from transformers.utils.logging import disable_progress_bar

from xtl import config as configs
from xtl import results
from xtl.atomic import write_json
from xtl.caching.session import SessionCache
from xtl.data.splits import Split
from xtl.evaluation.evaluate import Evaluation
from xtl.evaluation.read import read_tests
from xtl.evaluation.selections import compare_selections
from xtl.pipeline.chain import run_chain
from xtl.pipeline.context import RunContext
from xtl.pipeline.read import read_phase
from xtl.progress import report_errors, say
from xtl.results import Result
from xtl.runs.provenance import origin
from xtl.runs.run_folder import PHASES, HeadInfo, RunFolder
from xtl.schemas.cell import TrainConfig
from xtl.store.records import EncoderState, Phase, TrainedPhase
from xtl.store.store import PhaseStore
from xtl.tasks.base import untrained_module
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings
from xtl.types import SplitName


def run_cell(
    config: TrainConfig, folder: Path, *, store: PhaseStore | None = None, cache: SessionCache | None = None
) -> list[Result]:
    """Take the encoder through its phases, score every language of the target, leave a run folder.

    Args:
        config: Config whose values make sense together.
        folder: Run folder; files of an earlier run in it are replaced.
        store: Finished phases; ``None``: the store in xtl's cache.
        cache: Encoder, examples and features that cells of one process share; ``None``: nothing is shared.

    Returns:
        The results, as they stand in ``results.jsonl``.

    Raises:
        XtlError: for what a user can mend: data, backbone, a loss that is no number.
    """
    disable_progress_bar()  # of transformers: loading and saving have their own line
    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    device_settings = DeviceSettings.of(config.trainer)
    config = device_settings.resolved(config)
    context = RunContext(
        config=config,
        device_settings=device_settings,
        store=store or PhaseStore(tell=say),
        run_folder=folder,
        cache=cache or SessionCache(),
    )
    run = _begin(context)
    phases = [
        read_phase(name, settings, config, context.cache)
        for name, settings in (("intermediate", config.intermediate), ("target", config.target))
        if settings is not None
    ]
    target = phases[-1]
    split = cast(SplitName, config.target.eval_split)
    tests = read_tests(
        target.task, config.data, config.target.langs, split=split, cache=context.cache.examples
    )
    _say_what_was_read(phases, tests)
    encoder, trained = run_chain(phases, context)
    write_json(folder / PHASES, {"phases": [result.summary for result in trained]})

    model = _target_model(target, encoder, trained, config.seed)
    _save(run, config, encoder, model)
    evaluation = Evaluation(
        model=model, data=config.data, device_settings=device_settings, run=run, cache=context.cache
    )
    identity = origin(config, phases, trained, key=encoder.key, device=device_settings.device.type)
    scored = evaluation.evaluate(tests, origin=identity)
    if trained and trained[-1].phase is target:
        scored += compare_selections(evaluation, trained[-1], tests, scored)
    for phase in phases:
        for line in phase.task.skip_counts.lines():
            say(f"{phase.title}: {line}")
    results.write(folder / results.FILE_NAME, scored)
    say(f"results: {folder / results.FILE_NAME}")
    return scored


def _begin(context: RunContext) -> RunFolder:
    """Run folder with the config and environment of this run, and no results of an earlier one."""
    folder, device = context.run_folder, context.device_settings
    say(
        f"run folder: {folder}\ndevice: {device.device.type}, {torch.get_num_threads()} "
        f"threads, {device.precision}"
    )
    run = RunFolder(folder)
    (folder / results.FILE_NAME).unlink(missing_ok=True)
    run.write_config(configs.dump(context.config))
    run.write_environment(device=device.device.type, arguments=sys.argv)
    return run


def _target_model(
    target: Phase, encoder: EncoderState, trained: Sequence[TrainedPhase], seed: int
) -> TrainedTask:
    """Module of the target phase; a new one where the target was not trained."""
    if trained and trained[-1].phase is target:
        module = trained[-1].module
    else:
        seed_everything(seed, workers=True, verbose=False)
        module = untrained_module(target.task, encoder.pretrained.backbone)
    return TrainedTask(task=target.task, module=module, tokenizer=encoder.pretrained.tokenizer)


def _save(run: RunFolder, config: TrainConfig, encoder: EncoderState, model: TrainedTask) -> None:
    task = config.target
    info = HeadInfo(task=task.name, task_type=task.task_type, labels=model.task.labels, max_len=task.max_len)
    run.save_head(model.module, info)
    if config.trainer.save_encoder:
        say("saving the encoder")
        run.save_encoder(encoder.pretrained)


def _say_what_was_read(phases: Sequence[Phase], tests: Mapping[str, Split]) -> None:
    for phase in phases:
        if phase.train:
            say(
                f"{phase.title}: {phase.num_rows:,} examples to train on and "
                f"{sum(map(len, phase.validation)):,} to validate on ({', '.join(phase.task.config.lang)})"
            )
        else:
            say(f"{phase.title}: no training")
    say(f"{phases[-1].task.name}: {sum(map(len, tests.values())):,} examples to test on ({', '.join(tests)})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cell of one config file; return the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if len(words) != 1 or words[0] in ("-h", "--help"):
        say("usage: python -m xtl.pipeline.cell RUN_FOLDER/config.yaml")
        return 0 if words and words[0] in ("-h", "--help") else 2
    path = Path(words[0])
    with report_errors(path.parent):
        run_cell(configs.load(path), path.parent)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
