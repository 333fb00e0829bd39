"""One phase: a new head and the encoder trained on a task, or taken from the store if that was done."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning import seed_everything
from torch import Tensor

from xtl.models import ActiveEmbedding, HFBackbone, active_vocabulary, inner_units, set_inner_units, tuned
from xtl.modules.optim import AdamWLinear
from xtl.pipeline.context import RunContext
from xtl.progress import say
from xtl.schemas.cell import TrainConfig
from xtl.schemas.ranges import updates_of
from xtl.schemas.recipe import RecipeConfig
from xtl.store.key import key_of
from xtl.store.records import Encoder, Phase, TrainedPhase
from xtl.store.store import Entry
from xtl.store.weights import read_encoder, read_head, write_weights
from xtl.tasks.base import named_by_language, trains_whole_table, untrained_module
from xtl.tasks.loaders import evaluation_loader, inputs_of, training_loader
from xtl.training.checkpointing import FILE_NAME as CHECKPOINT
from xtl.training.fit import Loaders, Places, fit
from xtl.training.history import LOG_NAME, Epoch, FitReport, write_epochs
from xtl.training.tuning import say_what_is_trained, tuning_of


def run_phase(
    phase: Phase, encoder: Encoder, context: RunContext, *, earlier: Sequence[Epoch] = ()
) -> TrainedPhase:
    """Train a phase, or take it from the store.

    Args:
        phase: Has rows to train on.
        encoder: As the phase before left it; it is changed.
        workplace: Of the cell.
        earlier: Epochs of the phases before, which stand first in the record.

    Raises:
        NonFiniteLossError: at the first loss that is no number.
    """
    config, store = context.config, context.store
    key = key_of(phase, encoder.key, config)
    # A phase that is trained and one that is taken from the store leave the next one the same random state.
    seed_everything(config.seed, workers=True, verbose=False)
    record = context.run_folder / LOG_NAME
    with store.lock(key):
        entry = store.find(key)
        if entry is not None:
            store.drop_unfinished(key)
            say(f"{phase.name} {phase.task.name}: taken from the phase store ({key})")
            trained = _take(entry, phase, encoder, key)
            if phase.watched and not trained.report.selections:
                say(f"{phase.name} {phase.task.name}: it was trained with trainer.compare_selections=false")
            write_epochs(record, [*earlier, *trained.report.epochs])
            return trained
        places = Places(
            name=f"{phase.name} {phase.task.name}",
            record=record,
            earlier=earlier,
            checkpoint=store.unfinished(key) / CHECKPOINT,
        )
        trained, put_back = _train(phase, encoder, key, context, places)
        info = _info(trained, encoder.key, config)
        entry = store.put(key, lambda folder: _write(folder, trained, put_back), info)
    return replace(trained, entry=entry.path)


def _train(
    phase: Phase, encoder: Encoder, key: str, context: RunContext, places: Places
) -> tuple[TrainedPhase, Callable[[int], None]]:
    """Train; give what is left, and what puts the weights of another epoch into it."""
    config = context.config
    backbone, tokenizer = encoder.pretrained.backbone, encoder.pretrained.tokenizer
    recipe = phase.task.config.recipe
    features, held_out = (
        context.memory.features(phase.task, named_by_language(rows), tokenizer)
        for rows in (phase.train, phase.validation)
    )
    watched = {
        lang: context.memory.features(phase.task, named_by_language(rows), tokenizer)
        for lang, rows in phase.watched.items()
    }
    loaders = _loaders(phase, features, held_out, watched, context, pad_id=tokenizer.pad_token_id)
    optimizer = AdamWLinear(
        lr=recipe.lr,
        head_lr=recipe.head_lr,
        total_steps=len(loaders.train) * loaders.epochs,
        warmup=recipe.warmup,
        weight_decay=recipe.weight_decay,
        fused=config.trainer.precision != "16-mixed",
    )
    shrink = config.trainer.active_vocabulary and not trains_whole_table(phase.task)
    table = partial(_table_of, backbone, [*features, *held_out], active=shrink)
    trainable = partial(tuned, backbone, tuning_of(phase.task.config))
    units = inner_units(backbone)
    with table() as active, trainable():
        module = phase.task.module(backbone, optimizer, dropout=recipe.dropout)
        say_what_is_trained(places.name, backbone, module.head)
        report, keeper = fit(module, loaders, recipe=recipe, settings=config.trainer, places=places)
        module.cpu()

    def put_back(epoch: int) -> None:
        set_inner_units(backbone, units)  # an adapter has been folded in
        with table(), trainable():
            keeper.put_back(module, epoch)

    rows = None if active is None or encoder.rows is None else _union(active.rows_A, encoder.rows)
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=rows)
    trained = TrainedPhase(
        phase=phase, encoder=left, module=module, report=report, reused=False, entry=places.checkpoint.parent
    )
    return trained, put_back


def _loaders(
    phase: Phase,
    features: Sequence[Any],
    held_out: Sequence[Any],
    watched: Mapping[str, Sequence[Any]],
    context: RunContext,
    *,
    pad_id: int,
) -> Loaders:
    recipe: RecipeConfig = phase.task.config.recipe
    train, epochs = training_loader(
        phase.task,
        features,
        pad_id=pad_id,
        recipe=recipe,
        updates=updates_of(phase.task.config, phase.name),
        seed=context.config.seed,
    )
    evaluation = partial(evaluation_loader, phase.task, pad_id=pad_id, max_tokens=context.machine.eval_tokens)
    return Loaders(
        train=train,
        validation=evaluation(held_out) if held_out else None,
        epochs=epochs,
        watched={lang: evaluation(features) for lang, features in watched.items()},
        own=phase.task.config.lang[0] if len(phase.task.config.lang) == 1 else "",
    )


def _take(entry: Entry, phase: Phase, encoder: Encoder, key: str) -> TrainedPhase:
    backbone = encoder.pretrained.backbone
    ids_A = read_encoder(entry.path, backbone)
    module = untrained_module(phase.task, backbone)
    read_head(entry.path, module)
    every_row = len(ids_A) == backbone.vocab_size
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=None if every_row else ids_A)
    report = FitReport.from_json(entry.info["report"])
    return TrainedPhase(
        phase=phase, encoder=left, module=module, report=report, reused=True, entry=entry.path
    )


def _write(folder: Path, trained: TrainedPhase, put_back: Callable[[int], None]) -> None:
    """Write the weights, and those of epochs that other rules choose."""
    report = trained.report
    save = partial(write_weights, folder, trained.encoder, trained.module)
    save()
    others = {*report.selections.values(), *report.oracle.values()} - {report.selected_epoch}
    for epoch in sorted(others):
        put_back(epoch)
        save(epoch=epoch)
    if others:
        put_back(report.selected_epoch)


def _info(trained: TrainedPhase, parent: str, config: TrainConfig) -> Mapping[str, Any]:
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


def _table_of(
    backbone: HFBackbone, features: Sequence[Any], *, active: bool
) -> AbstractContextManager[ActiveEmbedding | None]:
    """Shrink the embedding table to what ``features`` read, if that is wanted."""
    if not active:
        return nullcontext()
    return active_vocabulary(
        backbone, {id_ for feature in features for ids in inputs_of(feature) for id_ in ids}
    )


def _union(first: Tensor, second: Tensor) -> Tensor:
    return torch.cat([first.cpu(), second.cpu()]).unique()  # type: ignore[no-untyped-call, no-any-return]
