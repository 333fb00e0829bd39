"""Blocks of BERT-like encoders on a CPU in mixed precision, without dropout and gradients, for evaluation.

Weights are in the precision of products beforehand. Scores of attention have 32 bits, as in torch's function.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xtl.models.kernels.block_parts import Settings, added_and_normed, heads_of
from xtl.models.kernels.layout import Layout, chosen
from xtl.models.kernels.linear_gradients import stacked
from xtl.models.kernels.weighted_sums import attend_in_float32


class Linear(NamedTuple):
    """Weight, transposed, and bias of a linear layer, in the precision of products."""

    weight: Tensor
    bias: Tensor


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
        dtype = self.heads.weight.dtype
        joined = torch.addmm(self.heads.bias, states_TH.to(dtype), self.heads.weight)
        query, key, value = heads_of(joined, layout, self.settings[0].num_heads)
        attention = attend_in_float32(
            _wide(query[:, :, : layout.shape[1]]), _wide(key), value.contiguous(), layout.bias
        )
        seen = chosen(attention.flatten(2).flatten(0, 1), layout.places)
        added = torch.addmm(self.attended.bias, seen, self.attended.weight)
        states_TH, _ = added_and_normed(states_TH, added, *self.norms[0], self.settings[0])
        active = F.gelu(torch.addmm(self.inner.bias, states_TH.to(dtype), self.inner.weight))
        added = torch.addmm(self.outer.bias, active, self.outer.weight)
        return added_and_normed(states_TH, added, *self.norms[1], self.settings[1])[0]


def evaluated_block(
    attention_weights: list[Tensor], feed_forward_weights: list[Tensor], settings: tuple[Settings, Settings]
) -> EvaluatedBlock:
    """What a block computes with.

    Args:
        attention_weights: The first ten weights of :class:`xtl.models.kernels.trained_blocks.TrainedBlock`.
        feed_forward_weights: The other six.
        settings: Settings of both, without dropout.
    """
    *parts, output, output_bias, norm, norm_bias = attention_weights
    inner, inner_bias, outer, outer_bias, last_norm, last_norm_bias = feed_forward_weights
    dtype = settings[0].dtype

    def linear(weight: Tensor, bias: Tensor) -> Linear:
        return Linear(weight.to(dtype).t(), bias.to(dtype))

    return EvaluatedBlock(
        heads=Linear(stacked(parts[::2], dtype).t(), stacked(parts[1::2], dtype)),
        attended=linear(output, output_bias),
        inner=linear(inner, inner_bias),
        outer=linear(outer, outer_bias),
        norms=((norm, norm_bias), (last_norm, last_norm_bias)),
        settings=settings,
    )


def _wide(part: Tensor) -> Tensor:
    """Numbers of 32 bits, in the order of their axes."""
    return part.to(torch.float32, memory_format=torch.contiguous_format)
