"""Blocks of an encoder in training on a CPU, over a batch or over its halves, each in a thread of its own.

Each half has random numbers of its own, so that masks of dropout are the same on any number of threads.
Weights are cast once for both; gradients of linear layers are products over the tokens of both, one layer
beside the other.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from xtl.models.kernels.block_parts import PartPass, Settings, block_states, stacked
from xtl.models.kernels.core_threads import available_threads, results_of
from xtl.models.kernels.layout import Layout
from xtl.models.kernels.linear_gradients import LinearInputs, in_turn, linear_gradients

_LINEAR = {"heads": slice(0, 6), "output": slice(6, 8), "inner": slice(10, 12), "outer": slice(12, 14)}
"""Places of the weights of linear layers among those of a block, by the names that its parts use."""


class TrainedBlock(NamedTuple):
    """What a block computes with.

    Attributes:
        settings: Settings of its attention, and of its feed-forward part.
        weights: Weights of queries, keys, values, the output and the norm of its attention, and of both
            layers and the norm of its feed-forward part, each before its bias: 16.
        is_recomputed: Whether it is computed a second time for its gradients, to hold fewer states meanwhile.
    """

    settings: tuple[Settings, Settings]
    weights: Sequence[Tensor]
    is_recomputed: bool = False


def trained_states(
    states_TH: Tensor,
    layouts: Sequence[Layout],
    sizes: Sequence[int],
    blocks: Sequence[TrainedBlock],
    *,
    last_only: bool,
) -> Sequence[Tensor]:
    """States ``(T, H)`` behind each block, or behind the last one alone.

    Args:
        states_TH: States of tokens before the first block, those of one part of the batch after the other.
        layouts: Layouts of the rows of each part; two parts are computed in threads of their own.
        sizes: Tokens of each part.
        blocks: Blocks of the encoder, which are computed in the precision of their settings.
        last_only: Whether only the last layer is wanted.
    """
    weights = [weight for block in blocks for weight in block.weights]
    states: Sequence[Tensor] = _Pass.apply(states_TH, layouts, sizes, blocks, last_only, *weights)  # type: ignore[no-untyped-call]
    return states


class _PartOfBatch(NamedTuple):
    """A part of a batch that was computed, with its graph.

    Attributes:
        first: States before the first block.
        layers: States behind the blocks that are asked for.
        linear_inputs: What a pass for gradients leaves in each block.
    """

    first: Tensor
    layers: Sequence[Tensor]
    linear_inputs: Sequence[LinearInputs]

    def gradients(
        self, layer_grads: Sequence[Tensor | None], weights: Sequence[Tensor], *, retain_graph: bool
    ) -> tuple[Tensor | None, Sequence[Tensor | None]]:
        """Gradients of the states before the first block, and of weights but for those of linear layers.

        Args:
            layer_grads: Gradients of :attr:`layers`.
            weights: Weights that need gradients.
            retain_graph: Whether the caller will ask for gradients once more.
        """
        for linear_inputs in self.linear_inputs:
            linear_inputs.clear()  # of another pass
        pairs = [
            pair for pair in zip(self.layers, layer_grads, strict=True)
            if pair[0].requires_grad and pair[1] is not None
        ]  # fmt: skip
        leaves = [self.first, *weights] if self.first.requires_grad else weights
        states, grads = zip(*pairs, strict=True)
        leaf_grads = torch.autograd.grad(states, leaves, grads, retain_graph=retain_graph, allow_unused=True)
        split = len(leaves) - len(weights)
        return (leaf_grads[0] if split else None), leaf_grads[split:]


class _Pass(torch.autograd.Function):
    """A pass through all blocks, which holds the graph of each part of the batch."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401  torch's context
        states_TH: Tensor,
        layouts: Sequence[Layout],
        sizes: Sequence[int],
        blocks: Sequence[TrainedBlock],
        last_only: bool,  # noqa: FBT001  torch passes on no names
        *weights: Tensor,
    ) -> tuple[Tensor, ...]:
        needs_states, _, _, _, _, *needed = ctx.needs_input_grad
        needs = _by_block(needed, len(blocks))
        leaves = [_cast(block, needs_block) for block, needs_block in zip(blocks, needs, strict=True)]
        inputs, randoms = torch.split(states_TH.detach(), list(sizes)), _generators(len(sizes))

        def computed(number: int) -> _PartOfBatch:
            first = states = inputs[number].requires_grad_(needs_states)
            layers, linear_inputs = [], []
            with torch.enable_grad():
                for block, block_weights in zip(blocks, leaves, strict=True):
                    linear_inputs.append(LinearInputs())
                    attention, feed_forward = (
                        PartPass(settings, linear_inputs[-1], randoms[number]) for settings in block.settings
                    )
                    compute = _recomputed(randoms[number]) if block.is_recomputed else block_states
                    states = compute(states, layouts[number], (attention, feed_forward), block_weights)
                    layers.append(states)
            return _PartOfBatch(first, layers[-1:] if last_only else layers, linear_inputs)

        ctx.num_threads = min(len(sizes), available_threads())
        ctx.parts = results_of(computed, range(len(sizes)), num_threads=ctx.num_threads)
        ctx.leaves, ctx.needs, ctx.sizes, ctx.dtype = leaves, needs, sizes, weights[0].dtype
        ctx.set_materialize_grads(False)
        layers = list(zip(*(part.layers for part in ctx.parts), strict=True))
        states = tuple(torch.cat([part.detach() for part in layer]) for layer in layers)
        is_constant = [not layer[0].requires_grad for layer in layers]  # behind blocks that are all frozen
        ctx.mark_non_differentiable(*compress(states, is_constant))
        return states

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        if all(grad is None for grad in grads):
            return (None,) * len(ctx.needs_input_grad)
        parts: Sequence[_PartOfBatch] = _parts_of(ctx)
        # Asked here: what another thread is told of a graph is not what this one's caller has said.
        retain_graph = torch._C._autograd._get_current_graph_task_keep_graph()
        trained = [weight for weights in ctx.leaves for weight in weights if weight.requires_grad]

        def of_part(number: int) -> tuple[Tensor | None, Sequence[Tensor | None]]:
            layer_grads = [None if grad is None else torch.split(grad, ctx.sizes)[number] for grad in grads]
            return parts[number].gradients(layer_grads, trained, retain_graph=retain_graph)

        def of_linear(layer: tuple[int, str]) -> tuple[Tensor | None, Tensor | None]:
            number, name = layer
            inputs = [part.linear_inputs[number].get(name) for part in parts]
            needs = ctx.needs[number][_LINEAR[name]]
            return linear_gradients(inputs, ctx.dtype, (any(needs[::2]), any(needs[1::2])))

        first_grads, weight_grads = zip(
            *results_of(of_part, range(len(parts)), num_threads=ctx.num_threads), strict=True
        )
        linear_layers = [(number, name) for number in range(len(ctx.leaves)) for name in _LINEAR]
        linear_grads = results_of(of_linear, linear_layers, num_threads=ctx.num_threads)
        linear = dict(zip(linear_layers, linear_grads, strict=True))
        norms = map(_sum, zip(*weight_grads, strict=True))
        block_grads: list[Tensor | None] = []
        for number, weights in enumerate(ctx.leaves):
            own_grads = [next(norms) if weight.requires_grad else None for weight in weights]
            heads, output, inner, outer = (linear[number, name] for name in _LINEAR)
            block_grads += [*in_turn(*heads), *output, *own_grads[4:6], *inner, *outer, *own_grads[10:]]
        if not retain_graph:
            ctx.parts = ctx.leaves = None  # the loss, and this context with it, may be held for longer
        needs_states = ctx.needs_input_grad[0]
        return torch.cat(first_grads) if needs_states else None, None, None, None, None, *block_grads


