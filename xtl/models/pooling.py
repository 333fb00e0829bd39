"""States of a sentence to one vector."""

from torch import Tensor

from xtl.types import POOLINGS


def pooled(states_BSH: Tensor, mask_BS: Tensor, pooling: str) -> Tensor:
    """Pool states over a sentence.

    Args:
        states_BSH: States of the tokens, ``(B, S, H)``.
        mask_BS: Mask of the tokens that count, ``(B, S)``, 1 or 0.
        pooling: Way of pooling: ``cls``: the state of the first token; ``mean``: the mean over the tokens
            that count.

    Returns:
        Vectors of the sentences, ``(B, H)``.

    Raises:
        ValueError: for another ``pooling``.
    """
    match pooling:
        case "cls":
            return states_BSH[:, 0]
        case "mean":
            weights_BS1 = mask_BS.unsqueeze(-1).to(states_BSH.dtype)
            # At least 1: a sentence without a token that counts gets zeros, not 0 / 0.
            return (states_BSH * weights_BS1).sum(1) / weights_BS1.sum(1).clamp(min=1)
        case _:
            raise ValueError(f"expected a pooling of {', '.join(POOLINGS)}, got {pooling!r}")
