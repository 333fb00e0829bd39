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

from xtl.config import RecipeConfig, TrainConfig, updates_of
from xtl.models import (
    ActiveEmbedding,
    HFBackbone,
    active_vocabulary,
    inner_units,
    set_inner_units,
    tuned,
)
from xtl.modules import AdamWLinear
from xtl.phases.checkpoints import FILE_NAME as CHECKPOINT
from xtl.phases.families import named_by_language, reads_every_row, scoring_module
from xtl.phases.fit import Loaders, Places, fit
from xtl.phases.key import phase_key
from xtl.phases.links import Encoder, Phase, Trained, Workplace
from xtl.phases.loaders import evaluation_loader, inputs_of, training_loader
from xtl.phases.progress import say
from xtl.phases.record import LOG_NAME, Epoch, FitReport, write_epochs
from xtl.phases.store import Entry
from xtl.phases.tuning import say_what_is_trained, tuning_of
from xtl.phases.weights import read_encoder, read_head, write_weights


def run_phase(
    phase: Phase, encoder: Encoder, workplace: Workplace, *, earlier: Sequence[Epoch] = ()
) -> Trained:
    """Train a phase, or take it from the store.

    Args:
        phase: Has rows to train on.
        encoder: As the phase before left it; it is changed.
        workplace: Of the cell.
        earlier: Epochs of the phases before, which stand first in the record.

    Raises:
        NonFiniteLossError: at the first loss that is no number.
    """
    config, store = workplace.config, workplace.store
    key = key_of(phase, encoder.key, config)
    # A phase that is trained and one that is taken from the store leave the next one the same random state.
    seed_everything(config.seed, workers=True, verbose=False)
    record = workplace.run_folder / LOG_NAME
    with store.lock(key):
        entry = store.find(key)
        if entry is not None:
            store.drop_unfinished(key)
            say(f"{phase.name} {phase.task.name}: taken from the phase store ({key})")
            trained = _take(entry, phase, encoder, key)
            if phase.watched and not trained.report.rules:
                say(f"{phase.name} {phase.task.name}: it was trained with trainer.compare_rules=false")
            write_epochs(record, [*earlier, *trained.report.epochs])
            return trained
        places = Places(
            name=f"{phase.name} {phase.task.name}",
            record=record,
            earlier=earlier,
            checkpoint=store.unfinished(key) / CHECKPOINT,
        )
        trained, put_back = _train(phase, encoder, key, workplace, places)
        info = _info(trained, encoder.key, config)
        entry = store.put(key, lambda folder: _write(folder, trained, put_back), info)
    return replace(trained, entry=entry.path)


def key_of(phase: Phase, parent: str, config: TrainConfig) -> str:
    """Hash all that decides the weights that a phase leaves.

    Args:
        phase: With its rows.
        parent: Key of the phase before, or hash of the pretrained weights.
        config: Of the cell, its precision resolved.
    """
    return phase_key(
        parent=parent,
        task=phase.task,
        rows={
            "train": map(repr, phase.train),
            "validation": map(repr, phase.validation),
            "labels": phase.family.labels,  # of the whole training set, where the task lists none
        },
        precision=config.trainer.precision,
        seed=config.seed,
    )


def _train(
    phase: Phase, encoder: Encoder, key: str, workplace: Workplace, places: Places
) -> tuple[Trained, Callable[[int], None]]:
    """Train; give what is left, and what puts the weights of another epoch into it."""
    config = workplace.config
    backbone, tokenizer = encoder.pretrained.backbone, encoder.pretrained.tokenizer
    recipe = phase.task.recipe
    features, held_out = (
        workplace.memory.features(phase.family, named_by_language(rows), tokenizer)
        for rows in (phase.train, phase.validation)
    )
    watched = {
        lang: workplace.memory.features(phase.family, named_by_language(rows), tokenizer)
        for lang, rows in phase.watched.items()
    }
    loaders = _loaders(phase, features, held_out, watched, workplace, pad_id=tokenizer.pad_token_id)
    optimizer = AdamWLinear(
        lr=recipe.lr,
        head_lr=recipe.head_lr,
        total_steps=len(loaders.train) * loaders.epochs,
        warmup=recipe.warmup,
        weight_decay=recipe.weight_decay,
        fused=config.trainer.precision != "16-mixed",
    )
    shrink = config.trainer.active_vocabulary and not reads_every_row(phase.family)
    table = partial(_table_of, backbone, [*features, *held_out], active=shrink)
    trainable = partial(tuned, backbone, tuning_of(phase.task))
    units = inner_units(backbone)
    with table() as active, trainable():
        module = phase.family.module(backbone, optimizer, dropout=recipe.dropout)
        say_what_is_trained(places.name, backbone, module.head)
        report, keeper = fit(module, loaders, recipe=recipe, settings=config.trainer, places=places)
        module.cpu()

    def put_back(epoch: int) -> None:
        set_inner_units(backbone, units)  # an adapter has been folded in
        with table(), trainable():
            keeper.put_back(module, epoch)

    rows = None if active is None or encoder.rows is None else _union(active.rows_A, encoder.rows)
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=rows)
    trained = Trained(
        phase=phase, encoder=left, module=module, report=report, reused=False, entry=places.checkpoint.parent
    )
    return trained, put_back


def _loaders(
    phase: Phase,
    features: Sequence[Any],
    held_out: Sequence[Any],
    watched: Mapping[str, Sequence[Any]],
    workplace: Workplace,
    *,
    pad_id: int,
) -> Loaders:
    recipe: RecipeConfig = phase.task.recipe
    train, epochs = training_loader(
        phase.family,
        features,
        pad_id=pad_id,
        recipe=recipe,
        updates=updates_of(phase.task, phase.name),
        seed=workplace.config.seed,
    )
    evaluation = partial(
        evaluation_loader, phase.family, pad_id=pad_id, max_tokens=workplace.machine.eval_tokens
    )
    return Loaders(
        train=train,
        validation=evaluation(held_out) if held_out else None,
        epochs=epochs,
        watched={lang: evaluation(features) for lang, features in watched.items()},
        own=phase.task.lang[0] if len(phase.task.lang) == 1 else "",
    )


def _take(entry: Entry, phase: Phase, encoder: Encoder, key: str) -> Trained:
    backbone = encoder.pretrained.backbone
    ids_A = read_encoder(entry.path, backbone)
    module = scoring_module(phase.family, backbone)
    read_head(entry.path, module)
    every_row = len(ids_A) == backbone.vocab_size
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=None if every_row else ids_A)
    report = FitReport.from_json(entry.info["report"])
    return Trained(phase=phase, encoder=left, module=module, report=report, reused=True, entry=entry.path)


def _write(folder: Path, trained: Trained, put_back: Callable[[int], None]) -> None:
    """Write the weights, and those of epochs that other rules choose."""
    report = trained.report
    save = partial(write_weights, folder, trained.encoder, trained.module)
    save()
    others = {*report.rules.values(), *report.oracle.values()} - {report.kept_epoch}
    for epoch in sorted(others):
        put_back(epoch)
        save(epoch=epoch)
    if others:
        put_back(report.kept_epoch)


def _info(trained: Trained, parent: str, config: TrainConfig) -> Mapping[str, Any]:
    values = {
        "parent": parent,
        "backbone": config.backbone.name,
        "seed": config.seed,
        "data_seed": config.data_seed,
        "precision": config.trainer.precision,
        "settings": asdict(trained.phase.task),
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
