"""The optimiser of every recipe: AdamW with a linear schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import nn

OptimizerFactory = Callable[[nn.Module], OptimizerLRScheduler]
"""A module to what its ``configure_optimizers`` returns."""


def linear_factor(step: int, *, warmup_steps: int, total_steps: int) -> float:
    """Factor of the learning rate at update ``step`` (from 0): up to 1 over the warm-up, then down to 0.

    Example:
        >>> [linear_factor(step, warmup_steps=2, total_steps=6) for step in range(7)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    if step < warmup_steps:
        return step / warmup_steps
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup_steps))


@dataclass(frozen=True, kw_only=True, slots=True)
class AdamWLinear:
    """AdamW (eps 1e-8), linear warm-up and decay.

    No weight decay on biases, layer norms and embedding tables: rows of the table that no batch reads must
    stay as they are, see :mod:`xtl.models.active_vocabulary`.

    Attributes:
        lr: Highest learning rate.
        total_steps: Updates until the rate is 0.
        warmup: Share of them over which it rises, in [0, 1].
        weight_decay: Decoupled, on matrices.
        fused: One kernel for all weights, five times faster than a loop over them, on CPU too; gradients
            cannot be clipped for it under float16.
    """

    lr: float
    total_steps: int
    warmup: float = 0.0
    weight_decay: float = 0.0
    fused: bool = True

    def __call__(self, module: nn.Module) -> OptimizerLRScheduler:
        """Build optimiser and schedule for the trainable weights of ``module``."""
        decayed, plain = _split_by_decay(module)
        optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": self.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=self.lr,
            eps=1e-8,
            fused=self.fused,
        )
        factor = partial(
            linear_factor, warmup_steps=round(self.warmup * self.total_steps), total_steps=self.total_steps
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _split_by_decay(module: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Matrices of linear layers, and everything else."""
    matrices = {id(part.weight) for part in module.modules() if isinstance(part, nn.Linear)}
    trainable = [parameter for parameter in module.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in trainable if id(parameter) in matrices]
    plain = [parameter for parameter in trainable if id(parameter) not in matrices]
    return decayed, plain
