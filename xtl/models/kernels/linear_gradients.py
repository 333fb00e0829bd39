"""Gradients of linear layers over the tokens of several parts of a batch."""

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

LinearInputs: TypeAlias = dict[str, tuple[Tensor, Tensor]]
"""Inputs ``(T, K)`` of linear layers, and gradients ``(T, N)`` of their outputs, by the name of the layer."""


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
