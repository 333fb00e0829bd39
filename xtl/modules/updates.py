"""An update whose batch is computed in parts: by several processes, or a few examples at a time.

The gradient is that of the whole batch: each part's loss, a mean, weighs as much as what it is a mean over.
"""

from collections.abc import Sequence
from typing import Any, TypedDict

import torch
from lightning import LightningModule
from torch import Tensor


class PartedBatch(TypedDict):
    """What of an update one process computes, part by part."""

    parts: list[Any]
    """Batches of the task, at least one, equally many on all processes."""
    stands_in: list[bool]
    """Whether a part counts nothing, see :class:`xtl.modules.shares.Part`."""
    counts: list[float]
    """What the loss of each part is a mean over, such as its words; put there by the module."""
    ids: list[Any]
    """Names of all examples of the update, on all processes."""
    num_tokens: int
    """Real tokens of all examples of the update."""


def is_parted(batch: Any) -> bool:  # noqa: ANN401  a batch of any task, or parts of one
    """Whether a batch comes in parts."""
    return "parts" in batch


def parted_loss(module: LightningModule, batch: PartedBatch) -> Tensor:
    """Loss of the whole update, with the gradient of the last part; those of the others are taken here.

    The gradient is to be averaged over the processes, as distributed training does.

    Args:
        module: Module with ``loss``, in a fit whose gradients are zero.
        batch: Parts of this process.

    Returns:
        The mean loss over all examples of the update, the same on all processes.
    """
    strategy = module.trainer.strategy
    total = strategy.reduce(
        torch.tensor(sum(batch["counts"]), dtype=torch.float32, device=module.device), reduce_op="sum"
    )
    total = total.clamp(min=torch.finfo(total.dtype).tiny)  # of nothing at all shares are 0, not 0 / 0
    value = torch.zeros((), device=module.device)
    *earlier, last = zip(batch["parts"], batch["stands_in"], batch["counts"], strict=True)
    for part, stands_in, count in earlier:
        loss = _weighted(module, part, count / total, stands_in=stands_in)
        value += loss.detach()
        # What autocast has made of the forward pass its gradients follow; new casts are not wanted.
        with torch.autocast(module.device.type, enabled=False):
            strategy.backward(loss * module.trainer.world_size, None)
    part, stands_in, count = last
    loss = _weighted(module, part, count / total, stands_in=stands_in)
    value = strategy.reduce(value + loss.detach(), reduce_op="sum")
    scaled = loss * module.trainer.world_size
    return scaled + (value - scaled.detach())


def counts_of(module: Any, parts: Sequence[Any], stands_in: Sequence[bool]) -> list[float]:  # noqa: ANN401
    """What the loss of each part is a mean over; 0 for those that stand in."""
    return [
        0.0 if stands else float(module.count(part)) for part, stands in zip(parts, stands_in, strict=True)
    ]


def _weighted(module: Any, part: Any, weight: Tensor, *, stands_in: bool) -> Tensor:  # noqa: ANN401
    module.stands_in = stands_in
    try:
        loss = module.loss(part)
    finally:
        module.stands_in = False
    # A mean over nothing is no number, and has no gradient; nor may what only stands in end the fit.
    return torch.where(weight > 0, loss * weight, 0.0 * loss.nan_to_num()).to(loss.dtype)
