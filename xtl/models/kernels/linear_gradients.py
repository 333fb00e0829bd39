"""Weights of blocks, cast for all parts of a batch, and gradients of linear layers over their tokens."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

LinearInputs: TypeAlias = dict[str, tuple[Tensor, Tensor]]
"""Inputs ``(T, K)`` of linear layers, and gradients ``(T, N)`` of their outputs, by the name of the layer."""


LINEAR = {"heads": slice(0, 6), "output": slice(6, 8), "inner": slice(10, 12), "outer": slice(12, 14)}
"""Places of the weights of linear layers among those of a block, by the names that its parts use."""


def stacked(parts: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """Weights below each other, in the precision of products."""
    stack = parts[0].new_empty((sum(len(part) for part in parts), *parts[0].shape[1:]), dtype=dtype)
    for part, rows in zip(parts, stack.tensor_split(len(parts)), strict=True):
        rows.copy_(part)
    return stack


@torch.no_grad()
def cast_weights(weights: Sequence[Tensor], dtype: torch.dtype, needs: Sequence[bool]) -> list[Tensor]:
    """Weights of a block as its parts take them, apart from those of the module.

    No part of a batch is to store gradients there, or to call hooks.

    Args:
        weights: Weights of the block, as in :class:`xtl.models.kernels.trained_blocks.TrainedBlock`.
        dtype: Precision of products.
        needs: Whether each needs a gradient.
    """
    heads = LINEAR["heads"]
    leaves = []
    for slot in range(2):  # weights, biases
        stack = stacked(weights[heads][slot::2], dtype)
        leaves.append(stack.requires_grad_(any(needs[heads][slot::2])))
    for number in range(heads.stop, len(weights)):
        is_linear = any(slots.start <= number < slots.stop for slots in LINEAR.values())
        weight = weights[number].detach()
        leaves.append((weight.to(dtype) if is_linear else weight).requires_grad_(needs[number]))
    return leaves


def linear_gradients(
    parts: Sequence[tuple[Tensor, Tensor] | None], dtype: torch.dtype, needs: tuple[bool, bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the weight and of the bias of a linear layer, where needed.

    Args:
        parts: Inputs ``(T, K)`` and gradients ``(T, N)`` of outputs, of each part; ``None``: nothing
            depends on the layer.
        dtype: Precision of weights.
        needs: Whether that of the weight is needed, and that of the bias.
    """
    weight = bias = None
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        for inputs, grad in filter(None, parts):
            if needs[0]:
                weight = grad.t() @ inputs if weight is None else weight.addmm_(grad.t(), inputs)
            if needs[1]:
                summed = grad.sum(0).to(dtype)
                bias = summed if bias is None else bias.add_(summed)
        return None if weight is None else weight.to(dtype), bias


def in_turn(weight: Tensor | None, bias: Tensor | None) -> list[Tensor | None]:
    """Gradients of queries, keys and values, each weight before its bias."""
    weights, biases = ((None,) * 3 if grad is None else grad.tensor_split(3) for grad in (weight, bias))
    return [grad for pair in zip(weights, biases, strict=True) for grad in pair]
