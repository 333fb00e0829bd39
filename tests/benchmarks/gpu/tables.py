"""The tables that a measurement ends with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console

from tests.benchmarks.gpu.parts import CELLS, KINDS, MACHINE, PEAK, TRANSFORMERS, XTL
from xtl.terminal import PlainTable


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print everything that a report says.

    Args:
        report: What stands in the JSON file.
        console: Where to print.
    """
    results = {name: part["result"] or {} for name, part in report["parts"].items()}
    console.print(heading(results.get(MACHINE, {})))
    if report["device"] == "cpu":
        console.print("A tiny encoder on a CPU: shows that everything works; its rates say nothing of a GPU.")
    for table in tables(report, results):
        console.print(table)
    for text in report["problems"]:
        console.print(f"- {text}", soft_wrap=True)


def heading(machine: Mapping[str, Any]) -> str:
    """The machine in a line.

    Example:
        >>> heading({"name": "NVIDIA H100", "gib": 79.6, "torch": "2.11.0", "transformers": "5.17.0"})
        'NVIDIA H100, 79.6 GiB; torch 2.11.0, transformers 5.17.0'
    """
    memory = f", {machine['gib']} GiB" if "gib" in machine else ""
    packages = [f"{name} {machine[name]}" for name in ("torch", "transformers") if machine.get(name)]
    return f"{machine.get('name', 'unknown machine')}{memory}; {', '.join(packages)}"


def tables(report: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[PlainTable]:
    """Tables of a report, those that have rows."""
    yield _parts(report["parts"])
    peaks = results.get(PEAK, {}).get("tflops")
    if peaks:
        yield _table("products of matrices", ["arithmetic", "TFLOP/s"], peaks_rows(peaks))
    if report["comparison"]:
        names = ["rows", "side", "tokens/s", "ratio", "share of peak", "GiB", "loss"]
        yield _table("training, the second of two epochs", names, comparison_rows(report["comparison"]))
    tests = results.get(CELLS, {}).get("tests")
    if tests:
        rows = [[test["test"], test["outcome"], f"{test['seconds']:.1f}"] for test in tests]
        yield _table("cells", ["test", "", "s"], rows)
    for kind in KINDS:
        profile = results.get(f"profile-{kind}")
        if profile:
            rows = [
                [entry["name"][:60], f"{entry['share']:.1%}", f"{entry['calls']:,}"]
                for entry in profile["operators"]
            ]
            title = f"where xtl's time goes, {kind}; busy {profile['busy']:.0%}"
            yield _table(title, ["operator", "share", "calls"], rows)


def peaks_rows(peaks: Mapping[str, float]) -> list[list[str]]:
    """Rows of the peaks."""
    return [[name, f"{tflops:,.3g}"] for name, tflops in peaks.items()]


def comparison_rows(comparison: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Rows of both sides, one each; the ratio stands with xtl's."""
    rows = []
    for entry in comparison:
        kind = f"{entry['kind']}, compiled" if entry["compiled"] else entry["kind"]
        for side in (XTL, TRANSFORMERS):
            measured = entry[side]
            if measured is None:
                rows.append([kind, side, "-", "", "-", "-", "-"])
                continue
            share = measured["share_of_peak"]
            rows.append(
                [
                    kind,
                    side,
                    f"{measured['tokens_per_second']:,.0f}",
                    f"{entry['ratio']:.2f}" if side == XTL and entry["ratio"] else "",
                    "-" if share is None else f"{share:.1%}",
                    f"{measured['peak_gib']:.2f}",
                    f"{measured['loss']:.3f}",
                ]
            )
    return rows


def _parts(parts: Mapping[str, Mapping[str, Any]]) -> PlainTable:
    rows = [[name, part["status"], f"{part['seconds']:.0f}", part["error"]] for name, part in parts.items()]
    return _table("parts", ["part", "", "s", "what went wrong"], rows)


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> PlainTable:
    table = PlainTable(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for number, name in enumerate(names):
        table.add_column(name, justify="left" if number == 0 or not name else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
