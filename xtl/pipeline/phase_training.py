"""Training of one phase: features, loaders, the encoder's shape meanwhile, the weights that it leaves."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from xtl.data.splits import Subset
from xtl.data.stored import FeatureSet
from xtl.models import (
    ActiveEmbedding,
    HFBackbone,
    active_vocabulary,
    inner_units,
    set_inner_units,
    tuned,
)
from xtl.models.embeddings.active_embedding import has_plain_table
from xtl.models.kernels import use_kernels
from xtl.models.tuning import adapts_table
from xtl.modules.base import XtlModule
from xtl.modules.optim import AdamWLinear
from xtl.modules.shares import Share
from xtl.pipeline.context import RunContext
from xtl.pipeline.variants import compares_examples
from xtl.schemas.ranges import updates_of
from xtl.schemas.trainer import XTL_KERNELS
from xtl.store.records import EncoderState, Phase, TrainedPhase
from xtl.store.weights import write_weights
from xtl.tasks.loaders import evaluation_loader, training_loader
from xtl.tasks.registry import parts_of
from xtl.training.fit import FitPaths, Loaders, fit
from xtl.training.memory import UpdateMemoryError, longest_shortage, update_advice
from xtl.training.selection import BestCheckpoints
from xtl.training.tuning import log_trained_weights, tuning_of


@dataclass(kw_only=True)
class PhaseTraining:
    """Training of one phase, and the shape of the encoder while it is trained.

    Attributes:
        phase: Phase with its rows.
        encoder: Encoder as the phase before left it.
        context: Config, device, store and cache of the cell.
        tries: Whether the longest update is tried before training begins.
    """

    phase: Phase
    encoder: EncoderState
    context: RunContext
    tries: bool = False

    def __post_init__(self) -> None:
        self._units = inner_units(self._backbone)
        self._input_ids: set[int] = set()

    def prepare(self) -> tuple[FeatureSet, Loaders]:
        """Encode the rows, which may take long; return those to train on, and the loaders of a fit."""
        features, validation = (self._features(rows) for rows in (self.phase.train, self.phase.validation))
        padding = {self.encoder.pretrained.tokenizer.pad_token_id} - {None}  # in batches, perhaps in no text
        self._input_ids = features.vocabulary() | validation.vocabulary() | padding
        return features, self._loaders(features, validation)

    def train(
        self, key: str, features: FeatureSet, loaders: Loaders, paths: FitPaths
    ) -> tuple[TrainedPhase, BestCheckpoints]:
        """Train; return what is left, and the weights of the epochs that selections take.

        Args:
            key: Key of the phase.
            features: Rows to train on, as :meth:`prepare` gives them.
            loaders: Loaders, likewise.
            paths: Files of the fit.

        Raises:
            NonFiniteLossError: at the first loss that is no number.
            OutOfMemoryError: if an update or a validation does not fit the memory.
        """
        recipe, config = self.phase.task.config.recipe, self.context.config
        optimizer = AdamWLinear(
            lr=recipe.lr,
            head_lr=recipe.head_lr,
            total_steps=len(loaders.train) * loaders.epochs,
            warmup=recipe.warmup,
            weight_decay=recipe.weight_decay,
            fused=config.trainer.precision != "16-mixed",
        )
        with self.trainable() as active:
            module = self.phase.task.module(self._backbone, optimizer, dropout=recipe.dropout)
            use_kernels(module, fast=config.trainer.kernels == XTL_KERNELS)
            module.initialize_head(features)
            log_trained_weights(paths.name, self._backbone, module.head)
            with self._recomputed():
                if self.tries:
                    self._check_memory(module, loaders, paths.name)
                report, best = fit(
                    module,
                    loaders,
                    recipe=recipe,
                    settings=config.trainer,
                    paths=paths,
                    group=self.context.group,
                )
            module.cpu()
        trained_ids = (
            None
            if active is None or self.encoder.trained_ids is None
            else _union(active.rows_A, self.encoder.trained_ids)
        )
        state = EncoderState(pretrained=self.encoder.pretrained, key=key, trained_ids=trained_ids)
        trained = TrainedPhase(
            phase=self.phase,
            encoder=state,
            module=module,
            report=report,
            reused=False,
            trainer=config.trainer,
        )
        return trained, best

    def _check_memory(self, module: XtlModule, loaders: Loaders, name: str) -> None:
        """Try the longest update on all processes.

        Raises:
            UpdateMemoryError: on all of them, if it does not fit on one.
        """
        context, settings = self.context, self.context.config.trainer
        said = longest_shortage(
            module,
            loaders.train,
            device=context.device_settings.device,
            precision=settings.precision,
            copies=2 if context.group.is_alone else 3,  # AdamW's two, and gradients on their way
        )
        shortage = next(filter(None, context.group.gathered(said)), "")
        if shortage:
            batch_size = max(part.recipe.batch_size for part in parts_of(self.phase.task.config).values())
            at_once = settings.micro_batch or -(-batch_size // context.group.size)
            advice = update_advice(settings, at_once, divisible=loaders.divisible, tried=True)
            raise UpdateMemoryError(
                f"{name}: expected {at_once} examples at once, the longest of the phase, to fit the memory, "
                f"got: {shortage}; {advice}",
                is_agreed=True,
            )

    @contextmanager
    def trainable(self) -> Iterator[ActiveEmbedding | None]:
        """The encoder in the shape in which it is trained: active vocabulary, tuning."""
        with self._table() as active, tuned(self._backbone, tuning_of(self.phase.task.config)):
            yield active

    def restore(self, best: BestCheckpoints, trained: TrainedPhase, epoch: int) -> None:
        """Put the weights of an epoch into the trained module, folded into the encoder's plain shape."""
        set_inner_units(self._backbone, self._units)  # an adapter has been folded in
        with self.trainable():
            best.restore(trained.module, epoch)

    @property
    def _backbone(self) -> HFBackbone:
        return self.encoder.pretrained.backbone

    def _table(self) -> AbstractContextManager[ActiveEmbedding | None]:
        """Embedding table with only the rows that training and validation read, if that is possible."""
        if not self.context.config.trainer.active_vocabulary or self.phase.task.trains_whole_table:
            return nullcontext()
        backbone, tuning = self._backbone, tuning_of(self.phase.task.config)
        if not has_plain_table(backbone) or adapts_table(backbone, tuning):
            return nullcontext()
        return active_vocabulary(backbone, self._input_ids)

    def _recomputed(self) -> AbstractContextManager[None]:
        checkpointing = self.context.config.trainer.gradient_checkpointing
        return self._backbone.recomputed() if checkpointing else nullcontext()

    def _features(self, subsets: Sequence[Subset]) -> FeatureSet:
        tokenizer = self.encoder.pretrained.tokenizer
        return self.context.cache.features.features(self.phase.task, subsets, tokenizer)

    def _loaders(self, features: FeatureSet, validation: FeatureSet) -> Loaders:
        task, context = self.phase.task, self.context
        pad_id = self.encoder.pretrained.tokenizer.pad_token_id
        updates = updates_of(task.config, self.phase.name)
        share = Share(
            rank=context.group.rank,
            processes=context.group.size,
            micro_batch=context.config.trainer.micro_batch,
            micro_batch_tokens=context.config.trainer.micro_batch_tokens,
        )
        train, epochs = training_loader(
            task, features, pad_id=pad_id, updates=updates, seed=context.config.seed, share=share
        )
        max_tokens = context.device_settings.eval_tokens
        evaluation = partial(evaluation_loader, task, pad_id=pad_id, max_tokens=max_tokens)
        langs = task.config.lang
        return Loaders(
            train=train,
            validation=evaluation(validation) if validation else None,
            epochs=epochs,
            watched={
                lang: evaluation(self._features([subset])) for lang, subset in self.phase.watched.items()
            },
            scored_lang=langs[0] if len(langs) == 1 else "",
            divisible=not compares_examples(task.config),
            tried=self.tries,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryWriter:
    """Weights of a trained phase on their way into the store.

    Attributes:
        training: Training that can put the weights of an epoch back.
        trained: What the phase leaves.
        best: Weights of the epochs that selections take.
    """

    training: PhaseTraining
    trained: TrainedPhase
    best: BestCheckpoints

    def write(self, folder: Path) -> None:
        """Write the weights that the phase leaves, and those of epochs that other selections take."""
        report = self.trained.report
        write_weights(folder, self.trained.encoder, self.trained.module)
        other_epochs = {*report.selections.values(), *report.oracle.values()} - {report.selected_epoch}
        for epoch in sorted(other_epochs):
            self.training.restore(self.best, self.trained, epoch)
            write_weights(folder, self.trained.encoder, self.trained.module, epoch=epoch)
        if other_epochs:
            self.training.restore(self.best, self.trained, report.selected_epoch)


def _union(first: Tensor, second: Tensor) -> Tensor:
    return torch.cat([first.cpu(), second.cpu()]).unique()  # type: ignore[no-untyped-call, no-any-return]
