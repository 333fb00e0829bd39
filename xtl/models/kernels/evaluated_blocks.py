"""Blocks of BERT-like encoders on a CPU in mixed precision, without dropout and gradients, for evaluation.

Weights are in the precision of products beforehand and, where torch's operators allow it, in the order in
which oneDNN multiplies by them. Scores of attention have 32 bits, as in torch's function.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from xtl.models.kernels.block_parts import PartPass, Settings, added_and_normed, heads_of
from xtl.models.kernels.layout import Layout, chosen
from xtl.models.kernels.linear_gradients import stacked
from xtl.models.kernels.reading import Rows
from xtl.models.kernels.weighted_sums import attend_in_float32


class Linear(NamedTuple):
    """A linear layer in the precision of products.

    Attributes:
        weight: Weight ``(inputs, outputs)``; packed: in an order that oneDNN alone reads.
        bias: Bias.
        is_packed: Whether the weight is packed.
    """

    weight: Tensor
    bias: Tensor
    is_packed: bool = False

    def __call__(self, inputs_TH: Tensor) -> Tensor:
        """Outputs ``(T, outputs)`` of inputs ``(T, inputs)``."""
        if self.is_packed:
            return _packed_product(inputs_TH, self.weight, self.bias)
        return torch.addmm(self.bias, inputs_TH, self.weight)

    def packed(self) -> "Linear":
        """Linear layer whose weight need not be put in order for each product.

        Torch has oneDNN do that before each one, and writes the bias to memory for each row.
        """
        return Linear(_packed(self.weight.t()), self.bias, is_packed=True)


class EvaluatedBlock(NamedTuple):
    """What a block computes with.

    Attributes:
        heads: Layer of queries, keys and values.
        attended: Layer behind the attention.
        inner: First layer of the feed-forward part.
        outer: Second layer of it.
        norms: Weight and bias of the norm behind the attention, and of that behind the feed-forward part.
        settings: Settings of the attention, and of the feed-forward part.
    """

    heads: Linear
    attended: Linear
    inner: Linear
    outer: Linear
    norms: tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]
    settings: tuple[Settings, Settings]

    def __call__(self, states_TH: Tensor, layout: Layout, rows: Rows) -> Tensor:
        """States of tokens behind the block.

        Args:
            states_TH: States ``(T, H)`` before it.
            layout: Layout of the tokens, of 32 bits.
            rows: Rows whose states are wanted.
        """
        with torch.autocast("cpu", enabled=False):
            return self._computed(states_TH, layout, rows)

    def _computed(self, states_TH: Tensor, layout: Layout, rows: Rows) -> Tensor:
        dtype = self.heads.bias.dtype
        joined = self.heads(states_TH.to(dtype))
        query, key, value = heads_of(joined, layout, self.settings[0].num_heads)
        attention = attend_in_float32(
            _wide(query[:, :, : layout.shape[1]]), _wide(key), value.contiguous(), layout.bias
        )
        seen = chosen(attention.flatten(2).flatten(0, 1), rows.slots, spare=rows.spare)
        passes = [PartPass(settings, rows) for settings in self.settings]
        added = self.attended(seen)
        states_TH, _ = added_and_normed(rows.of(states_TH), added, *self.norms[0], passes[0])
        active = torch.ops.aten.gelu_(self.inner(states_TH.to(dtype)))  # in place: the largest states
        added = self.outer(active)
        return added_and_normed(states_TH, added, *self.norms[1], passes[1])[0]


def evaluated_block(
    weights: Sequence[Tensor], settings: tuple[Settings, Settings], *, is_packed: bool
) -> EvaluatedBlock:
    """What a block computes with.

    Args:
        weights: Weights of the block, as in :class:`xtl.models.kernels.trained_blocks.TrainedBlock`.
        settings: Settings of both, without dropout.
        is_packed: Whether to pack weights, where that can be done: it pays for more batches than one.
    """
    parts, (output, output_bias, norm, norm_bias) = weights[:6], weights[6:10]
    inner, inner_bias, outer, outer_bias, last_norm, last_norm_bias = weights[10:]
    dtype = settings[0].dtype
    is_packed = is_packed and dtype == torch.bfloat16 and bool(torch.backends.mkldnn.enabled)

    def linear(*weights: Tensor) -> Linear:
        layer = Linear(stacked(weights[::2], dtype).t(), stacked(weights[1::2], dtype))
        can_be = is_packed and can_pack(*layer.weight.shape, num_threads=torch.get_num_threads())
        return layer.packed() if can_be else layer

    return EvaluatedBlock(
        heads=linear(*parts),
        attended=linear(output, output_bias),
        inner=linear(inner, inner_bias),
        outer=linear(outer, outer_bias),
        norms=((norm, norm_bias), (last_norm, last_norm_bias)),
        settings=settings,
    )


_ROWS = (1, 7, 300)
"""Numbers of rows with which it is tried whether a weight can be packed."""


@cache
def can_pack(num_inputs: int, num_outputs: int, *, num_threads: int) -> bool:  # noqa: ARG001  of the trial
    """Whether a weight of this shape, in bfloat16, can be packed, and no bit of a product changes: by trial.

    The operators are those that torch's compiler calls. A build of torch may lack them, and on another
    processor they may add up in another order than torch's own.

    Args:
        num_inputs: Numbers that go into the layer.
        num_outputs: Numbers that come out of it.
        num_threads: Threads that torch computes a product with now.
    """
    random = torch.Generator().manual_seed(0)
    weight, inputs, bias = (
        torch.randn(shape, generator=random).bfloat16()
        for shape in ((num_outputs, num_inputs), (max(_ROWS), num_inputs), (num_outputs,))
    )
    layer = Linear(weight.t(), bias)
    try:
        packed = layer.packed()
        return all(torch.equal(packed(rows), layer(rows)) for rows in (inputs[:number] for number in _ROWS))
    except (AttributeError, RuntimeError):
        return False


def _packed(weight: Tensor) -> Tensor:
    packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)
    return packed


def _packed_product(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    outputs: Tensor = torch.ops.mkldnn._linear_pointwise(inputs, weight, bias, "none", [], "")
    return outputs


def _wide(part: Tensor) -> Tensor:
    """Numbers of 32 bits, in the order of their axes."""
    return part.to(torch.float32, memory_format=torch.contiguous_format)
