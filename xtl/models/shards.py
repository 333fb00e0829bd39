"""Weights of which each process holds a part, as plain tensors."""

from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor


def whole_tensor(tensor: Tensor) -> Tensor:
    """Give ``tensor``, or all of it where each process holds a part; then all processes must call this."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own_part(tensor: Tensor) -> Tensor:
    """Give ``tensor``, or what this process holds of it where each holds a part."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def like_sharded(tensor: Tensor, sharded: Tensor) -> Tensor:
    """Give the part of a whole tensor that this process holds of ``sharded``; all of it if that is whole."""
    if not isinstance(sharded, DTensor):
        return tensor
    tensor = tensor.to(sharded.device)
    # No source: every process has the whole one, so nothing need be sent.
    return distribute_tensor(tensor, sharded.device_mesh, sharded.placements, src_data_rank=None)
