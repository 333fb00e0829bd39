"""Signs that training has diverged: a loss that is no number, float16 that has no gradients left."""

from collections.abc import Sequence

import torch
from torch import Tensor

from xtl.errors import NonFiniteLossError

_LEAST_SCALE = 1e-4
"""Scale of the loss under which float16 has no gradients left; it begins at 65,536 and halves at each update
that is left out."""

_ADVICE = "Try a lower learning rate or a longer warm-up, and trainer.precision=32-true where it has 16 bits"


def check_loss(loss: Tensor, *, step: int, ids: Sequence[object]) -> None:
    """Refuse a training loss that is no number.

    Args:
        loss: Loss of an update.
        step: Number of the update.
        ids: Ids of its batch.

    Raises:
        NonFiniteLossError: with the update and the ids.
    """
    if not torch.isfinite(loss):
        raise NonFiniteLossError(
            f"update {step}: expected a finite training loss, got {loss.item()}; batch: "
            f"{', '.join(dict.fromkeys(map(str, ids)))}. {_ADVICE}"
        )


def check_scale(scaler: torch.amp.GradScaler | None, *, step: int) -> None:
    """Refuse a loss scale that has fallen to nothing: each update is left out, and the losses look well.

    Args:
        scaler: Scaler of the losses; ``None``: the arithmetic needs none.
        step: Number of the update.

    Raises:
        NonFiniteLossError: with the update and the scale.
    """
    if scaler is not None and scaler.get_scale() < _LEAST_SCALE:
        raise NonFiniteLossError(
            f"update {step}: expected finite gradients in float16, got none for so long that the scale of "
            f"the loss fell to {scaler.get_scale():.1e}. {_ADVICE}"
        )
