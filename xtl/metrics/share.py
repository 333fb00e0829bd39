"""Stateful twin of a share of right guesses."""

import torch
from torch import Tensor
from torchmetrics import Metric


class MaskedAccuracy(Metric):
    """Right ones of all, in [0, 100]; 0 before any."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    right: Tensor
    total: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("right", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, right: int, total: int) -> None:
        """Add counts of a batch."""
        self.right += right
        self.total += total

    def compute(self) -> Tensor:
        """Divide once, so that the result does not depend on how guesses were batched."""
        return 100.0 * self.right / self.total.clamp(min=1)
