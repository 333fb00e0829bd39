"""States of a sentence to one vector."""

from torch import Tensor

from xtl.types import POOLINGS


def pooled(states_BSH: Tensor, mask_BS: Tensor, pooling: str) -> Tensor:
    """Pool states over a sentence.

    Args:
        states_BSH: ``(B, S, H)``.
        mask_BS: 1 on the tokens that count.
        pooling: ``cls``: the state of the first token; ``mean``: the mean over the tokens that count.

    Returns:
        ``(B, H)``.

    Raises:
        ValueError: for another ``pooling``.
    """
    match pooling:
        case "cls":
            return states_BSH[:, 0]
        case "mean":
            weights_BS1 = mask_BS.unsqueeze(-1).to(states_BSH.dtype)
            return (states_BSH * weights_BS1).sum(1) / weights_BS1.sum(1).clamp(min=1)
        case _:
            raise ValueError(f"expected a pooling of {', '.join(POOLINGS)}, got {pooling!r}")
