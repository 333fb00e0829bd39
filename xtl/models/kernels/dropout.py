"""Dropout on a CPU whose masks are cut from the words of torch's random number generator.

``torch.bernoulli`` draws a number of its own for each entry. Here 64 bits of the same generator decide four
entries, 16 bits each, so that a share can be had in steps of 2**-16: at 0.1 an entry is dropped with
probability 6554 / 65536 = 0.100006, and what is kept is divided by one minus exactly that. Masks depend on
the state of a generator alone, torch's own or one that is seeded by it: they are the same after a checkpoint,
and in the second pass of a checkpointed block. A mask has a byte an entry, all of its bits set or none, and
is laid over the bits of the states: that takes a fifth of the time of a choice between each entry and 0.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn

_LEVELS = 1 << 16
_ENTRIES = 4
"""Entries that one word of 64 bits decides."""

_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
"""Integers as wide as the numbers of a tensor, by the bytes of one."""


def dropped_share(rate: float) -> float:
    """Probability, nearest to ``rate``, with which :func:`dropout_mask` drops an entry; in steps of 2**-16.

    Example:
        >>> dropped_share(0.1)
        0.100006103515625
    """
    return round(rate * _LEVELS) / _LEVELS


def dropout_mask(shape: Sequence[int], rate: float, random: torch.Generator | None = None) -> Tensor:
    """Random mask ``(*shape)`` of ``int8``, on the CPU.

    An entry is 0 with probability :func:`dropped_share` of ``rate``, else -1: all of its bits are set.

    Args:
        shape: Shape of the mask.
        rate: Share of entries to drop.
        random: Generator of random numbers; ``None``: torch's own.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> round(1 + dropout_mask((1000, 1000), 0.1).float().mean().item(), 3)
        0.1
    """
    num_entries = prod(shape)
    words = torch.empty(-(-num_entries // _ENTRIES), dtype=torch.int64)
    # Without an upper end all 64 bits are random; by default the highest one is always 0.
    words.random_(torch.iinfo(torch.int64).min, None, generator=random)
    lowest = torch.iinfo(torch.int16).min
    mask = torch.empty(num_entries, dtype=torch.int8)
    # Into bytes: comparisons that make booleans are several times slower.
    torch.ge(words.view(torch.int16)[:num_entries], lowest + round(rate * _LEVELS), out=mask)
    return mask.neg_().view(torch.Size(shape))


def widened(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Mask of :func:`dropout_mask` in integers as wide as the numbers of a precision.

    Example:
        >>> widened(torch.tensor([-1, 0], dtype=torch.int8), torch.float32).dtype
        torch.int32
    """
    # A wider integer has the sign of the byte in all of its bits.
    return mask.to(_INTEGERS[dtype.itemsize])


def kept(states: Tensor, mask: Tensor) -> Tensor:
    """States ``(...)`` where a mask of :func:`dropout_mask`, widened or not, keeps them, 0 elsewhere.

    Example:
        >>> kept(torch.tensor([1.5, 2.5]), torch.tensor([-1, 0], dtype=torch.int8))
        tensor([1.5000, 0.0000])
    """
    bits = widened(mask, states.dtype)
    # A mask that had to be widened is no one else's: its memory, which is still in the cache, will do.
    memory = bits if bits is not mask else None
    return torch.bitwise_and(bits, states.view(bits.dtype), out=memory).view(states.dtype)


def keep(states: Tensor, mask: Tensor) -> Tensor:
    """States as :func:`kept` gives them, in their own memory: what was there is lost.

    Example:
        >>> states = torch.tensor([1.5, 2.5])
        >>> keep(states, torch.tensor([-1, 0], dtype=torch.int8)) is states, states
        (True, tensor([1.5000, 0.0000]))
    """
    bits = states.view(_INTEGERS[states.dtype.itemsize])
    torch.bitwise_and(widened(mask, states.dtype), bits, out=bits)
    return states


class _Dropped(torch.autograd.Function):
    """Entries that a mask keeps, divided by the share of those kept; gradients likewise."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, mask: Tensor, scale: float) -> Tensor:  # noqa: ANN401  torch's context
        ctx.save_for_backward(mask)
        ctx.scale = scale
        return kept(states, mask).mul_(scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        # By itself: gradients of these gradients, if they are wanted, lose the same entries.
        dropped: Tensor = _Dropped.apply(grads[0], *ctx.saved_tensors, ctx.scale)  # type: ignore[no-untyped-call]
        return dropped, None, None


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
