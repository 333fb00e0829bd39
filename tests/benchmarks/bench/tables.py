"""The table of a measurement."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console

from xtl.terminal import PlainTable


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print machine, rates and what is wrong.

    A ratio is the rate of xtl divided by that of the side; the column of the peak has the share that training
    reaches of the measured product of matrices.

    Args:
        report: What stands in the JSON file.
        console: Where to print.
    """
    machine = report["machine"]
    peaks = ", ".join(f"{name} {1000 * peak:,.3g}" for name, peak in machine["tflops"].items())
    packages = ", ".join(f"{name} {machine[name]}" for name in ("torch", "transformers") if machine.get(name))
    console.print(f"{machine['name']}, {machine['threads']} threads; {packages}", soft_wrap=True)
    console.print(f"products of large matrices, GFLOP/s: {peaks}", soft_wrap=True)
    table = PlainTable(box=box.SIMPLE_HEAD)
    for name in ("", "rate", "ratio", "bits", "peak", "GiB", "loss"):
        table.add_column(name, justify="right" if name else "left", overflow="fold")
    case = ""
    for row in report["rows"]:
        if row["case"] != case:
            case = row["case"]
            table.add_row(f"{case}, {row['unit']} a second")
        table.add_row(*cells_of(row))
    console.print(table)
    for text in report["problems"]:
        console.print(f"- {text}", soft_wrap=True)


def cells_of(row: Mapping[str, Any]) -> list[str]:
    """Cells of a row of the table.

    Example:
        >>> rates = {"rate": 1234.5, "ratio": None, "peak_gib": 1.0}
        >>> cells_of({"side": "xtl", **rates})
        ['  xtl', '1,234', '', '', '', '1.00', '']
        >>> cells_of({"side": "other", "skipped": "no bfloat16"})
        ['  other: no bfloat16', '', '', '', '', '', '']
    """
    if "skipped" in row:
        return [f"  {row['side']}: {row['skipped']}", "", "", "", "", "", ""]
    ratio, share, loss = row["ratio"], row.get("share_of_peak"), row.get("loss")
    return [
        f"  {row['side']}",
        f"{row['rate']:,.0f}" if row["rate"] >= 100 else f"{row['rate']:.3g}",
        "" if ratio is None else f"{ratio:.2f}",
        (row.get("precision") or "").partition("-")[0],
        "" if share is None else f"{share:.0%}",
        f"{row['peak_gib']:.2f}",
        "" if loss is None else f"{loss:.3f}",
    ]
