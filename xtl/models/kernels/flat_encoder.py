"""Passes of BERT-like encoders on a CPU over the tokens of a batch without its padding."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.activations import GELUActivation

from xtl.models.kernels import attention
from xtl.models.kernels.block_parts import Settings
from xtl.models.kernels.dropout import Dropout, dropped_share
from xtl.models.kernels.evaluated_blocks import EvaluatedBlock, evaluated_block
from xtl.models.kernels.layout import LayerStates, Layout, PartLayouts, chosen, halved, layout_of
from xtl.models.kernels.trained_blocks import TrainedBlock, trained_states

_MODULES = frozenset(
    f"transformers.models.{kind}.modeling_{kind}" for kind in ("bert", "camembert", "roberta", "xlm_roberta")
)
"""Modules of the encoders whose blocks are built alike."""

_PLAIN = (*_MODULES, "torch.nn.modules", "transformers.activations", Dropout.__module__)
"""Where the classes of the parts of a plain block stand."""

_RECORDING = "transformers.utils.output_capturing"
"""Module of the hooks that transformers leaves at blocks for good, and which read their states if asked."""

_KEPT: WeakKeyDictionary[nn.Module, dict[torch.dtype, list[EvaluatedBlock]]] = WeakKeyDictionary()
"""Blocks of the encoders of :func:`weights_kept`, by the precision of their products."""

_CASTING = Lock()
"""Held while weights are cast: threads that evaluate one encoder need them once."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_CASTING.acquire, after_in_parent=_CASTING.release, after_in_child=_CASTING.release
    )


@contextmanager
def weights_kept(module: nn.Module) -> Iterator[None]:
    """Cast weights to the precision of products once inside the block, in which they must not change.

    They are packed, too, where torch's operators allow that.

    Args:
        module: Module, with an encoder that is evaluated batch by batch.
    """
    blocks_of: dict[nn.Module, dict[torch.dtype, list[EvaluatedBlock]]] = {
        part: {} for part in module.modules() if isinstance(part, PreTrainedModel)
    }
    _KEPT.update(blocks_of)
    try:
        yield
    finally:
        for encoder, blocks in blocks_of.items():
            if _KEPT.get(encoder) is blocks:  # not those of an evaluation that began meanwhile
                del _KEPT[encoder]


def is_flat(encoder: PreTrainedModel) -> bool:
    """Whether :func:`flat_states` computes an encoder: one of plain blocks on a CPU.

    In training, and in evaluation in mixed precision; in 32 bits a trained encoder computes in any other
    program what it computes here, bit for bit. Blocks are plain that nobody has given other layers (LoRA,
    adapters), weights or hooks. Gradients have no gradients: for those, turn kernels off.

    Args:
        encoder: Encoder; with torch's kernels it is computed by its own layers.
    """
    config = encoder.config
    return (
        type(encoder).__module__ in _MODULES
        and config._attn_implementation == attention.NAME
        and encoder.device.type == "cpu"
        and not torch.compiler.is_compiling()
        and (encoder.training if torch.is_grad_enabled() else _is_evaluated(encoder))
        and not (config.is_decoder or config.add_cross_attention or config.chunk_size_feed_forward)
        and not _is_hooked(encoder)
        and not _is_hooked(cast(nn.Module, encoder.encoder))
        and all(_is_plain(block) for block in _blocks(encoder))
    )


def is_all_flat(module: nn.Module) -> bool:
    """Whether a module has an encoder, and each one :func:`is_flat`, with gradients and autocast as now."""
    encoders = [part for part in module.modules() if isinstance(part, PreTrainedModel)]
    return bool(encoders) and all(map(is_flat, encoders))


def flat_states(
    encoder: PreTrainedModel, inputs: dict[str, Tensor], *, last_only: bool = False
) -> LayerStates | None:
    """States of all layers of an encoder.

    Args:
        encoder: Encoder; of one that is not :func:`is_flat` nothing is computed.
        inputs: Arguments of the encoder, ``attention_mask`` among them; nor is anything of a batch without a
            mask of its places, or without a token.
        last_only: Whether only the last layer is wanted.
    """
    mask_BS = inputs["attention_mask"]
    if not is_flat(encoder) or mask_BS.dim() != len("BS") or not mask_BS.any():
        return None
    embeddings = cast(nn.Module, encoder.embeddings)
    embedded: Tensor = embeddings(**{name: part for name, part in inputs.items() if name != "attention_mask"})
    dtype = torch.get_autocast_dtype("cpu") if _is_mixed(encoder) else embedded.dtype
    embedded = embedded.flatten(0, 1)
    if not torch.is_grad_enabled():
        layout = layout_of(mask_BS, torch.float32)
        states = _read(encoder, chosen(embedded, layout.places), layout, dtype)
    elif halves := halved(mask_BS, embedded.shape[1], dtype):
        layout, parts = halves
        states = _trained(encoder, chosen(embedded, layout.places), parts, dtype, last_only=last_only)
    else:
        layout = layout_of(mask_BS, dtype)
        states_TH = chosen(embedded, layout.places)
        parts = PartLayouts([layout], [len(states_TH)])
        states = _trained(encoder, states_TH, parts, dtype, last_only=last_only)
    return LayerStates(deque(states, maxlen=1) if last_only else list(states), layout)


