"""Weights shared out among processes (FSDP2): each holds a part of every block and has it whole in turn."""

from typing import TYPE_CHECKING, Any

from lightning.pytorch.plugins.precision import MixedPrecision, Precision
from torch import nn

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

_ENTRIES = ("loss", "validate", "validate_for", "predict_step")
"""Methods that a fit calls in the place of ``forward``."""


def has_whole_gradients(precision: Precision) -> bool:
    """Whether torch's clipping sees gradients as they are: whole, or of a kind that knows its other parts.

    Not with a scaled loss; nor under FSDP's first version and DeepSpeed, whose precision clips in its own way
    or refuses to.

    Args:
        precision: Lightning's plugin for the precision of a trainer.
    """
    kind = type(precision)
    return (
        getattr(precision, "scaler", None) is None
        and kind.clip_grad_by_norm is Precision.clip_grad_by_norm
        and kind.clip_gradients in (Precision.clip_gradients, MixedPrecision.clip_gradients)
    )


def shard(module: nn.Module, mesh: "DeviceMesh") -> None:
    """Leave this process a part of all weights of ``module``; what is left over of it knows no other form.

    Blocks are units, the embeddings are one, and all else is another. A unit is whole while it is computed.

    Args:
        module: Module of a task whose weights are the same on all processes.
        mesh: Processes that share them out.
    """
    # Loading takes a second, and most fits need none of it.
    from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method

    if isinstance(module, FSDPModule):  # another stage of the same Trainer
        return
    backbone: Any = module.backbone
    units = [*backbone.blocks]
    embeddings = getattr(backbone.encoder, "embeddings", None)
    if isinstance(embeddings, nn.Module) and not getattr(module, "reads_table", False):
        units.append(embeddings)
    for unit in units:
        fully_shard(unit, mesh=mesh)
    fully_shard(module, mesh=mesh)
    for name in _ENTRIES:
        register_fsdp_forward_method(module, name)