def _parts_of(ctx: Any) -> Sequence[_PartOfBatch]:  # noqa: ANN401  torch's context
    if ctx.parts is None:
        raise RuntimeError(
            "Trying to backward through the graph a second time: expected retain_graph=True at the first, "
            "where states of an encoder are to have gradients more than once"
        )
    return cast(Sequence[_PartOfBatch], ctx.parts)


def _by_block(needed: Sequence[bool], num_blocks: int) -> list[Sequence[bool]]:
    """Which weights need gradients, block by block."""
    each = len(needed) // num_blocks
    return [needed[start : start + each] for start in range(0, len(needed), each)]


def _cast(block: TrainedBlock, needs: Sequence[bool]) -> list[Tensor]:
    """Weights as :func:`block_states` takes them, apart from those of the module.

    No part is to store gradients there, or to call hooks.
    """
    dtype, weights = block.settings[0].dtype, block.weights
    heads = _LINEAR["heads"]
    leaves = []
    for slot in range(2):  # weights, biases
        stack = stacked(weights[heads][slot::2], dtype)
        leaves.append(stack.requires_grad_(any(needs[heads][slot::2])))
    for number in range(heads.stop, len(weights)):
        is_linear = any(slots.start <= number < slots.stop for slots in _LINEAR.values())
        weight = weights[number].detach()
        leaves.append((weight.to(dtype) if is_linear else weight).requires_grad_(needs[number]))
    return leaves


def _recomputed(random: torch.Generator | None) -> Callable[..., Tensor]:
    """:func:`block_states`, computed a second time for gradients, with the same masks of dropout."""
    if random is None:
        return partial(checkpoint, block_states, use_reentrant=False)
    begin = random.get_state()

    def again(*inputs: Any) -> Tensor:  # noqa: ANN401  as block_states takes them
        random.set_state(begin)
        return block_states(*inputs)

    # The state of torch's own generator belongs to all threads.
    return partial(checkpoint, again, use_reentrant=False, preserve_rng_state=False)


def _generators(number: int) -> list[torch.Generator | None]:
    """Generators of the random numbers of each part, from torch's own, which is that of a whole batch."""
    if number == 1:
        return [None]
    seeds = torch.randint(torch.iinfo(torch.int64).max, (number,)).tolist()
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def _sum(grads: Sequence[Tensor | None]) -> Tensor | None:
    """Sum of the gradients of each part; ``None``: there is none."""
    tensors = [grad for grad in grads if grad is not None]
    return sum(tensors[1:], start=tensors[0]) if tensors else None