def _trained(
    encoder: PreTrainedModel, states_TH: Tensor, parts: PartLayouts, dtype: torch.dtype, *, last_only: bool
) -> Iterator[Tensor]:
    """States of all layers, for gradients; but for the first one only the last, where that will do."""
    _KEPT.pop(encoder, None)  # of an evaluation that was not brought to its end
    yield states_TH
    seeds = torch.randint(torch.iinfo(torch.int64).max, (len(_blocks(encoder)), len(parts.sizes)))
    blocks = [
        TrainedBlock(_settings(block, dtype), _block_weights(block), seeds_of_block)
        for block, seeds_of_block in zip(_blocks(encoder), seeds.tolist(), strict=True)
    ]
    if not any(block.gradient_checkpointing for block in _blocks(encoder)):
        yield from trained_states(states_TH, parts, blocks, last_only=last_only)
        return
    for block in blocks:
        (states_TH,) = trained_states(states_TH, parts, [block], last_only=True, is_recomputed=True)
        yield states_TH


def _read(
    encoder: PreTrainedModel, states_TH: Tensor, layout: Layout, dtype: torch.dtype
) -> Iterator[Tensor]:
    """States of all layers, without gradients."""
    yield states_TH
    for block in _evaluated(encoder, dtype):
        states_TH = block(states_TH, layout)
        yield states_TH


def _evaluated(encoder: PreTrainedModel, dtype: torch.dtype) -> list[EvaluatedBlock]:
    """Blocks of an encoder with weights in the precision of products."""
    blocks_kept = _KEPT.get(encoder)
    blocks = {} if blocks_kept is None else blocks_kept
    with _CASTING:
        if dtype not in blocks:
            blocks[dtype] = [
                evaluated_block(
                    _block_weights(block), _settings(block, dtype), is_packed=blocks_kept is not None
                )
                for block in _blocks(encoder)
            ]
        return blocks[dtype]


def _settings(block: Any, dtype: torch.dtype) -> tuple[Settings, Settings]:  # noqa: ANN401
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


def _block_weights(block: Any) -> list[Tensor]:  # noqa: ANN401
    heads, attended = block.attention.self, block.attention.output
    return _weights(
        heads.query, heads.key, heads.value, attended.dense, attended.LayerNorm,
        block.intermediate.dense, block.output.dense, block.output.LayerNorm,
    )  # fmt: skip


def _weights(*layers: Any) -> list[Tensor]:  # noqa: ANN401
    return [weight for layer in layers for weight in (layer.weight, layer.bias)]


def _blocks(encoder: PreTrainedModel) -> Sequence[Any]:
    return cast(Sequence[Any], cast(Any, encoder).encoder.layer)


def _is_evaluated(encoder: PreTrainedModel) -> bool:
    return _is_mixed(encoder) and not any(part.training for part in encoder.modules())


def _is_mixed(encoder: PreTrainedModel) -> bool:
    """Whether products have fewer bits than weights: autocast leaves double precision alone."""
    return torch.is_autocast_enabled("cpu") and next(encoder.parameters()).dtype == torch.float32


def _is_plain(block: Any) -> bool:  # noqa: ANN401
    """Whether a block has the layers that it was built with, and no hooks."""
    if any(_is_hooked(part) or not _is_built_in(part) for part in block.modules()):
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
        and all(type(weight) is nn.Parameter for weight in _block_weights(block))
    )


def _is_built_in(part: nn.Module) -> bool:
    """Whether a part is of a class of torch, transformers or xtl, and computes as its class does."""
    return type(part).__module__.startswith(_PLAIN) and "forward" not in vars(part)


def _is_hooked(part: nn.Module) -> bool:
    if part._forward_pre_hooks or part._backward_hooks or part._backward_pre_hooks:
        return True
    return any(getattr(hook, "__module__", "") != _RECORDING for hook in part._forward_hooks.values())
