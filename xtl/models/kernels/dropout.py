"""Dropout on a CPU whose masks are cut from the words of torch's random number generator.

``torch.bernoulli`` draws a number of its own for each entry. Here 64 bits of the same generator decide four
entries, 16 bits each, so that a share can be had in steps of 2**-16: at 0.1 an entry is dropped with
probability 6554 / 65536 = 0.100006, and what is mask is divided by one minus exactly that. Masks depend on
the state of torch's generator alone: they are the same after a checkpoint, and in the second pass of a
checkpointed block.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn

_LEVELS = 1 << 16
_ENTRIES = 4
"""Entries that one word of 64 bits decides."""


def dropped_share(rate: float) -> float:
    """Probability, nearest to ``rate``, with which :func:`dropout_mask` drops an entry; in steps of 2**-16.

    Example:
        >>> dropped_share(0.1)
        0.100006103515625
    """
    return round(rate * _LEVELS) / _LEVELS


def dropout_mask(shape: Sequence[int], rate: float) -> Tensor:
    """Random mask ``(*shape)``, false with probability :func:`dropped_share` of ``rate``, on the CPU.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> round(1 - dropout_mask((1000, 1000), 0.1).float().mean().item(), 3)
        0.1
    """
    num_entries = prod(shape)
    words = torch.empty(-(-num_entries // _ENTRIES), dtype=torch.int64)
    # Without an upper end all 64 bits are random; by default the highest one is always 0.
    words.random_(torch.iinfo(torch.int64).min, None)
    lowest = torch.iinfo(torch.int16).min
    mask = words.view(torch.int16)[:num_entries] >= lowest + round(rate * _LEVELS)
    return mask.view(torch.Size(shape))


class _Dropped(torch.autograd.Function):
    """Entries that a mask keeps, divided by the share of those kept; gradients likewise."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, mask: Tensor, scale: float) -> Tensor:  # noqa: ANN401  torch's context
        ctx.save_for_backward(mask)
        ctx.scale = scale
        return torch.where(mask, states, 0.0).mul_(scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        (mask,) = ctx.saved_tensors
        return torch.where(mask, grads[0], 0.0).mul_(ctx.scale), None, None


class Dropout(nn.Dropout):
    """Dropout as :class:`torch.nn.Dropout`, with cheaper masks on a CPU.

    Attributes:
        is_fast: Whether it draws masks itself on a CPU; else torch does.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> Dropout(0.5)(torch.ones(2, 4)).unique()
        tensor([0., 2.])
    """

    is_fast: bool = True

    def forward(self, states: Tensor) -> Tensor:
        """``(...)`` to ``(...)``: in training some entries 0, the others larger, so that the mean stays."""
        share = dropped_share(self.p)
        if not self.training or not self.is_fast or states.device.type != "cpu" or not 0 < share < 1:
            return super().forward(states)
        mask = dropout_mask(states.shape, share)
        return cast(Tensor, _Dropped.apply(states, mask, 1 / (1 - share)))  # type: ignore[no-untyped-call]
