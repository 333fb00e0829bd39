"""The target phase: a new head and the encoder, trained on the target task in its training languages."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from xtl.config import BackboneConfig, TrainConfig
from xtl.files import write_json
from xtl.models import HFBackbone, Pretrained, active_vocabulary, e5_small, hub, tiny
from xtl.modules import AdamWLinear, XtlModule
from xtl.phases.evaluate import Machine
from xtl.phases.families import Family
from xtl.phases.fit import FitReport, Loaders, fit
from xtl.phases.key import phase_key, weights_digest
from xtl.phases.loaders import evaluation_loader, training_loader
from xtl.phases.progress import say
from xtl.phases.run_folder import SUMMARY, RunFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingData:
    """Examples of the training languages: to train on, and to choose weights with."""

    train: Sequence[Any]
    validation: Sequence[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What the target phase leaves."""

    module: XtlModule
    pretrained: Pretrained
    report: FitReport
    key: str
    rows: int


def train_target(
    config: TrainConfig, family: Family, data: TrainingData, *, machine: Machine, run: RunFolder
) -> Trained:
    """Fit a new head and the encoder.

    Args:
        config: Of the cell, its precision resolved.
        family: The target task.
        data: What to train on.
        machine: Where to validate, and in how large batches.
        run: Takes the record of epochs and ``phase.json``.

    Raises:
        BackboneError: if the encoder is not there.
        NonFiniteLossError: at the first loss that is no number.
    """
    recipe = config.target.recipe
    say(f"loading backbone {config.backbone.name}")
    pretrained = load_backbone(config.backbone)
    backbone = pretrained.backbone
    key = phase_key(
        backbone=weights_digest(backbone),
        task=config.target,
        rows={"train": map(repr, data.train), "validation": map(repr, data.validation)},
        precision=config.trainer.precision,
        seed=config.seed,
    )
    if recipe.epochs:
        module, report = _fit(config, family, data, pretrained, machine=machine, run=run)
    else:
        module = family.module(backbone, AdamWLinear(lr=recipe.lr, total_steps=1), dropout=recipe.dropout)
        report = FitReport()
    write_json(run.path / SUMMARY, _summary(key, family, len(data.train), report))
    return Trained(module=module, pretrained=pretrained, report=report, key=key, rows=len(data.train))


def _fit(
    config: TrainConfig,
    family: Family,
    data: TrainingData,
    pretrained: Pretrained,
    *,
    machine: Machine,
    run: RunFolder,
) -> tuple[XtlModule, FitReport]:
    recipe, backbone, tokenizer = config.target.recipe, pretrained.backbone, pretrained.tokenizer
    features = family.features(_named_by_language(data.train), tokenizer)
    held_out = family.features(_named_by_language(data.validation), tokenizer)
    pad_id = tokenizer.pad_token_id
    loaders = Loaders(
        train=training_loader(
            family, features, pad_id=pad_id, batch_size=recipe.batch_size, seed=config.seed
        ),
        validation=evaluation_loader(family, held_out, pad_id=pad_id, max_tokens=machine.eval_tokens),
    )
    optimizer = AdamWLinear(
        lr=recipe.lr,
        head_lr=recipe.head_lr,
        total_steps=len(loaders.train) * recipe.epochs,
        warmup=recipe.warmup,
        weight_decay=recipe.weight_decay,
        fused=config.trainer.precision != "16-mixed",
    )
    with _table_of(backbone, [*features, *held_out], active=config.trainer.active_vocabulary):
        module = family.module(backbone, optimizer, dropout=recipe.dropout)
        report = fit(
            module,
            loaders,
            recipe=recipe,
            settings=config.trainer,
            run_folder=run.path,
            name=f"target {family.task.name}",
        )
    return module, report


def load_backbone(backbone: BackboneConfig) -> Pretrained:
    """Load the encoder that the config names.

    Raises:
        BackboneError: if it is not there.
    """
    match backbone.source:
        case "e5_small":
            return e5_small()
        case "tiny":
            return tiny()
        case _:
            return hub(str(backbone.path), revision=backbone.revision)


def _named_by_language(examples: Sequence[Any]) -> list[Any]:
    """Put the language in front of uids, so that translations of one row can train side by side."""
    return [replace(example, uid=f"{example.lang}:{example.uid}") for example in examples]


def _table_of(
    backbone: HFBackbone, features: Sequence[Any], *, active: bool
) -> AbstractContextManager[object]:
    """Shrink the embedding table to what ``features`` read, if that is wanted."""
    if not active:
        return nullcontext()
    return active_vocabulary(backbone, {id_ for feature in features for id_ in feature["input_ids"]})


def _summary(key: str, family: Family, rows: int, report: FitReport) -> dict[str, object]:
    return {
        "key": key,
        "phase": "target",
        "task": family.task.name,
        "rows": rows,
        "left_out": {reason: len(uids) for reason, uids in family.tally.uids.items()},
        "kept_epoch": report.kept_epoch,
        "seconds": round(report.seconds, 1),
        "tokens": report.tokens,
        "tokens_per_second": round(report.tokens_per_second),
    }
