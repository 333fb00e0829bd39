"""Which weights a fit leaves behind."""

from collections.abc import Mapping
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor


class KeepWeights(Callback):
    """Keeps the weights of the best validation, or the last ones, in memory."""

    def __init__(self, *, best: bool) -> None:
        self._best = best
        self._score = -float("inf")
        self._weights: Mapping[str, Tensor] = {}
        self._epoch = 0

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Copy the weights if they are the best so far; of equal scores the first counts."""
        if not self._best:
            self._epoch = trainer.current_epoch + 1
            return
        score = float(trainer.callback_metrics["val/score"])
        if score > self._score:
            self._score = score
            self._epoch = trainer.current_epoch + 1
            self._weights = {
                name: value.detach().cpu().clone() for name, value in pl_module.state_dict().items()
            }

    def state_dict(self) -> dict[str, Any]:
        """What was kept so far."""
        return {"score": self._score, "epoch": self._epoch, "weights": dict(self._weights)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what an earlier process kept."""
        self._score, self._epoch = state_dict["score"], state_dict["epoch"]
        self._weights = state_dict["weights"]

    def restore(self, module: LightningModule) -> int:
        """Put the kept weights into ``module``; return their epoch, from 1."""
        if self._weights:
            module.load_state_dict(self._weights)
        return self._epoch
