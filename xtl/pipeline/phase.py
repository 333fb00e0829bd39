"""One phase: a new head and the encoder trained on a task, or taken from the store if that was done."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from lightning import seed_everything

from xtl.errors import NonFiniteLossError
from xtl.pipeline.context import RunContext
from xtl.pipeline.phase_training import EntryWriter, PhaseTraining
from xtl.pipeline.variants import Variant, tries_sizes, variants
from xtl.pipeline.watched import WATCHED, stored_report
from xtl.progress import STORED, TRAINS, announce
from xtl.schemas.cell import TrainConfig
from xtl.stops import raise_pending, stops_put_off
from xtl.store.divergence import note_divergence, noted_divergence
from xtl.store.records import EncoderState, Phase, TrainedPhase
from xtl.store.store import Entry
from xtl.store.weights import read_encoder, read_head
from xtl.tasks.base import untrained_module
from xtl.training.checkpointing import FILE_NAME as CHECKPOINT
from xtl.training.fit import FitPaths
from xtl.training.history import LOG_NAME, EpochMetrics, write_epochs
from xtl.training.memory import UpdateMemoryError, release

logger = logging.getLogger(__name__)


def run_phase(
    phase: Phase, encoder: EncoderState, context: RunContext, *, earlier: Sequence[EpochMetrics] = ()
) -> TrainedPhase:
    """Train a phase, or take it from the store.

    A phase whose loss becomes no number in 16 bits is trained again in 32; with ``trainer.micro_batch=auto``
    one that does not fit the memory is trained with half as many examples at once. It begins again from the
    encoder as the phase before left it, and has the key of what is really computed.

    Args:
        phase: Phase with rows to train on.
        encoder: Encoder as the phase before left it; it is changed.
        context: Config, device, store and cache of the cell.
        earlier: Epochs of the phases before, which stand first in the history.

    Raises:
        CheckpointError: if the store cannot be written, or a file in it not be read.
        NonFiniteLossError: at the first loss that is no number, in 32 bits.
        OutOfMemoryError: if an update or a validation does not fit the memory.
    """
    choices = _variants(phase, encoder, context)
    while True:
        # A phase that is trained and one that comes from the store leave the next one the same random state.
        seed_everything(context.config.seed, workers=True, verbose=False)
        try:
            done = _taken(phase, encoder, choices, context, earlier) or _trained(
                phase, encoder, choices[0], context, earlier
            )
            if done is not None:
                return done
            choices = _variants(phase, encoder, context)
        except NonFiniteLossError:
            if not choices[0].in_half:
                raise
            choices = _variants(phase, encoder, context)
        except UpdateMemoryError as error:
            choices = _with_fewer_at_once(choices, error, phase, context)
        release()
        encoder = _put_back(encoder, context)


def _variants(phase: Phase, encoder: EncoderState, context: RunContext) -> list[Variant]:
    """Ways to compute a phase, as far as the store knows."""
    config = context.config
    # The main process asks for all: looking takes the time of reading, and what one sees all must see.
    choices = context.group.from_main(lambda: variants(phase, encoder.key, config, context.store))
    if choices[0].diverged:
        logger.warning(
            "%s: trained from its beginning in 32 bits, since in %s: %s",
            phase.title, config.trainer.precision, choices[0].diverged,
        )  # fmt: skip
    return choices


def _with_fewer_at_once(
    choices: list[Variant], error: UpdateMemoryError, phase: Phase, context: RunContext
) -> list[Variant]:
    """Ways that need less memory than the first one, whose checkpoint is dropped.

    Raises:
        UpdateMemoryError: if there is none, or other processes still wait for the update that did not fit.
    """
    if len(choices) == 1 or not (context.group.is_alone or error.is_agreed):
        raise error
    smaller = choices[1:]
    if context.group.is_main:  # or a run that is started again would go on from it
        context.store.drop_leftovers(choices[0].key)
    logger.warning(
        "%s; %s is trained from its beginning with trainer.micro_batch=%s",
        str(error).rpartition("; ")[0], phase.title, smaller[0].config.trainer.micro_batch,
    )  # fmt: skip
    return smaller


def _taken(
    phase: Phase,
    encoder: EncoderState,
    choices: Sequence[Variant],
    context: RunContext,
    earlier: Sequence[EpochMetrics],
) -> TrainedPhase | None:
    """Phase from the store, in the first of its ways that is there; ``None``: there is none."""
    store, group = context.store, context.group

    def look() -> tuple[Variant, Entry] | None:  # without the lock: a store may be read-only
        entries = ((variant, store.find(variant.key)) for variant in choices)
        return next(((variant, entry) for variant, entry in entries if entry is not None), None)

    stored = group.from_main(look)
    if stored is None:
        return None
    variant, entry = stored
    if group.is_main:
        announce(STORED, phase.name)
        store.drop_leftovers(variant.key)
    logger.info("%s: taken from the phase store (%s)", phase.title, variant.key)
    trained = _from_entry(entry, phase, encoder, variant)
    epochs = [*earlier, *trained.report.epochs]
    if group.is_main:
        write_epochs(context.run_folder / LOG_NAME, epochs)
    context.tracker.log_epochs(epochs)
    return trained


def _trained(
    phase: Phase,
    encoder: EncoderState,
    variant: Variant,
    context: RunContext,
    earlier: Sequence[EpochMetrics],
) -> TrainedPhase | None:
    """Train a phase in one way and store it; ``None``: another process has, or has seen it diverge."""
    store, group, key = context.store, context.group, variant.key

    def is_outdated() -> bool:  # by what the process did that held the lock before
        diverged = variant.in_half and noted_divergence(store.root, key)
        return bool(diverged) or store.find(key) is not None

    with group.held_by_main(store.lock(key)):
        if group.from_main(is_outdated):
            return None
        if group.is_main:
            announce(TRAINS, phase.name)
            store.set_damaged_aside(key)
        paths = FitPaths(
            name=phase.title,
            history=context.run_folder / LOG_NAME,
            earlier=earlier,
            checkpoint=store.unfinished(key) / CHECKPOINT,
            after_epoch=context.tracker.log_epochs,
        )
        training = PhaseTraining(
            phase=phase,
            encoder=encoder,
            context=replace(context, config=variant.config),
            tries=tries_sizes(context.config.trainer),
        )
        try:
            return _stored(training, variant, paths)
        except NonFiniteLossError as error:
            if variant.in_half and group.is_main:
                # First, so that a run that is killed now goes on in 32 bits.
                note_divergence(store.root, key, str(error))
                store.drop_unfinished(key)
            raise


def _stored(training: PhaseTraining, variant: Variant, paths: FitPaths) -> TrainedPhase:
    """Train a phase and store it; only the holder of its lock may."""
    parent, context = training.encoder.key, training.context
    features, loaders = training.prepare()
    with stops_put_off():  # to the end of an update, or until all is stored
        trained, best = training.train(variant.key, features, loaders, paths)
        trained = replace(trained, diverged=variant.diverged)
        writer = EntryWriter(training=training, trained=trained, best=best)
        info = _entry_info(trained, parent, context.config)
        entry = context.group.from_main(lambda: context.store.put(variant.key, writer.write, info))
    best.forget()  # Lightning's trainer holds it, and the module that trainer
    if context.group.is_main:
        announce(STORED, trained.phase.name)
    raise_pending()  # what came when training was about to end, or since
    return replace(trained, encoder=replace(trained.encoder, entry=entry.path))


def _from_entry(entry: Entry, phase: Phase, encoder: EncoderState, variant: Variant) -> TrainedPhase:
    backbone = encoder.pretrained.backbone
    ids_A = read_encoder(entry.path, backbone)
    module = untrained_module(phase.task, backbone)
    read_head(entry.path, module)
    trained_ids = None if len(ids_A) == backbone.vocab_size else ids_A
    state = EncoderState(
        pretrained=encoder.pretrained, key=variant.key, trained_ids=trained_ids, entry=entry.path
    )
    return TrainedPhase(
        phase=phase,
        encoder=state,
        module=module,
        report=stored_report(entry.info, phase),
        reused=True,
        trainer=variant.config.trainer,
        diverged=variant.diverged,
    )


def _put_back(encoder: EncoderState, context: RunContext) -> EncoderState:
    """Encoder as the phase before left it, after an attempt that has changed it."""
    pretrained, _ = context.cache.encoder.pretrained(context.config.backbone)
    if encoder.entry is not None:
        read_encoder(encoder.entry, pretrained.backbone)
    return replace(encoder, pretrained=pretrained)


def _entry_info(trained: TrainedPhase, parent: str, config: TrainConfig) -> Mapping[str, Any]:
    """Plain values that ``phase.json`` holds beside the checksums."""
    task = trained.phase.task
    values = {
        "parent": parent,
        "backbone": config.backbone.name,
        "seed": config.seed,
        "data_seed": config.data_seed,
        "precision": config.trainer.precision,
        "settings": asdict(task.config),
        "labels": {name: part.labels for name, part in task.parts.items()},
        "summary": trained.summary,
        "report": asdict(trained.report),
        WATCHED: trained.phase.watched_digests,
    }
    return dict(json.loads(json.dumps(values)))
