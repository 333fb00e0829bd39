"""One cell, from its resolved config to its results.

As a command: ``python -m xtl.pipeline.cell RUN_FOLDER/config.yaml``.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lightning import seed_everything

from xtl import config as configs
from xtl import results
from xtl.atomic import write_json
from xtl.caching.session import SessionCache
from xtl.distributed.group import MAIN, check_size, current_group, is_worker, launched_rank
from xtl.distributed.nodes import Node, this_node
from xtl.errors import ProcessGroupError, XtlError, explained
from xtl.evaluation.evaluate import Evaluation
from xtl.evaluation.read import read_tests
from xtl.evaluation.selections import compare_selections
from xtl.models.load import route_messages
from xtl.pipeline.chain import run_chain, scoring_settings
from xtl.pipeline.context import RunContext
from xtl.pipeline.devices import (
    group_of,
    leave,
    run_on_several,
    run_on_this_node,
    sole_writer,
    tell_launcher,
    unexpected,
)
from xtl.pipeline.messages import log_chance, log_what_was_read
from xtl.pipeline.read import read_phase
from xtl.pipeline.strategy import log_beginning, resolved_here
from xtl.progress import SCORES, announce
from xtl.results import Result
from xtl.runs.file_names import PHASES, TRAIN_LOG
from xtl.runs.inputs import file_states, input_files, write_inputs
from xtl.runs.provenance import run_info
from xtl.runs.run_folder import HeadInfo, RunFolder
from xtl.runs.segments import SEGMENTS
from xtl.runs.status import STOPPED, CellStatus, write_status
from xtl.schemas.cell import TrainConfig
from xtl.stops import Stopped, raise_when_stopped
from xtl.store.records import EncoderState, Phase, TrainedPhase
from xtl.store.store import PhaseStore
from xtl.tasks.base import untrained_module
from xtl.tasks.trained import TrainedTask
from xtl.tracking import tracked
from xtl.training.device import DeviceSettings, use_threads

logger = logging.getLogger(__name__)


def run_cell(
    config: TrainConfig, folder: Path, *, store: PhaseStore | None = None, cache: SessionCache | None = None
) -> list[Result]:
    """Take the encoder through its phases, score every language of the target, leave a run folder.

    Args:
        config: Config whose values make sense together.
        folder: Run folder; what an earlier run left there is replaced once all data are read.
        store: Finished phases; ``None``: the store in xtl's cache.
        cache: Encoder, examples and features that cells of one process share; ``None``: nothing is shared.

    Returns:
        The results, as they stand in ``results.jsonl``.

    Raises:
        XtlError: for what a user can mend: data, backbone, a loss that is no number, a folder in use.
    """
    route_messages()
    group = current_group()
    if group.is_alone:  # several have theirs from the process that started them
        use_threads(config.trainer)
    device_settings = DeviceSettings.for_computing(config.trainer)
    config, choices = resolved_here(config, device_settings)
    configs.check_all_shares(config)
    context = RunContext(
        config=config,
        device_settings=device_settings,
        choices=choices,
        store=store or PhaseStore(),
        run_folder=folder,
        cache=cache or SessionCache(),
        group=group,
    )
    with sole_writer(context):
        if context.starts_others:  # the first of them has the views
            return _run(context)
        with tracked(config, folder) as tracker:
            return _run(replace(context, tracker=tracker))


def _run(context: RunContext) -> list[Result]:
    """Run the cell of a context; as :func:`run_cell`."""
    config, folder, group = context.config, context.run_folder, context.group
    run = RunFolder(folder)
    if group.is_alone:  # else the process that started this one has done it
        log_beginning(context)
    if context.starts_others:
        with run.config_put_back():
            _write_settings(run, context)  # which the others read; the first of them takes the folder over
            run_on_several(context)
        return results.read(folder / results.FILE_NAME)
    check_size(group, config.trainer.processes)
    inputs = file_states(input_files(config))  # before anything is read: what changes meanwhile is a change
    phases = [read_phase(name, settings, config, context.cache) for name, settings in config.phases]
    target = phases[-1]
    split = config.target.scored_split
    tests = read_tests(
        target.task, config.data, config.target.langs, split=split, cache=context.cache.examples
    )
    _take_over(run, context)  # not before: what cannot be read now is no reason to lose what was there
    log_what_was_read(phases, tests)
    encoder, trained = run_chain(phases, context)
    context.tracker.log_phases(trained)
    model = _target_model(target, encoder, trained, config.seed)
    if group.is_main:
        announce(SCORES)
        has_segments = encoder.pretrained.backbone.separator is not None
        summaries = [result.summary for result in trained]
        write_json(folder / PHASES, {"phases": summaries, SEGMENTS: has_segments})
        _save(run, config, encoder, model)
    evaluation = Evaluation(
        model=model,
        data=config.data,
        device_settings=scoring_settings(trained, context.device_settings),
        run=run,
        cache=context.cache,
        group=group,
    )
    info = run_info(config, phases, trained, key=encoder.key, device=context.device_settings.device.type)
    log_chance(info.trained_intermediate)
    scored = evaluation.evaluate(tests, run_info=info)
    if trained and trained[-1].phase is target:
        scored += compare_selections(evaluation, trained[-1], tests, scored)
    for phase in phases:
        for line in phase.task.skip_counts.lines():
            logger.info("%s: %s", phase.title, line)
    if group.is_main:
        write_inputs(folder, inputs)
        results.write(folder / results.FILE_NAME, scored)
    context.tracker.log_scores(scored)
    logger.info("results: %s", folder / results.FILE_NAME)
    return scored


def _take_over(run: RunFolder, context: RunContext) -> None:
    """Make the folder this run's: its config and environment, and no results of an earlier one."""
    if context.group.is_main:
        run.remove_earlier()
    if context.group.is_alone:
        _write_settings(run, context)


