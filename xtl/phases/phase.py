"""One phase: a new head and the encoder trained on a task, or taken from the store if that was done."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
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
    load_partial_state,
    partial_state,
)
from xtl.modules import AdamWLinear, XtlModule
from xtl.phases.checkpoints import FILE_NAME as CHECKPOINT
from xtl.phases.evaluate import Machine
from xtl.phases.families import Family, named_by_language, scoring_module
from xtl.phases.fit import Loaders, Places, fit
from xtl.phases.key import phase_key
from xtl.phases.loaders import evaluation_loader, inputs_of, training_loader
from xtl.phases.memory import Memory
from xtl.phases.progress import say
from xtl.phases.record import LOG_NAME, Epoch, FitReport, write_epochs
from xtl.phases.run_folder import head_weights
from xtl.phases.store import ENCODER, HEAD, Entry, PhaseStore


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A phase with the rows that it will train on.

    Attributes:
        name: ``intermediate`` or ``target``.
        family: The task.
        train: Rows to train on; none: nothing is trained.
        validation: Rows to choose weights with.
    """

    name: str
    family: Family
    train: Sequence[Any]
    validation: Sequence[Any]

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
    """What a phase leaves."""

    phase: Phase
    encoder: Encoder
    module: XtlModule
    report: FitReport
    reused: bool

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
            say(f"{phase.name} {phase.task.name}: taken from the phase store ({key})")
            trained = _take(entry, phase, encoder, key)
            write_epochs(record, [*earlier, *trained.report.epochs])
            return trained
        places = Places(
            name=f"{phase.name} {phase.task.name}",
            record=record,
            earlier=earlier,
            checkpoint=store.unfinished(key) / CHECKPOINT,
        )
        trained = _train(phase, encoder, key, workplace, places)
        store.put(key, lambda folder: _write(folder, trained), _info(trained, encoder.key, config))
    return trained


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


def _train(phase: Phase, encoder: Encoder, key: str, workplace: Workplace, places: Places) -> Trained:
    config = workplace.config
    backbone, tokenizer = encoder.pretrained.backbone, encoder.pretrained.tokenizer
    recipe = phase.task.recipe
    features, held_out = (
        workplace.memory.features(phase.family, named_by_language(rows), tokenizer)
        for rows in (phase.train, phase.validation)
    )
    loaders = _loaders(phase, features, held_out, pad_id=tokenizer.pad_token_id, workplace=workplace)
    optimizer = AdamWLinear(
        lr=recipe.lr,
        head_lr=recipe.head_lr,
        total_steps=len(loaders.train) * loaders.epochs,
        warmup=recipe.warmup,
        weight_decay=recipe.weight_decay,
        fused=config.trainer.precision != "16-mixed",
    )
    with _table_of(backbone, [*features, *held_out], active=config.trainer.active_vocabulary) as active:
        module = phase.family.module(backbone, optimizer, dropout=recipe.dropout)
        report = fit(module, loaders, recipe=recipe, settings=config.trainer, places=places)
    module.cpu()
    rows = None if active is None or encoder.rows is None else _union(active.rows_A, encoder.rows)
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=rows)
    return Trained(phase=phase, encoder=left, module=module, report=report, reused=False)


def _loaders(
    phase: Phase,
    features: Sequence[Any],
    held_out: Sequence[Any],
    *,
    pad_id: int,
    workplace: Workplace,
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
    validation = (
        evaluation_loader(phase.family, held_out, pad_id=pad_id, max_tokens=workplace.machine.eval_tokens)
        if held_out
        else None
    )
    return Loaders(train=train, validation=validation, epochs=epochs)


def _take(entry: Entry, phase: Phase, encoder: Encoder, key: str) -> Trained:
    backbone = encoder.pretrained.backbone
    ids_A = load_partial_state(backbone, load_file(entry.path / ENCODER))
    module = scoring_module(phase.family, backbone)
    module.head.load_state_dict(load_file(entry.path / HEAD))
    every_row = len(ids_A) == backbone.vocab_size
    left = Encoder(pretrained=encoder.pretrained, key=key, rows=None if every_row else ids_A)
    report = FitReport.from_json(entry.info["report"])
    return Trained(phase=phase, encoder=left, module=module, report=report, reused=True)


def _write(folder: Path, trained: Trained) -> None:
    backbone = trained.encoder.pretrained.backbone
    save_file(partial_state(backbone, trained.encoder.rows), folder / ENCODER)
    save_file(head_weights(trained.module), folder / HEAD)


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
