"""The kernels that a module computes with."""

from torch import nn
from transformers import PreTrainedModel

from xtl.models.kernels import attention
from xtl.models.kernels.dropout import Dropout
from xtl.models.kernels.plain_blocks import is_changed

_TORCH_ATTENTION = "sdpa"
"""Name of torch's own attention in transformers' table."""


def use_kernels(module: nn.Module, *, fast: bool = True) -> None:
    """Let a module compute blocks, attention and dropout on a CPU with xtl's kernels, or with torch's.

    An encoder that computes another attention than torch's keeps it; so do subclasses of torch's dropout, and
    dropout with hooks or a forward of its own.

    Args:
        module: Module, which is changed; its weights and their names stay.
        fast: Whether with xtl's.
    """
    for part in list(module.modules()):
        if isinstance(part, PreTrainedModel):
            _use_attention(part, fast=fast)
        if isinstance(part, Dropout):
            part.is_fast = fast
        for name, child in part.named_children():
            if fast and type(child) is nn.Dropout and not is_changed(child):
                setattr(part, name, Dropout(child.p, child.inplace).train(child.training))


def _use_attention(encoder: PreTrainedModel, *, fast: bool) -> None:
    chosen, replaced = (attention.NAME, _TORCH_ATTENTION) if fast else (_TORCH_ATTENTION, attention.NAME)
    if encoder.config._attn_implementation == replaced:
        encoder.set_attn_implementation(chosen)
