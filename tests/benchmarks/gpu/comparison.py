"""What the parts say together: both sides beside each other, and whether they did the same work."""

from collections.abc import Mapping
from typing import Any

from tests.benchmarks.agreement import problems, share_of_peak
from tests.benchmarks.gpu.parts import KINDS, PEAK, TRANSFORMERS, XTL, name_of


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


def _one_side(result: Mapping[str, Any], peaks: Mapping[str, float]) -> dict[str, Any]:
    tflops = peaks.get(result["precision"])
    rate = result["tokens_per_second"]
    return {
        "tokens_per_second": rate,
        "share_of_peak": share_of_peak(rate, result["block_weights"], tflops) if tflops else None,
        "peak_gib": result["peak_bytes"] / 2**30,
        "loss": result["losses"][-1],
    }
