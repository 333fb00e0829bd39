"""Blocks of an encoder in training on a CPU over the halves of a batch, each in a thread of its own.

A batch is halved by its rows alone, whatever the machine, and each half has random numbers of its own, so
that masks of dropout are the same on any number of cores. Gradients of weights are added in the order of the
halves.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from xtl.models.kernels.block_parts import Settings, block_states
from xtl.models.kernels.core_threads import available_threads, results_of
from xtl.models.kernels.layout import Layout, layout_of

_LEAST = 1 << 17
"""Numbers of the states of a batch below which halves would wait for each other's Python."""


class Halves(NamedTuple):
    """A batch in two halves.

    Attributes:
        whole: Layout of the batch; the T tokens of the first half stand before those of the second.
        layouts: Layout of the rows of each half, without columns of padding alone.
        sizes: Tokens of each half.
    """

    whole: Layout
    layouts: tuple[Layout, Layout]
    sizes: tuple[int, int]


class Block(NamedTuple):
    """What a block computes with.

    Attributes:
        settings: Settings of its attention, and of its feed-forward part.
        weights: Weights in the order of :func:`xtl.models.kernels.block_parts.block_states`.
    """

    settings: tuple[Settings, Settings]
    weights: Sequence[Tensor]


def halved(mask_BS: Tensor, hidden_size: int, dtype: torch.dtype) -> Halves | None:
    """Halves of a batch: its longer rows, and its shorter ones, with about as many tokens.

    Args:
        mask_BS: 1 on tokens, 0 on padding.
        hidden_size: Numbers H of a state; a batch with few numbers in all has no halves.
        dtype: Precision of attention.

    Example:
        >>> halves = halved(torch.tensor([[1, 0, 0], [1, 1, 1], [1, 0, 0]]), 1 << 16, torch.float32)
        >>> halves.sizes, halves.whole.places, [layout.shape for layout in halves.layouts]
        ((3, 2), tensor([3, 4, 5, 0, 6]), [(1, 3), (2, 1)])
    """
    num_rows, length = mask_BS.shape
    is_token = mask_BS != 0
    lengths, order = is_token.sum(1).sort(descending=True, stable=True)
    ends = lengths.cumsum(0)
    num_tokens = int(ends[-1])
    if num_rows == 1 or num_tokens * hidden_size < _LEAST:
        return None
    num_longer = max(1, int((ends <= num_tokens // 2).sum()))
    if int(ends[num_longer - 1]) == num_tokens:
        return None  # one row has all of the tokens
    layouts, places = [], []
    for rows in (order[:num_longer], order[num_longer:]):
        width = int(is_token[rows].any(0).nonzero()[-1]) + 1
        is_here = is_token[rows, :width]
        layouts.append(layout_of(is_here, dtype))
        places.append((rows[:, None] * length + torch.arange(width))[is_here])
    first, second = layouts
    return Halves(
        Layout((num_rows, length), length, torch.cat(places)),
        (first, second),
        (len(places[0]), len(places[1])),
    )


def halves_states(
    states_TH: Tensor, halves: Halves, blocks: Sequence[Block], *, last_only: bool
) -> Sequence[Tensor]:
    """States ``(T, H)`` behind each block, or behind the last one.

    They have gradients once: a second pass through their graph fails, as it does in torch where the graph is
    not retained.

    Args:
        states_TH: States before the first block, in the order of the tokens of ``halves.whole``.
        halves: Halves of the batch.
        blocks: Blocks of the encoder.
        last_only: Whether only the last layer is wanted.
    """
    weights = [weight for block in blocks for weight in block.weights]
    states: Sequence[Tensor] = _Halved.apply(  # type: ignore[no-untyped-call]
        states_TH, halves, [block.settings for block in blocks], last_only, *weights
    )
    return states


class _Computed(NamedTuple):
    """States ``(T, H)`` of a half before the first block, and behind the blocks that are wanted."""

    first: Tensor
    layers: Sequence[Tensor]


class _Halved(torch.autograd.Function):
    """States of all blocks, with the graph of each half inside."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401  torch's context
        states_TH: Tensor,
        halves: Halves,
        settings: Sequence[tuple[Settings, Settings]],
        last_only: bool,  # noqa: FBT001  torch passes on no names
        *weights: Tensor,
    ) -> tuple[Tensor, ...]:
        needs_states, _, _, _, *needed = ctx.needs_input_grad
        # Apart from those of the module: no half is to store gradients there, or to call hooks.
        own = [weight.detach().requires_grad_(needs) for weight, needs in zip(weights, needed, strict=True)]
        each = len(own) // len(settings)

        def computed(half: tuple[Tensor, Layout, torch.Generator]) -> _Computed:
            first, layout, random = half
            states, layers = first.requires_grad_(needs_states), []
            with torch.enable_grad():
                for number, pair in enumerate(settings):
                    attention, feed_forward = (part._replace(random=random) for part in pair)
                    states = block_states(
                        states, layout, (attention, feed_forward), own[number * each : (number + 1) * each]
                    )
                    layers.append(states)
            return _Computed(first, layers[-1:] if last_only else layers)

        ctx.num_threads = min(len(halves.layouts), available_threads())
        inputs = zip(states_TH.detach().split(halves.sizes), halves.layouts, _generators(), strict=True)
        ctx.computed = results_of(computed, list(inputs), num_threads=ctx.num_threads)
        ctx.own, ctx.sizes = own, halves.sizes
        ctx.set_materialize_grads(False)
        layers = zip(*(half.layers for half in ctx.computed), strict=True)
        return tuple(torch.cat([states.detach() for states in layer]) for layer in layers)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        trained = [weight for weight in ctx.own if weight.requires_grad]

        def gradients(number: int) -> list[Tensor | None]:
            half: _Computed = ctx.computed[number]
            pairs = [
                (states, grad.split(ctx.sizes)[number])
                for states, grad in zip(half.layers, grads, strict=True)
                if grad is not None and states.requires_grad
            ]
            wanted = ([half.first] if half.first.requires_grad else []) + trained
            layers, layer_grads = zip(*pairs, strict=True)
            return list(torch.autograd.grad(layers, wanted, layer_grads, allow_unused=True))

        both = results_of(gradients, range(len(ctx.sizes)), num_threads=ctx.num_threads)
        needs_states, _, _, _, *needed = ctx.needs_input_grad
        grad_states = torch.cat([half.pop(0) for half in both]) if needs_states else None
        sums = (_sum(*grads_of_weight) for grads_of_weight in zip(*both, strict=True))
        return grad_states, None, None, None, *(next(sums) if needs else None for needs in needed)


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """Sum of the gradients of both halves, written over the first; ``None``: there is none."""
    return first if first is None or second is None else first.add_(second)


def _generators() -> list[torch.Generator]:
    """Generators of the random numbers of each half, from torch's own."""
    seeds = torch.randint(torch.iinfo(torch.int64).max, (2,)).tolist()
    return [torch.Generator().manual_seed(seed) for seed in seeds]
