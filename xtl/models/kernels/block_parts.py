"""The two parts of a block of BERT-like encoders on a CPU, with gradients of their own, for training.

Each is computed over the tokens of a batch without its padding. Against torch's layers one by one, queries,
keys and values are one product, states are cast to the precision of products once, and no pass over memory
mixes two precisions, which torch does slowly. What is computed is the same but for rounding.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xtl.models.kernels.dropout import dropout_mask, kept
from xtl.models.kernels.layout import Layout, chosen
from xtl.models.kernels.weighted_sums import Attended, attend, attention_gradients


class Settings(NamedTuple):
    """Settings of a part of a block.

    Attributes:
        dtype: Precision of products.
        share: Share of the states that dropout sets to 0.
        eps: What the norm adds to a variance.
        num_heads: Heads N of the attention; 0: the part has none.
        attention_share: Share of the attention that dropout sets to 0.
        random: Generator of the random numbers of dropout; ``None``: torch's own.
    """

    dtype: torch.dtype
    share: float
    eps: float
    num_heads: int = 0
    attention_share: float = 0.0
    random: torch.Generator | None = None


ATTENTION_WEIGHTS = 10
"""Number of weights of :class:`AttentionPart`; those of :class:`FeedForwardPart` follow in a block's."""


def block_states(
    states_TH: Tensor, layout: Layout, settings: tuple[Settings, Settings], weights: Sequence[Tensor]
) -> Tensor:
    """States ``(T, H)`` of tokens behind a block.

    Args:
        states_TH: States before it.
        layout: Layout of the tokens.
        settings: Settings of its attention, and of its feed-forward part.
        weights: Weights of :class:`AttentionPart`, then those of :class:`FeedForwardPart`.
    """
    attention, feed_forward = weights[:ATTENTION_WEIGHTS], weights[ATTENTION_WEIGHTS:]
    seen: Tensor = AttentionPart.apply(states_TH, layout, settings[0], *attention)  # type: ignore[no-untyped-call]
    computed: Tensor = FeedForwardPart.apply(seen, settings[1], *feed_forward)  # type: ignore[no-untyped-call]
    return computed


class AttentionPart(torch.autograd.Function):
    """States ``(T, H)`` to ``norm(states + dropout(output(attention(states))))``.

    Its weights are those of query, key, value, output and norm, each before its bias.
    """

    @staticmethod
    def forward(  # noqa: D102
        ctx: Any,  # noqa: ANN401  torch's context
        states_TH: Tensor,
        layout: Layout,
        settings: Settings,
        *weights: Tensor,
    ) -> Tensor:
        *parts, output, output_bias, norm, norm_bias = weights
        dtype = settings.dtype
        with torch.autocast("cpu", enabled=False):
            inputs, output_cast = states_TH.to(dtype), output.to(dtype)
            joined = torch.addmm(stacked(parts[1::2], dtype), inputs, stacked(parts[::2], dtype).t())
            query, key, value = heads_of(joined, layout, settings.num_heads).contiguous()
            states, attended = attend(
                query[:, :, : layout.shape[1]], key, value, layout.bias,
                num_keys=layout.shape[1], share=settings.attention_share, scaling=_scaling(query),
                random=settings.random,
            )  # fmt: skip
            attention = chosen(states.flatten(2).flatten(0, 1), layout.places)
            added = torch.addmm(output_bias.to(dtype), attention, output_cast.t())
            outputs, sums = added_and_normed(states_TH, added, norm, norm_bias, settings)
        ctx.save_for_backward(inputs, *parts[::2], attention, output_cast, norm, norm_bias, *sums, *attended)
        ctx.layout, ctx.settings = layout, settings
        return outputs

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401, D102
        saved = ctx.saved_tensors  # once: a block that is computed a second time gives them one time
        inputs, *parts, attention, output, norm, norm_bias = saved[:8]
        sums, attended = saved[8:12], Attended(*saved[12:])
        layout, settings = ctx.layout, ctx.settings
        needs_states, _, _, *needed = ctx.needs_input_grad
        with torch.autocast("cpu", enabled=False):
            grad_sum, grad_added, *grad_norm = _sum_gradients(grads[0], sums, norm, norm_bias, settings)
            grad_output = _linear_gradients(attention, grad_added, norm.dtype, needed[6:8])
            grad_states = layout.padded(grad_added @ output)
            grad_heads = attention_gradients(
                grad_states.view(*layout.shape, settings.num_heads, -1), attended,
                share=settings.attention_share, scaling=_scaling(attended.query),
            )  # fmt: skip
            grad_joined = chosen(_joined_heads(grad_heads, layout), layout.keys)
            needs = [any(needed[:6:2]), any(needed[1:6:2])]
            joined = _linear_gradients(inputs, grad_joined, norm.dtype, needs)
            if needs_states:
                grad_sum.add_((grad_joined @ stacked(parts, settings.dtype)).to(grad_sum.dtype))
        split = [(None,) * 3 if grad is None else grad.tensor_split(3) for grad in joined]
        grad_parts = [grad for pair in zip(*split, strict=True) for grad in pair]
        return grad_sum if needs_states else None, None, None, *grad_parts, *grad_output, *grad_norm


