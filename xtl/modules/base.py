"""What all modules share: the optimiser, train mode, and a stop at the first loss that is no number."""

from collections.abc import Sequence

import torch
from lightning import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from xtl.errors import NonFiniteLossError
from xtl.modules.optim import OptimizerFactory


class XtlModule(LightningModule):
    """Base of the task modules. Subclasses write ``forward`` and the steps.

    ``predict_step`` gives a list of mappings with a ``uid``, one for each feature of the batch.

    Attributes:
        head: What stands on the encoder; new in every phase, saved apart from it.
    """

    head: nn.Module

    def __init__(self, optimizer: OptimizerFactory) -> None:
        super().__init__()
        self._optimizer = optimizer
        self._pending: tuple[int, Sequence[str], Tensor] | None = None

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Build what the factory builds."""
        return self._optimizer(self)

    def on_fit_start(self) -> None:
        """Turn dropout on: encoders come from disk in eval mode, and Lightning keeps the mode it finds."""
        self.train()

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm of the gradients, also under a fused optimiser.

        Lightning refuses that under mixed precision for the sake of float16, whose loss scale a fused
        optimiser takes out by itself. bfloat16 has no scale, so there the gradients are what they are.
        """
        if getattr(self.trainer.precision_plugin, "scaler", None) is None and gradient_clip_val:
            nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)
        else:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def guard(self, loss: Tensor, uids: Sequence[str]) -> Tensor:
        """Pass ``loss`` through, and stop at the previous one if it was not finite.

        Looking one step late lets a GPU run ahead; no checkpoint is taken in between.

        Raises:
            NonFiniteLossError: with the step and the uids of its batch.
        """
        self.check_pending()
        self._pending = (self.global_step, uids, loss.detach())
        return loss

    def check_pending(self) -> None:
        """Look at the last loss that was passed through :meth:`guard`."""
        if self._pending is None:
            return
        step, uids, loss = self._pending
        self._pending = None
        if not torch.isfinite(loss):
            raise NonFiniteLossError(
                f"update {step}: expected a finite training loss, got {loss.item()}; batch: "
                f"{', '.join(dict.fromkeys(uids))}. "
                "Try a lower learning rate, a longer warm-up, or trainer.precision=32-true"
            )

    def on_validation_start(self) -> None:
        """Stop before weights that came out of a bad step are scored or kept."""
        self.check_pending()

    def on_train_end(self) -> None:
        """Stop before weights that came out of a bad last step are saved."""
        self.check_pending()
