"""What the parts say together: both sides beside each other, and whether they did the same work."""

from collections.abc import Mapping
from typing import Any

from tests.benchmarks.gpu.parts import KINDS, PEAK, TRANSFORMERS, XTL, name_of

SAME = ("updates", "rows", "batch_size", "tokens", "precision", "loss_margin")
"""What must be equal on both sides."""


def comparisons(results: Mapping[str, Mapping[str, Any] | None]) -> list[dict[str, Any]]:
    """One row for each workload that at least one side has trained.

    Args:
        results: Results of the parts by name; ``None`` where there is none.
    """
    rows = []
    for compiled in (False, True):
        for kind in KINDS:
            sides = {
                side: results.get(name_of(kind, side, compiled=compiled)) for side in (XTL, TRANSFORMERS)
            }
            if any(sides.values()):
                peaks = (results.get(PEAK) or {}).get("tflops", {})
                rows.append({"kind": kind, "compiled": compiled, **compared(sides, peaks)})
    return rows


def compared(sides: Mapping[str, Mapping[str, Any] | None], peaks: Mapping[str, float]) -> dict[str, Any]:
    """Rates, shares of the peak, memory and losses of both sides, and what is wrong with the comparison.

    Args:
        sides: Result of each side; ``None`` where it failed.
        peaks: Operations a second, in 10^12, by precision.
    """
    row: dict[str, Any] = {
        side: None if result is None else _one_side(result, peaks) for side, result in sides.items()
    }
    ours, others = sides[XTL], sides[TRANSFORMERS]
    if ours is None or others is None:
        return row | {"ratio": None, "problems": []}
    return row | {
        "ratio": ours["tokens_per_second"] / others["tokens_per_second"],
        "problems": problems(ours, others),
    }


def problems(ours: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """Reasons why rates of two sides may not be compared.

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
        for name in SAME
        if ours[name] != others[name]
    ]
    last, last_of_others = ours["losses"][-1], others["losses"][-1]
    if not abs(last - last_of_others) <= ours["loss_margin"]:
        found.append(
            f"loss of the timed epoch: expected both sides within {ours['loss_margin']} of each other, got "
            f"{last:.3f} and {last_of_others:.3f}"
        )
    for side, result in ((XTL, ours), (TRANSFORMERS, others)):
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


def _one_side(result: Mapping[str, Any], peaks: Mapping[str, float]) -> dict[str, Any]:
    tflops = peaks.get(result["precision"])
    rate = result["tokens_per_second"]
    return {
        "tokens_per_second": rate,
        "share_of_peak": share_of_peak(rate, result["block_weights"], tflops) if tflops else None,
        "peak_gib": result["peak_bytes"] / 2**30,
        "loss": result["losses"][-1],
    }
