"""Whether two sides did the same work, so that their rates may be compared."""

from collections.abc import Mapping, Sequence
from typing import Any

SAME = ("updates", "rows", "batch_size", "tokens", "precision", "loss_margin")
"""What must be equal on both sides."""


def problems(
    ours: Mapping[str, Any],
    others: Mapping[str, Any],
    *,
    peer: str = "transformers",
    same: Sequence[str] = SAME,
) -> list[str]:
    """Reasons why rates of two sides may not be compared.

    Args:
        ours: Result of xtl's side.
        others: Result of the other side.
        peer: Name of the other side.
        same: What must be equal on both sides.

    Example:
        >>> side = dict(updates=4, rows=8, batch_size=4, tokens=99, precision="32-true", losses=[1.1, 0.9])
        >>> side["loss_margin"] = 0.15
        >>> problems(side, side), problems(side, side | {"updates": 5})
        ([], ['updates: expected the same on both sides, got 4 and 5'])
        >>> problems(side, side | {"losses": [1.1, 0.5]})
        ['loss of the timed epoch: expected both sides within 0.15 of each other, got 0.900 and 0.500']
        >>> problems(side | {"losses": [0.9, 0.91]}, side)
        ['xtl: expected the loss to fall from epoch to epoch, got 0.900, 0.910']
    """
    found = [
        f"{name}: expected the same on both sides, got {ours[name]} and {others[name]}"
        for name in same
        if ours[name] != others[name]
    ]
    last, last_of_others = ours["losses"][-1], others["losses"][-1]
    if not abs(last - last_of_others) <= ours["loss_margin"]:
        found.append(
            f"loss of the timed epoch: expected both sides within {ours['loss_margin']} of each other, got "
            f"{last:.3f} and {last_of_others:.3f}"
        )
    for side, result in (("xtl", ours), (peer, others)):
        if not result["losses"][-1] < result["losses"][0]:
            numbers = ", ".join(f"{loss:.3f}" for loss in result["losses"])
            found.append(f"{side}: expected the loss to fall from epoch to epoch, got {numbers}")
    return found


def share_of_peak(tokens_per_second: float, block_weights: int, tflops: float) -> float:
    """Share of the measured peak that training reaches, by six operations a weight and token.

    Args:
        tokens_per_second: Rate, without padding.
        block_weights: Weights of the encoder without its embeddings.
        tflops: Peak, in 10^12 operations a second.

    Example:
        >>> share_of_peak(200_000, 85_000_000, 510)
        0.2
    """
    return tokens_per_second * 6 * block_weights / (tflops * 1e12)
