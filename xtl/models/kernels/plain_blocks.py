"""Blocks of transformers' BERT-like encoders: which compute what they were built for, and what they hold."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook
from transformers import PreTrainedModel
from transformers.activations import GELUActivation

from xtl.models.kernels.block_parts import Settings
from xtl.models.kernels.dropout import Dropout, dropped_share

MODULES = frozenset(
    f"transformers.models.{kind}.modeling_{kind}" for kind in ("bert", "camembert", "roberta", "xlm_roberta")
)
"""Modules of the encoders whose blocks are built alike."""

_PLAIN = (*MODULES, "torch.nn.modules", "transformers.activations", Dropout.__module__)
"""Where the classes of the parts of a plain block stand."""

_RECORDING = "transformers.utils.output_capturing"
"""Module of the hooks that transformers leaves at blocks for good, and which read their states if asked."""


def blocks_of(encoder: PreTrainedModel) -> Sequence[Any]:
    """Blocks of an encoder, from the first one."""
    return cast(Sequence[Any], cast(Any, encoder).encoder.layer)


def settings_of(block: Any, dtype: torch.dtype) -> tuple[Settings, Settings]:  # noqa: ANN401
    """Settings of the attention and of the feed-forward part of a block."""
    heads = block.attention.self
    attention, feed_forward = (
        Settings(dtype=dtype, share=_share(part.dropout), eps=part.LayerNorm.eps)
        for part in (block.attention.output, block.output)
    )
    shares = {"num_heads": heads.num_attention_heads, "attention_share": _share(heads.dropout, heads)}
    return attention._replace(**shares), feed_forward


def _share(dropout: nn.Dropout, owner: nn.Module | None = None) -> float:
    """Share that a layer drops, if it or the part that decides in its place is in train mode."""
    return dropped_share(dropout.p) if (owner or dropout).training else 0.0


def block_weights(block: Any) -> list[Tensor]:  # noqa: ANN401
    """Weights of a block, as :class:`xtl.models.kernels.trained_blocks.TrainedBlock` has them."""
    heads, attended = block.attention.self, block.attention.output
    return _weights(
        heads.query, heads.key, heads.value, attended.dense, attended.LayerNorm,
        block.intermediate.dense, block.output.dense, block.output.LayerNorm,
    )  # fmt: skip


def _weights(*layers: Any) -> list[Tensor]:  # noqa: ANN401
    return [weight for layer in layers for weight in (layer.weight, layer.bias)]


def is_plain(block: Any) -> bool:  # noqa: ANN401
    """Whether a block has the layers that it was built with, and no hooks."""
    if any(is_changed(part) or not type(part).__module__.startswith(_PLAIN) for part in block.modules()):
        return False
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
        and all(
            type(part.dropout) is Dropout and dropped_share(part.dropout.p) < 1 for part in (heads, *outputs)
        )
        and type(block.intermediate.intermediate_act_fn) is GELUActivation
        and all(type(weight) is nn.Parameter for weight in block_weights(block))
    )


def is_changed(part: nn.Module) -> bool:
    """Whether a part has hooks, or computes otherwise than its class does."""
    return is_hooked(part) or "forward" in vars(part)


def is_hooked(part: nn.Module) -> bool:
    """Whether a part, or each module of the process, has hooks that read or change what it computes."""
    if _has_any_global_hook():  # type: ignore[no-untyped-call]
        return True
    if part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks:
        return True
    return any(getattr(hook, "__module__", "") != _RECORDING for hook in part._forward_hooks.values())
