"""The picture of a measurement: how many times the rate of each peer xtl has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def draw(report: Mapping[str, Any], path: Path) -> None:
    """Draw a bar for each peer, if there is one.

    Args:
        report: What stands in the JSON file.
        path: File to write, whose ending says its format.
    """
    rows = [row for row in report["rows"] if row.get("ratio")]
    if not rows:
        return
    figure = Figure(figsize=(7, 0.6 + 0.35 * len(rows)), layout="constrained")
    axes = figure.subplots()
    places = range(len(rows), 0, -1)
    bars = axes.barh(places, [row["ratio"] for row in rows], color="#0072B2")
    axes.bar_label(bars, [f"{row['ratio']:.2f}" for row in rows], padding=3)
    axes.set_yticks(places, [f"{row['case']}: {row['side']}" for row in rows])
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("rate of xtl divided by that of the other side")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
