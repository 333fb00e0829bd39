"""Attention on a CPU under transformers' interface of attention functions.

It serves the layers of encoders that :mod:`xtl.models.kernels.flat_encoder` does not compute. Without dropout
torch's function is called, so that in 32 bits a trained encoder computes in any other program what it
computes here, bit for bit.
"""

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from xtl.models.kernels.dropout import dropped_share
from xtl.models.kernels.weighted_sums import (
    Attended,
    attend,
    attention_gradients,
    hiding_bias,
    key_width,
)

NAME = "xtl"
"""Name of the function in transformers' table of attention functions."""


class _Attention(torch.autograd.Function):
    """:func:`xtl.models.kernels.weighted_sums.attend`, with gradients."""

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
        ctx.num_keys, ctx.settings = key.shape[-2], {"share": share, "scaling": scaling}
        missing = key_width(ctx.num_keys, query.dtype) - ctx.num_keys
        if missing:
            key, value = (F.pad(part, (0, 0, 0, missing)) for part in (key, value))
            bias = query.new_zeros((len(query), 1, 1, ctx.num_keys)) if bias is None else bias
            bias = F.pad(bias, (0, missing), value=torch.finfo(query.dtype).min)
        query, key, value = (part.contiguous() for part in (query, key, value))
        # The products are in the precision of their inputs; autocast would cast some of them once more.
        with torch.autocast("cpu", enabled=False):
            states, attended = attend(
                query, key, value, bias, num_keys=ctx.num_keys, share=share, scaling=scaling
            )
        ctx.save_for_backward(*attended)
        return states

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        with torch.autocast("cpu", enabled=False):
            query, key, value = attention_gradients(grads[0], Attended(*ctx.saved_tensors), **ctx.settings)
        return query, key[:, :, : ctx.num_keys], value[:, :, : ctx.num_keys], None, None, None


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
        None if attention_mask is None else hiding_bias(~attention_mask, query.dtype),
        share,
        query.shape[-1] ** -0.5 if scaling is None else scaling,
    )
    return states, None


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


# Here, not where an encoder is built: one that was pickled asks for the function by its name.
AttentionInterface.register(NAME, cast(Any, attention))
AttentionMaskInterface.register(NAME, cast(Any, sdpa_mask))
