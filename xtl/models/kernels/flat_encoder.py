"""Training passes of BERT-like encoders on a CPU, over the tokens of a batch without its padding."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel
from transformers.activations import GELUActivation

from xtl.models.kernels import attention
from xtl.models.kernels.block_parts import AttentionPart, FeedForwardPart, Settings
from xtl.models.kernels.dropout import Dropout, dropped_share
from xtl.models.kernels.layout import Layout, chosen, layout_of

_KINDS = frozenset({"bert", "camembert", "roberta", "xlm-roberta"})
"""Kinds of encoders (``config.model_type``) whose blocks are built alike."""

_RECORDING = "transformers.utils.output_capturing"
"""Module of the hooks that transformers leaves at blocks for good, and which read their states if asked."""


def is_flat(encoder: PreTrainedModel) -> bool:
    """Whether :func:`flat_states` computes an encoder: one of plain blocks, in training on a CPU.

    Blocks are plain that nobody has given other layers (LoRA, adapters) or hooks.

    Args:
        encoder: Encoder, with xtl's kernels or torch's.
    """
    config = encoder.config
    return (
        config.model_type in _KINDS
        and config._attn_implementation == attention.NAME
        and encoder.training
        and torch.is_grad_enabled()
        and encoder.device.type == "cpu"
        and not (config.is_decoder or config.add_cross_attention or config.chunk_size_feed_forward)
        and all(_is_plain(block) for block in _blocks(encoder))
    )


def flat_states(encoder: PreTrainedModel, inputs: dict[str, Tensor]) -> list[Tensor]:
    """States of the embedding layer and of each block, ``(B, S, H)``, 0 at padding.

    Args:
        encoder: Encoder; of one that is not :func:`is_flat` nothing is computed, and the list is empty.
        inputs: Arguments of the encoder, ``attention_mask`` among them.
    """
    if not is_flat(encoder):
        return []
    mask_BS = inputs["attention_mask"]
    embeddings = cast(nn.Module, encoder.embeddings)
    embedded: Tensor = embeddings(**{name: part for name, part in inputs.items() if name != "attention_mask"})
    dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else embedded.dtype
    layout = layout_of(mask_BS, dtype)
    states = [chosen(embedded.flatten(0, 1), layout.places)]
    for block in _blocks(encoder):
        if block.gradient_checkpointing:
            computed = checkpoint(_computed, block, states[-1], layout, dtype, use_reentrant=False)
        else:
            computed = _computed(block, states[-1], layout, dtype)
        states.append(computed)
    return [layout.padded(flat).view(*mask_BS.shape, -1) for flat in states]


def _computed(block: Any, states_TH: Tensor, layout: Layout, dtype: torch.dtype) -> Tensor:  # noqa: ANN401
    """States ``(T, H)`` of tokens behind a block of transformers'."""
    heads, output, inner, outer = (
        block.attention.self, block.attention.output, block.intermediate, block.output,
    )  # fmt: skip
    settings = _settings(output, dtype)._replace(
        num_heads=heads.num_attention_heads, attention_share=_share(heads.dropout)
    )
    seen: Tensor = AttentionPart.apply(  # type: ignore[no-untyped-call]
        states_TH, layout, settings,
        *_weights(heads.query, heads.key, heads.value, output.dense, output.LayerNorm),
    )  # fmt: skip
    computed: Tensor = FeedForwardPart.apply(  # type: ignore[no-untyped-call]
        seen, _settings(outer, dtype), *_weights(inner.dense, outer.dense, outer.LayerNorm)
    )
    return computed


def _settings(output: Any, dtype: torch.dtype) -> Settings:  # noqa: ANN401  a part of a block
    return Settings(dtype=dtype, share=_share(output.dropout), eps=output.LayerNorm.eps)


def _share(dropout: nn.Dropout) -> float:
    return dropped_share(dropout.p) if dropout.training else 0.0


def _weights(*layers: Any) -> list[Tensor]:  # noqa: ANN401
    return [weight for layer in layers for weight in (layer.weight, layer.bias)]


def _blocks(encoder: PreTrainedModel) -> Sequence[Any]:
    return cast(Sequence[Any], cast(Any, encoder).encoder.layer)


def _is_plain(block: Any) -> bool:  # noqa: ANN401
    """Whether a block has the layers that it was built with, and no hooks."""
    heads, outputs = block.attention.self, (block.attention.output, block.output)
    linear = (
        heads.query,
        heads.key,
        heads.value,
        block.intermediate.dense,
        *(part.dense for part in outputs),
    )
    return (
        all(type(layer) is nn.Linear for layer in linear)
        and all(type(part.LayerNorm) is nn.LayerNorm for part in outputs)
        and all(type(part.dropout) is Dropout and part.dropout.p < 1 for part in (heads, *outputs))
        and type(block.intermediate.intermediate_act_fn) is GELUActivation
        and not any(_is_hooked(part) for part in block.modules())
    )


def _is_hooked(part: nn.Module) -> bool:
    if part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks:
        return True
    return any(getattr(hook, "__module__", "") != _RECORDING for hook in part._forward_hooks.values())
