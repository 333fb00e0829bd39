"""What a fit did, epoch by epoch: shown, written down, and kept with checkpoints."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.utilities.types import STEP_OUTPUT
from torch import Tensor

from xtl.atomic import write_text
from xtl.progress import ProgressMeter

LOG_NAME = "metrics.jsonl"


_EACH = "val/score/"


_SHOW_LOSS_EVERY = 10
"""Reading the loss makes a GPU wait, so it is not read at each update."""


_RENAMED = {"kept_epoch": "selected_epoch", "rules": "selections"}
"""Fields of reports of version 0.1.0 that have another name today."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochMetrics:
    """What one epoch brought; no validation score where there is nothing to validate on."""

    phase: str
    epoch: int
    update: int
    train_loss: float
    val_loss: float | None
    val_score: float | None
    val_scores: dict[str, float]
    """By task, in a mixture; by language, where selections are compared."""
    tokens: int
    seconds: float
    tokens_per_second: float


@dataclass(kw_only=True, slots=True)
class FitReport:
    """What a fit did.

    Attributes:
        epochs: Metrics of each finished epoch.
        selected_epoch: The epoch, from 1, whose weights the module now has; 0 before any.
        selections: Epoch by selection, where selections are compared.
        oracle: Epoch by language that is best on its validation set, where selections are compared.
        seconds: Duration in seconds, validation included.
        tokens: Non-padding tokens that training read.
        tokens_per_second: Rate of training alone, validation left out.
    """

    epochs: list[EpochMetrics] = field(default_factory=list)
    selected_epoch: int = 0
    selections: dict[str, int] = field(default_factory=dict)
    oracle: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    tokens: int = 0
    tokens_per_second: float = 0.0

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "FitReport":
        """Report from what ``dataclasses.asdict`` gave, in this version or an older one."""
        renamed = {_RENAMED.get(name, name): value for name, value in values.items()}
        return cls(**{**renamed, "epochs": [EpochMetrics(**epoch) for epoch in renamed["epochs"]]})


def write_epochs(path: Path, epochs: Sequence[EpochMetrics]) -> None:
    """Write one JSON object a line, whole."""
    write_text(path, "".join(json.dumps(asdict(epoch)) + "\n" for epoch in epochs))


class TrainingHistory(Callback):
    """Shows progress, and writes a line of JSON for each epoch.

    Attributes:
        after_epoch: Function that gets all epochs of the cell so far when one has been written down.
    """

    def __init__(
        self,
        progress: ProgressMeter,
        path: Path | None,
        *,
        name: str,
        epochs: int,
        earlier: Sequence[EpochMetrics] = (),
        scores: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        """Empty history.

        Args:
            progress: Progress that the user sees.
            path: File of epochs; ``None``: another process writes it.
            name: Name of the phase.
            epochs: Number of its epochs.
            earlier: Epochs of the phases before, which stand first in the file.
            scores: Function that gives more validation scores of the epoch, by name.
        """
        self.after_epoch: Callable[[Sequence[EpochMetrics]], None] = lambda epochs: None  # noqa: ARG005
        self._scores = scores
        self.report = FitReport()
        self._progress = progress
        self._path = path
        self._name = name
        self._epochs = epochs
        self._earlier = earlier
        self._begin = time.monotonic()
        self._validating = 0.0
        self._losses: list[Tensor] = []
        self._loss = self._score = ""

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,  # noqa: ARG002  Lightning passes it
        outputs: STEP_OUTPUT,
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        """Count the batch."""
        assert isinstance(outputs, Mapping)  # noqa: S101  automatic optimisation returns a mapping
        self._losses.append(outputs["loss"].detach())
        if batch_idx % _SHOW_LOSS_EVERY == 0:
            self._loss = f"  loss {float(self._losses[-1]):.3f}"
        note = f"epoch {trainer.current_epoch + 1}/{self._epochs}{self._loss}{self._score}"
        self._progress.advance(1, tokens=batch["num_tokens"], note=note)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Stop the clock of the tokens."""
        self._validating = time.monotonic()
        self._progress.note(f"epoch {trainer.current_epoch + 1}/{self._epochs}{self._loss}  validating")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Start it again."""
        self._progress.skip(time.monotonic() - self._validating)
        self._score = f"  val {float(trainer.callback_metrics['val/score']):.2f}"

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Write the epoch down; its validation, if any, came before."""
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        self._update_report()
        self.report.epochs.append(
            EpochMetrics(
                phase=self._name,
                epoch=trainer.current_epoch + 1,
                update=trainer.global_step,
                train_loss=float(torch.stack(self._losses).mean()),
                val_loss=metrics.get("val/loss"),
                val_score=metrics.get("val/score"),
                val_scores={
                    name.removeprefix(_EACH): value
                    for name, value in metrics.items()
                    if name.startswith(_EACH)
                }
                | dict(self._scores()),
                tokens=self._progress.tokens,
                seconds=round(self.report.seconds, 1),
                tokens_per_second=round(self._progress.tokens_per_second, 1),
            )
        )
        self._losses = []
        epochs = [*self._earlier, *self.report.epochs]
        if self._path is not None:
            write_epochs(self._path, epochs)
        self.after_epoch(epochs)

    def state_dict(self) -> dict[str, Any]:
        """Everything that an interrupted history needs."""
        self._update_report()
        return {
            "report": asdict(self.report),
            "losses": [float(loss) for loss in self._losses],
            "training_seconds": self._progress.seconds,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with the history of an earlier process."""
        self.report = FitReport.from_json(state_dict["report"])
        self._losses = [torch.tensor(loss) for loss in state_dict["losses"]]
        self._begin = time.monotonic() - self.report.seconds
        updates = self.report.epochs[-1].update if self.report.epochs else 0
        self._progress.resume(
            updates + len(self._losses), tokens=self.report.tokens, seconds=state_dict["training_seconds"]
        )

    def _update_report(self) -> None:
        self.report.seconds = time.monotonic() - self._begin
        self.report.tokens = self._progress.tokens
        self.report.tokens_per_second = self._progress.tokens_per_second
