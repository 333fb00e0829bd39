"""xtl's training of a workload: its modules, batches, optimiser and fit, as a cell has them."""

from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader

from tests.benchmarks.clock import Clock
from tests.benchmarks.workloads import (
    NUM_CLASSES,
    NUM_TAGS,
    PAD_ID,
    PAIRS,
    QUESTIONS,
    TAGGING,
    Workload,
    feature_of,
    real_tokens,
)
from xtl.data.batching import LengthBatchSampler
from xtl.metrics import SquadScore, classification_metric, tagging_metric
from xtl.models import HFBackbone, active_vocabulary
from xtl.modules import AdamWLinear, SequenceClassification, SpanQA, TokenTagging, XtlModule
from xtl.schemas.recipe import RecipeConfig
from xtl.schemas.trainer import TrainerConfig
from xtl.tasks.classification.collate import ClassificationCollator
from xtl.tasks.span_qa.collate import SpanQACollator
from xtl.tasks.tagging.collate import TaggingCollator
from xtl.training.fit import FitPaths, Loaders, fit

_COLLATORS = {PAIRS: ClassificationCollator, QUESTIONS: SpanQACollator, TAGGING: TaggingCollator}


def train(
    work: Workload, *, clock: Clock, precision: str, folder: Path, compiled: bool = False
) -> dict[str, Any]:
    """Train two epochs.

    Args:
        work: Rows, encoder, updates.
        clock: Clock of the second epoch.
        precision: ``bf16-mixed``, ``16-mixed`` or ``32-true``.
        folder: Folder for what a fit writes.
        compiled: Whether the encoder goes through ``torch.compile``.

    Returns:
        Updates, tokens of an epoch, loss of each epoch.
    """
    rows = work.rows()
    features = [feature_of(row, number, work.kind) for number, row in enumerate(rows)]
    backbone = HFBackbone.from_config(work.encoder_config(), seed=0)
    lengths = [len(row.input_ids) for row in rows]
    collate = _COLLATORS[work.kind](pad_id=PAD_ID)
    sampler = LengthBatchSampler(lengths, batch_size=work.batch_size, seed=1)
    loader = DataLoader(features, batch_sampler=sampler, collate_fn=collate)
    with active_vocabulary(backbone, {id_ for row in rows for id_ in row.input_ids}):
        module = module_of(work, backbone, fused=precision != "16-mixed")
        if compiled:
            module.backbone.compile(dynamic=True)
        _put_clock(module, clock)
        report, _ = fit(
            module,
            Loaders(train=loader, validation=None, epochs=2),
            recipe=_recipe(work),
            settings=_settings(clock.device, precision),
            paths=FitPaths(
                name=work.kind, history=folder / "metrics.jsonl", earlier=(), checkpoint=folder / "fit.pt"
            ),
        )
        updates = report.epochs[-1].update
    losses = [epoch.train_loss for epoch in report.epochs]
    return {"updates": updates, "tokens": real_tokens(rows), "losses": losses}


def module_of(work: Workload, backbone: HFBackbone, *, fused: bool = True) -> XtlModule:
    """Module of a workload, with a new head.

    Args:
        work: Kind of rows, rate, updates.
        backbone: Encoder.
        fused: Whether the optimiser is one kernel.
    """
    optimizer = AdamWLinear(lr=work.lr, total_steps=2 * work.updates, warmup=0.1, fused=fused)
    if work.kind == PAIRS:
        metric = classification_metric("accuracy")
        return SequenceClassification(backbone, num_classes=NUM_CLASSES, metric=metric, optimizer=optimizer)
    if work.kind == TAGGING:
        tags = [str(number) for number in range(NUM_TAGS)]
        return TokenTagging(backbone, tags=tags, metric=tagging_metric("accuracy"), optimizer=optimizer)
    return SpanQA(backbone, metric=SquadScore("f1"), optimizer=optimizer)


def _put_clock(module: XtlModule, clock: Clock) -> None:
    """Have Lightning call the clock, whose hooks a module may have."""
    module.on_train_batch_start = lambda batch, batch_idx: clock.before(module.global_step)
    module.on_train_batch_end = lambda outputs, batch, batch_idx: clock.after(module.global_step)


def _recipe(work: Workload) -> RecipeConfig:
    return RecipeConfig(
        lr=work.lr,
        head_lr=None,
        epochs=2,
        batch_size=work.batch_size,
        warmup=0.1,
        weight_decay=0.0,
        clip=1.0,
        dropout=0.1,
        selection="last",
        patience=0,
        validation_rows=None,
    )


def _settings(device: str, precision: str) -> TrainerConfig:
    return TrainerConfig(
        accelerator="gpu" if device == "cuda" else "cpu",
        precision=precision,
        active_vocabulary=True,
        checkpoint_seconds=1e9,
        compare_selections=False,
        save_encoder=False,
    )
