"""One phase: a new head and the encoder trained on a task, or taken from the store if that was done."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning import seed_everything
from safetensors.torch import load_file, save_file
from torch import Tensor

from xtl.config import RecipeConfig, TaskConfig, TrainConfig, updates_of
from xtl.data import ids_digest
from xtl.models import (
    ActiveEmbedding,
    HFBackbone,
    Pretrained,
    active_vocabulary,
    inner_units,
    load_partial_state,
    partial_state,
    set_inner_units,
    tuned,
)
from xtl.modules import AdamWLinear, XtlModule
from xtl.phases.checkpoints import FILE_NAME as CHECKPOINT
from xtl.phases.families import Family, named_by_language, reads_every_row, scoring_module
from xtl.phases.fit import Loaders, Places, fit
from xtl.phases.key import phase_key
from xtl.phases.loaders import evaluation_loader, inputs_of, training_loader
from xtl.phases.machine import Machine
from xtl.phases.memory import Memory
from xtl.phases.progress import say
from xtl.phases.record import LOG_NAME, Epoch, FitReport, write_epochs
from xtl.phases.run_folder import head_weights
from xtl.phases.store import ENCODER, HEAD, Entry, PhaseStore
from xtl.phases.tuning import say_what_is_trained, tuning_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A phase with the rows that it will train on.

    Attributes:
        name: ``intermediate`` or ``target``.
        family: The task.
        train: Rows to train on; none: nothing is trained.
        validation: Rows to choose weights with.
        watched: Validation rows by language, to compare rules of choosing weights with; none: no comparison.
    """

    name: str
    family: Family
    train: Sequence[Any]
    validation: Sequence[Any]
    watched: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def task(self) -> TaskConfig:
        """The task's config."""
        return self.family.task


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoder:
    """An encoder on its way through a chain.

    Attributes:
        pretrained: With the weights of now.
        key: Of the phase that left it, or the hash of the pretrained weights.
        rows: Rows of the embedding table that training has changed (ids); ``None``: perhaps all.
    """

    pretrained: Pretrained
    key: str
    rows: Tensor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Workplace:
    """What the phases of one cell share.

    Attributes:
        config: Of the cell, its precision resolved.
        machine: Where to validate, and in how large batches.
        store: Of finished phases.
        run_folder: Takes the record of epochs.
        memory: What the cells of this process share.
    """

    config: TrainConfig
    machine: Machine
    store: PhaseStore
    run_folder: Path
    memory: Memory


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What a phase leaves; ``entry`` is its folder in the store."""

    phase: Phase
    encoder: Encoder
    module: XtlModule
    report: FitReport
    reused: bool
    entry: Path

    @property
    def summary(self) -> dict[str, object]:
        """What ``phases.json`` says of it."""
        return {
            "key": self.encoder.key,
            "phase": self.phase.name,
            "task": self.phase.task.name,
            "lang": self.phase.task.lang,
            "rows": len(self.phase.train),
            "ids": ids_digest(self.phase.train),
            "reused": self.reused,
            "left_out": {reason: len(uids) for reason, uids in self.phase.family.tally.uids.items()},
            "kept_epoch": self.report.kept_epoch,
            "rules": self.report.rules,
            "oracle": self.report.oracle,
            "seconds": round(self.report.seconds, 1),
            "tokens": self.report.tokens,
            "tokens_per_second": round(self.report.tokens_per_second),
        }


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


def load_epoch(trained: Trained, epoch: int, module: XtlModule) -> None:
    """Put the weights of another epoch, which a rule has chosen, into encoder and head.

    Args:
        trained: What the phase left.
        epoch: One of its rules', not the kept one.
        module: The phase's; it holds the encoder.
    """
    load_partial_state(
        trained.encoder.pretrained.backbone, load_file(trained.entry / _of_epoch(epoch, ENCODER))
    )
    module.head.load_state_dict(load_file(trained.entry / _of_epoch(epoch, HEAD)))


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
    ids_A = load_partial_state(backbone, load_file(entry.path / ENCODER))
    module = scoring_module(phase.family, backbone)
    module.head.load_state_dict(load_file(entry.path / HEAD))
    every_row = len(ids_A) == backbone.vocab_size
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=None if every_row else ids_A)
    report = FitReport.from_json(entry.info["report"])
    return Trained(phase=phase, encoder=left, module=module, report=report, reused=True, entry=entry.path)


def _write(folder: Path, trained: Trained, put_back: Callable[[int], None]) -> None:
    """Write the weights, and those of epochs that other rules choose."""
    backbone, report = trained.encoder.pretrained.backbone, trained.report

    def save(encoder: str, head: str) -> None:
        save_file(partial_state(backbone, trained.encoder.rows), folder / encoder)
        save_file(head_weights(trained.module), folder / head)

    save(ENCODER, HEAD)
    others = {*report.rules.values(), *report.oracle.values()} - {report.kept_epoch}
    for epoch in sorted(others):
        put_back(epoch)
        save(_of_epoch(epoch, ENCODER), _of_epoch(epoch, HEAD))
    if others:
        put_back(report.kept_epoch)


def _of_epoch(epoch: int, name: str) -> str:
    return f"epoch-{epoch}.{name}"


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
