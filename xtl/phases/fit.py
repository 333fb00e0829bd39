"""One fit of one module on one device: epochs, validation, selection of weights, and a record of it."""

import json
import logging
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.utilities.types import STEP_OUTPUT
from torch import Tensor
from torch.utils.data import DataLoader

from xtl.config import RecipeConfig, TrainerConfig
from xtl.files import write_text
from xtl.modules import XtlModule
from xtl.phases.progress import Meter, meter

LOG_NAME = "metrics.jsonl"
_SHOW_LOSS_EVERY = 10
"""Reading the loss makes a GPU wait, so it is not read at each update."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """What one epoch brought."""

    phase: str
    epoch: int
    update: int
    train_loss: float
    val_loss: float
    val_score: float
    tokens: int
    seconds: float
    tokens_per_second: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaders:
    """What a fit reads.

    Attributes:
        train: Batches with ``num_tokens``; their batch sampler has ``set_epoch``.
        validation: Batches in the training languages.
    """

    train: DataLoader[Any]
    validation: DataLoader[Any]


@dataclass(kw_only=True, slots=True)
class FitReport:
    """What a fit did.

    Attributes:
        epochs: One record for each finished epoch.
        kept_epoch: The epoch, from 1, whose weights the module now has.
        seconds: That it took, validation included.
        tokens: Non-padding tokens that training read.
        tokens_per_second: Of training alone, validation left out.
    """

    epochs: list[Epoch] = field(default_factory=list)
    kept_epoch: int = 0
    seconds: float = 0.0
    tokens: int = 0
    tokens_per_second: float = 0.0


def fit(
    module: XtlModule,
    loaders: Loaders,
    *,
    recipe: RecipeConfig,
    settings: TrainerConfig,
    run_folder: Path,
    name: str,
) -> FitReport:
    """Train ``module`` and leave it with the weights that the recipe selects.

    Args:
        module: Logs ``val/score``, higher is better.
        loaders: Training and validation batches.
        recipe: Epochs, clipping, selection, patience.
        settings: Device and precision.
        run_folder: Takes the record of epochs.
        name: Of the phase, for the display and the record.

    Returns:
        What happened.

    Raises:
        NonFiniteLossError: at the first loss that is no number.
    """
    report = FitReport()
    keeper = KeepWeights(best=recipe.selection == "best_validation")
    total = len(loaders.train) * recipe.epochs
    with meter(name, total) as shown, _quiet():
        record = Record(report, shown, run_folder / LOG_NAME, name=name, epochs=recipe.epochs)
        callbacks: list[Callback] = [record, keeper]
        if recipe.patience:
            callbacks.append(EarlyStopping("val/score", mode="max", patience=recipe.patience))
        trainer = Trainer(
            accelerator=settings.accelerator,
            devices=1,
            precision=settings.precision,  # type: ignore[arg-type]  # config checks the names
            max_epochs=recipe.epochs,
            gradient_clip_val=recipe.clip or None,
            callbacks=callbacks,
            default_root_dir=run_folder,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        start = time.monotonic()
        trainer.fit(module, loaders.train, loaders.validation)
        report.seconds = time.monotonic() - start
        report.tokens, report.tokens_per_second = shown.tokens, shown.tokens_per_second
    report.kept_epoch = keeper.restore(module)
    return report


class KeepWeights(Callback):
    """Keeps the weights of the best validation, or the last ones, in memory."""

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._score = -float("inf")
        self._weights: Mapping[str, Tensor] = {}
        self._epoch = 0

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Copy the weights if they are the best so far; of equal scores the first counts."""
        score = float(trainer.callback_metrics["val/score"])
        if score > self._score or not self._best:
            self._score = score
            self._epoch = trainer.current_epoch + 1
            if self._best:
                self._weights = {
                    name: value.detach().cpu().clone() for name, value in pl_module.state_dict().items()
                }

    def restore(self, module: LightningModule) -> int:
        """Put the kept weights into ``module``; return their epoch, from 1."""
        if self._weights:
            module.load_state_dict(self._weights)
        return self._epoch


class Record(Callback):
    """Shows progress, and writes a line of JSON for each epoch."""

    def __init__(self, report: FitReport, shown: Meter, path: Path, *, name: str, epochs: int) -> None:
        self._report = report
        self._shown = shown
        self._path = path
        self._name = name
        self._epochs = epochs
        self._start = time.monotonic()
        self._validating = 0.0
        self._losses: list[Tensor] = []
        self._loss = self._score = ""

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,  # noqa: ARG002  Lightning passes it
        outputs: STEP_OUTPUT,
        batch: Any,  # noqa: ANN401  of any family
        batch_idx: int,
    ) -> None:
        """Count the batch."""
        assert isinstance(outputs, Mapping)  # noqa: S101  automatic optimisation returns a mapping
        self._losses.append(outputs["loss"].detach())
        if batch_idx % _SHOW_LOSS_EVERY == 0:
            self._loss = f"  loss {float(self._losses[-1]):.3f}"
        note = f"epoch {trainer.current_epoch + 1}/{self._epochs}{self._loss}{self._score}"
        self._shown.advance(1, tokens=batch["num_tokens"], note=note)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Stop the clock of the tokens."""
        self._validating = time.monotonic()
        self._shown.note(f"epoch {trainer.current_epoch + 1}/{self._epochs}{self._loss}  validating")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Write the epoch down."""
        self._shown.skip(time.monotonic() - self._validating)
        metrics = trainer.callback_metrics
        self._score = f"  val {float(metrics['val/score']):.2f}"
        self._report.epochs.append(
            Epoch(
                phase=self._name,
                epoch=trainer.current_epoch + 1,
                update=trainer.global_step,
                train_loss=float(torch.stack(self._losses).mean()),
                val_loss=float(metrics["val/loss"]),
                val_score=float(metrics["val/score"]),
                tokens=self._shown.tokens,
                seconds=round(time.monotonic() - self._start, 1),
                tokens_per_second=round(self._shown.tokens_per_second, 1),
            )
        )
        self._losses = []
        write_text(self._path, "".join(_line(epoch) for epoch in self._report.epochs))


def _line(epoch: Epoch) -> str:
    return json.dumps(asdict(epoch)) + "\n"


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what Lightning says of things that are decided here."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
        warnings.filterwarnings("ignore", ".*GPU available but not used.*")
        yield
    logger.setLevel(level)
