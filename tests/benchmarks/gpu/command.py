"""Everything that a GPU is asked, in one command: ``python -m tests.gpu --device cuda --out FOLDER``.

Trains made rows with xtl and with transformers.Trainer side by side, runs the tests below tests/gpu, looks
where time goes. Writes FOLDER/gpu.json and FOLDER/gpu.txt; needs no network.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.benchmarks.gpu.comparison import comparisons
from tests.benchmarks.gpu.parts import MACHINE, all_parts
from tests.benchmarks.gpu.tables import print_report
from tests.benchmarks.processes import OK, Outcome, Setting, context, run_part
from xtl.atomic import write_json
from xtl.terminal import plain_console

JSON_NAME, TEXT_NAME = "gpu.json", "gpu.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all parts; return 1 if one went wrong."""
    options = _options(arguments)
    folder: Path = options.out.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    setting = Setting(
        device=options.device, folder=folder, quick=options.quick, compiled=options.torch_compile
    )
    parts = all_parts(setting)
    unknown = set(options.only or ()) - {part.name for part in parts}
    if unknown:
        names = " ".join(part.name for part in parts)
        sys.stderr.write(f"error: --only: expected names out of {names}, got {' '.join(sorted(unknown))}\n")
        return 2
    chosen = [part for part in parts if not options.only or part.name in options.only]
    console, begin = plain_console(stderr=True), time.monotonic()
    processes, outcomes = context(setting.device), {}
    for number, part in enumerate(chosen, 1):
        console.print(f"{number}/{len(chosen)} {part.name} ...")
        limit = options.limit - (time.monotonic() - begin)
        outcomes[part.name] = outcome = run_part(part, setting, processes, limit=limit)
        console.print(f"    {outcome.status}, {outcome.seconds:.0f} s  {outcome.error}", soft_wrap=True)
        # After each part: whoever ends this command, or the machine, finds what was measured before.
        write_json(folder / JSON_NAME, report_of(outcomes, options, seconds=time.monotonic() - begin))
        if part.name == MACHINE and outcome.status != OK:
            break  # there is no such device: nothing else can be done on it
    report = report_of(outcomes, options, seconds=time.monotonic() - begin)
    with (folder / TEXT_NAME).open("w", encoding="utf-8") as file:
        print_report(report, Console(file=file, width=130, highlight=False, markup=False, emoji=False))
    print_report(report, plain_console())
    console.print(f"{folder / JSON_NAME}, {folder / TEXT_NAME}; {report['seconds']:.0f} s in all")
    return int(bool(report["problems"]))


def report_of(outcomes: dict[str, Outcome], options: Any, *, seconds: float) -> dict[str, Any]:
    """What stands in the JSON file.

    Args:
        outcomes: Outcomes of the parts that have ended, by name.
        options: Arguments of the command.
        seconds: Time so far.
    """
    comparison = comparisons({name: outcome.result for name, outcome in outcomes.items()})
    problems = [
        f"{name}: {outcome.status}: {outcome.error}"
        for name, outcome in outcomes.items()
        if outcome.status != OK
    ]
    problems += [f"{row['kind']}: {text}" for row in comparison for text in row["problems"]]
    return {
        "device": options.device,
        "quick": options.quick,
        "seconds": round(seconds, 1),
        "problems": problems,
        "comparison": comparison,
        "parts": {name: asdict(outcome) for name, outcome in outcomes.items()},
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--quick", action="store_true", help="a fifth of the updates")
    parser.add_argument(
        "--torch-compile", action="store_true", help="both sides with torch.compile too, minutes more"
    )
    parser.add_argument("--only", nargs="+", metavar="PART", help="default: all")
    parser.add_argument(
        "--limit", type=float, default=450.0, metavar="SECONDS", help="time for all parts (default: 450)"
    )
    return parser.parse_args(arguments)
