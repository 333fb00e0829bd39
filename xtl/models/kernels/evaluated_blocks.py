"""Blocks of BERT-like encoders on a CPU in mixed precision, without dropout and gradients, for evaluation.

Weights are in the precision of products beforehand, and in the order in which oneDNN multiplies by them.
Scores of attention have 32 bits, as in torch's function.
"""

from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from xtl.models.kernels.block_parts import Settings, added_and_normed, heads_of
from xtl.models.kernels.layout import Layout, chosen
from xtl.models.kernels.linear_gradients import stacked
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
        """Outputs, the same to the bit with a weight that is packed and one that is not."""
        if self.is_packed:
            return _packed_product(inputs_TH, self.weight, self.bias)
        return torch.addmm(self.bias, inputs_TH, self.weight)

    def packed(self) -> "Linear":
        """Linear layer whose weight need not be put in order for each product.

        Torch has oneDNN do that, and writes the bias to memory, before each one: a tenth of an evaluation.
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

    def __call__(self, states_TH: Tensor, layout: Layout) -> Tensor:
        """States ``(T, H)`` of tokens behind the block, of those before it; the layout is of 32 bits."""
        with torch.autocast("cpu", enabled=False):
            return self._computed(states_TH, layout)

    def _computed(self, states_TH: Tensor, layout: Layout) -> Tensor:
        dtype = self.heads.bias.dtype
        joined = self.heads(states_TH.to(dtype))
        query, key, value = heads_of(joined, layout, self.settings[0].num_heads)
        attention = attend_in_float32(
            _wide(query[:, :, : layout.shape[1]]), _wide(key), value.contiguous(), layout.bias
        )
        seen = chosen(attention.flatten(2).flatten(0, 1), layout.places)
        added = self.attended(seen)
        states_TH, _ = added_and_normed(states_TH, added, *self.norms[0], self.settings[0])
        added = self.outer(torch.ops.aten.gelu_(self.inner(states_TH.to(dtype))))
        return added_and_normed(states_TH, added, *self.norms[1], self.settings[1])[0]


def evaluated_block(
    attention_weights: list[Tensor],
    feed_forward_weights: list[Tensor],
    settings: tuple[Settings, Settings],
    *,
    is_packed: bool,
) -> EvaluatedBlock:
    """What a block computes with.

    Args:
        attention_weights: The first ten weights of :class:`xtl.models.kernels.trained_blocks.TrainedBlock`.
        feed_forward_weights: The other six.
        settings: Settings of both, without dropout.
        is_packed: Whether to pack weights, where that can be done: it pays for more batches than one.
    """
    *parts, output, output_bias, norm, norm_bias = attention_weights
    inner, inner_bias, outer, outer_bias, last_norm, last_norm_bias = feed_forward_weights
    dtype = settings[0].dtype
    is_packed = is_packed and dtype == torch.bfloat16 and can_pack()

    def linear(*weights: Tensor) -> Linear:
        layer = Linear(stacked(weights[::2], dtype).t(), stacked(weights[1::2], dtype))
        return layer.packed() if is_packed else layer

    return EvaluatedBlock(
        heads=linear(*parts),
        attended=linear(output, output_bias),
        inner=linear(inner, inner_bias),
        outer=linear(outer, outer_bias),
        norms=((norm, norm_bias), (last_norm, last_norm_bias)),
        settings=settings,
    )


@cache
def can_pack() -> bool:
    """Whether weights in bfloat16 can be packed here, and products stay the same to the bit.

    The operators are those that torch's compiler calls; a build of torch may lack them.
    """
    numbers = torch.linspace(-1, 1, 96 * 64).bfloat16().view(96, 64)
    inputs, layer = numbers[64:], Linear(numbers[:64].t(), numbers[0])
    try:
        return torch.equal(layer.packed()(inputs), layer(inputs))
    except (AttributeError, RuntimeError):  # NotImplementedError is one of the latter
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
