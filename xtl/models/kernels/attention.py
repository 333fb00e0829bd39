"""Attention on a CPU by products of matrices, under transformers' interface of attention functions.

With dropout torch's own function makes several passes over all of the attention on a CPU, and draws a random
number for each entry. Here a few sequences are computed at a time, which stay in the cache, with masks of
:mod:`xtl.models.kernels.dropout`; what the gradients need is the attention itself and a byte for each
entry. Without dropout torch's function is called, so that a trained encoder computes in any other program
what it computes here, bit for bit.
"""

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from xtl.models.kernels.dropout import dropout_mask, dropped_share, kept

NAME = "xtl"
"""Name of the function in transformers' table of attention functions."""


_CHUNK = 1 << 19
"""Entries of attention that are computed at once, so that they stay in the cache of a core between passes."""


class _Attention(torch.autograd.Function):
    """Softmax of scaled products of queries and keys, dropout, weighted sum of values.

    With P = softmax(s Q K'), M a mask of entries that stay and c one over their share: Y = (P * M) (c V);
    dV = (P * M)' (c dY); dP = ((c dY) V') * M; dS = P * (dP - rowsum(dP * P)); dQ = s dS K; dK = dS' (s Q).
    """

    @staticmethod
    def forward(  # noqa: PLR0913  what gradients are of, and three settings
        ctx: Any,  # noqa: ANN401  torch's context
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        share: float,
        scaling: float,
    ) -> Tensor:
        weights = query.new_empty((*query.shape[:-1], key.shape[-2]))
        mask = torch.empty_like(weights, dtype=torch.int8)
        states = value.new_empty((*query.transpose(1, 2).shape[:-1], value.shape[-1]))
        # The products are in the precision of their inputs; autocast would cast some of them once more.
        with torch.autocast("cpu", enabled=False):
            query = query * scaling
            for rows in _chunks(weights):
                scores = torch.matmul(query[rows], key[rows].transpose(-2, -1))
                if bias is not None:
                    scores.add_(bias[rows])
                torch.softmax(scores, dim=-1, out=weights[rows])
                mask[rows] = dropout_mask(scores.shape, share)
                seen = kept(weights[rows], mask[rows])
                states[rows] = torch.matmul(seen, value[rows]).transpose(1, 2)
            states.mul_(1 / (1 - share))
        ctx.save_for_backward(query, key, value, weights, mask)
        ctx.scaling, ctx.share = scaling, share
        return states

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        query, key, value, weights, mask = ctx.saved_tensors
        grad_query, grad_key, grad_value = (
            torch.empty_like(part.transpose(1, 2), memory_format=torch.contiguous_format)
            for part in (query, key, value)
        )
        with torch.autocast("cpu", enabled=False):
            grad_states = grads[0] * (1 / (1 - ctx.share))
            for rows in _chunks(weights):
                grad = grad_states[rows].transpose(1, 2)
                grad_seen = torch.matmul(grad, value[rows].transpose(-2, -1))
                grad_seen = kept(grad_seen, mask[rows])
                seen = kept(weights[rows], mask[rows])
                grad_value[rows] = torch.matmul(seen.transpose(-2, -1), grad).transpose(1, 2)
                grad_scores = torch.ops.aten._softmax_backward_data(
                    grad_seen, weights[rows], -1, weights.dtype
                )
                grad_query[rows] = torch.matmul(grad_scores, key[rows]).transpose(1, 2)
                grad_key[rows] = torch.matmul(grad_scores.transpose(-2, -1), query[rows]).transpose(1, 2)
            grad_query.mul_(ctx.scaling)
        parts = (part.transpose(1, 2) for part in (grad_query, grad_key, grad_value))
        return *parts, None, None, None


def _chunks(weights: Tensor) -> Iterator[slice]:
    """Sequences of a batch ``(B, N, S, S)`` to compute at once."""
    num_rows = max(1, _CHUNK // max(1, weights[0].numel()))
    for start in range(0, len(weights), num_rows):
        yield slice(start, start + num_rows)


def attention(  # noqa: PLR0913  as transformers calls it
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **settings: Any,  # noqa: ANN401  what models pass on for other functions
) -> tuple[Tensor, None]:
    """Attention of a block, as transformers calls it.

    Args:
        module: Block that asks.
        query: Queries ``(B, N, S, D)`` of N heads.
        key: Keys ``(B, N, S, D)``.
        value: Values ``(B, N, S, D)``.
        attention_mask: ``(B, N or 1, S, S)``, true where a query sees a key; ``None``: everywhere.
        dropout: Share of the attention that training sets to 0.
        scaling: Factor of the products; ``None``: one over the root of D.
        settings: Others; a block with one that changes what is computed gets torch's own function.

    Returns:
        States ``(B, S, N, D)``, and ``None`` in place of the weights.
    """
    share = dropped_share(dropout)
    if not share or not _is_plain(module, query, key, attention_mask, settings):
        outputs, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **settings
        )
        return outputs, None
    states: Tensor = _Attention.apply(  # type: ignore[no-untyped-call]
        query,
        key,
        value,
        None if attention_mask is None else _bias(attention_mask, query.dtype),
        share,
        query.shape[-1] ** -0.5 if scaling is None else scaling,
    )
    return states, None


def _bias(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """What is added to scores: 0 where a query sees a key, else the least number, beside which scores vanish.

    Not minus infinity: a row of padding alone is no NaN then.
    """
    return torch.zeros(mask.shape, dtype=dtype).masked_fill_(~mask, torch.finfo(dtype).min)


def _is_plain(
    module: nn.Module, query: Tensor, key: Tensor, mask: Tensor | None, settings: dict[str, Any]
) -> bool:
    """Whether a block on a CPU asks for nothing but full attention of as many heads as it has keys for."""
    is_causal = settings.get("is_causal")
    is_causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    return (
        query.device.type == "cpu"
        and query.shape[1] == key.shape[1]
        and (mask is None or mask.dtype == torch.bool)
        and not (is_causal and mask is None)
        and all(settings.get(name) is None for name in ("position_bias", "cache", "softcap"))
    )


def register() -> None:
    """Put the function into transformers' tables."""
    AttentionInterface.register(NAME, cast(Any, attention))
    AttentionMaskInterface.register(NAME, cast(Any, sdpa_mask))
