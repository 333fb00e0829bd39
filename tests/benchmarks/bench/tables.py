"""The table of a measurement."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console

from xtl.terminal import PlainTable


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print machine, rates and what is wrong.

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
    for name in ("case", "side", "rate", "a second", "range", "xtl's is", "of peak", "GiB", "loss"):
        table.add_column(name, justify="left" if name in ("case", "side", "a second") else "right")
    for row in report["rows"]:
        table.add_row(*cells_of(row))
    console.print(table)
    for text in report["problems"]:
        console.print(f"- {text}", soft_wrap=True)


def cells_of(row: Mapping[str, Any]) -> list[str]:
    """Cells of a row of the table.

    Example:
        >>> rates = {"rate": 0.5, "lowest": 0.4, "highest": 0.6, "ratio": None, "peak_gib": 1.0}
        >>> cells_of({"case": "sweep", "side": "xtl", "unit": "cells", **rates})
        ['sweep', 'xtl', '0.5', 'cells', '0.4 to 0.6', '', '', '1.00', '']
        >>> cells_of({"case": "embedding", "side": "other", "unit": "cells", "skipped": "no bfloat16"})
        ['embedding', 'other', '-', 'no bfloat16', '', '', '', '', '']
    """
    names = [row["case"], row["side"]]
    if "skipped" in row:
        return [*names, "-", row["skipped"], "", "", "", "", ""]
    ratio, share, loss = row["ratio"], row.get("share_of_peak"), row.get("loss")
    return [
        *names,
        _number(row["rate"]),
        row["unit"],
        f"{_number(row['lowest'])} to {_number(row['highest'])}",
        "" if ratio is None else f"{ratio:.2f} x",
        "" if share is None else f"{share:.0%}",
        f"{row['peak_gib']:.2f}",
        "" if loss is None else f"{loss:.3f}",
    ]


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
