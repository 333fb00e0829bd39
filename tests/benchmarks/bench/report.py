"""What the outcomes say: medians, ratios, shares of the machine's peak, and what is wrong."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from tests.benchmarks.agreement import SAME, problems, share_of_peak
from tests.benchmarks.bench.cases import Case
from tests.benchmarks.processes import OK, Outcome

_VECTORS_APART = {"32-true": 1e-4, "bf16-mixed": 2e-2}
"""Numbers of a vector of length 1 differ by less, where xtl computes in this precision."""

Outcomes = Mapping[tuple[str, str], Sequence[Outcome]]


def report_of(cases: Sequence[Case], outcomes: Outcomes, machine: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the JSON file.

    Args:
        cases: What was measured.
        outcomes: Outcomes of each side, by the names of case and side.
        machine: Machine, versions, ``tflops`` by precision.
    """
    rows, wrong = [], []
    for case in cases:
        results = {side: _results(outcomes.get((case.name, side), ())) for side in case.sides}
        for side in case.sides:
            rows.append(_row(case, side, results, machine["tflops"]))
            ended = outcomes.get((case.name, side), ())
            wrong += [f"{case.name}: {side}: {one.status}: {one.error}" for one in ended if one.status != OK]
        wrong += [f"{case.name}: {text}" for text in _disagreements(case, results)]
    wrong += [text for case in cases for text in (*_too_slow(case, rows), *_too_large(case, rows))]
    return {"machine": dict(machine), "rows": rows, "problems": wrong}


def _results(outcomes: Sequence[Outcome]) -> list[Mapping[str, Any]]:
    return [one.result for one in outcomes if one.status == OK and one.result]


def _row(
    case: Case, side: str, results: Mapping[str, Sequence[Mapping[str, Any]]], tflops: Mapping[str, float]
) -> dict[str, Any]:
    found = [result for result in results[side] if "rate" in result]
    row: dict[str, Any] = {"case": case.name, "side": side, "unit": case.unit, "rounds": len(found)}
    if not found:
        skipped = [result["skipped"] for result in results[side] if "skipped" in result]
        return row | {"skipped": skipped[0] if skipped else "failed"}
    rates, ours = (
        [result["rate"] for result in found],
        [one["rate"] for one in results[case.first] if "rate" in one],
    )
    row |= {"rate": median(rates), "lowest": min(rates), "highest": max(rates)}
    # Round by round, since a busy minute of the machine slows both sides down.
    ratios = [own / other for own, other in zip(ours, rates, strict=False)]
    is_compared = side != case.first and not case.memory_bounds
    row["ratio"] = median(ratios) if ratios and is_compared else None
    row["peak_gib"] = max(result["peak_bytes"] for result in found) / 2**30
    row["precision"] = found[0].get("precision")
    row["loss"] = found[0]["losses"][-1] if "losses" in found[0] else None
    if "block_weights" in found[0]:
        peak = tflops[row["precision"]]
        row["share_of_peak"] = share_of_peak(row["rate"], found[0]["block_weights"], peak)
    return row


def _disagreements(case: Case, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Training, or vectors, that were not the same on both sides."""
    found = []
    for side in case.sides:
        if side == case.first or not results[case.first] or not results[side]:
            continue
        ours, others = results[case.first][0], results[side][0]
        if "losses" in ours:
            same = SAME if ours["precision"] == others["precision"] else set(SAME) - {"precision"}
            found += problems(ours, others, peer=side, same=sorted(same))
        if "vector" in ours and "vector" in others:
            apart = max(abs(own - other) for own, other in zip(ours["vector"], others["vector"], strict=True))
            if not apart <= _VECTORS_APART[ours["precision"]]:
                found.append(f"{side}: expected the vector of xtl, got one that is {apart:.2g} apart")
    return found


def _too_slow(case: Case, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    own = {row["side"]: row for row in rows if row["case"] == case.name}
    for (side, precision), bound in case.bounds.items():
        ratio = own[side].get("ratio")
        if ratio is not None and own[case.first]["precision"] == precision and ratio < bound:
            found.append(
                f"{case.name}: expected at least {bound:.2f} times the rate of {side}, got {ratio:.2f}"
            )
    return found


def _too_large(case: Case, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    peaks = {row["side"]: row["peak_gib"] for row in rows if row["case"] == case.name and "peak_gib" in row}
    return [
        f"{case.name}: {side}: expected at most {bound:.2f} times the memory of {case.first}, got "
        f"{peaks[side]:.2f} GiB, {peaks[side] / peaks[case.first]:.2f} times"
        for side, bound in case.memory_bounds.items()
        if side in peaks and case.first in peaks and peaks[side] > bound * peaks[case.first]
    ]
