"""Passes of BERT-like encoders on a CPU over the tokens of a batch without its padding."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from xtl.models.kernels import attention
from xtl.models.kernels.evaluated_blocks import EvaluatedBlock, evaluated_block
from xtl.models.kernels.layout import LayerStates, Layout, PartLayouts, chosen, halved, whole
from xtl.models.kernels.plain_blocks import (
    MODULES,
    block_weights,
    blocks_of,
    is_changed,
    is_plain,
    settings_of,
)
from xtl.models.kernels.reading import Reading, all_rows, reading_of
from xtl.models.kernels.trained_blocks import TrainedBlock, trained_states

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
    cast_blocks: dict[nn.Module, dict[torch.dtype, list[EvaluatedBlock]]] = {
        part: {} for part in module.modules() if isinstance(part, PreTrainedModel)
    }
    _KEPT.update(cast_blocks)
    try:
        yield
    finally:
        for encoder, blocks in cast_blocks.items():
            if _KEPT.get(encoder) is blocks:  # not those of an evaluation that began meanwhile
                del _KEPT[encoder]


def is_flat(encoder: PreTrainedModel) -> bool:
    """Whether :func:`flat_states` computes an encoder: one of plain blocks on a CPU.

    In training, and in evaluation in mixed precision; in 32 bits a trained encoder computes in any other
    program what it computes here, bit for bit. Blocks are plain that nobody has given other layers (LoRA,
    adapters), weights, functions or hooks; nor has anyone their stack or the encoder, or all modules hooks.
    Gradients have no gradients: for those, turn kernels off.

    Args:
        encoder: Encoder; with torch's kernels it is computed by its own layers.
    """
    config = encoder.config
    return (
        type(encoder).__module__ in MODULES
        and config._attn_implementation == attention.NAME
        and encoder.device.type == "cpu"
        and not torch.compiler.is_compiling()
        and (encoder.training if torch.is_grad_enabled() else _is_evaluated(encoder))
        and not (config.is_decoder or config.add_cross_attention or config.chunk_size_feed_forward)
        and type(encoder.encoder).__module__ in MODULES
        and not is_changed(encoder)
        and not is_changed(cast(nn.Module, encoder.encoder))
        and len(blocks_of(encoder)) > 0
        and all(is_plain(block) for block in blocks_of(encoder))
    )


def is_all_flat(module: nn.Module) -> bool:
    """Whether a module has an encoder, and each one :func:`is_flat`, with gradients and autocast as now."""
    encoders = [part for part in module.modules() if isinstance(part, PreTrainedModel)]
    return bool(encoders) and all(map(is_flat, encoders))


def flat_states(
    encoder: PreTrainedModel,
    inputs: dict[str, Tensor],
    *,
    last_only: bool = False,
    is_read_BS: Tensor | None = None,
) -> LayerStates | None:
    """States of all layers of an encoder.

    Args:
        encoder: Encoder; of one that is not :func:`is_flat` nothing is computed.
        inputs: Arguments of the encoder, ``attention_mask`` among them; nor is anything of a batch without a
            mask of its places, or without a token.
        last_only: Whether only the last layer is wanted.
        is_read_BS: Whether the state of a place is read, if only the last layer is; others may be 0.
    """
    mask_BS = inputs["attention_mask"]
    if not is_flat(encoder) or mask_BS.dim() != len("BS") or not mask_BS.any():
        return None
    embeddings = cast(nn.Module, encoder.embeddings)
    embedded: Tensor = embeddings(**{name: part for name, part in inputs.items() if name != "attention_mask"})
    dtype = torch.get_autocast_dtype("cpu") if _is_mixed(encoder) else embedded.dtype
    embedded = embedded.flatten(0, 1)
    is_trained = torch.is_grad_enabled()
    halves = halved(mask_BS, embedded.shape[1], dtype) if is_trained else None
    layout, parts = halves or whole(mask_BS, dtype if is_trained else torch.float32)
    states_TH = chosen(embedded, layout.places)
    reading = reading_of(is_read_BS if last_only else None, layout, parts, dtype)
    if is_trained:
        states = _trained(encoder, states_TH, parts, dtype, last_only=last_only, reading=reading)
    else:
        states = _evaluated(encoder, states_TH, layout, dtype, reading=reading)
    layout = layout if reading is None else reading.layout
    return LayerStates(deque(states, maxlen=1) if last_only else list(states), layout)


def _trained(
    encoder: PreTrainedModel,
    states_TH: Tensor,
    parts: PartLayouts,
    dtype: torch.dtype,
    *,
    last_only: bool,
    reading: Reading | None,
) -> Iterator[Tensor]:
    """States of all layers, for gradients; but for the first one only the last, where that will do."""
    _KEPT.pop(encoder, None)  # of an evaluation that was not brought to its end
    yield states_TH
    seeds = torch.randint(torch.iinfo(torch.int64).max, (len(blocks_of(encoder)), len(parts.sizes)))
    blocks = [
        TrainedBlock(settings_of(block, dtype), block_weights(block), seeds_of_block)
        for block, seeds_of_block in zip(blocks_of(encoder), seeds.tolist(), strict=True)
    ]
    if not any(block.gradient_checkpointing for block in blocks_of(encoder)):
        yield from trained_states(states_TH, parts, blocks, last_only=last_only, reading=reading)
        return
    for block in blocks:
        read_here = reading if block is blocks[-1] else None
        (states_TH,) = trained_states(
            states_TH, parts, [block], last_only=True, is_recomputed=True, reading=read_here
        )
        yield states_TH


def _evaluated(
    encoder: PreTrainedModel,
    states_TH: Tensor,
    layout: Layout,
    dtype: torch.dtype,
    *,
    reading: Reading | None,
) -> Iterator[Tensor]:
    """States of all layers, without gradients."""
    yield states_TH
    rows = all_rows(layout, len(states_TH))
    *blocks, last = _evaluated_blocks(encoder, dtype)
    for block in blocks:
        states_TH = block(states_TH, layout, rows)
        yield states_TH
    yield last(states_TH, layout, rows if reading is None else reading.rows[0])


def _evaluated_blocks(encoder: PreTrainedModel, dtype: torch.dtype) -> list[EvaluatedBlock]:
    """Blocks of an encoder with weights in the precision of products."""
    blocks_kept = _KEPT.get(encoder)
    blocks = {} if blocks_kept is None else blocks_kept
    with _CASTING:
        if dtype not in blocks:
            blocks[dtype] = [
                evaluated_block(
                    block_weights(block), settings_of(block, dtype), is_packed=blocks_kept is not None
                )
                for block in blocks_of(encoder)
            ]
        return blocks[dtype]


def _is_evaluated(encoder: PreTrainedModel) -> bool:
    return _is_mixed(encoder) and not any(part.training for part in encoder.modules())


def _is_mixed(encoder: PreTrainedModel) -> bool:
    """Whether products have fewer bits than weights: autocast leaves double precision alone."""
    return torch.is_autocast_enabled("cpu") and next(encoder.parameters()).dtype == torch.float32
