"""The two parts of a block of BERT-like encoders on a CPU, with gradients of their own, for training.

Each is computed over the tokens of a batch without its padding. Against torch's layers one by one, queries,
keys and values are one product, states are cast to the precision of products once, and no pass over memory
mixes two precisions, which torch does slowly. What is computed is the same but for rounding. Gradients of
linear layers are left to :mod:`xtl.models.kernels.trained_blocks`, which computes them of all of a batch.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xtl.models.kernels.dropout import dropout_mask, keep
from xtl.models.kernels.layout import Layout, chosen, scattered
from xtl.models.kernels.linear_gradients import LinearInputs
from xtl.models.kernels.reading import Rows
from xtl.models.kernels.weighted_sums import Attended, attend, attention_gradients


class Settings(NamedTuple):
    """Settings of a part of a block.

    Attributes:
        dtype: Precision of products.
        share: Share of the states that dropout sets to 0.
        eps: What the norm adds to a variance.
        num_heads: Heads N of the attention; 0: the part has none.
        attention_share: Share of the attention that dropout sets to 0.
    """

    dtype: torch.dtype
    share: float
    eps: float
    num_heads: int = 0
    attention_share: float = 0.0


class PartPass(NamedTuple):
    """One pass through a part of a block.

    Attributes:
        settings: Settings of the part.
        rows: Rows that are computed behind the attention.
        random: Generator of the random numbers of dropout; ``None``: torch's own.
        linear_inputs: What the pass for gradients leaves, for the gradients of the linear layers; ``None``:
            there is no such pass.
    """

    settings: Settings
    rows: Rows
    random: torch.Generator | None = None
    linear_inputs: LinearInputs | None = None


def block_states(
    states_TH: Tensor, layout: Layout, passes: Sequence[PartPass], weights: Sequence[Tensor]
) -> Tensor:
    """States ``(R, H)`` of tokens behind a block, of the rows that its passes compute.

    Args:
        states_TH: States ``(T, H)`` before it, of all rows.
        layout: Layout of the tokens.
        passes: Pass through its attention, and through its feed-forward part.
        weights: Six of :class:`AttentionPart`, then six of :class:`FeedForwardPart`.
    """
    attention, feed_forward = weights[: len(weights) // 2], weights[len(weights) // 2 :]
    seen: Tensor = AttentionPart.apply(states_TH, layout, passes[0], *attention)  # type: ignore[no-untyped-call]
    computed: Tensor = FeedForwardPart.apply(seen, passes[1], *feed_forward)  # type: ignore[no-untyped-call]
    return computed


class AttentionPart(torch.autograd.Function):
    """States ``(T, H)`` to R rows of ``norm(states + dropout(output(attention(states))))``.

    Its weights are those of queries, keys and values below each other (``heads``), of ``output``, both in the
    precision of products, and of the norm, each before its bias. Linear layers get no gradients here: what
    these are computed of is left to the caller.
    """

    @staticmethod
    def forward(  # noqa: D102
        ctx: Any,  # noqa: ANN401  torch's context
        states_TH: Tensor,
        layout: Layout,
        part: PartPass,
        *weights: Tensor,
    ) -> Tensor:
        heads, heads_bias, output, output_bias, norm, norm_bias = weights
        settings = part.settings
        with torch.autocast("cpu", enabled=False):
            inputs = states_TH.to(settings.dtype)
            joined = torch.addmm(heads_bias, inputs, heads.t())
            query, key, value = heads_of(joined, layout, settings.num_heads).contiguous()
            states, attended = attend(
                query[:, :, : layout.shape[1]], key, value, layout.bias,
                num_keys=layout.shape[1], share=settings.attention_share, scaling=_scaling(query),
                random=part.random,
            )  # fmt: skip
            attention = chosen(states.flatten(2).flatten(0, 1), part.rows.slots, spare=part.rows.spare)
            added = torch.addmm(output_bias, attention, output.t())
            outputs, sums = added_and_normed(part.rows.of(states_TH), added, norm, norm_bias, part)
        ctx.save_for_backward(inputs, heads, attention, output, norm, norm_bias, *sums, *attended)
        ctx.layout, ctx.part = layout, part
        return outputs

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401, D102
        saved = ctx.saved_tensors  # once: a block that is computed a second time gives them one time
        inputs, heads, attention, output, norm, norm_bias = saved[:6]
        sums, attended = saved[6:10], Attended(*saved[10:])
        layout, settings, rows = ctx.layout, ctx.part.settings, ctx.part.rows
        with torch.autocast("cpu", enabled=False):
            grad_sum, grad_added, *grad_norm = _sum_gradients(grads[0], sums, norm, norm_bias, settings)
            grad_states = scattered(grad_added @ output, rows.slots, prod(layout.shape))
            grad_heads = attention_gradients(
                grad_states.view(*layout.shape, settings.num_heads, -1), attended,
                share=settings.attention_share, scaling=_scaling(attended.query),
            )  # fmt: skip
            grad_joined = chosen(_joined_heads(grad_heads, layout), layout.keys, spare=layout.spare)
            if ctx.needs_input_grad[0]:
                grad_sum = rows.among_all(grad_sum)
                grad_sum.add_((grad_joined @ heads).to(grad_sum.dtype))
        ctx.part.linear_inputs.update(output=(attention, grad_added), heads=(inputs, grad_joined))
        return grad_sum if ctx.needs_input_grad[0] else None, None, None, None, None, None, None, *grad_norm


class FeedForwardPart(torch.autograd.Function):
    """States ``(T, H)`` to ``norm(states + dropout(outer(gelu(inner(states)))))``.

    Its weights are those of ``inner`` and ``outer``, in the precision of products, and of the norm, each
    before its bias; as in :class:`AttentionPart` linear layers get no gradients here.
    """

    @staticmethod
    def forward(ctx: Any, states_TH: Tensor, part: PartPass, *weights: Tensor) -> Tensor:  # noqa: ANN401, D102
        inner, inner_bias, outer, outer_bias, norm, norm_bias = weights
        with torch.autocast("cpu", enabled=False):
            inputs = states_TH.to(part.settings.dtype)
            raised = torch.addmm(inner_bias, inputs, inner.t())
            active = F.gelu(raised)
            added = torch.addmm(outer_bias, active, outer.t())
            outputs, sums = added_and_normed(states_TH, added, norm, norm_bias, part)
        ctx.save_for_backward(inputs, inner, raised, active, outer, norm, norm_bias, *sums)
        ctx.part = part
        return outputs

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401, D102
        inputs, inner, raised, active, outer, norm, norm_bias, *sums = ctx.saved_tensors
        settings = ctx.part.settings
        with torch.autocast("cpu", enabled=False):
            grad_sum, grad_added, *grad_norm = _sum_gradients(grads[0], sums, norm, norm_bias, settings)
            grad_active = grad_added @ outer
            grad_raised = torch.ops.aten.gelu_backward(grad_active, raised, grad_input=grad_active)
            if ctx.needs_input_grad[0]:
                grad_sum.add_((grad_raised @ inner).to(grad_sum.dtype))
        ctx.part.linear_inputs.update(outer=(active, grad_added), inner=(inputs, grad_raised))
        return grad_sum if ctx.needs_input_grad[0] else None, None, None, None, None, None, *grad_norm


def heads_of(joined: Tensor, layout: Layout, num_heads: int) -> Tensor:
    """Queries, keys and values ``(T, 3 * H)`` of tokens as a view ``(3, B, N, W, D)`` of those of keys."""
    heads = chosen(joined, layout.tokens).view(layout.shape[0], layout.width, 3, num_heads, -1)
    return heads.permute(2, 0, 3, 1, 4)


def _joined_heads(heads: tuple[Tensor, ...], layout: Layout) -> Tensor:
    """Undo :func:`heads_of`, of queries ``(B, N, S, D)``, keys and values ``(B, N, W, D)``."""
    num_rows, num_heads, _, size = heads[1].shape
    joined = heads[1].new_empty((num_rows, layout.width, 3, num_heads, size))
    for number, part in enumerate(heads):
        joined[:, : part.shape[2], number] = part.transpose(1, 2)
    return joined.flatten(2).flatten(0, 1)


def _scaling(query: Tensor) -> float:
    return float(query.shape[-1] ** -0.5)


def added_and_normed(
    states: Tensor,
    added: Tensor,
    norm: Tensor,
    norm_bias: Tensor,
    part: PartPass,
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """Norm of states and of what dropout leaves of what is added; and what the gradients need.

    What is added is lost: its memory is used.
    """
    settings, mask = part.settings, None
    if settings.share:
        # Of all rows: that of one is the same whether the others are computed or not.
        mask = dropout_mask((part.rows.num_rows, added.shape[1]), settings.share, part.random)
        mask = part.rows.of(mask)
        added = keep(added, mask)
    total = added.to(states.dtype)
    torch.add(states, total, alpha=1 / (1 - settings.share), out=total)
    outputs, mean, scale = torch.native_layer_norm(total, norm.shape, norm, norm_bias, settings.eps)
    return outputs, (total, mean, scale, mask)


def _sum_gradients(
    grad: Tensor, saved: tuple[Tensor | None, ...], norm: Tensor, norm_bias: Tensor, settings: Settings
) -> tuple[Tensor, ...]:
    """Gradients of the sum before the norm, of what was added before dropout, and of the norm's weights."""
    total, mean, scale, mask = saved
    grad_sum, *grad_norm = torch.ops.aten.native_layer_norm_backward(
        grad, total, norm.shape, mean, scale, norm, norm_bias, [True, True, True]
    )
    grad_added = (grad_sum * (1 / (1 - settings.share))).to(settings.dtype)
    return grad_sum, grad_added if mask is None else keep(grad_added, mask), *grad_norm
