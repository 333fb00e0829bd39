"""A comparison of two sweeps as a table, as lines and as plain values."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich import box

from xtl.report.comparison.compare import NONE, Comparison, Difference
from xtl.terminal import PlainTable

FORMAT_VERSION = 1
"""Version of what :func:`comparison_record` gives."""


def difference_table(comparison: Comparison) -> PlainTable:
    """Lay the differences out: a row for each setting that both sweeps have.

    How they were compared stands in a column where that is not the same for all; else
    :func:`shared_method` says it.

    Args:
        comparison: Two sweeps.
    """
    names = ("target", "metric", "after", "lang", "rows")
    table = PlainTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, keys=len(names))
    for name in names[:-1]:
        table.add_column(name, overflow="fold")
    for name in (names[-1], "A", "B", "B - A", "95 %", "p (Holm)", "seeds"):
        table.add_column(name, justify="right", no_wrap=True)
    is_shared = bool(shared_method(comparison))
    if not is_shared:
        table.add_column("compared", overflow="fold")
    for difference in comparison.differences:
        interval = difference.estimate.interval()
        adjusted = difference.adjusted
        table.add_row(
            difference.task,
            difference.metric,
            difference.intermediate or "none",
            difference.lang or "-",
            f"{difference.rows:,}",
            f"{difference.before:.2f}",
            f"{difference.after:.2f}",
            f"{difference.estimate.value:+.2f}",
            "-" if interval is None else f"{interval.low:+.2f} to {interval.high:+.2f}",
            "-" if adjusted is None else f"{adjusted:.3g}",
            str(difference.estimate.num_seeds),
            *([] if is_shared else [_method(difference)]),
        )
    return table


def shared_method(comparison: Comparison) -> str:
    """How all settings were compared, such as "paired by seed in languages"; empty where they differ."""
    methods = {_method(difference) for difference in comparison.differences}
    return methods.pop() if len(methods) == 1 else ""


def _method(difference: Difference) -> str:
    scope = "" if difference.method == NONE else f" {difference.estimate.scope}"
    return f"{difference.method}{scope}{'; ' if difference.note else ''}{difference.note}"


def comparison_record(
    comparison: Comparison, *, folders: tuple[str, str], notes: tuple[str, ...]
) -> Mapping[str, Any]:
    """Plain values of a comparison, for ``compare.json``.

    Args:
        comparison: Two sweeps.
        folders: Their folders, A and B.
        notes: What a reader must know of the input.
    """
    return {
        "format": FORMAT_VERSION,
        "folders": dict(zip("AB", folders, strict=True)),
        "differences": [_record(difference) for difference in comparison.differences],
        "p_values_holm_took": sum(difference.p is not None for difference in comparison.differences),
        "settings": {name: {"A": list(a), "B": list(b)} for name, (a, b) in comparison.settings.items()},
        "different_content": list(comparison.contents),
        "only_in_A": list(comparison.only_before),
        "only_in_B": list(comparison.only_after),
        "notes": list(notes),
    }


def _record(difference: Difference) -> dict[str, Any]:
    interval = difference.estimate.interval()
    values = asdict(difference) | {"scope": str(difference.estimate.scope)}
    estimate = values.pop("estimate")
    return values | {
        "difference": estimate["value"],
        "se": estimate["se"],
        "df": estimate["df"],
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "level": None if interval is None else interval.level,
        "num_seeds": estimate["num_seeds"],
    }
