"""Blocks of an encoder in training on a CPU, over a batch or over its halves, each in a thread of its own.

Each half has random numbers of its own in each block, so that masks of dropout are the same on any number of
threads, and where blocks are computed a second time.
Weights are cast once for both; gradients of linear layers are products over the tokens of both, one layer
beside the other.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from xtl.models.kernels.block_parts import PartPass, Settings, block_states
from xtl.models.kernels.core_threads import can_share_evenly, results_of
from xtl.models.kernels.layout import PartLayouts
from xtl.models.kernels.linear_gradients import LINEAR, LinearInputs, cast_weights, in_turn, linear_gradients
from xtl.models.kernels.reading import Reading, all_rows, joined, part_of

_WEIGHTS = 16
"""Number of weights of a block."""


class TrainedBlock(NamedTuple):
    """What a block computes with.

    Attributes:
        settings: Settings of its attention, and of its feed-forward part.
        weights: Weights of queries, keys, values, the output and the norm of its attention, and of both
            layers and the norm of its feed-forward part, each before its bias: 16.
        seeds: Seed of the random numbers of each part of the batch.
    """

    settings: tuple[Settings, Settings]
    weights: Sequence[Tensor]
    seeds: Sequence[int]


def trained_states(
    states_TH: Tensor,
    parts: PartLayouts,
    blocks: Sequence[TrainedBlock],
    *,
    last_only: bool,
    is_recomputed: bool = False,
    reading: Reading | None = None,
) -> Sequence[Tensor]:
    """States ``(T, H)`` behind each block, or behind the last one alone.

    Args:
        states_TH: States of tokens before the first block, those of one part of the batch after the other.
        parts: Parts of the batch; two are computed in threads of their own.
        blocks: Blocks of the encoder, which are computed in the precision of their settings.
        last_only: Whether only the last layer is wanted.
        is_recomputed: Whether the blocks are computed a second time for the gradients; until then only the
            states before them are held.
        reading: Tokens whose states are wanted, which takes ``last_only``; ``None``: all.
    """
    weights = [weight for block in blocks for weight in block.weights]
    pass_ = _Pass(parts, blocks, last_only=last_only, is_recomputed=is_recomputed, reading=reading)
    states: Sequence[Tensor] = _Function.apply(states_TH, pass_, *weights)  # type: ignore[no-untyped-call]
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


class _Pass:
    """A pass through blocks, which holds the graph of each part of the batch."""

    def __init__(
        self,
        parts: PartLayouts,
        blocks: Sequence[TrainedBlock],
        *,
        last_only: bool,
        is_recomputed: bool,
        reading: Reading | None,
    ) -> None:
        self._layouts, self._rows = parts.layouts, [*map(all_rows, parts.layouts, parts.sizes)]
        self._last_rows = self._rows if reading is None else reading.rows
        self._blocks, self._last_only, self._is_recomputed = blocks, last_only, is_recomputed
        number = len(parts.layouts)
        self._num_threads = number if can_share_evenly(number) else 1
        self._inputs: Tensor | None = None
        self._parts: Sequence[_PartOfBatch] = []
        self._leaves: Sequence[Sequence[Tensor]] = []

    def states(self, states_TH: Tensor, needs: Sequence[bool]) -> tuple[list[Tensor], list[bool]]:
        """States behind the blocks, and whether each depends on something that needs a gradient.

        Args:
            states_TH: States before them.
            needs: Whether these need gradients, and whether each of the weights does.
        """
        self._inputs, self._needs_states = states_TH.detach(), needs[0]
        self._needs = [needs[start : start + _WEIGHTS] for start in range(1, len(needs), _WEIGHTS)]
        self._compute()
        layers = list(zip(*(part.layers for part in self._parts), strict=True))
        states = [joined([part.detach() for part in layer], self._last_rows) for layer in layers]
        if self._is_recomputed:
            self._let_go()
        return states, [layer[0].requires_grad for layer in layers]

    def gradients(
        self, grads: Sequence[Tensor | None], *, retain_graph: bool
    ) -> tuple[Tensor | None, list[Tensor | None]]:
        """Gradients of the states before the blocks, and of the weights.

        Args:
            grads: Gradients of the states behind the blocks.
            retain_graph: Whether the caller will ask for gradients once more.

        Raises:
            RuntimeError: if the graph was not retained before.
        """
        if self._inputs is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time: expected retain_graph=True at the "
                "first, where states of an encoder are to have gradients more than once"
            )
        if self._is_recomputed:
            self._compute()
        trained = [weight for weights in self._leaves for weight in weights if weight.requires_grad]

        def of_part(number: int) -> tuple[Tensor | None, Sequence[Tensor | None]]:
            layer_grads = [None if grad is None else part_of(grad, self._last_rows, number) for grad in grads]
            return self._parts[number].gradients(layer_grads, trained, retain_graph=retain_graph)

        def of_linear(layer: tuple[int, str]) -> tuple[Tensor | None, Tensor | None]:
            number, name = layer
            # Not held for longer than they must be: all blocks' together are as large as the states.
            inputs = [part.linear_inputs[number].pop(name, None) for part in self._parts]
            block, needs = self._blocks[number], self._needs[number][LINEAR[name]]
            return linear_gradients(inputs, block.weights[0].dtype, (any(needs[::2]), any(needs[1::2])))

        first_grads, leaf_grads = zip(*self._of_each(of_part, range(len(self._parts))), strict=True)
        # The smallest ones last, so that no thread waits long for another.
        layers = sorted(product(range(len(self._blocks)), LINEAR), key=lambda layer: layer[1] == "output")
        linear = dict(zip(layers, self._of_each(of_linear, layers), strict=True))
        sums = map(_sum, zip(*leaf_grads, strict=True))
        weight_grads: list[Tensor | None] = []
        for number, weights in enumerate(self._leaves):
            others = [next(sums) if weight.requires_grad else None for weight in weights]
            heads, output, inner, outer = (linear[number, name] for name in LINEAR)
            weight_grads += [*in_turn(*heads), *output, *others[4:6], *inner, *outer, *others[10:]]
        if self._is_recomputed or not retain_graph:
            self._let_go()
        self._inputs = self._inputs if retain_graph else None
        return joined(first_grads, self._rows) if self._needs_states else None, weight_grads

    def _compute(self) -> None:
        inputs = cast(Tensor, self._inputs)

        def weights_of(number: int) -> Sequence[Tensor]:
            block = self._blocks[number]
            return cast_weights(block.weights, block.settings[0].dtype, self._needs[number])

        self._leaves = self._of_each(weights_of, range(len(self._blocks)))

        def computed(number: int) -> _PartOfBatch:
            # Apart from what the pass holds: computed a second time it has a graph of its own.
            first = states = part_of(inputs, self._rows, number).detach().requires_grad_(self._needs_states)
            layout = self._layouts[number]
            layers, linear_inputs = [], []
            with torch.enable_grad():
                for block, weights in zip(self._blocks, self._leaves, strict=True):
                    linear_inputs.append(LinearInputs())
                    random = torch.Generator().manual_seed(block.seeds[number])
                    rows = self._last_rows if block is self._blocks[-1] else self._rows
                    shared = (rows[number], random, linear_inputs[-1])
                    passes = [PartPass(settings, *shared) for settings in block.settings]
                    states = block_states(states, layout, passes, weights)
                    layers.append(states)
            return _PartOfBatch(first, layers[-1:] if self._last_only else layers, linear_inputs)

        self._parts = self._of_each(computed, range(len(self._layouts)))

    def _of_each(self, compute: Callable[[Any], Any], parts: Sequence[Any]) -> list[Any]:
        return results_of(compute, parts, num_threads=self._num_threads)

    def _let_go(self) -> None:
        """Hold no graph: the loss, and this pass with it, may be held for longer."""
        self._parts, self._leaves = [], []


class _Function(torch.autograd.Function):
    """A pass as a function that torch knows."""

    @staticmethod
    def forward(ctx: Any, states_TH: Tensor, pass_: _Pass, *weights: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN401, ARG004
        needs_states, _, *needs = ctx.needs_input_grad
        ctx.pass_ = pass_
        ctx.set_materialize_grads(False)
        states, depend = pass_.states(states_TH, [needs_states, *needs])
        constant = [layer for layer, depends in zip(states, depend, strict=True) if not depends]
        ctx.mark_non_differentiable(*constant)  # behind blocks that are all frozen
        return tuple(states)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        if all(grad is None for grad in grads):
            return (None,) * len(ctx.needs_input_grad)
        # Asked here: what another thread is told of a graph is not what this one's caller has said.
        retain_graph = torch._C._autograd._get_current_graph_task_keep_graph()
        first_grad, weight_grads = ctx.pass_.gradients(grads, retain_graph=retain_graph)
        return first_grad, None, *weight_grads


def _sum(grads: Sequence[Tensor | None]) -> Tensor | None:
    """Sum of the gradients of each part; ``None``: there is none."""
    tensors = [grad for grad in grads if grad is not None]
    return sum(tensors[1:], start=tensors[0]) if tensors else None
