"""The target phase: a new head and the encoder, trained on the target task in its training languages."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from xtl.config import BackboneConfig, TrainConfig
from xtl.data import LengthBatchSampler
from xtl.files import write_json
from xtl.models import HFBackbone, Pretrained, active_vocabulary, e5_small, hub, tiny
from xtl.modules import AdamWLinear, TokenTagging
from xtl.phases.families import TaggingFamily
from xtl.phases.families.tagging import named_by_language
from xtl.phases.fit import FitReport, Loaders, fit
from xtl.phases.key import phase_key, weights_digest
from xtl.phases.progress import say
from xtl.phases.run_folder import SUMMARY, RunFolder
from xtl.types import TaggingExample, TaggingFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingData:
    """Sentences of the training languages: to train on, and to choose weights with."""

    train: Sequence[TaggingExample]
    validation: Sequence[TaggingExample]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What the target phase leaves."""

    module: TokenTagging
    pretrained: Pretrained
    report: FitReport
    key: str
    rows: int


def train_target(config: TrainConfig, family: TaggingFamily, data: TrainingData, run: RunFolder) -> Trained:
    """Fit a new head and the encoder.

    Args:
        config: Of the cell, its precision resolved.
        family: The target task.
        data: What to train on.
        run: Takes the record of epochs and ``phase.json``.

    Raises:
        BackboneError: if the encoder is not there.
        NonFiniteLossError: at the first loss that is no number.
    """
    recipe = config.target.recipe
    say(f"loading backbone {config.backbone.name}")
    pretrained = load_backbone(config.backbone)
    backbone, tokenizer = pretrained.backbone, pretrained.tokenizer
    key = phase_key(
        backbone=weights_digest(backbone),
        task=config.target,
        rows={"train": map(repr, data.train), "validation": map(repr, data.validation)},
        precision=config.trainer.precision,
        seed=config.seed,
    )
    features = family.features(named_by_language(data.train), tokenizer)
    held_out = family.features(named_by_language(data.validation), tokenizer)
    loaders = _loaders(config, family, tokenizer, features, held_out)
    optimizer = AdamWLinear(
        lr=recipe.lr,
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
    write_json(run.path / SUMMARY, _summary(key, family.task.name, len(data.train), report))
    return Trained(module=module, pretrained=pretrained, report=report, key=key, rows=len(data.train))


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


def _loaders(
    config: TrainConfig,
    family: TaggingFamily,
    tokenizer: PreTrainedTokenizerBase,
    features: Sequence[TaggingFeature],
    held_out: Sequence[TaggingFeature],
) -> Loaders:
    sampler = LengthBatchSampler(
        [len(feature["input_ids"]) for feature in features],
        batch_size=config.target.recipe.batch_size,
        seed=config.seed,
    )
    pad_id = tokenizer.pad_token_id
    return Loaders(
        train=family.training_loader(features, sampler, pad_id=pad_id),
        validation=family.evaluation_loader(held_out, pad_id=pad_id, max_tokens=config.trainer.eval_tokens),
    )


def _table_of(
    backbone: HFBackbone, features: Sequence[TaggingFeature], *, active: bool
) -> AbstractContextManager[object]:
    """Shrink the embedding table to what ``features`` read, if that is wanted."""
    if not active:
        return nullcontext()
    return active_vocabulary(backbone, {id_ for feature in features for id_ in feature["input_ids"]})


def _summary(key: str, task: str, rows: int, report: FitReport) -> dict[str, object]:
    return {
        "key": key,
        "phase": "target",
        "task": task,
        "rows": rows,
        "kept_epoch": report.kept_epoch,
        "seconds": round(report.seconds, 1),
        "tokens": report.tokens,
        "tokens_per_second": round(report.tokens_per_second),
    }
