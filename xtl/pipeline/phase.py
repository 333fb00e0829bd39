"""One phase: a new head and the encoder trained on a task, or taken from the store if that was done."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from lightning import seed_everything

from xtl.pipeline.context import RunContext
from xtl.pipeline.phase_training import EntryWriter, PhaseTraining
from xtl.progress import STORED, TRAINS, announce
from xtl.schemas.cell import TrainConfig
from xtl.store.key import phase_key
from xtl.store.records import EncoderState, Phase, TrainedPhase
from xtl.store.store import Entry
from xtl.store.weights import read_encoder, read_head
from xtl.tasks.base import untrained_module
from xtl.training.checkpointing import FILE_NAME as CHECKPOINT
from xtl.training.fit import FitPaths
from xtl.training.history import LOG_NAME, EpochMetrics, FitReport, write_epochs

logger = logging.getLogger(__name__)


def run_phase(
    phase: Phase, encoder: EncoderState, context: RunContext, *, earlier: Sequence[EpochMetrics] = ()
) -> TrainedPhase:
    """Train a phase, or take it from the store.

    Args:
        phase: Phase with rows to train on.
        encoder: Encoder as the phase before left it; it is changed.
        context: Config, device, store and cache of the cell.
        earlier: Epochs of the phases before, which stand first in the history.

    Raises:
        CheckpointError: if the store cannot be written, or a file in it not be read.
        NonFiniteLossError: at the first loss that is no number.
    """
    config, store, group = context.config, context.store, context.group
    key = phase_key(phase, encoder.key, config)
    # A phase that is trained and one that is taken from the store leave the next one the same random state.
    seed_everything(config.seed, workers=True, verbose=False)
    history = context.run_folder / LOG_NAME
    # The main process asks for all: looking takes the time of reading, and what one sees all must see.
    entry = group.from_main(lambda: store.find(key))  # without the lock: a store may be read-only
    if entry is None:
        with group.held_by_main(store.lock(key)):
            entry = group.from_main(lambda: store.find(key))  # another process may have trained it meanwhile
            if entry is None:
                if group.is_main:
                    announce(TRAINS, phase.name)
                    store.set_damaged_aside(key)
                paths = FitPaths(
                    name=phase.title,
                    history=history,
                    earlier=earlier,
                    checkpoint=store.unfinished(key) / CHECKPOINT,
                    after_epoch=context.tracker.log_epochs,
                )
                return _train(PhaseTraining(phase=phase, encoder=encoder, context=context), key, paths)
    if group.is_main:
        announce(STORED, phase.name)
        store.drop_leftovers(key)
    logger.info("%s: taken from the phase store (%s)", phase.title, key)
    trained = _from_store(entry, phase, encoder, key)
    if phase.watched and not trained.report.selections:
        logger.warning("%s: it was trained with trainer.compare_selections=false", phase.title)
    if group.is_main:
        write_epochs(history, [*earlier, *trained.report.epochs])
    context.tracker.log_epochs([*earlier, *trained.report.epochs])
    return trained


def _train(training: PhaseTraining, key: str, paths: FitPaths) -> TrainedPhase:
    """Train a phase and store it; only the holder of its lock may."""
    parent = training.encoder.key
    trained, best = training.train(key, paths)
    writer = EntryWriter(training=training, trained=trained, best=best)
    context = training.context
    info = _entry_info(trained, parent, context.config)
    entry = context.group.from_main(lambda: context.store.put(key, writer.write, info))
    if context.group.is_main:
        announce(STORED, trained.phase.name)
    return replace(trained, entry=entry.path)


def _from_store(entry: Entry, phase: Phase, encoder: EncoderState, key: str) -> TrainedPhase:
    backbone = encoder.pretrained.backbone
    ids_A = read_encoder(entry.path, backbone)
    module = untrained_module(phase.task, backbone)
    read_head(entry.path, module)
    trained_ids = None if len(ids_A) == backbone.vocab_size else ids_A
    state = EncoderState(pretrained=encoder.pretrained, key=key, trained_ids=trained_ids)
    report = FitReport.from_json(entry.info["report"])
    return TrainedPhase(
        phase=phase, encoder=state, module=module, report=report, reused=True, entry=entry.path
    )


def _entry_info(trained: TrainedPhase, parent: str, config: TrainConfig) -> Mapping[str, Any]:
    """Plain values that ``phase.json`` holds beside the checksums."""
    values = {
        "parent": parent,
        "backbone": config.backbone.name,
        "seed": config.seed,
        "data_seed": config.data_seed,
        "precision": config.trainer.precision,
        "settings": asdict(trained.phase.task.config),
        "summary": trained.summary,
        "report": asdict(trained.report),
    }
    return dict(json.loads(json.dumps(values)))