def _write_settings(run: RunFolder, context: RunContext) -> None:
    run.write_config(configs.dump(context.config))
    run.write_environment(device=context.device_settings.device.type, arguments=sys.argv)


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
    # First: a head beside the encoder of an earlier run would be taken for its head.
    if config.trainer.save_encoder:
        logger.info("saving the encoder")
        run.save_encoder(encoder.pretrained)
    else:
        run.remove_encoder()
    run.save_head(model.module, info)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cell of one config file; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m xtl.pipeline.cell", description=__doc__)
    parser.add_argument("config", type=Path, metavar="RUN_FOLDER/config.yaml")
    parser.add_argument("--store", type=Path, help="folder of finished phases (default: in xtl's cache)")
    options = parser.parse_args(arguments)
    path: Path = options.config
    begin = time.monotonic()
    try:
        node = Node() if is_worker() else this_node(os.environ)
        _log_to(path.parent, node)
        with raise_when_stopped():
            _run_file(path, node, PhaseStore(options.store))
    except (XtlError, OSError) as error:
        text = explained(error, path.parent)
        if not tell_launcher(text, of_another=isinstance(error, ProcessGroupError)):
            logger.error("%s", text)
        return 1
    except Stopped as stop:
        if tell_launcher(stop.note):
            return stop.exit_status
        logger.warning("%s", stop.message)
        seconds = round(time.monotonic() - begin, 1)
        with suppress(OSError):  # a full disk
            if node.is_first:
                write_status(path.parent, CellStatus(status=STOPPED, seconds=seconds, error=stop.message))
        return stop.exit_status
    except Exception as error:
        if not tell_launcher(unexpected(error, path.parent)):
            raise
        logger.exception("not expected:")
        return 1  # at once: the others, which have lost this process, would be heard first
    return 0


def _run_file(path: Path, node: Node, store: PhaseStore) -> None:
    if not node.is_first:
        run_on_this_node(path.parent.absolute(), node, store)
        return
    config = configs.load(path)
    with group_of(config):
        run_cell(config, path.parent, store=store)


def _log_to(folder: Path, node: Node) -> None:
    """Log to standard error and ``train.log``: no command has set that up, as launchers start this alone."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if node.is_first and folder.is_dir() and launched_rank() == MAIN:
        handlers.append(logging.FileHandler(folder / TRAIN_LOG, encoding="utf-8"))
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", handlers=handlers)
    for name in ("xtl", __name__):  # this module is __main__ here
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


if __name__ == "__main__":
    leave(main())