class FeedForwardPart(torch.autograd.Function):
    """States ``(T, H)`` to ``norm(states + dropout(output(gelu(inner(states)))))``.

    Its weights are those of inner, output and norm, each before its bias.
    """

    @staticmethod
    def forward(  # noqa: D102
        ctx: Any,  # noqa: ANN401  torch's context
        states_TH: Tensor,
        settings: Settings,
        *weights: Tensor,
    ) -> Tensor:
        inner, inner_bias, output, output_bias, norm, norm_bias = weights
        dtype = settings.dtype
        with torch.autocast("cpu", enabled=False):
            inputs, inner_cast, output_cast = (part.to(dtype) for part in (states_TH, inner, output))
            raised = torch.addmm(inner_bias.to(dtype), inputs, inner_cast.t())
            active = F.gelu(raised)
            added = torch.addmm(output_bias.to(dtype), active, output_cast.t())
            outputs, sums = added_and_normed(states_TH, added, norm, norm_bias, settings)
        ctx.save_for_backward(inputs, inner_cast, raised, active, output_cast, norm, norm_bias, *sums)
        ctx.settings = settings
        return outputs

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401, D102
        inputs, inner, raised, active, output, norm, norm_bias, *sums = ctx.saved_tensors
        needs_states, _, *needed = ctx.needs_input_grad
        with torch.autocast("cpu", enabled=False):
            grad_sum, grad_added, *grad_norm = _sum_gradients(grads[0], sums, norm, norm_bias, ctx.settings)
            grad_output = _linear_gradients(active, grad_added, norm.dtype, needed[2:4])
            grad_raised = torch.ops.aten.gelu_backward(grad_added @ output, raised)
            grad_inner = _linear_gradients(inputs, grad_raised, norm.dtype, needed[:2])
            if needs_states:
                grad_sum.add_((grad_raised @ inner).to(grad_sum.dtype))
        return grad_sum if needs_states else None, None, *grad_inner, *grad_output, *grad_norm


def stacked(parts: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """Weights below each other, in the precision of products."""
    stack = parts[0].new_empty((sum(len(part) for part in parts), *parts[0].shape[1:]), dtype=dtype)
    for part, rows in zip(parts, stack.tensor_split(len(parts)), strict=True):
        rows.copy_(part)
    return stack


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
    states: Tensor, added: Tensor, norm: Tensor, norm_bias: Tensor, settings: Settings
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """Norm of states and of what dropout leaves of what is added; and what the gradients need."""
    mask = None
    if settings.share:
        mask = dropout_mask(added.shape, settings.share, settings.random)
        added = kept(added, mask)
    total = torch.add(states, added.to(states.dtype), alpha=1 / (1 - settings.share))
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
    return grad_sum, grad_added if mask is None else kept(grad_added, mask), *grad_norm


def _linear_gradients(
    inputs: Tensor, grad: Tensor, dtype: torch.dtype, needed: list[bool]
) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the weight and of the bias of a linear layer, where needed."""
    weight = (grad.t() @ inputs).to(dtype) if needed[0] else None
    return weight, grad.sum(0).to(dtype) if needed[1] else None
