"""The optimiser of every recipe: AdamW with a linear schedule."""

import logging
import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import nn
from transformers.pytorch_utils import Conv1D

from xtl.errors import ConfigError

logger = logging.getLogger(__name__)

_LAYERS = (nn.Linear, nn.Conv1d, Conv1D)
"""Layers whose matrices decay: linear ones, also as GPT-2 writes them, and the convolution of DeBERTa."""


class OptimizerFactory(Protocol):
    """A module to what its ``configure_optimizers`` returns; any function of a module will do."""

    # A protocol and no Callable, whose result LightningCLI would take for the class that it is to make; and
    # with a base that is no dataclass, it writes the class of a default beside its values.
    def __call__(self, module: nn.Module, /) -> OptimizerLRScheduler:
        """Build what trains the weights of ``module``."""


def linear_factor(step: int, *, warmup_steps: int, total_steps: int) -> float:
    """Factor of the learning rate at update ``step`` (from 0): up to 1 over the warm-up, then down to 0.

    Args:
        step: Number of the update, from 0.
        warmup_steps: Updates over which the rate rises.
        total_steps: Updates until it is 0.

    Example:
        >>> [linear_factor(step, warmup_steps=2, total_steps=6) for step in range(7)]
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    if step < warmup_steps:
        return step / warmup_steps
    # At least 1: a schedule may be all warm-up.
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup_steps))


@dataclass(frozen=True, kw_only=True)  # no slots: LightningCLI reads a default's values from its __dict__
class AdamWLinear(OptimizerFactory):
    """AdamW (eps 1e-8), linear warm-up and decay.

    No weight decay on biases, layer norms and embedding tables: rows of the table that no batch reads must
    stay as they are, see :func:`xtl.models.active_vocabulary`.

    Attributes:
        lr: Highest learning rate.
        total_steps: Updates until the rate is 0; ``None``: as many as the module's Trainer makes.
        warmup: Length of the warm-up: a share of the updates in [0, 1], or a number of updates above 1.
        weight_decay: Decoupled weight decay, on matrices of linear layers and convolutions.
        head_lr: Highest learning rate of ``module.head``, which starts from nothing; ``None``: ``lr``.
        fused: Whether one kernel updates all weights, five times faster than a loop over them, on CPU too;
            gradients cannot be clipped for it under float16.
    """

    lr: float
    total_steps: int | None = None
    warmup: float = 0.0
    weight_decay: float = 0.0
    head_lr: float | None = None
    fused: bool = True

    def __call__(self, module: nn.Module, /) -> OptimizerLRScheduler:
        """Build optimiser and schedule for the trainable weights of ``module``.

        Raises:
            ConfigError: if nothing says how many updates there will be.
        """
        # torch and the benchmark's scripts agree on eps; written down, since results depend on it.
        optimizer = torch.optim.AdamW(self._groups(module), lr=self.lr, eps=1e-8, fused=self.fused)
        total_steps = self._updates_of(module) if self.total_steps is None else self.total_steps
        warmup_steps = int(self.warmup) if self.warmup > 1 else round(self.warmup * total_steps)
        if warmup_steps > total_steps:
            logger.warning(
                "warmup: %s updates of %s, so that the rate never reaches lr=%g; fewer of them or a share "
                "such as 0.1 let it", warmup_steps, total_steps, self.lr,
            )  # fmt: skip
        factor = partial(linear_factor, warmup_steps=warmup_steps, total_steps=total_steps)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _updates_of(self, module: nn.Module) -> int:
        """Updates of the fit that a module is in."""
        trainer = getattr(module, "_trainer", None)
        updates = math.inf if trainer is None else trainer.estimated_stepping_batches
        if not math.isfinite(updates):
            raise ConfigError(
                "total_steps: expected the number of updates, got None in a fit without an end; give "
                "AdamWLinear(total_steps=...), or the Trainer max_epochs or max_steps"
            )
        return int(updates)

    def _groups(self, module: nn.Module) -> list[dict[str, Any]]:
        """Trainable weights by learning rate and decay; groups without weights are left out."""
        # By identity: a weight that several modules share is met once, under whichever name.
        matrices = {id(part.weight) for part in module.modules() if isinstance(part, _LAYERS)}
        head = getattr(module, "head", None)
        in_head = {id(weight) for weight in head.parameters()} if isinstance(head, nn.Module) else set()
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for weight in module.parameters():
            if weight.requires_grad:
                lr = self.lr if self.head_lr is None or id(weight) not in in_head else self.head_lr
                decay = self.weight_decay if id(weight) in matrices else 0.0
                groups.setdefault((lr, decay), []).append(weight)
        if not groups:
            raise ConfigError("expected a module with weights to train, got one whose weights are all frozen")
        return [
            {"params": weights, "lr": lr, "weight_decay": decay} for (lr, decay), weights in groups.items()
        ]
